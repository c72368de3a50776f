//! What differs between two definitions: steps and triggers that came, went, moved, and the fields of those that stayed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    Content, Path, Subject, bare, json,
    shape::{Shape, kind_of, lists, objects, shape},
};
use crate::{WorkflowDefinition, definition::BodyOwner, ids::StepId, step::BODY};

/// In reading order of the newer one: settings, triggers, steps, then what is gone.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diff {
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub subject: Subject,
    /// The tag of the step's or trigger's kind; empty for the workflow.
    pub kind: String,
    /// As it is called now, or was when it went; empty for the workflow.
    pub label: String,
    pub how: How,
}

#[derive(Debug, Clone, PartialEq)]
pub enum How {
    Added(Option<Place>),
    Removed,
    Changed { moved: Option<(Place, Place)>, fields: Vec<Field> },
}

/// Where a step stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub owner: BodyOwner,
    /// The step right before it; absent: it is the first.
    pub after: Option<StepId>,
}

/// A field that differs; a side that has none is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub path: Path,
    pub before: Option<Content>,
    pub after: Option<Content>,
}

/// What turns `before` into `after`.
pub fn diff(before: &WorkflowDefinition, after: &WorkflowDefinition) -> Diff {
    let mut changes = Vec::new();
    let mut own = fields("", &json(&before.settings), &json(&after.settings));
    own.extend(fields("", &notes(before), &notes(after)));
    if !own.is_empty() {
        let how = How::Changed { moved: None, fields: own };
        changes.push(Change { subject: Subject::Workflow, kind: String::new(), label: String::new(), how });
    }
    triggers(before, after, &mut changes);
    steps(before, after, &mut changes);
    Diff { changes }
}

fn notes(definition: &WorkflowDefinition) -> Value {
    json(&BTreeMap::from([("notes", &definition.notes)]))
}

fn triggers(before: &WorkflowDefinition, after: &WorkflowDefinition, changes: &mut Vec<Change>) {
    for now in &after.triggers {
        let how = match before.trigger(&now.id) {
            None => How::Added(None),
            Some(then) if then == now => continue,
            Some(then) => {
                let (then, now) = (json(then), json(now));
                How::Changed { moved: None, fields: fields(kind_of(&now), &then, &now) }
            }
        };
        changes.push(of_trigger(now, how));
    }
    let gone = before.triggers.iter().filter(|then| after.trigger(&then.id).is_none());
    changes.extend(gone.map(|then| of_trigger(then, How::Removed)));
}

fn of_trigger(trigger: &crate::definition::Trigger, how: How) -> Change {
    Change { subject: Subject::Trigger(trigger.id.clone()), kind: trigger.kind.name().into(), label: trigger.label.clone(), how }
}

fn steps(before: &WorkflowDefinition, after: &WorkflowDefinition, changes: &mut Vec<Change>) {
    let moved = moved(before, after);
    let (places_before, places_after) = (places(before), places(after));
    for id in everything(after) {
        let Some(now) = after.step(&id) else { continue };
        let how = match before.step(&id) {
            None => How::Added(places_after.get(&id).cloned()),
            Some(then) => {
                let fields = if then == now { Vec::new() } else { fields(now.kind.name(), &bare(then), &bare(now)) };
                let moved = moved.contains(&id).then(|| places_before.get(&id).cloned().zip(places_after.get(&id).cloned()));
                let moved = moved.flatten();
                if fields.is_empty() && moved.is_none() {
                    continue;
                }
                How::Changed { moved, fields }
            }
        };
        changes.push(of_step(&id, now, how));
    }
    let gone = everything(before).into_iter().filter(|id| !after.steps.contains_key(id));
    changes.extend(gone.filter_map(|id| before.step(&id).map(|then| of_step(&id, then, How::Removed))));
}

/// Those that can run in their order, then those on the shelf.
fn everything(definition: &WorkflowDefinition) -> Vec<StepId> {
    let running = definition.in_order();
    let parked: Vec<StepId> = definition.steps.keys().filter(|id| !running.contains(id)).cloned().collect();
    [running, parked].concat()
}

fn of_step(id: &StepId, step: &crate::step::Step, how: How) -> Change {
    Change { subject: Subject::Step(id.clone()), kind: step.kind.name().into(), label: step.label.clone(), how }
}

pub(super) fn places(definition: &WorkflowDefinition) -> BTreeMap<StepId, Place> {
    let mut found = BTreeMap::new();
    for body in definition.bodies() {
        for (at, id) in body.steps.iter().enumerate() {
            let after = at.checked_sub(1).map(|at| body.steps[at].clone());
            found.insert(id.clone(), Place { owner: body.owner.clone(), after });
        }
    }
    found
}

