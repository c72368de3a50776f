use std::{collections::BTreeMap, sync::Arc};

use expr::ErrorKind;
use model::{
    ids::StepPath,
    run::{Datum, IterationEnd, Iterations, Page, RunEventKind, StepError, StepStatus},
    step::{ForEach, OnItemError},
};
use serde_json::{Map, Value, json};

use super::{At, Position, section::seen};
use crate::{
    cursor::{Body, Gathered, Inner, Iteration, Loop},
    items::Items,
    values::{bad_input, required},
    walk::{Flow, Walk},
};

/// So many errors of skipped elements are listed.
const MOST_ERRORS: usize = 100;

/// Output: `{items, failed, errors}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, inner: &mut Position) -> Flow {
    if walk.status(at.path) == StepStatus::Pending {
        if !walk.loaded(at.path, at.step) {
            return Flow::Blocked;
        }
        let items = match list(walk, each) {
            Ok(items) => items,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        if walk.alone {
            // A test of the loop alone shows what it would go over.
            walk.finish(at.id, at.path, Datum::new(json!({ "items": items, "failed": 0, "errors": [] })), Vec::new(), None);
            return Flow::Next;
        }
        let count = u32::try_from(items.len()).ok();
        walk.emit(RunEventKind::StepReady { path: at.path.clone(), input: Datum::new(Value::Array(items)), notes: Vec::new() });
        walk.emit(RunEventKind::LoopStarted { path: at.path.clone(), count });
    }
    let mut run = match inner.take().map(|inner| *inner) {
        Some(Inner::Loop(run)) => run,
        _ => {
            let input = walk.step_state(at.path).and_then(|step| step.input.clone());
            let input = input.unwrap_or_else(|| Datum::new(Value::Array(Vec::new())));
            let Some(items) = walk.value(at.path, &input) else { return Flow::Blocked };
            walk.cursor.spend(&input);
            // Whatever had begun are the first that have not ended: they are begun again, where they stand.
            Loop { items: Items::of(items), next: 0, active: BTreeMap::new(), gathered: Gathered::default() }
        }
    };
    let flow = go_on(walk, at, each, &mut run);
    if flow == Flow::Blocked {
        *inner = Some(Box::new(Inner::Loop(run)));
    }
    flow
}

fn go_on<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, run: &mut Loop) -> Flow {
    let count = run.items.len();
    for index in walk.cursor.dirty.remove(at.path).unwrap_or_default() {
        if stopped(walk, at.path) {
            break;
        }
        if let Some(item) = run.active.remove(&index)
            && let Some(flow) = visit(walk, at, each, run, index, item)
        {
            return flow;
        }
    }
    let limit = each.concurrency.clamp(1, ForEach::MAX_CONCURRENCY) as usize;
    while !stopped(walk, at.path) && run.active.len() < limit && (run.next as usize) < count {
        if walk.is_full(at.path) {
            return Flow::Blocked;
        }
        let index = run.next;
        run.next += 1;
        let state = walk.step_state(at.path).and_then(|step| step.iterations.as_ref());
        if state.is_some_and(|state| state.has_ended(index)) {
            continue;
        }
        let mut scope = walk.iteration_scope(at.path, index, json!({ "index": index, "count": count }));
        scope.data.push_local(&each.item, Arc::new(run.items.get(index as usize).unwrap_or_default()));
        let item = Iteration { scope, body: Default::default() };
        if let Some(flow) = visit(walk, at, each, run, index, item) {
            return flow;
        }
    }
    if stopped(walk, at.path) {
        leave(walk, at.path, each, run);
    }
    if run.active.is_empty() && (stopped(walk, at.path) || run.next as usize >= count) {
        return finish(walk, at, run);
    }
    Flow::Blocked
}

fn stopped(walk: &Walk<'_>, path: &StepPath) -> bool {
    walk.step_state(path).and_then(|step| step.iterations.as_ref()).is_some_and(|state| state.stopped)
}

/// Leaves the elements that have not ended.
fn leave(walk: &mut Walk<'_>, path: &StepPath, each: &ForEach, run: &mut Loop) {
    run.active.clear();
    for index in walk.begun(path) {
        walk.abandon_iteration(path, index, &each.body);
        each.error_body.iter().for_each(|body| walk.abandon_iteration(path, index, body));
    }
}

