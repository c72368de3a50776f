use model::{
    run::{Datum, Ending, Hold, RunEventKind, RunKind, RunStatus, StepStatus},
    step::Collect,
};
use serde_json::{Value, json};

use super::{At, respond::text};
use crate::{
    CollectCall, LocalWork,
    values::{bad_input, required},
    walk::{Flow, Walk},
};

/// Characters of a key.
const MOST_KEY: usize = 200;

/// Output: `{batch, position}`, and the run ends; in a run that goes on with a batch the step's output is given.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, collect: &'a Collect) -> Flow {
    if walk.loops > 0 {
        let message = format!("“{}” stands in a loop; runs are gathered at the top level only.", at.step.label);
        return walk.contradiction(at.path, "definition.collect_inside", message);
    }
    match walk.status(at.path) {
        StepStatus::Pending => begin(walk, at, collect),
        StepStatus::Ready => join(walk, at, collect),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

fn begin<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, collect: &'a Collect) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let item = match walk.field(&collect.item, "item") {
        Ok(field) => field,
        Err(error) => return walk.fail(at.id, at.path, at.step, error),
    };
    let mut notes = item.notes;
    let Some(item) = item.value else {
        let error = required("item", "item", &notes);
        return walk.fail(at.id, at.path, at.step, error);
    };
    let mut key = String::new();
    if let Some(mapped) = &collect.key {
        match walk.field(mapped, "key") {
            Ok(field) => {
                notes.extend(field.notes);
                key = field.value.as_ref().and_then(text).unwrap_or_default();
            }
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        }
    }
    if key.chars().count() > MOST_KEY {
        let message = format!("A batch's key has at most {MOST_KEY} characters; this one has {}.", key.chars().count());
        return walk.fail(at.id, at.path, at.step, bad_input("key", "collect.key", message));
    }
    if matches!(walk.state.kind, RunKind::Test { .. }) {
        let output = json!({ "items": [item], "count": 1, "key": key, "closed_by": "test" });
        walk.finish(at.id, at.path, Datum::new(output), notes, None);
        return Flow::Next;
    }
    let input = Datum::new(json!({ "item": item, "key": key }));
    walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes });
    join(walk, at, collect)
}

fn join(walk: &mut Walk<'_>, at: At<'_, '_>, collect: &Collect) -> Flow {
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Null));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let call = CollectCall {
        step: at.id.clone(),
        item: input["item"].clone(),
        key: input["key"].as_str().unwrap_or_default().to_owned(),
        count: collect.count.map(|count| count.clamp(1, Collect::MAX_ITEMS)),
        after_ms: collect.after_ms,
        schedule: collect.schedule.clone(),
        time_zone: walk.ctx.def.settings.time_zone.clone(),
    };
    walk.local(at.id, at.path, LocalWork::Collect(call))
}

/// What follows a collect step that has ended: the run, unless it goes on with a batch.
pub(super) fn gathered(walk: &mut Walk<'_>, at: At<'_, '_>) -> Option<Flow> {
    let goes_on = walk.alone || matches!(walk.state.kind, RunKind::Test { .. }) || walk.state.given.contains_key(at.id);
    (!goes_on).then(|| walk.stopped(Ending { status: RunStatus::Succeeded, error: None, message: Some("Collected".to_owned()) }))
}
