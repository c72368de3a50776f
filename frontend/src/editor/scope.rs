//! Names that only some steps know: the element of a loop, what failed in an error body, the links of waits.

use std::sync::Arc;

use expr::{Data, Mapped, Outcome, evaluate};
use model::{
    WorkflowDefinition,
    ids::{ArmId, StepId},
    step::{BODY, ERROR_BODY, ForEach, Step, StepKind},
};
use serde_json::{Map, Value, json};

use super::data::limits;
use crate::text::editor as t;

/// A name and what the sample says it stands for.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    pub name: String,
    /// Absent: the sample does not say.
    pub value: Option<Arc<Value>>,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The element of this loop.
    Item(StepId),
    /// The place of the element in this loop.
    Loop(StepId),
    /// What failed inside this step.
    Error(StepId),
    /// Where waits of this run are answered.
    Links,
    /// The element of a list that is mapped entry by entry.
    Entry,
}

/// What the steps of one body of a step know beside what the step itself knows.
pub fn of_body(def: &WorkflowDefinition, id: &StepId, step: &Step, body: &ArmId, data: &Data) -> Vec<Local> {
    let mut found = Vec::new();
    match &step.kind {
        StepKind::ForEach(each) => {
            let (first, count) = first_of(each, data).unzip();
            found.push(Local { name: each.item.clone(), value: first.map(Arc::new), what: What::Item(id.clone()) });
            let place = json!({ "index": 0, "count": count.unwrap_or(1) });
            found.push(Local { name: "loop".into(), value: Some(Arc::new(place)), what: What::Loop(id.clone()) });
        }
        StepKind::RepeatUntil(_) => {
            let place = Some(Arc::new(json!({ "index": 0 })));
            found.push(Local { name: "loop".into(), value: place, what: What::Loop(id.clone()) });
        }
        _ => {}
    }
    if step.kind.is_loop() {
        // Each iteration has links of its own, beside those from outside.
        let bodies: Vec<&[StepId]> = step.kind.bodies().map(Vec::as_slice).collect();
        if let Some(mut own) = links(def, &bodies) {
            let outer = evaluate(&Mapped::Expr("links".into()), data, &limits()).map(|found| found.outcome);
            if let (Ok(Outcome::Value(Value::Object(mut all))), Some(Value::Object(inner))) = (outer, own.value.as_deref()) {
                all.extend(inner.clone());
                own.value = Some(Arc::new(Value::Object(all)));
            }
            found.push(own);
        }
    }
    if body.0 == ERROR_BODY {
        let inside =
            step.kind.named_bodies().into_iter().find(|(arm, _)| arm.0 == BODY).and_then(|(_, body)| body.first().cloned());
        let slug = inside.and_then(|id| def.step(&id)).map_or_else(|| step.slug.clone(), |step| step.slug.clone());
        let error = json!({ "step": slug, "class": "rejected", "code": "http.status", "message": t::SAMPLE_ERROR });
        found.push(Local { name: "error".into(), value: Some(Arc::new(error)), what: What::Error(id.clone()) });
    }
    found
}

/// The first element of the list and how many there are, where the sample says.
fn first_of(each: &ForEach, data: &Data) -> Option<(Value, usize)> {
    let Outcome::Value(list) = evaluate(&each.over, data, &limits()).ok()?.outcome else { return None };
    match list {
        Value::Array(items) => {
            let count = items.len();
            Some((items.into_iter().next()?, count))
        }
        Value::Object(entries) => {
            let count = entries.len();
            let (key, value) = entries.into_iter().next()?;
            Some((json!({ "key": key, "value": value }), count))
        }
        _ => None,
    }
}

/// The links of the waits in these bodies, those inside loops left out.
pub fn links(def: &WorkflowDefinition, bodies: &[&[StepId]]) -> Option<Local> {
    fn visit(def: &WorkflowDefinition, body: &[StepId], depth: usize, into: &mut Map<String, Value>) {
        if depth > def.steps.len() {
            return;
        }
        for step in body.iter().filter_map(|id| def.step(id)) {
            if matches!(step.kind, StepKind::Wait(_)) && !step.disabled {
                into.insert(step.slug.clone(), Value::String(t::sample_link(&step.slug)));
            }
            if !step.kind.is_loop() {
                step.kind.bodies().for_each(|inner| visit(def, inner, depth + 1, into));
            }
        }
    }
    let mut found = Map::new();
    bodies.iter().for_each(|body| visit(def, body, 0, &mut found));
    (!found.is_empty()).then(|| Local { name: "links".into(), value: Some(Arc::new(Value::Object(found))), what: What::Links })
}
