use model::{
    run::{Datum, Ending, ErrorClass, RunError, RunStatus},
    step::{Stop, StopResult},
};
use serde_json::{Value, json};

use super::{At, respond::text};
use crate::walk::{Flow, Walk};

/// Output: `{result, message}`. The run ends; the steps after it are not reached.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, stop: &'a Stop) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let mut notes = Vec::new();
    let mut message = None;
    if let Some(mapped) = &stop.message {
        match walk.field(mapped, "message") {
            Ok(field) => {
                message = field.value.as_ref().and_then(text).filter(|text| !text.is_empty());
                notes = field.notes;
            }
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        }
    }
    let mut output = json!({ "result": stop.result });
    if let Some(message) = &message {
        output["message"] = Value::String(message.clone());
    }
    walk.finish(at.id, at.path, Datum::new(output), notes, None);
    self::stop(walk, at, stop, message)
}

/// Ends the run as the step says.
pub(super) fn stop(walk: &mut Walk<'_>, at: At<'_, '_>, stop: &Stop, message: Option<String>) -> Flow {
    let status = match stop.result {
        // Nobody wants to see the test of a Stop fail because the Stop works.
        _ if walk.alone => RunStatus::Succeeded,
        StopResult::Success => RunStatus::Succeeded,
        StopResult::Filtered => RunStatus::Filtered,
        StopResult::Failure => RunStatus::Failed,
    };
    if status != RunStatus::Failed {
        return walk.stopped(Ending { status, error: None, message });
    }
    let error = RunError {
        path: Some(at.path.clone()),
        class: ErrorClass::Permanent,
        code: "stop.failed".into(),
        message: message.unwrap_or_else(|| format!("“{}” ended the run as failed.", at.step.label)),
    };
    walk.stopped(Ending { status, error: Some(error), message: None })
}

#[cfg(test)]
mod tests {
    use model::run::{CallOutcome, EffectClass, RunStatus};
    use serde_json::json;

    use crate::{
        Next,
        fixture::{Run, http, pill, workflow},
    };

    #[test]
    fn ends_the_run_as_asked() {
        for (result, status) in
            [("success", RunStatus::Succeeded), ("filtered", RunStatus::Filtered), ("failure", RunStatus::Failed)]
        {
            let steps = json!({
                "b": { "type": "branch", "mode": "first", "arms": [{ "id": "x", "label": "x", "body": ["stop"] }] },
                "stop": { "type": "stop", "result": result, "message": pill(&["why"]) },
                "never": { "type": "set", "fields": [] },
            });
            let mut run = Run::new(workflow(&["b", "never"], steps), json!({ "why": "too small" }));
            run.decide();
            assert_eq!(run.state.status, status);
            assert!(!run.state.steps.contains_key(&"never".into()));
            let said = run.state.message.clone().or_else(|| run.state.error.as_ref().map(|e| e.message.clone()));
            assert_eq!(said.as_deref(), Some("too small"));
        }
    }

    #[test]
    fn says_something_without_a_message() {
        let mut run = Run::new(workflow(&["stop"], json!({ "stop": { "type": "stop", "result": "failure" } })), json!({}));
        run.decide();
        assert_eq!(run.state.error.as_ref().map(|e| (e.code.as_str(), e.message.is_empty())), Some(("stop.failed", false)));
    }

    #[test]
    fn the_run_still_ends_so_when_its_process_dies_before_the_last_call_has_ended() {
        let stops = json!({ "type": "branch", "mode": "first", "arms": [
            { "id": "x", "label": "x", "condition": { "expr": "item == 1" }, "body": ["wait", "stop"] },
            { "id": "y", "label": "y", "body": ["slow"] }] });
        let steps = json!({
            "l": { "type": "for_each", "over": { "literal": [0, 1, 2] }, "concurrency": 2, "body": ["b"] },
            "b": stops, "slow": http(), "wait": { "type": "delay", "for": { "ms": 10 } }, "stop": { "type": "stop", "result": "filtered" }, "never": http(),
        });
        let mut run = Run::new(workflow(&["l", "never"], steps), json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Unsafe);
        run.now = run.now.plus_ms(10);
        assert_eq!(run.decide().next, Next::Continue);
        assert_eq!(run.names().last(), Some(&"run_ending"));
        run.cursor = crate::Cursor::new();
        run.end(&call, CallOutcome::Succeeded { output: json!({}), response: None });
        let end = run.decide();
        assert_eq!((end.next, end.effects, run.state.status), (Next::Done, vec![], RunStatus::Filtered));
    }
}