/// The steps of both that stand in another body, and the fewest that explain another order within one.
fn moved(before: &WorkflowDefinition, after: &WorkflowDefinition) -> BTreeSet<StepId> {
    let (then, now) = (places(before), places(after));
    let stays = |id: &&StepId| match (then.get(*id), now.get(*id)) {
        (Some(then), Some(now)) => then.owner == now.owner,
        _ => false,
    };
    let mut found: BTreeSet<StepId> = now.keys().filter(|id| then.contains_key(*id)).filter(|id| !stays(id)).cloned().collect();
    for body in after.bodies() {
        let old = before.body_of(&body.owner).unwrap_or_default();
        let ranks: BTreeMap<&StepId, usize> = old.iter().enumerate().map(|(at, id)| (id, at)).collect();
        let kept: Vec<(&StepId, usize)> = body.steps.iter().filter(stays).filter_map(|id| Some((id, *ranks.get(id)?))).collect();
        let rising = longest_rising(&kept.iter().map(|(_, rank)| *rank).collect::<Vec<_>>());
        found.extend(kept.iter().enumerate().filter(|(at, _)| !rising.contains(at)).map(|(_, (id, _))| (*id).clone()));
    }
    found
}

/// The places of a longest rising run of numbers, in n log n.
fn longest_rising(numbers: &[usize]) -> BTreeSet<usize> {
    let (mut ends, mut before) = (Vec::<usize>::new(), vec![None; numbers.len()]);
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|end| numbers[*end] < *number);
        before[at] = length.checked_sub(1).map(|last| ends[last]);
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut found = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        found.insert(at);
        next = before[at];
    }
    found
}

/// The fields of one subject that differ.
fn fields(kind: &str, before: &Value, after: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    compare(kind, &mut Vec::new(), Some(before), Some(after), &mut found);
    // What it is called comes first.
    found.sort_by_key(|field| !matches!(field.path.first().map(String::as_str), Some("label" | "slug" | "disabled")));
    found
}

fn compare(kind: &str, path: &mut Path, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Field>) {
    if before == after {
        return;
    }
    let shape = shape(kind, path);
    // What names an item, and the steps in an arm, are told elsewhere.
    let told = match path.split_last() {
        Some((_, list)) => match super::shape::shape(kind, list) {
            Shape::Keyed(key) => [key, BODY],
            _ => [BODY, BODY],
        },
        None => [BODY, BODY],
    };
    let mut within = |pairs: Vec<(&str, Option<&Value>, Option<&Value>)>| {
        for (key, before, after) in pairs.into_iter().filter(|(key, ..)| !told.contains(key)) {
            path.push(key.to_owned());
            compare(kind, path, before, after, found);
            path.pop();
        }
    };
    match (shape, before, after) {
        (Shape::Object, Some(then), Some(now)) => {
            if let Some(maps) = objects(&[then, now]) {
                let keys: BTreeSet<&String> = maps.iter().flat_map(|map| map.keys()).collect();
                return within(keys.into_iter().map(|key| (key.as_str(), maps[0].get(key), maps[1].get(key))).collect());
            }
        }
        // A part that is new or gone is told by its parts, too.
        (Shape::Object, one @ Some(Value::Object(map)), None) | (Shape::Object, None, one @ Some(Value::Object(map))) => {
            let gone = before == one;
            let side = |value| if gone { (Some(value), None) } else { (None, Some(value)) };
            return within(
                map.iter()
                    .map(|(key, value)| {
                        let (then, now) = side(value);
                        (key.as_str(), then, now)
                    })
                    .collect(),
            );
        }
        (Shape::Keyed(key), then, now) => {
            let none = Value::Array(Vec::new());
            if let Some(sides) = lists(key, &[then.unwrap_or(&none), now.unwrap_or(&none)]) {
                let of = |side: &[(&str, _)], key: &str| side.iter().find(|(other, _)| *other == key).map(|(_, item)| *item);
                let gone = sides[0].iter().filter(|(key, _)| of(&sides[1], key).is_none());
                let keys: Vec<&str> = sides[1].iter().chain(gone).map(|(key, _)| *key).collect();
                let order = |this: &[(&str, _)], other: &[(&str, _)]| {
                    this.iter().map(|(key, _)| *key).filter(|key| of(other, key).is_some()).map(str::to_owned).collect::<Vec<_>>()
                };
                let (then, now) = (order(&sides[0], &sides[1]), order(&sides[1], &sides[0]));
                within(keys.into_iter().map(|key| (key, of(&sides[0], key), of(&sides[1], key))).collect());
                if then != now {
                    let side = |keys: Vec<String>| Some(Content::Plain(keys.into()));
                    found.push(Field { path: path.clone(), before: side(then), after: side(now) });
                }
                return;
            }
        }
        _ => {}
    }
    let read = |side: Option<&Value>| side.map(|value| Content::read(shape, value));
    found.push(Field { path: path.clone(), before: read(before), after: read(after) });
}
