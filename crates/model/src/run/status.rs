//! The states and the moves between them. Everything that changes a state consults these tables.

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name kept in the database and shown in the API.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }
        }
    };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    #[default]
    Queued,
    Running,
    /// Parked: a delay, a retry, a person or a connection.
    Waiting,
    Succeeded,
    Filtered,
    Failed,
    Cancelled,
}

names!(RunStatus {
    Queued = "queued",
    Running = "running",
    Waiting = "waiting",
    Succeeded = "succeeded",
    Filtered = "filtered",
    Failed = "failed",
    Cancelled = "cancelled",
});

/// From, to. An ended run never changes: retry and replay are new runs.
pub const RUN_MOVES: &[(RunStatus, RunStatus)] = {
    use RunStatus::*;
    &[
        (Queued, Running),
        (Queued, Cancelled),
        (Queued, Failed),
        (Running, Waiting),
        (Running, Succeeded),
        (Running, Filtered),
        (Running, Failed),
        (Running, Cancelled),
        (Waiting, Running),
        (Waiting, Cancelled),
        (Waiting, Failed),
    ]
};

impl RunStatus {
    pub fn is_final(self) -> bool {
        matches!(self, RunStatus::Succeeded | RunStatus::Filtered | RunStatus::Failed | RunStatus::Cancelled)
    }

    pub fn may_become(self, next: RunStatus) -> bool {
        RUN_MOVES.contains(&(self, next))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    #[default]
    Pending,
    /// Its input is evaluated and recorded; a call may start.
    Ready,
    /// An attempt is under way.
    Running,
    /// Waits for the next attempt.
    Backoff,
    /// Waits for time or for somebody.
    Waiting,
    /// A call may or may not have been carried out; a person decides.
    Unknown,
    Succeeded,
    Failed,
    Skipped,
}

names!(StepStatus {
    Pending = "pending",
    Ready = "ready",
    Running = "running",
    Backoff = "backoff",
    Waiting = "waiting",
    Unknown = "unknown",
    Succeeded = "succeeded",
    Failed = "failed",
    Skipped = "skipped",
});

/// From, to.
pub const STEP_MOVES: &[(StepStatus, StepStatus)] = {
    use StepStatus::*;
    &[
        (Pending, Ready),
        (Pending, Waiting),
        (Pending, Succeeded),
        (Pending, Failed),
        (Pending, Skipped),
        (Ready, Running),
        (Ready, Failed),
        (Ready, Waiting),
        (Ready, Succeeded),
        // Another arm was first, or the loop around it ended: nothing of it had begun.
        (Ready, Skipped),
        (Running, Succeeded),
        (Running, Failed),
        (Running, Backoff),
        (Running, Unknown),
        (Backoff, Running),
        // The outcome of a lost attempt arrived before the next one was sent.
        (Backoff, Succeeded),
        (Backoff, Failed),
        // The receiver has forgotten the key of a call that may have been carried out: it cannot be sent again.
        (Backoff, Unknown),
        (Backoff, Skipped),
        (Waiting, Succeeded),
        (Waiting, Failed),
        (Waiting, Skipped),
        // Nobody answered in time: its time-out body runs.
        (Waiting, Ready),
        (Unknown, Succeeded),
        (Unknown, Ready),
        (Unknown, Running),
        // A late outcome says that it surely did not happen.
        (Unknown, Backoff),
        (Unknown, Failed),
    ]
};

impl StepStatus {
    pub fn is_final(self) -> bool {
        matches!(self, StepStatus::Succeeded | StepStatus::Failed | StepStatus::Skipped)
    }

    pub fn may_become(self, next: StepStatus) -> bool {
        STEP_MOVES.contains(&(self, next))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttemptStatus {
    Started,
    Succeeded,
    Failed,
    TimedOut,
    /// Nobody knows how it ended.
    Lost,
}

names!(AttemptStatus { Started = "started", Succeeded = "succeeded", Failed = "failed", TimedOut = "timed_out", Lost = "lost" });

/// From, to. A lost attempt may still learn how it ended (a late outcome).
pub const ATTEMPT_MOVES: &[(AttemptStatus, AttemptStatus)] = {
    use AttemptStatus::*;
    &[
        (Started, Succeeded),
        (Started, Failed),
        (Started, TimedOut),
        (Started, Lost),
        (Lost, Succeeded),
        (Lost, Failed),
        (Lost, TimedOut),
    ]
};

/// What a person has asked of a live run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Control {
    #[default]
    Active,
    Paused,
    Cancelling,
}

names!(Control { Active = "active", Paused = "paused", Cancelling = "cancelling" });

/// Why a waiting run does not go on by itself, or not yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hold {
    /// An outcome is unknown.
    Unknown,
    /// A connection needs its owner.
    Connection,
    /// A rate budget is used up.
    Budget,
    /// Another run of its lane goes first.
    Lane,
    Paused,
    /// Stopped by the system.
    System,
}

names!(Hold {
    Unknown = "unknown",
    Connection = "connection",
    Budget = "budget",
    Lane = "lane",
    Paused = "paused",
    System = "system",
});
