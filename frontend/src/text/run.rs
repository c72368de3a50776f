//! One run: what happened, and what can be done.

mod canvas;
pub mod journal;
mod kinds;

pub use canvas::*;
pub use kinds::*;

use model::{Timestamp, run::ErrorClass};

use super::{plural, quoted, sentence, time::span};
use crate::moment::{Style, absolute, number};

pub const TITLE: &str = "Run";
pub const BACK: &str = "All runs";
pub const CLOSE: &str = "Close this run";
pub const GONE_TITLE: &str = "This run is not here (any more)";
pub const COPY_ID: &str = "Copy the run's id";

pub const CANCEL: &str = "Cancel run";
pub const CANCEL_TITLE: &str = "Cancel this run?";
pub const CANCEL_BODY: &str = "Nothing more is started. A call that is under way may still be carried out; the run says so.";
pub const CANCELLED: &str = "The run is being cancelled.";

pub const REPLAY: &str = "Replay";
pub const REPLAY_NOTE: &str = "The same event goes through again, as a new run. Calls are made anew.";
pub const REPLAY_START: &str = "From the start";
pub const REPLAY_START_NEWEST: &str = "From the start, newest version";
pub const REPLAY_NEWEST_ABOUT: &str = "With the version that is live now.";
pub const REPLAYED: &str = "Replaying as a new run.";

pub const SETTLE: &str = "Say what happened";
pub const SETTLE_HAPPENED: &str = "It happened, go on";
pub const SETTLE_HAPPENED_ABOUT: &str = "The step counts as done. Later steps see the answer you enter below, if any.";
pub const SETTLE_AGAIN: &str = "Run it again";
pub const SETTLE_AGAIN_ABOUT: &str = "It is sent once more, under a new key. If it did happen, it then happens twice.";
pub const SETTLE_FAIL: &str = "It did not happen";
pub const SETTLE_FAIL_ABOUT: &str = "The step fails, and what its settings say for that follows.";
pub const SETTLE_OUTPUT: &str = "What the other side answered";
pub const SETTLE_OUTPUT_HINT: &str = "JSON, if you know it. Left empty, the step has no output.";
pub const SETTLE_OUTPUT_WRONG: &str = "This is not JSON: check quotes, commas and brackets, or leave it empty.";
pub const SETTLE_CONFIRM: &str = "Confirm";
pub const SETTLED: &str = "Thank you. The run goes on.";
pub const SETTLE_LOOK: &str = "Look at the other side first: was it carried out?";

pub const EVENT: &str = "Event";
pub const EVENT_GONE: &str = "The event's data is no longer kept.";
pub const QUEUE_ABOUT: &str = "Waited for a free place to run";
pub const TIMELINE: &str = "Timeline";
pub const WAITS_SHORTENED: &str = "Long waits are drawn shorter than they were.";
pub const INPUT: &str = "Input";
pub const OUTPUT: &str = "Output";
pub const DETAIL: &str = "What it looked at";
pub const NO_INPUT: &str = "No input of its own: it works with the data of the run.";
pub const NO_OUTPUT: &str = "No output yet.";
pub const NO_OUTPUT_FAILED: &str = "It failed, so there is no output.";
pub const ATTEMPTS: &str = "Attempts";
pub const SENT: &str = "Sent";
pub const ANSWERED: &str = "Answered";
pub const NO_REQUEST: &str = "The same request as the first attempt of this round.";
pub const NO_ANSWER: &str = "No answer";
pub const ANSWER_IS_OUTPUT: &str = "The answer is the step's output.";
pub const RESPONSE: &str = "Answer to the sender";
pub const NOTES: &str = "Worth knowing";
pub const CONTINUED: &str = "The step failed, and by its settings the run went on.";
pub const NO_STEPS: &str = "No step has run yet.";
pub const SUCCEEDED_AT_ONCE: &str = "Finished: there was no step to run.";

pub const STARTING: &str = "Starting.";
pub const WAITS_FOR_PLACE: &str = "Waiting for a free place to run.";
pub const CANCELLING: &str = "Being cancelled: calls that are under way finish first.";
pub const HOLD_CONNECTION: &str =
    "Waiting for a connection: its credentials were refused. Replace them under Connections, and the run goes on by itself.";
pub const HOLD_BUDGET: &str = "Waiting for room under the rate limit of the other side. It goes on by itself.";
pub const HOLD_LANE: &str = "Waiting for its turn: an earlier run that belongs together with it goes first.";
pub const HOLD_PAUSED: &str = "Paused. It goes on when somebody lets it.";
pub const RESUME: &str = "Let it go on";
pub const RESUMED: &str = "The run goes on.";

pub fn document_title(workflow: &str) -> String {
    format!("Run of {workflow}")
}

pub const SHOW_VERSION: &str = "See what changed with this version";

/// "Version 7 · started by webhook"
pub fn version(version: u32) -> String {
    if version == 0 { "Draft".into() } else { format!("Version {version}") }
}

pub fn started_by(trigger: &str) -> String {
    format!("by {}", quoted(trigger))
}

pub fn retries(n: u32) -> String {
    plural(u64::from(n), "retry", "retries")
}

pub fn notes(n: u32) -> String {
    plural(u64::from(n), "missing value left out", "missing values left out")
}

pub const TEST: &str = "Test of the draft";
pub const REPLAY_OF: &str = "Replay of";
pub const REPLAYS: &str = "Replayed as";
pub const MORE_REPLAYS: &str = "and earlier ones";

pub fn published_by(by: &str, at: Timestamp) -> String {
    format!("published by {by}, {}", absolute(at, Style::Short))
}

pub fn running(step: &str, n: u32, most: u32) -> String {
    if n > 1 { format!("Running {} (attempt {n} of {most}).", quoted(step)) } else { format!("Running {}.", quoted(step)) }
}

