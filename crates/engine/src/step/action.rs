use std::sync::Arc;

use model::{
    run::{Datum, ErrorClass, Hold, RunEventKind, StepError, StepState, StepStatus},
    step::Action,
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    decision::Call,
    key::idempotency_key,
    key_limits,
    outcome::Ending,
    values::required,
    walk::{Flow, Walk},
};

/// An operation is one request so far; the index is part of the key all the same.
const REQUEST: u32 = 0;

/// Output: what the call's outcome says.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, action: &'a Action) -> Flow {
    match walk.status(at.path) {
        StepStatus::Pending => ready(walk, at, action),
        StepStatus::Ready => call(walk, at, action),
        StepStatus::Backoff => {
            let until = walk.step_state(at.path).and_then(|step| step.until);
            match until {
                Some(until) if until > walk.ctx.now => {
                    let hold = walk.step_state(at.path).is_some_and(StepState::waits_for_connection).then_some(Hold::Connection);
                    walk.wait(at.path, Some(until), hold)
                }
                _ => call(walk, at, action),
            }
        }
        StepStatus::Running => Flow::Blocked,
        StepStatus::Unknown => walk.wait(at.path, None, Some(Hold::Unknown)),
        StepStatus::Waiting | StepStatus::Succeeded | StepStatus::Failed | StepStatus::Skipped => {
            walk.wait(at.path, None, Some(Hold::System))
        }
    }
}

