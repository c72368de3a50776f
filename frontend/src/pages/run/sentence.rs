//! What happened, as one sentence.

use model::{
    api::{RunDetail, RunStep},
    run::{AttemptStatus, Control, Hold, RunStatus, StepStatus},
};

use crate::ended::cut_off;
use crate::text::{run as t, sentence as finished};

pub fn sentence(detail: &RunDetail) -> String {
    let run = &detail.run;
    let said = detail.message.as_deref().filter(|message| !message.is_empty());
    match run.status {
        _ if run.control == Control::Cancelling && !run.status.is_final() => t::CANCELLING.into(),
        RunStatus::Queued if run.hold.is_none() => t::WAITS_FOR_PLACE.into(),
        RunStatus::Running => under_way(detail).unwrap_or_else(|| t::STARTING.into()),
        RunStatus::Queued | RunStatus::Waiting => waiting(detail),
        RunStatus::Succeeded => with_message(succeeded(detail), said),
        RunStatus::Filtered => with_message(t::filtered(filter_that_stopped(detail)), said),
        RunStatus::Failed => {
            let error = run.error.as_ref();
            let step = error.and_then(|error| error.path.as_ref()).and_then(|path| label(detail, |step| &step.path == path));
            t::failed(step, error.map_or("", |error| &error.message))
        }
        RunStatus::Cancelled => {
            let done = detail.steps.iter().filter(|step| step.state.status == StepStatus::Succeeded).count();
            let said = t::cancelled(done, detail.definition.steps.len().max(done));
            match cut_off(detail) {
                Some(step) => format!("{said} {}", t::was_under_way(&step.label)),
                None => said,
            }
        }
    }
}

fn label(detail: &RunDetail, is: impl Fn(&RunStep) -> bool) -> Option<&str> {
    detail.steps.iter().rev().find(|step| is(step)).map(|step| step.label.as_str())
}

fn with_message(sentence: String, said: Option<&str>) -> String {
    match said {
        Some(said) => format!("{sentence} {}", finished(said)),
        None => sentence,
    }
}

fn most_attempts(detail: &RunDetail, step: &RunStep) -> u32 {
    detail.definition.step(&step.step).map_or(1, |step| step.policy.retry.max_attempts)
}

/// How often the step was sent; questions about a call are not counted.
fn calls(step: &RunStep) -> u32 {
    u32::try_from(step.state.calls().count()).unwrap_or(u32::MAX)
}

fn under_way(detail: &RunDetail) -> Option<String> {
    let of = |status: StepStatus| detail.steps.iter().rev().find(|step| step.state.status == status);
    let step = of(StepStatus::Running).or_else(|| of(StepStatus::Ready)).or_else(|| of(StepStatus::Pending))?;
    if step.state.last_attempt().is_some_and(|last| last.lookup.is_some() && last.status == AttemptStatus::Started) {
        return Some(t::asking(&step.label));
    }
    let n = calls(step).max(1);
    Some(t::running(&step.label, n, most_attempts(detail, step).max(n)))
}

fn waiting(detail: &RunDetail) -> String {
    let run = &detail.run;
    match run.hold {
        Some(Hold::Unknown) => {
            let step = detail.steps.iter().rev().find(|step| step.state.status == StepStatus::Unknown);
            step.map_or_else(
                || t::waiting_run(None),
                |step| {
                    let attempt = step.state.last_call();
                    let reason = attempt.and_then(|attempt| attempt.lost.as_deref()).unwrap_or_default();
                    t::unknown(&step.label, attempt.map(|attempt| attempt.started_at), reason)
                },
            )
        }
        Some(Hold::Connection) => t::HOLD_CONNECTION.into(),
        Some(Hold::Budget) => t::HOLD_BUDGET.into(),
        Some(Hold::Lane) => t::HOLD_LANE.into(),
        Some(Hold::Paused) => t::HOLD_PAUSED.into(),
        Some(Hold::System) => t::held(run.error.as_ref().map(|error| error.message.as_str())),
        None => {
            let parked = |status: StepStatus| detail.steps.iter().rev().find(|step| step.state.status == status);
            if let Some(step) = parked(StepStatus::Backoff) {
                let at = step.state.until.or(run.wake_at).unwrap_or(run.created_at);
                if step.state.lookup.is_some() {
                    return t::asks_at(&step.label, at);
                }
                let next = calls(step) + 1;
                return t::backoff(&step.label, at, next, most_attempts(detail, step).max(next));
            }
            match parked(StepStatus::Waiting) {
                Some(step) => t::waiting(&step.label, step.state.until.or(run.wake_at)),
                None => t::waiting_run(run.wake_at),
            }
        }
    }
}

fn succeeded(detail: &RunDetail) -> String {
    let count = |is: fn(StepStatus) -> bool| detail.steps.iter().filter(|step| is(step.state.status)).count();
    let skipped = count(|status| status == StepStatus::Skipped);
    let ran = detail.steps.len() - skipped;
    if ran == 0 {
        return t::SUCCEEDED_AT_ONCE.into();
    }
    let run = &detail.run;
    let took = run.finished_at.map_or(0, |end| end.since(run.started_at.unwrap_or(run.created_at)));
    let sentence = t::succeeded(took, ran, skipped);
    match label(detail, |step| step.state.continued) {
        Some(step) => format!("{sentence} {}", t::went_on(step)),
        None => sentence,
    }
}

fn filter_that_stopped(detail: &RunDetail) -> Option<&str> {
    label(detail, |step| matches!(step.kind.as_str(), "filter" | "stop") && step.state.status == StepStatus::Succeeded)
}
