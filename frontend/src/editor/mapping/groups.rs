//! What a mapped field can use: the event and the outputs of earlier steps, each as a group of rows.

use std::collections::BTreeSet;

use expr::{Seg, Source};
use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    definition::{BodyOwner, Trigger},
    ids::{ArmId, StepId},
    step::{Step, StepKind},
};
use serde_json::Value;

use super::{
    origins, rank,
    tree::{Kind, Row, preview, rows},
};
use crate::{
    editor::{
        data::Output,
        samples,
        scope::{Local, What},
        sight::{After, Sight},
        state::{Editor, Selected},
        steps::kind_name,
        triggers,
    },
    moment::{self, Style},
    text::editor as t,
};

/// A heading with the rows under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub key: String,
    /// Of the step or trigger, for its icon.
    pub kind: String,
    pub label: String,
    pub note: String,
    /// Nothing is known yet: this step has to be tested first.
    pub untested: Option<StepId>,
    pub rows: Vec<Row>,
}

/// Everything that what is `selected` can use; with a query only what fits it.
pub fn collect(editor: Editor, sight: Sight, selected: &Selected, query: &str, flipped: &BTreeSet<String>) -> Vec<Group> {
    let seen = sight.seen.get().0;
    let searching = !query.trim().is_empty();
    let is_open = |key: &str, depth: usize| searching || ((depth == 0) != flipped.contains(key));
    // What stands nearest comes first: the element of the innermost loop.
    let nearest = seen.here.iter().rev().scan(BTreeSet::new(), |known, local| Some(known.insert(&local.name).then_some(local)));
    let mut groups: Vec<Group> = nearest.flatten().filter_map(|local| of_local(editor, local, &is_open)).collect();
    let trigger = editor.def.with(|def| match selected {
        Selected::Trigger(id) => def.trigger(id).cloned(),
        Selected::Step(_) => samples::trigger_in_use(editor, def).and_then(|id| def.trigger(&id).cloned()),
    });
    let gathered = match selected {
        Selected::Step(id) => editor.def.with(|def| gathered_at(def, id)),
        Selected::Trigger(_) => None,
    };
    if let Some(trigger) = trigger.filter(|_| gathered.is_none()) {
        groups.extend(of_trigger(editor, &trigger, seen.event.as_deref(), &is_open));
    }
    editor.def.with(|def| {
        let mut earlier = match selected {
            Selected::Step(id) => def.before(id),
            Selected::Trigger(_) => Vec::new(),
        };
        // Beyond a collect step only what was gathered is known.
        if let Some(from) = gathered.as_ref().and_then(|gathered| earlier.iter().position(|id| id == gathered)) {
            earlier.drain(..from);
        }
        sight.after.with_value(|after| match (after, selected) {
            (After::Body(body), Selected::Step(id)) => earlier.extend(inside(def, id, body)),
            (After::Run, _) => outside_loops(def, &def.body, 0, &mut earlier),
            _ => {}
        });
        for id in earlier.into_iter().rev() {
            if let Some(step) = def.step(&id).filter(|step| !step.disabled) {
                groups.push(of_step(&id, step, seen.outputs.get(&id), &is_open));
            }
        }
    });
    if searching {
        groups = rank::ranked(groups, query);
    }
    groups
}

fn of_trigger(editor: Editor, trigger: &Trigger, event: Option<&Value>, is_open: &dyn Fn(&str, usize) -> bool) -> Vec<Group> {
    let when = samples::in_use(editor, &trigger.id).map(|sample| t::event_of(&moment::absolute(sample.at, Style::Short)));
    let mut group = Group {
        key: trigger.id.0.clone(),
        kind: triggers::mark(&trigger.kind),
        label: trigger.label.clone(),
        note: when.unwrap_or_else(|| if event.is_some() { t::MADE_UP.into() } else { t::NO_EVENT_YET.into() }),
        untested: None,
        rows: Vec::new(),
    };
    let Some(event) = event else { return vec![group] };
    let Some(entries) = event.as_object() else {
        group.rows = rows(&Source::Event, &[], event, is_open);
        return vec![group];
    };
    if let Some(body) = entries.get("body") {
        group.rows = rows(&Source::Event, &["body".into()], body, is_open);
        let whole = Row {
            source: Source::Event,
            path: vec!["body".into()],
            name: t::WHOLE_BODY.into(),
            depth: 0,
            kind: Kind::of(body),
            preview: preview(body),
            open: false,
            parent: false,
        };
        group.rows.push(whole);
    }
    let rest: serde_json::Map<String, Value> =
        entries.iter().filter(|(key, _)| *key != "body").map(|(key, value)| (key.clone(), value.clone())).collect();
    let mut found = vec![group];
    if !rest.is_empty() {
        // Rarely wanted: closed until it is asked for.
        let closed =
            |key: &str, depth: usize| if depth == 0 { !is_open(key, depth) || is_open("", 1) } else { is_open(key, depth) };
        let path: [Seg; 0] = [];
        found.push(Group {
            key: format!("{}/request", trigger.id),
            kind: "request".into(),
            label: t::REQUEST_DETAILS.into(),
            note: String::new(),
            untested: None,
            rows: rows(&Source::Event, &path, &Value::Object(rest), &closed),
        });
    }
    found
}