pub fn backoff(step: &str, at: Timestamp, n: u32, most: u32) -> String {
    format!("Waiting until {} to try {} again (attempt {n} of {most}).", absolute(at, Style::Time), quoted(step))
}

pub fn asking(step: &str) -> String {
    format!("Asking the other side whether {} was carried out.", quoted(step))
}

pub fn asks_at(step: &str, at: Timestamp) -> String {
    format!("Waiting until {} to ask the other side whether {} was carried out.", absolute(at, Style::Time), quoted(step))
}

pub fn waiting(step: &str, until: Option<Timestamp>) -> String {
    match until {
        Some(at) => format!("Waiting at {} until {}.", quoted(step), absolute(at, Style::Short)),
        None => format!("Waiting at {}.", quoted(step)),
    }
}

pub fn waiting_run(until: Option<Timestamp>) -> String {
    match until {
        Some(at) => format!("Waiting until {}.", absolute(at, Style::Short)),
        None => "Waiting.".into(),
    }
}

pub fn unknown(step: &str, at: Option<Timestamp>, reason: &str) -> String {
    let when = at.map(|at| format!(" at {}", absolute(at, Style::Time))).unwrap_or_default();
    let why = if reason.is_empty() { String::new() } else { format!(" ({})", reason.trim_end_matches('.')) };
    format!(
        "Outcome unknown: {} was sent{when}, but no definite answer came{why}. It is not sent again without your word.",
        quoted(step)
    )
}

/// A run the system holds. `why`: as the run says it; without one it was begun again and again.
pub fn held(why: Option<&str>) -> String {
    let why = why.map_or_else(|| "It was begun several times without getting further.".to_owned(), sentence);
    format!("Stopped by the system. {why} It waits until somebody lets it go on or cancels it.")
}

pub fn succeeded(ms: i64, steps: usize, skipped: usize) -> String {
    let skipped = if skipped == 0 { String::new() } else { format!(", {} not needed", number(skipped as u64)) };
    format!("Finished in {}: {} ran{skipped}.", span(ms), plural(steps as u64, "step", "steps"))
}

pub fn went_on(step: &str) -> String {
    format!("{} failed, but the run went on, as its settings say.", quoted(step))
}

pub fn filtered(step: Option<&str>) -> String {
    match step {
        Some(step) => format!("Filtered out at {}: the data did not pass.", quoted(step)),
        None => "Filtered out: the data did not pass.".into(),
    }
}

pub fn failed(step: Option<&str>, message: &str) -> String {
    match step {
        Some(step) => format!("Failed at {}: {}", quoted(step), sentence(message)),
        None => format!("Failed: {}", sentence(message)),
    }
}

pub fn cancelled(done: usize, all: usize) -> String {
    if done == 0 {
        "Cancelled before a step ran.".into()
    } else {
        format!("Cancelled after {done} of {}.", plural(all as u64, "step", "steps"))
    }
}

pub const CUT_OFF: &str = "The run ended while this was under way, so nobody waited for the answer.";

pub fn was_under_way(step: &str) -> String {
    format!("The call of {} was under way: it may have happened.", quoted(step))
}

pub const SANDBOX: &str = "Simulated";
pub const SANDBOX_ABOUT: &str = "Simulated account: nothing was sent outside.";

pub fn replay_from(step: &str) -> String {
    format!("From {}", quoted(step))
}

pub fn replay_from_about() -> &'static str {
    "Earlier steps keep their outputs and are not carried out again."
}

pub fn status_code(status: u16) -> String {
    format!("status {status}")
}

pub fn next_try(at: Timestamp) -> String {
    format!("next try at {}", absolute(at, Style::Time))
}

pub fn arms(arms: &[String]) -> String {
    match arms {
        [] => "No path was taken.".into(),
        [one] => format!("Took the path {}.", quoted(one)),
        many => format!("Took the paths {}.", many.iter().map(|arm| quoted(arm)).collect::<Vec<_>>().join(", ")),
    }
}

pub const COPY_STEP_LINK: &str = "Copy a link to this step, for members";

pub fn stored(bytes: u64) -> String {
    format!("{} bytes, kept apart and not loaded here.", number(bytes))
}

pub fn suggestion(text: &str) -> String {
    format!("Did you mean {}?", quoted(text))
}

pub fn field(name: &str) -> String {
    format!("Field: {name}")
}

pub fn lane(step: &str, status: &str, took: &str) -> String {
    format!("{step}: {status}, {took}")
}

pub fn settle_title(step: &str) -> String {
    format!("What happened to {}?", quoted(step))
}

/// What a failure of this kind means and what to do about it.
pub fn advice(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Transient => "The other side had a passing problem. Replay it once that is over.",
        ErrorClass::RateLimited => "The other side asked to be called less often. Replay it later, or lower the rate.",
        ErrorClass::Auth => "The credentials were not accepted. Replace them under Connections, then replay.",
        ErrorClass::Permission => "The credentials work but may not do this. Allow it at the other side, then replay.",
        ErrorClass::Rejected => {
            "The other side understood and refused. Look at its answer below, mend the step or the data, then replay."
        }
        ErrorClass::Permanent => "This cannot succeed as it is. Mend the step, publish, then replay with the newest version.",
        ErrorClass::TimedOut => "No answer came in time. Replay it, or give the step a longer time limit.",
        ErrorClass::Input => {
            "The data does not fit the step. Mend the field named here, publish, then replay with the newest version."
        }
        ErrorClass::System => "Patchbay itself could not go on. Replay it; if it happens again, the server's log says more.",
    }
}

pub fn replay_from_newest(step: &str) -> String {
    format!("From {}, newest version", quoted(step))
}
