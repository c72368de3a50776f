//! Mending a workflow with the data of a run that failed, and replaying what failed.

use model::run::RunStatus;

use super::{plural, quoted, sentence};

pub const FIX: &str = "Fix and replay";
pub const FIXING: &str = "You are mending a failed run.";
pub const FROM_RUN: &str = "You are building with the data of a run.";
pub const OPEN_RUN: &str = "Open the run";
pub const LEAVE: &str = "Stop mending";
pub const BAR: &str = "Fix and replay";
pub const NO_DATA: &str = "The data of its event is no longer kept, or its trigger has gone; choose another sample.";
pub const PUBLISH_NEXT: &str = "Change what is wrong and publish; then it can be replayed from here.";
pub const ASK_OPERATOR: &str = "Change what is wrong; an operator publishes it and replays what failed.";
pub const UNREADABLE: &str = "The run could not be opened here.";
pub const REPLAY_ONE: &str = "Replay this run";
pub const SEE_REPLAYED: &str = "See them";
pub const FROM_START: &str = "Replays begin at the start: the step it failed at has gone. Earlier calls are made again.";
pub const NONE_LEFT: &str = "It was replayed since; nothing is left to replay.";
pub const REPLAYING_ONE: &str = "Replaying this run …";
pub const ONE_WORKS: &str = "The replay went through.";

/// "It failed at “Send it on”: the other side answered with 404."
pub fn failed(step: Option<&str>, message: &str) -> String {
    match step {
        Some(step) => format!("It failed at {}: {}", quoted(step), sentence(message)),
        None => format!("It failed: {}", sentence(message)),
    }
}

pub fn left_out(outputs: u32) -> String {
    format!("{} too large to be shown here.", plural(u64::from(outputs), "output is", "outputs are"))
}

pub fn live(version: u32) -> String {
    format!("Version {version} is live.")
}

pub fn from_step(step: &str) -> String {
    format!("Replays begin at {}; what earlier steps gave is kept.", quoted(step))
}

pub fn from_loop(step: &str) -> String {
    format!("Replays begin at {}, which goes through all its items again.", quoted(step))
}

/// "Replay all 312 that failed alike"
pub fn replay_alike(runs: u64) -> String {
    format!("Replay all {} that failed alike", crate::moment::number(runs))
}

pub fn replay_rest(runs: u64) -> String {
    format!("Replay the {} others that failed alike", crate::moment::number(runs))
}

pub fn one_ended(status: RunStatus) -> String {
    match status {
        RunStatus::Succeeded => ONE_WORKS.into(),
        RunStatus::Failed => "The replay failed as well.".into(),
        RunStatus::Filtered => "The replay ended at a filter.".into(),
        RunStatus::Cancelled => "The replay was cancelled.".into(),
        RunStatus::Waiting => "The replay waits.".into(),
        _ => REPLAYING_ONE.into(),
    }
}
