//! What a problem can be mended with, from what the editor knows: connections, and data of samples.

use expr::{Seg, Source};
use leptos::prelude::*;
use manifest::{KnownData, Mend, Mender, Offer};
use model::{Place, Problem, WorkflowDefinition};
use serde_json::Value;

use super::{data::Seen, state::Editor};
use crate::connectors;

/// Problems with ways to mend them: each costs a check of the workflow.
const MOST_MENDED: usize = 30;
/// Pieces of data looked at for one field.
const MOST_DATA: usize = 500;
/// How deep they may stand.
const DEEPEST: usize = 3;

/// Each problem with the safe ways to mend it.
pub fn offered(editor: Editor, problems: Vec<Problem>) -> Vec<(Problem, Vec<Mend>)> {
    if !editor.may_edit.get() {
        return problems.into_iter().map(|problem| (problem, Vec::new())).collect();
    }
    let offers: Vec<Offer> = editor.connections.with(|all| {
        let offer =
            |one: &model::api::Connection| Offer { id: one.id, connector: one.connector.clone(), label: one.label.clone() };
        all.iter().filter(|one| one.usable).map(offer).collect()
    });
    let seen = editor.seen.get().0;
    editor.def.with(|def| {
        let mender = Mender::new(def, connectors::all(), &offers);
        let mends = |problem: &Problem| {
            let data = if problem.code == "definition.required" { data(def, &seen, &problem.place) } else { Vec::new() };
            mender.mends(&data, problem)
        };
        let row = |(at, problem)| {
            let mends = if at < MOST_MENDED { mends(&problem) } else { Vec::new() };
            (problem, mends)
        };
        problems.into_iter().enumerate().map(row).collect()
    })
}

/// What the event and the steps before gave.
fn data(def: &WorkflowDefinition, seen: &Seen, place: &Place) -> Vec<KnownData> {
    let Some(id) = &place.step else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(event) = &seen.event {
        let from = def.triggers.first().map(|trigger| trigger.label.clone()).unwrap_or_default();
        gather(&Source::Event, &from, event, &mut Vec::new(), &mut found);
    }
    for earlier in def.before(id) {
        if let (Some(output), Some(step)) = (seen.outputs.get(&earlier), def.step(&earlier)) {
            gather(&Source::Step(earlier.0.clone()), &step.label, &output.value, &mut Vec::new(), &mut found);
        }
    }
    found
}

fn gather(source: &Source, from: &str, value: &Value, path: &mut Vec<Seg>, found: &mut Vec<KnownData>) {
    let Value::Object(map) = value else { return };
    for (key, value) in map {
        if found.len() >= MOST_DATA {
            return;
        }
        // Headers are about the delivery: they never fill a field by chance.
        if path.is_empty() && *source == Source::Event && key != "body" {
            continue;
        }
        path.push(Seg::from(key.as_str()));
        if value.is_object() {
            if path.len() < DEEPEST {
                gather(source, from, value, path, found);
            }
        } else if !value.is_null() && !value.is_array() {
            found.push(KnownData { source: source.clone(), path: path.clone(), from: from.to_owned() });
        }
        path.pop();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn gathers_plain_values_of_bodies() {
        let event = json!({ "headers": { "email": "no" }, "body": { "email": "a@b", "tags": ["x"], "deep": { "er": 1, "far": { "off": 2 } }, "gone": null } });
        let mut found = Vec::new();
        gather(&Source::Event, "Hook", &event, &mut Vec::new(), &mut found);
        let paths: std::collections::BTreeSet<Vec<Seg>> = found.into_iter().map(|one| one.path).collect();
        let path = |keys: &[&str]| keys.iter().map(|key| Seg::from(*key)).collect::<Vec<_>>();
        assert_eq!(paths, [path(&["body", "email"]), path(&["body", "deep", "er"])].into());
    }

    #[test]
    fn a_huge_event_is_looked_at_in_part() {
        let body: serde_json::Map<String, Value> = (0..10_000).map(|n| (format!("k{n}"), json!(n))).collect();
        let mut found = Vec::new();
        gather(&Source::Event, "Hook", &json!({ "body": body }), &mut Vec::new(), &mut found);
        assert_eq!(found.len(), MOST_DATA);
    }
}
