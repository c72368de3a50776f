//! States in words.

use model::{
    api::{ConnectionStatus, EventState, WorkflowState},
    run::{Hold, RunStatus, SkipReason, StepStatus},
};

pub const CANCELLING: &str = "Cancelling";

pub fn run(status: RunStatus) -> &'static str {
    match status {
        RunStatus::Queued => "Queued",
        RunStatus::Running => "Running",
        RunStatus::Waiting => "Waiting",
        RunStatus::Succeeded => "Succeeded",
        RunStatus::Filtered => "Filtered out",
        RunStatus::Failed => "Failed",
        RunStatus::Cancelled => "Cancelled",
    }
}

pub fn hold(hold: Hold) -> &'static str {
    match hold {
        Hold::Unknown => "Outcome unknown",
        Hold::Connection => "Waiting: reconnect",
        Hold::Budget => "Waiting: rate limit",
        Hold::Lane => "Waiting: its turn",
        Hold::Paused => "Paused",
        Hold::System => "Held by the system",
    }
}

pub fn step(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Pending => "Not yet",
        StepStatus::Ready => "Ready",
        StepStatus::Running => "Running",
        StepStatus::Backoff => "Waiting to try again",
        StepStatus::Waiting => "Waiting",
        StepStatus::Unknown => "Outcome unknown",
        StepStatus::Succeeded => "Succeeded",
        StepStatus::Failed => "Failed",
        StepStatus::Skipped => "Skipped",
    }
}

pub fn skipped(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::ArmNotChosen => "Its path was not taken.",
        SkipReason::Filtered => "A filter before it did not let the data pass.",
        SkipReason::SwitchedOff => "It is switched off.",
        SkipReason::RunEnded => "The run ended before it.",
        SkipReason::Abandoned => "A step before it failed, another path was faster, or its loop ended.",
    }
}

pub fn workflow(state: WorkflowState) -> &'static str {
    match state {
        WorkflowState::Off => "Off",
        WorkflowState::On => "On",
        WorkflowState::Paused => "Paused",
    }
}

pub fn event(state: EventState) -> &'static str {
    match state {
        EventState::Accepted => "Accepted",
        EventState::Held => "Held",
        EventState::Filtered => "Filtered out",
        EventState::Refused => "Refused",
        EventState::Duplicate => "Duplicate",
    }
}

pub fn connection(status: ConnectionStatus) -> &'static str {
    match status {
        ConnectionStatus::Active => "Works",
        ConnectionStatus::NeedsReauth => "Reconnect it",
        ConnectionStatus::Disabled => "Not ready",
    }
}
