//! What a mapped field can use: the event and the outputs of earlier steps, each as a group of rows.

use std::collections::BTreeSet;

use expr::{Seg, Source};
use leptos::prelude::*;
use model::{definition::Trigger, ids::StepId, step::Step};
use serde_json::Value;

use super::tree::{Kind, Row, preview, rows};
use crate::{
    editor::{
        data::Output,
        fuzzy, samples,
        state::{Editor, Selected},
        steps::kind_name,
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
pub fn collect(editor: Editor, selected: &Selected, query: &str, flipped: &BTreeSet<String>) -> Vec<Group> {
    let seen = editor.seen.get().0;
    let searching = !query.trim().is_empty();
    let is_open = |key: &str, depth: usize| searching || ((depth == 0) != flipped.contains(key));
    let mut groups = Vec::new();
    let trigger = editor.def.with(|def| match selected {
        Selected::Trigger(id) => def.trigger(id).cloned(),
        Selected::Step(_) => samples::trigger_in_use(editor, def).and_then(|id| def.trigger(&id).cloned()),
    });
    if let Some(trigger) = trigger {
        groups.extend(of_trigger(editor, &trigger, seen.event.as_deref(), &is_open));
    }
    if let Selected::Step(id) = selected {
        editor.def.with(|def| {
            for earlier in def.before(id).into_iter().rev() {
                let Some(step) = def.step(&earlier) else { continue };
                if step.disabled {
                    continue;
                }
                groups.push(of_step(&earlier, step, seen.outputs.get(&earlier), &is_open));
            }
        });
    }
    if searching {
        for group in &mut groups {
            let mut found: Vec<(i32, Row)> = std::mem::take(&mut group.rows)
                .into_iter()
                .filter_map(|row| {
                    let by_name = fuzzy::score(query, &row.spelled());
                    let by_value = row.preview.to_lowercase().contains(&query.trim().to_lowercase()).then_some(1);
                    Some((by_name.or(by_value)?, row))
                })
                .collect();
            found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
            group.rows = found.into_iter().map(|(_, row)| row).collect();
        }
        groups.retain(|group| !group.rows.is_empty());
    }
    groups
}

fn of_trigger(editor: Editor, trigger: &Trigger, event: Option<&Value>, is_open: &dyn Fn(&str, usize) -> bool) -> Vec<Group> {
    let when = samples::in_use(editor, &trigger.id).map(|sample| t::event_of(&moment::absolute(sample.at, Style::Short)));
    let mut group = Group {
        key: trigger.id.0.clone(),
        kind: trigger.kind.name().into(),
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
            let note =
                output.tested_at.map_or_else(|| t::WORKED_OUT.to_owned(), |at| t::tested_at(&moment::absolute(at, Style::Short)));
            (note, rows(&Source::Step(id.0.clone()), &[], &output.value, is_open))
        }
        None => (t::NOT_TESTED_YET.to_owned(), Vec::new()),
    };
    let untested = output.is_none().then(|| id.clone());
    Group { key: id.0.clone(), kind: kind_name(&step.kind), label: step.label.clone(), note, untested, rows }
}
