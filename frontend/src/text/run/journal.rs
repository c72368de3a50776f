//! A run's journal as sentences: what was written, in the order it happened.

use model::run::{Choice, Control, Hold, LookupAnswer, RunEventKind, RunKind, RunStatus, SignalKind, SkipReason};

use crate::{
    moment::{Style, absolute},
    text::{plural, quoted, sentence, status, time::span},
};

pub const TITLE: &str = "Journal";
pub const ABOUT: &str =
    "Everything that was written down of this run, oldest first. All that is shown of a run is worked out from this.";
pub const MORE: &str = "Show more";
pub const EVENTS: &str = "What happened in this run";
pub const DATA: &str = "As it is written";

/// One fact. `step`: what the step it is about is called.
pub fn fact(kind: &RunEventKind, step: &str) -> String {
    use RunEventKind as E;
    let step = quoted(step);
    match kind {
        E::RunCreated { kind, version, .. } => format!("{} {}", created(kind), super::version(*version)) + ".",
        E::RunStarted => "It began.".into(),
        E::StepReady { .. } => format!("The input of {step} was worked out."),
        E::AttemptStarted { n, round, timeout_ms, .. } => {
            let again = if *round > 0 { ", begun again by a person" } else { "" };
            let timeout = span(i64::try_from(*timeout_ms).unwrap_or(i64::MAX));
            format!("{step} is about to be sent: attempt {n}{again}, with {timeout} for the answer.")
        }
        E::KeyLimited { .. } => format!("The key of {step} protects it from being carried out twice for a limited time only."),
        E::AttemptSucceeded { n, .. } => format!("{step} was answered: attempt {n} succeeded."),
        E::AttemptFailed { n, error, retry_at, indeterminate, .. } => {
            let may = if *indeterminate { " It may have been carried out all the same." } else { "" };
            let next = retry_at.map(|at| format!(" It is tried again at {}.", absolute(at, Style::Time))).unwrap_or_default();
            format!("Attempt {n} of {step} failed: {}{may}{next}", sentence(&error.message))
        }
        E::AttemptLost { n, reason, retry_at, .. } => {
            let at = absolute(*retry_at, Style::Time);
            format!("Nobody knows how attempt {n} of {step} ended ({reason}). It is safe to repeat, and is tried again at {at}.")
        }
        E::AttemptUnknown { n, reason, .. } => {
            format!("Nobody knows how attempt {n} of {step} ended ({reason}). It is not repeated without a person’s word.")
        }
        E::LookupDue { n, at, .. } => {
            format!("Nobody knows how attempt {n} of {step} ended. The other side is asked at {}.", absolute(*at, Style::Time))
        }
        E::LookupStarted { of, .. } => format!("The other side is asked what became of attempt {of} of {step}."),
        E::LookupEnded { answer, .. } => match answer {
            LookupAnswer::Happened => format!("The other side says that {step} was carried out."),
            LookupAnswer::DidNot => format!("The other side says that {step} was not carried out."),
            LookupAnswer::Failed { error, .. } => {
                format!("The other side could not say what became of {step}: {}", sentence(&error.message))
            }
        },
        E::LateOutcome { n, succeeded, .. } => {
            let how = if *succeeded { "succeeded" } else { "failed" };
            format!("The answer to attempt {n} of {step} came late: it {how}.")
        }
        E::Settled { choice, by, .. } => {
            let said = match choice {
                Choice::Happened { .. } => "it happened",
                Choice::RunAgain => "run it again",
                Choice::Fail => "it did not happen",
            };
            format!("{by} said of {step}: {said}.")
        }
        E::StepWaiting { until, .. } => match until {
            Some(at) => format!("{step} waits until {}.", absolute(*at, Style::Short)),
            None => format!("{step} waits."),
        },
        E::StepFinished { notes, .. } if !notes.is_empty() => {
            format!("{step} finished; {}.", super::notes(u32::try_from(notes.len()).unwrap_or(u32::MAX)))
        }
        E::StepFinished { .. } => format!("{step} finished."),
        E::StepFailed { error, continued, .. } => {
            let on = if *continued { " By its settings the run goes on." } else { "" };
            format!("{step} failed: {}{on}", sentence(&error.message))
        }
        E::StepSkipped { reason, .. } => format!("{step} was passed over: {}", skipped(*reason)),
        E::ArmChosen { arms, .. } if arms.is_empty() => format!("{step} takes no path."),
        E::ArmChosen { arms, .. } => format!("{step} takes {}.", plural(arms.len() as u64, "path", "paths")),
        E::StepEntered { .. } => format!("{step} began."),
        E::ChildStarted { run, waits, .. } => {
            let waits = if *waits { " and waits for it" } else { "" };
            format!("{step} started the run {run}{waits}.")
        }
        E::ChildFinished { run, status, .. } => format!("The run {run} of {step} ended: {}.", lower(status::run(*status))),
        E::Answered { by, .. } => match by {
            Some(by) => format!("{by} answered {step}."),
            None => format!("{step} was answered."),
        },
        E::TimedOut { .. } => format!("Nobody answered {step} in time."),
        E::LoopStarted { count, .. } => match count {
            Some(count) => format!("{step} begins with {}.", plural(u64::from(*count), "item", "items")),
            None => format!("{step} begins."),
        },
        E::IterationCaught { index, error, .. } => {
            let error = sentence(&error.message);
            format!("Item {} of {step} failed, and its path for errors begins: {error}", u64::from(*index) + 1)
        }
        E::IterationsFinished { from, to, .. } if to.saturating_sub(*from) == 1 => {
            format!("Item {} of {step} ended.", u64::from(*from) + 1)
        }
        E::IterationsFinished { from, to, .. } => format!("Items {} to {to} of {step} ended.", u64::from(*from) + 1),
        E::Responded { status, .. } => format!("The sender was answered with status {status}."),
        E::Parked { until, hold } => parked(*until, *hold),
        E::Resumed { .. } => "It goes on.".into(),
        E::SignalTaken { kind, by, .. } => signal(*kind, by.as_deref()),
        E::ControlChanged { control, by } => match control {
            Control::Active => format!("{by} let it go on."),
            Control::Paused => format!("{by} paused it."),
            Control::Cancelling => format!("{by} cancels it."),
        },
        E::Returned { .. } => "What it gives back was set.".into(),
        E::RunEnding(ending) => format!("It is to end: {}.", lower(status::run(ending.status))),
        E::RunFinished { status, error, by, .. } => {
            finished(*status, error.as_ref().map(|error| error.message.as_str()), by.as_deref())
        }
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

fn created(kind: &RunKind) -> &'static str {
    match kind {
        RunKind::Live => "An event came in and this run was made, with",
        RunKind::Test { .. } => "A test was begun, with",
        RunKind::Replay { .. } => "An earlier run goes through again, with",
        RunKind::Child { .. } => "A step of another run made this run, with",
        RunKind::Collected { .. } => "It goes on with what was gathered, with",
    }
}

fn skipped(reason: SkipReason) -> String {
    lower(status::skipped(reason))
}

fn parked(until: Option<model::Timestamp>, hold: Option<Hold>) -> String {
    match (hold, until) {
        (Some(hold), _) => format!("It was put aside: {}.", lower(status::hold(hold))),
        (None, Some(at)) => format!("It was put aside until {}.", absolute(at, Style::Short)),
        (None, None) => "It was put aside until something comes.".into(),
    }
}

fn signal(kind: SignalKind, by: Option<&str>) -> String {
    let what = match kind {
        SignalKind::Settle => "Somebody’s word on what happened to a call",
        SignalKind::LateOutcome => "The answer to an earlier call",
        SignalKind::Resume => "Somebody’s word to go on",
        SignalKind::Pause => "Somebody’s word to pause",
        SignalKind::Reconnected => "News that the connection works again",
        SignalKind::Answered => "An answer to a wait",
        SignalKind::ChildEnded => "News that a run it started has ended",
    };
    match by {
        Some(by) => format!("{what} reached it, from {by}."),
        None => format!("{what} reached it."),
    }
}

fn finished(status: RunStatus, why: Option<&str>, by: Option<&str>) -> String {
    let by = by.map(|by| format!(" by {by}")).unwrap_or_default();
    match why {
        Some(why) => format!("It ended: {}{by}. {}", lower(status::run(status)), sentence(why)),
        None => format!("It ended: {}{by}.", lower(status::run(status))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(kind: Value) -> String {
        fact(&serde_json::from_value(kind).expect("a fact"), "Send <it>")
    }

    #[test]
    fn facts_are_sentences() {
        assert_eq!(said(json!("run_started")), "It began.");
        assert_eq!(said(json!({ "parked": { "hold": "system" } })), "It was put aside: held by the system.");
        assert_eq!(
            said(json!({ "signal_taken": { "id": "sig_0000000000001", "kind": "resume", "by": "ada@example.com" } })),
            "Somebody’s word to go on reached it, from ada@example.com."
        );
        assert_eq!(
            said(json!({ "late_outcome": { "path": "s", "n": 2, "succeeded": true, "detail": { "v": null } } })),
            "The answer to attempt 2 of “Send <it>” came late: it succeeded."
        );
        assert_eq!(
            said(json!({ "attempt_unknown": { "path": "s", "n": 1, "reason": "no answer" } })),
            "Nobody knows how attempt 1 of “Send <it>” ended (no answer). It is not repeated without a person’s word."
        );
        let finished = json!({ "run_finished": { "status": "cancelled", "by": "ada@example.com" } });
        assert_eq!(said(finished), "It ended: cancelled by ada@example.com.");
    }

    #[test]
    fn items_are_counted_from_one() {
        let items =
            |from: u32, to: u32| said(json!({ "iterations_finished": { "path": "s", "from": from, "to": to, "outputs": [] } }));
        assert_eq!(items(0, 1), "Item 1 of “Send <it>” ended.");
        assert_eq!(items(2, 5), "Items 3 to 5 of “Send <it>” ended.");
    }
}