/// Evaluates the input and asks for the call.
fn ready<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, action: &'a Action) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let facts = walk.ctx.operations.facts(action);
    if !facts.known {
        let message = format!("This Patchbay has no operation `{}` of `{}`.", action.operation, action.connector);
        return walk.fail(at.id, at.path, at.step, StepError::new(ErrorClass::Permanent, "action.unknown_operation", message));
    }
    let mut input = Map::new();
    let mut notes = Vec::new();
    for (key, mapped) in &action.input {
        let place = format!("input.{key}");
        let field = match walk.field(mapped, &place) {
            Ok(field) => field,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        if facts.required.contains(key) && is_empty(field.value.as_ref()) {
            let error = required(&place, key, &field.notes);
            return walk.fail(at.id, at.path, at.step, error);
        }
        if let Some(value) = field.value {
            input.insert(key.clone(), value);
        }
        notes.extend(field.notes);
    }
    if let Some(key) = facts.required.iter().find(|key| !action.input.contains_key(*key)) {
        let error = required(&format!("input.{key}"), key, &[]);
        return walk.fail(at.id, at.path, at.step, error);
    }
    walk.emit(RunEventKind::StepReady { path: at.path.clone(), input: Datum::new(Value::Object(input)), notes });
    call(walk, at, action)
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// Asks for the next attempt of the current round.
pub(crate) fn call(walk: &mut Walk<'_>, at: At<'_, '_>, action: &Action) -> Flow {
    let Some(state) = walk.step_state(at.path) else { return Flow::Blocked };
    let input = match state.input.clone() {
        Some(input) => match walk.value(at.path, &input) {
            Some(input) => input,
            None => return Flow::Blocked,
        },
        None => Arc::new(Value::Object(Map::new())),
    };
    if let Some(flow) = without_key(walk, at) {
        return flow;
    }
    let Some(state) = walk.step_state(at.path) else { return Flow::Blocked };
    let round = state.round;
    let timeout_ms = at.step.policy.timeout_ms.unwrap_or_else(|| walk.ctx.operations.facts(action).timeout_ms).max(1);
    let call = Call {
        path: at.path.clone(),
        step: at.id.clone(),
        n: state.attempts.last().map_or(0, |attempt| attempt.n) + 1,
        round,
        key: idempotency_key(walk.ctx.run_id, at.path, REQUEST, round),
        connector: action.connector.clone(),
        operation: action.operation.clone(),
        version: action.version,
        connection: action.connection,
        input,
        timeout_ms,
        lookup: state.lookup,
        resend: state.attempts.iter().filter(|attempt| attempt.round == round).find_map(|attempt| attempt.request.clone()),
    };
    walk.call(call);
    Flow::Blocked
}

/// What follows instead of a call whose key protects no longer, although it may have been carried out before.
fn without_key(walk: &mut Walk<'_>, at: At<'_, '_>) -> Option<Flow> {
    let ctx = walk.ctx;
    let step = walk.step_state(at.path)?;
    if step.status != StepStatus::Backoff || step.lookup.is_some() {
        return None;
    }
    let about = key_limits::in_doubt(step, step.round)?;
    let mut facts = Ending::new(ctx, at.path, step, about).without_key()?;
    match facts.pop() {
        Some(RunEventKind::StepFailed { error, .. }) => {
            facts.into_iter().for_each(|fact| walk.emit(fact));
            return Some(walk.fail(at.id, at.path, at.step, error));
        }
        last => facts.into_iter().chain(last).for_each(|fact| walk.emit(fact)),
    }
    let step = walk.step_state(at.path)?;
    match step.status {
        StepStatus::Unknown => Some(walk.wait(at.path, None, Some(Hold::Unknown))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use model::run::{CallOutcome, EffectClass, ErrorClass, RunStatus, StepStatus};
    use serde_json::{Value, json};

    use crate::{
        Effect, Next,
        fixture::{Run, from_step, http, pill, with, workflow},
    };

    fn request(url: Value, more: Value) -> Value {
        let mut input = json!({ "url": url });
        if let (Value::Object(input), Value::Object(more)) = (&mut input, more) {
            input.extend(more);
        }
        with(http(), "input", input)
    }

    #[test]
    fn asks_for_one_call_at_a_time() {
        let steps = json!({
            "a": request(pill(&["url"]), json!({ "company": pill(&["compny"]) })),
            "b": request(from_step("a", &["next"]), json!({})),
        });
        let mut run = Run::new(workflow(&["a", "b"], steps), json!({ "url": "http://x.example", "company": "C" }));
        let call = run.call();
        assert_eq!(*call.input, json!({ "url": "http://x.example" }));
        assert_eq!((call.n, call.round, call.timeout_ms, call.resend.clone()), (1, 0, 30_000, None));
        assert_eq!(run.step("a").notes[0].at, "input.company");
        assert_eq!(run.step("a").status, StepStatus::Ready);

        let again = run.call();
        assert_eq!(again, call, "not recorded as started: asked for again, with the same key");
        assert_eq!(run.names(), ["run_created", "run_started", "step_ready"]);

        run.start(&call, EffectClass::Unsafe);
        let waiting = run.decide();
        assert_eq!((waiting.effects, waiting.events, waiting.next), (vec![], vec![], Next::Continue), "it is under way");

        run.end(&call, CallOutcome::Succeeded { output: json!({ "next": "http://y.example" }), response: None });
        let next = run.call();
        assert_eq!(*next.input, json!({ "url": "http://y.example" }));
        assert_ne!(next.key, call.key);
        run.start(&next, EffectClass::Unsafe);
        run.end(&next, CallOutcome::Succeeded { output: json!({}), response: None });
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn a_required_field_must_have_a_value() {
        for (url, code) in [
            (pill(&["nope"]), "expr.missing"),
            (pill(&["empty"]), "input.required"),
            (json!("null"), "input.required"),
            (json!("omit"), "input.required"),
        ] {
            let mut run = Run::new(workflow(&["a"], json!({ "a": request(url.clone(), json!({})) })), json!({ "empty": "" }));
            let decision = run.decide();
            assert!(decision.effects.is_empty());
            let error = run.step("a").error.clone();
            assert_eq!(
                error.map(|e| (e.class, e.code, e.field)),
                Some((ErrorClass::Input, code.into(), Some("input.url".into()))),
                "{url}"
            );
            assert_eq!(run.state.status, RunStatus::Failed);
        }
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "input", json!({})) })), json!({}));
        run.decide();
        assert_eq!(run.step("a").error.as_ref().and_then(|e| e.field.as_deref()), Some("input.url"), "not mapped at all");
    }

    #[test]
    fn an_operation_nobody_knows_fails() {
        let mut run = Run::new(workflow(&["a"], json!({ "a": with(http(), "connector", json!("fax")) })), json!({}));
        run.decide();
        assert_eq!(run.step("a").error.as_ref().map(|e| e.code.as_str()), Some("action.unknown_operation"));
    }

    #[test]
    fn the_steps_own_timeout_counts() {
        let kind = with(http(), "policy", json!({ "timeout_ms": 1500 }));
        let mut run = Run::new(workflow(&["a"], json!({ "a": kind })), json!({}));
        let decision = run.decide();
        assert!(matches!(&decision.effects[..], [Effect::Call(call)] if call.timeout_ms == 1500));
    }
}