/// Brings one element as far as it comes. A flow: it is left with the whole loop.
fn visit<'a>(
    walk: &mut Walk<'a>,
    at: At<'_, 'a>,
    each: &'a ForEach,
    run: &mut Loop,
    index: u32,
    mut item: Iteration,
) -> Option<Flow> {
    let Iteration { scope, body } = &mut item;
    let end = walk.within(at.id, scope, |walk| one(walk, at, each, index, body));
    match end {
        Ok(end) => {
            let (from, to) = (index, index + 1);
            walk.emit(RunEventKind::IterationsFinished { path: at.path.clone(), from, to, outputs: vec![end] });
            None
        }
        Err(flow) => {
            run.active.insert(index, item);
            (flow != Flow::Blocked).then_some(flow)
        }
    }
}

/// Carries out the body for one element, and the error body where that fails.
fn one<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, each: &'a ForEach, index: u32, body: &mut Body) -> Result<IterationEnd, Flow> {
    if let Some(error) = caught(walk, at.path, index) {
        return recover(walk, at, each, index, body, error);
    }
    let error = match walk.body(body, &each.body, false) {
        Flow::Next => match output(walk, at, each, index)? {
            IterationEnd::Failed(error) => error,
            end => return Ok(end),
        },
        Flow::EndBody | Flow::Continue => return Ok(IterationEnd::Nothing),
        Flow::Break if each.output.is_some() => match output(walk, at, each, index)? {
            IterationEnd::Failed(error) => error,
            end => return Ok(IterationEnd::Broke(end.datum().cloned())),
        },
        Flow::Break => return Ok(IterationEnd::Broke(None)),
        Flow::Failed => walk.take_failure(),
        flow @ (Flow::Stopped | Flow::Blocked) => return Err(flow),
    };
    match (each.on_item_error, &each.error_body) {
        (OnItemError::Stop, _) => Ok(IterationEnd::Failed(error)),
        (OnItemError::Skip, _) | (OnItemError::Body, None) => Ok(IterationEnd::Skipped(error)),
        (OnItemError::Body, Some(_)) => {
            walk.emit(RunEventKind::IterationCaught { path: at.path.clone(), index, error: error.clone() });
            walk.abandon_iteration(at.path, index, &each.body);
            *body = Body::default();
            recover(walk, at, each, index, body, error)
        }
    }
}

/// What an iteration failed with whose error body has begun.
fn caught(walk: &Walk<'_>, path: &StepPath, index: u32) -> Option<Box<StepError>> {
    walk.step_state(path)?.iterations.as_ref()?.caught.get(&index).cloned()
}

/// Carries out the error body for one element.
fn recover<'a>(
    walk: &mut Walk<'a>,
    at: At<'_, 'a>,
    each: &'a ForEach,
    index: u32,
    position: &mut Body,
    error: Box<StepError>,
) -> Result<IterationEnd, Flow> {
    let body = each.error_body.as_deref().unwrap_or_default();
    if position.at == 0 && position.inner.is_none() {
        // It sees what the body left behind, also in a process that did not carry the body out.
        each.body.iter().for_each(|id| walk.show_all(id, 0));
    }
    walk.scope.data.push_local("error", Arc::new(seen(&error)));
    let flow = walk.body(position, body, false);
    walk.scope.data.pop_local();
    match flow {
        Flow::Next => {
            let gave = walk.last_output(body).map(|(_, output)| output);
            Ok(IterationEnd::Recovered { error, gave })
        }
        Flow::EndBody | Flow::Continue => Ok(IterationEnd::Recovered { error, gave: None }),
        Flow::Break => Ok(IterationEnd::Broke(None)),
        Flow::Failed => {
            let error = walk.take_failure();
            walk.abandon_iteration(at.path, index, body);
            Ok(IterationEnd::Failed(error))
        }
        flow @ (Flow::Stopped | Flow::Blocked) => Err(flow),
    }
}

/// What an element gives whose body has ended.
fn output(walk: &mut Walk<'_>, at: At<'_, '_>, each: &ForEach, index: u32) -> Result<IterationEnd, Flow> {
    let Some(mapped) = &each.output else {
        return Ok(walk.last_output(&each.body).map_or(IterationEnd::Nothing, |(path, value)| {
            let succeeded = walk.status(&path) == StepStatus::Succeeded;
            if succeeded { IterationEnd::Step(path) } else { IterationEnd::Value(value) }
        }));
    };
    if !walk.loaded(at.path, at.step) {
        walk.cursor.mark_iteration(at.path.clone(), index);
        return Err(Flow::Blocked);
    }
    match walk.field(mapped, "output") {
        Ok(field) => Ok(field.value.map_or(IterationEnd::Nothing, |value| IterationEnd::Value(Datum::new(value)))),
        // A filter or an arm kept the step from running whose output it names.
        Err(error) if error.code == ErrorKind::NotRun.code() => Ok(IterationEnd::Nothing),
        Err(mut error) => {
            error.at = Some(at.path.clone());
            Ok(IterationEnd::Failed(error))
        }
    }
}

