use model::{
    run::{Datum, ErrorClass, Hold, RunEventKind, StepError, StepStatus},
    step::Code,
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    LocalWork,
    walk::{Flow, Walk},
};

/// Output: what the script returns.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, code: &'a Code) -> Flow {
    match walk.status(at.path) {
        StepStatus::Pending => begin(walk, at, code),
        StepStatus::Ready => run(walk, at, code),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

fn begin<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, code: &'a Code) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    if code.source.len() > Code::MAX_SOURCE_BYTES {
        let message = format!("The code has more than {} kB. Make it shorter.", Code::MAX_SOURCE_BYTES / 1024);
        let error = StepError { field: Some("source".into()), ..StepError::new(ErrorClass::Permanent, "code.too_long", message) };
        return walk.fail(at.id, at.path, at.step, error);
    }
    let mut input = Map::new();
    let mut notes = Vec::new();
    for (key, mapped) in &code.input {
        let field = match walk.field(mapped, &format!("input.{key}")) {
            Ok(field) => field,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        input.extend(field.value.map(|value| (key.clone(), value)));
        notes.extend(field.notes);
    }
    walk.emit(RunEventKind::StepReady { path: at.path.clone(), input: Datum::new(Value::Object(input)), notes });
    run(walk, at, code)
}

fn run(walk: &mut Walk<'_>, at: At<'_, '_>, code: &Code) -> Flow {
    let input =
        walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Object(Map::new())));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let timeout_ms = at.step.policy.timeout_ms.unwrap_or(Code::DEFAULT_TIMEOUT_MS).clamp(1, Code::MAX_TIMEOUT_MS);
    walk.local(at.id, at.path, LocalWork::Script { source: code.source.clone(), input, timeout_ms })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use model::run::{Datum, ErrorClass, RunStatus, StepError};
    use serde_json::{Value, json};

    use crate::{
        LocalWork, Next,
        fixture::{Run, from_step, pill, with, workflow},
    };

    fn code() -> Value {
        json!({ "type": "code", "source": "return input.n + 1", "input": { "n": pill(&["n"]), "gone": pill(&["gone"]) } })
    }

    fn script(run: &mut Run) -> (String, Value, u64) {
        match run.local().work {
            LocalWork::Script { source, input, timeout_ms } => (source, (*input).clone(), timeout_ms),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn asks_for_its_script_until_it_has_ended() {
        let after = json!({ "type": "set", "fields": [{ "name": "v", "value": from_step("c", &[]) }] });
        let mut run = Run::new(workflow(&["c", "after"], json!({ "c": code(), "after": after })), json!({ "n": 1 }));
        let asked = script(&mut run);
        assert_eq!(asked, ("return input.n + 1".to_owned(), json!({ "n": 1 }), 1_000), "what is missing is left out");
        assert_eq!(run.step("c").notes.len(), 1, "and noted");
        run.crash();
        assert_eq!(script(&mut run), asked, "its process died: it is run again");
        assert_eq!(run.local_ended("c", Ok(json!(2))), ["step_finished"]);
        assert_eq!(run.local_ended("c", Ok(json!(3))), [""; 0], "a second end is none");
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("after"), &json!({ "v": 2 }));
    }

    #[test]
    fn the_steps_time_limit_is_the_scripts() {
        for (set, meant) in [(json!(250), 250), (json!(0), 1), (json!(600_000), 30_000)] {
            let steps = json!({ "c": with(code(), "policy", json!({ "timeout_ms": set })) });
            assert_eq!(script(&mut Run::new(workflow(&["c"], steps), json!({ "n": 1 }))).2, meant);
        }
    }

    #[test]
    fn fails_with_what_the_script_says() {
        for (policy, status) in [("stop", RunStatus::Failed), ("continue", RunStatus::Succeeded)] {
            let steps = json!({ "c": with(code(), "policy", json!({ "on_error": policy })) });
            let mut run = Run::new(workflow(&["c"], steps), json!({ "n": 1 }));
            run.local();
            let error = StepError::new(ErrorClass::Input, "code.exception", "Line 1, column 8: Error: no");
            assert_eq!(run.local_ended("c", Err(error)), ["step_failed"]);
            run.decide();
            assert_eq!(run.state.status, status);
            assert_eq!(run.step("c").error.as_ref().map(|error| error.code.as_str()), Some("code.exception"));
        }
    }

    #[test]
    fn what_cannot_be_evaluated_or_is_too_long_is_not_run() {
        let long = with(code(), "source", json!("x".repeat(64 * 1024 + 1)));
        let odd = with(code(), "input", json!({ "n": { "expr": "event.body.n.x.y" } }));
        for (step, code) in [(long, "code.too_long"), (odd, "expr.missing")] {
            let mut run = Run::new(workflow(&["c"], json!({ "c": step })), json!({ "n": 1 }));
            assert!(run.decide().effects.is_empty());
            assert_eq!(run.state.error.as_ref().map(|error| error.code.as_str()), Some(code));
        }
    }

    #[test]
    fn a_large_input_is_loaded_before_the_script_runs() {
        let mut run = Run::new(workflow(&["c"], json!({ "c": code() })), json!({ "n": 1 }));
        run.local();
        run.state.steps.get_mut(&"c".into()).unwrap().input = Some(Datum::Stored { hash: "h".into(), bytes: 9_000 });
        run.cursor = crate::Cursor::new();
        assert_eq!(run.decide().next, Next::Need(vec!["h".into()]));
        run.payloads.insert("h".into(), Arc::new(json!({ "n": 7 })));
        assert_eq!(script(&mut run).1, json!({ "n": 7 }));
    }
}