fn of_step(id: &StepId, step: &Step, output: Option<&Output>, is_open: &dyn Fn(&str, usize) -> bool) -> Group {
    let (note, rows) = match output {
        Some(output) => {
            let untested = || (if output.made_up { t::MADE_UP } else { t::WORKED_OUT }).to_owned();
            let note = output.tested_at.map_or_else(untested, |at| t::tested_at(&moment::absolute(at, Style::Short)));
            (note, rows(&Source::Step(id.0.clone()), &[], &output.value, is_open))
        }
        None => (t::NOT_TESTED_YET.to_owned(), Vec::new()),
    };
    let untested = output.is_none().then(|| id.clone());
    Group { key: id.0.clone(), kind: kind_name(&step.kind), label: step.label.clone(), note, untested, rows }
}

/// The last collect step that the run has gone on from by then: the events it was about are those of other runs.
fn gathered_at(def: &WorkflowDefinition, id: &StepId) -> Option<StepId> {
    let mut at = id.clone();
    for _ in 0..=def.steps.len() {
        match def.position_of(&at)? {
            (BodyOwner::Workflow, index) => {
                let before = def.body.get(..index)?;
                let collects =
                    |id: &&StepId| def.step(id).is_some_and(|step| matches!(step.kind, StepKind::Collect(_)) && !step.disabled);
                return before.iter().rev().find(collects).cloned();
            }
            (BodyOwner::Arm { step, .. }, _) => at = step,
            (BodyOwner::Shelf, _) => return None,
        }
    }
    None
}

/// The steps that run at most once.
fn outside_loops(def: &WorkflowDefinition, body: &[StepId], depth: usize, into: &mut Vec<StepId>) {
    for id in body {
        let Some(step) = def.step(id) else { continue };
        // A broken definition may contain a cycle.
        if !step.kind.is_loop() && depth <= def.steps.len() {
            step.kind.bodies().for_each(|inner| outside_loops(def, inner, depth + 1, into));
        }
        into.push(id.clone());
    }
}

/// The steps of a body, in order.
fn inside(def: &WorkflowDefinition, id: &StepId, body: &ArmId) -> Vec<StepId> {
    let bodies = def.step(id).map(|step| step.kind.named_bodies()).unwrap_or_default();
    bodies.into_iter().find(|(arm, _)| arm == body).map(|(_, steps)| steps.clone()).unwrap_or_default()
}

/// A name that only this place knows; nothing for one under which there is nothing to choose.
fn of_local(editor: Editor, local: &Local, is_open: &dyn Fn(&str, usize) -> bool) -> Option<Group> {
    let label_of = |id: &StepId| editor.def.with(|def| def.step(id).map(|step| step.label.clone())).unwrap_or_default();
    let note = match &local.what {
        What::Item(id) | What::Loop(id) | What::Error(id) => t::of_step(&label_of(id)),
        What::Links => t::LINKS_NOTE.to_owned(),
        What::Entry => String::new(),
    };
    let (kind, label) = (origins::mark(&local.what), origins::label(&local.what).to_owned());
    let source = Source::Local(local.name.clone());
    let mut found = Vec::new();
    match local.value.as_deref() {
        Some(value) => {
            found = rows(&source, &[], value, is_open);
            if found.is_empty() && local.what == What::Links {
                return None;
            }
            if matches!(local.what, What::Item(_) | What::Entry) {
                // The whole element is what most fields of a loop over plain values want.
                found.insert(0, whole(source, value, t::WHOLE_ELEMENT));
            }
        }
        None => found.push(whole(source, &Value::Null, t::WHOLE_ELEMENT)),
    }
    let key = format!("{}/{:?}", local.name, local.what);
    Some(Group { key, kind: kind.into(), label, note, untested: None, rows: found })
}

fn whole(source: Source, value: &Value, name: &str) -> Row {
    Row {
        source,
        path: Vec::new(),
        name: name.into(),
        depth: 0,
        kind: Kind::of(value),
        preview: if value.is_null() { String::new() } else { preview(value) },
        open: false,
        parent: false,
    }
}