fn finish(walk: &mut Walk<'_>, at: At<'_, '_>, run: &mut Loop) -> Flow {
    let Some(state) = walk.step_state(at.path).and_then(|step| step.iterations.clone()) else { return Flow::Blocked };
    if let Some(error) = state.failure {
        return walk.fail(at.id, at.path, at.step, error);
    }
    let count = if state.stopped { state.reached() } else { run.items.len() };
    for page in state.pages.iter().skip(run.gathered.pages) {
        match gather(walk, at.path, page, &mut run.gathered) {
            Ok(true) => run.gathered.items.resize((run.gathered.pages * Iterations::PAGE).min(count), Value::Null),
            Ok(false) => return Flow::Blocked,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        }
    }
    let Gathered { mut items, errors, .. } = std::mem::take(&mut run.gathered);
    items.resize(count, Value::Null);
    // Moved, not copied as `json!` would.
    let mut output = Map::new();
    output.insert("items".into(), Value::Array(items));
    output.insert("failed".into(), state.failed.into());
    output.insert("errors".into(), Value::Array(errors));
    walk.conclude(at, Value::Object(output))
}

/// Takes in what the next page gave; false: rows of it have to be loaded first.
fn gather(walk: &mut Walk<'_>, path: &StepPath, page: &Page, gathered: &mut Gathered) -> Result<bool, Box<StepError>> {
    let Some(ends) = walk.page(path, page)? else { return Ok(false) };
    let first = gathered.pages * Iterations::PAGE;
    // Also where one is not loaded: all of the page are asked for at once.
    let values: Vec<Option<Arc<Value>>> =
        ends.iter().flatten().filter_map(IterationEnd::datum).map(|datum| walk.value(path, datum)).collect();
    if values.iter().any(Option::is_none) {
        return Ok(false);
    }
    let mut values = values.into_iter().flatten();
    for (place, end) in ends.iter().enumerate().filter_map(|(place, end)| Some((place, end.as_ref()?))) {
        gathered.items.resize(first + place, Value::Null);
        let value = end.datum().and_then(|_| values.next());
        gathered.items.push(value.map(|value| value.as_ref().clone()).unwrap_or_default());
        if let Some(error) = end.error().filter(|_| gathered.errors.len() < MOST_ERRORS) {
            let index = first + place;
            let class = error.class.as_str();
            gathered.errors.push(json!({ "index": index, "class": class, "code": error.code, "message": error.message }));
        }
    }
    gathered.pages += 1;
    ends.iter().flatten().filter_map(IterationEnd::datum).for_each(|datum| walk.cursor.spend(datum));
    if let Page::Packed(list) = page {
        walk.cursor.spend(list);
    }
    Ok(true)
}

/// The elements it goes over.
pub(super) fn list(walk: &Walk<'_>, each: &ForEach) -> Result<Vec<Value>, Box<StepError>> {
    let field = walk.field(&each.over, "over")?;
    let items = match field.value {
        Some(Value::Array(items)) => items,
        Some(Value::Object(entries)) => entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect(),
        None => return Err(Box::new(required("over", "over", &field.notes))),
        Some(other) => {
            let message = format!("A loop goes over a list or an object; this is {}.", kind_of(&other));
            return Err(Box::new(bad_input("over", "for_each.no_list", message)));
        }
    };
    if items.len() > ForEach::MAX_ITEMS {
        let message = format!("The list has {} elements; a loop goes over at most {}.", items.len(), ForEach::MAX_ITEMS);
        return Err(Box::new(bad_input("over", "for_each.too_many", message)));
    }
    Ok(items)
}

fn kind_of(value: &Value) -> String {
    let shown: String = value.to_string().chars().take(80).collect();
    match value {
        Value::Null => "empty (null)".into(),
        Value::Bool(_) => format!("true or false: {shown}"),
        Value::Number(_) => format!("the number {shown}"),
        _ => format!("the text {shown}"),
    }
}

#[cfg(test)]
mod tests;
