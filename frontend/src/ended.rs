//! Steps that were under way when their run was ended. Nobody waits for their calls any more, so nothing will say how they went.

use model::{
    api::{RunDetail, RunStep},
    run::{AttemptStatus, SkipReason, StepStatus},
};

use crate::text::run as t;

/// Shows such a call as one that may have happened, what else was under way as left, and lets no clock run for them. What arrived later
/// all the same stands as it is.
pub fn settle(detail: &RunDetail, step: &mut RunStep) {
    if !detail.run.status.is_final() {
        return;
    }
    for attempt in step.state.attempts.iter_mut().filter(|attempt| attempt.status == AttemptStatus::Started) {
        attempt.status = AttemptStatus::Lost;
        attempt.finished_at = detail.run.finished_at;
        attempt.lost = Some(t::CUT_OFF.to_owned());
        // A question about a call changes nothing, but its call is then as unknown as before.
        step.state.status = StepStatus::Unknown;
        step.state.finished_at = detail.run.finished_at;
    }
    // What waited, was to be tried again or held others is left with the run.
    let state = &mut step.state;
    if matches!(state.status, StepStatus::Ready | StepStatus::Running | StepStatus::Waiting | StepStatus::Backoff) {
        state.status = StepStatus::Skipped;
        state.skipped = Some(SkipReason::RunEnded);
        state.finished_at = detail.run.finished_at;
    }
}

/// The step of an ended run whose call was under way, if there is one.
pub fn cut_off(detail: &RunDetail) -> Option<&RunStep> {
    let is_open = |step: &&RunStep| step.state.attempts.iter().any(|attempt| attempt.status == AttemptStatus::Started);
    detail.steps.iter().rev().find(is_open).filter(|_| detail.run.status.is_final())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::text::attempt::outcome;

    fn detail(status: &str, attempt: &str) -> RunDetail {
        let state = if attempt == "started" { "running" } else { attempt };
        let run = json!({
            "id": "run_0000000000001", "workflow": "wf_0000000000001", "workflow_name": "W", "version": 1, "trigger": "t", "kind": "live",
            "status": status, "control": "active", "created_at": 1, "started_at": 1, "finished_at": 9, "notes": 0, "retries": 0, "seq": 3,
        });
        let attempt =
            json!({ "n": 1, "round": 0, "key": "k", "class": "unsafe", "timeout_ms": 1000, "started_at": 2, "status": attempt });
        let state = json!({ "status": state, "started_at": 2, "attempts": [attempt] });
        let step = json!({ "path": "s", "step": "s", "label": "Send", "kind": "http", "state": state });
        let definition = json!({ "schema": 1, "triggers": [], "steps": {}, "body": [] });
        let detail = json!({ "run": run, "definition": definition, "steps": [step] });
        serde_json::from_value(detail).expect("a run")
    }

    fn shown(detail: &RunDetail) -> RunStep {
        let mut step = detail.steps[0].clone();
        settle(detail, &mut step);
        step
    }

    #[test]
    fn a_call_under_way_may_have_happened_once_its_run_has_ended() {
        let cancelled = detail("cancelled", "started");
        let step = shown(&cancelled);
        assert_eq!(step.state.status, StepStatus::Unknown);
        assert_eq!(outcome(&step.state.attempts[0]), "May have happened");
        assert_eq!(step.state.attempts[0].finished_at, cancelled.run.finished_at, "no clock runs for it");
        assert_eq!(cut_off(&cancelled).map(|step| step.label.as_str()), Some("Send"));
    }

    #[test]
    fn what_was_to_be_tried_again_is_left_with_the_run() {
        let mut cancelled = detail("cancelled", "failed");
        cancelled.steps[0].state.status = StepStatus::Backoff;
        let state = shown(&cancelled).state;
        assert_eq!((state.status, state.skipped), (StepStatus::Skipped, Some(SkipReason::RunEnded)));
        assert_eq!(state.finished_at, cancelled.run.finished_at);
    }

    #[test]
    fn what_is_known_stays_and_what_runs_goes_on() {
        for (run, attempt) in
            [("cancelled", "succeeded"), ("cancelled", "failed"), ("running", "started"), ("waiting", "started")]
        {
            let detail = detail(run, attempt);
            assert_eq!(shown(&detail), detail.steps[0], "{run}, {attempt}");
            assert_eq!(cut_off(&detail), None);
        }
    }
}
