use std::sync::Arc;

use model::{
    Timestamp,
    run::{Datum, ErrorClass, RunEventKind, SkipReason, StepError, StepStatus},
    step::{Approval, Wait, WaitFor},
};
use serde_json::{Map, Value, json};

use super::{At, Position};
use crate::{
    cursor::Inner,
    moment,
    values::{MOST_LEVELS, fits, required},
    walk::{Flow, Walk},
};

/// Output: the answer, or `{timed_out: true, at}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, wait: &'a Wait, inner: &mut Position) -> Flow {
    if walk.status(at.path) == StepStatus::Pending
        && let Some(flow) = begin(walk, at, wait)
    {
        return flow;
    }
    let Some(state) = walk.step_state(at.path) else { return Flow::Blocked };
    if let Some(since) = state.timed_out {
        return unanswered(walk, at, wait, since, inner);
    }
    let until = state.until;
    if let Some(answer) = walk.state.answers.get(at.path).cloned() {
        wait.timeout_body.iter().for_each(|body| walk.skip(body, SkipReason::ArmNotChosen));
        walk.finish(at.id, at.path, answer, Vec::new(), None);
        return Flow::Next;
    }
    match until {
        Some(until) if until <= walk.ctx.now => {
            walk.emit(RunEventKind::TimedOut { path: at.path.clone() });
            let now = walk.ctx.now;
            unanswered(walk, at, wait, now, inner)
        }
        until => walk.wait(at.path, until, None),
    }
}

/// Records what is asked, and from when on it is waited for. A flow: the step has ended, or cannot begin yet.
fn begin<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, wait: &'a Wait) -> Option<Flow> {
    if !walk.loaded(at.path, at.step) {
        return Some(Flow::Blocked);
    }
    let (input, notes) = match asked(walk, &wait.until) {
        Ok(asked) => asked,
        Err(error) => return Some(walk.fail(at.id, at.path, at.step, error)),
    };
    walk.emit(RunEventKind::StepReady { path: at.path.clone(), input: Datum::new(input), notes });
    if walk.alone {
        // A test of the wait alone shows what it asks, and waits for nobody.
        let output = json!({ "timed_out": false, "at": walk.ctx.now.rfc3339() });
        walk.finish(at.id, at.path, Datum::new(output), Vec::new(), None);
        return Some(Flow::Next);
    }
    let timeout = i64::try_from(wait.timeout_ms.min(Wait::MAX_TIMEOUT_MS)).unwrap_or(i64::MAX);
    let until = Some(walk.ctx.now.plus_ms(timeout).min(moment::LAST));
    walk.emit(RunEventKind::StepWaiting { path: at.path.clone(), until });
    None
}

/// What whoever answers is shown: `{question, shown: [{name, value}], people}`, of a callback an empty object.
fn asked(walk: &Walk<'_>, until: &WaitFor) -> Result<(Value, Vec<expr::Note>), Box<StepError>> {
    let WaitFor::Approval(Approval { question, shown, people }) = until else { return Ok((json!({}), Vec::new())) };
    let field = walk.field(question, "question")?;
    let mut notes = field.notes;
    let question = field.value.as_ref().and_then(super::respond::text).unwrap_or_default();
    let mut values = Vec::new();
    for set in shown {
        let place = format!("shown.{}", set.name);
        let field = walk.field(&set.value, &place)?;
        if field.value.is_none() && set.required {
            return Err(Box::new(required(&place, &set.name, &field.notes)));
        }
        notes.extend(field.notes);
        let mut entry = Map::new();
        entry.insert("name".into(), json!(set.name));
        entry.extend(field.value.map(|value| ("value".to_owned(), value)));
        values.push(Value::Object(entry));
    }
    Ok((json!({ "question": question, "shown": values, "people": people }), notes))
}

/// Goes into the time-out body, or fails.
fn unanswered<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, wait: &'a Wait, since: Timestamp, inner: &mut Position) -> Flow {
    let Some(body) = &wait.timeout_body else {
        let message = format!("Nobody answered “{}” in time.", at.step.label);
        return walk.fail(at.id, at.path, at.step, StepError::new(ErrorClass::TimedOut, "wait.timed_out", message));
    };
    let mut children = Walk::bodies(inner, 1);
    let [child] = children.as_mut_slice() else { return Flow::Blocked };
    match walk.inner_body(at.id, &mut child.body, body) {
        Flow::Next | Flow::EndBody => {
            let output = json!({ "timed_out": true, "at": since.rfc3339() });
            walk.finish(at.id, at.path, Datum::new(output), Vec::new(), None);
            Flow::Next
        }
        Flow::Failed => {
            let error = walk.take_failure();
            walk.abandon(body);
            walk.fail(at.id, at.path, at.step, error)
        }
        Flow::Blocked => {
            *inner = Some(Box::new(Inner::Bodies(children)));
            Flow::Blocked
        }
        flow => flow,
    }
}

/// The output of an answered wait. `answer`: what the store kept of the answer.
pub(crate) fn answered(answer: &Value, now: Timestamp) -> Arc<Value> {
    let mut output = Map::new();
    output.insert("timed_out".into(), Value::Bool(false));
    output.insert("at".into(), Value::String(now.rfc3339()));
    match answer {
        Value::Object(fields) => {
            let own = fields.iter().filter(|(key, _)| *key != "timed_out");
            output.extend(own.map(|(key, value)| (key.clone(), kept(value))));
        }
        other => drop(output.insert("body".into(), kept(other))),
    }
    Arc::new(Value::Object(output))
}

/// What nests too deeply for a journal is kept as its text.
fn kept(value: &Value) -> Value {
    if fits(value, MOST_LEVELS) { value.clone() } else { Value::String(value.to_string()) }
}

#[cfg(test)]
mod tests;
