//! Where the data of the selected step comes from, and where what it gives goes.

use std::collections::BTreeSet;

use expr::{Reference, Source, condition_references, references};
use layout::NodeId;
use model::{
    WorkflowDefinition,
    ids::StepId,
    step::{Content, Step},
};

use crate::editor::Selected;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lights {
    /// What the selected one takes from.
    pub gives: BTreeSet<NodeId>,
    /// What takes from the selected one.
    pub takes: BTreeSet<NodeId>,
}

pub fn lights(def: &WorkflowDefinition, names: &expr::Names, selected: &Selected) -> Lights {
    let mut lights = Lights::default();
    let triggers = || def.triggers.iter().map(|trigger| NodeId::Trigger(trigger.id.clone()));
    if let Selected::Step(id) = selected
        && let Some(step) = def.step(id)
    {
        for source in sources(step, names) {
            match source {
                Source::Event => lights.gives.extend(triggers()),
                Source::Step(other) if def.steps.contains_key(&StepId(other.clone())) && other != id.0 => {
                    lights.gives.insert(NodeId::Step(StepId(other)));
                }
                _ => {}
            }
        }
    }
    let wanted = |source: &Source| match (selected, source) {
        (Selected::Step(id), Source::Step(other)) => *other == id.0,
        // An event says from which trigger it is only when it is there: each may be meant.
        (Selected::Trigger(_), Source::Event) => true,
        _ => false,
    };
    for (id, step) in &def.steps {
        if *selected != Selected::Step(id.clone()) && sources(step, names).iter().any(wanted) {
            lights.takes.insert(NodeId::Step(id.clone()));
        }
    }
    lights
}

/// What a step itself takes from.
fn sources(step: &Step, names: &expr::Names) -> Vec<Source> {
    let mut found = Vec::new();
    for slot in step.kind.slots() {
        let used: Vec<Reference> = match slot.content {
            Content::Mapped(mapped) => references(mapped, names),
            Content::Condition(condition) => condition_references(condition, names),
        };
        found.extend(used.into_iter().map(|one| one.source));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pills_and_expressions_light_both_ways() {
        let set = |slug: &str, value: serde_json::Value| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [{ "name": "x", "value": value }] } });
        let pill = json!({ "template": [{ "pill": { "source": { "step": "s1" }, "path": ["x"] } }] });
        let def: WorkflowDefinition = serde_json::from_value(json!({
            "schema": 1,
            "triggers": [{ "id": "t1", "label": "By hand", "kind": { "type": "manual" } }],
            "steps": {
                "s1": set("first", json!({ "expr": "event.body.a" })),
                "s2": set("second", pill),
                "s3": set("third", json!({ "expr": "first.x ~ second.x ~ gone.x" })),
                "s4": set("alone", json!({ "literal": 1 })),
            },
            "body": ["s1", "s2", "s3", "s4"],
        }))
        .unwrap();
        let names = def.names();
        let of = |selected: Selected| {
            let Lights { gives, takes } = lights(&def, &names, &selected);
            let show = |all: BTreeSet<NodeId>| {
                all.into_iter()
                    .map(|id| match id {
                        NodeId::Step(id) => id.0,
                        NodeId::Trigger(id) => id.0,
                        NodeId::Triggers => String::new(),
                    })
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            (show(gives), show(takes))
        };
        assert_eq!(of(Selected::Step("s1".into())), ("t1".into(), "s2 s3".into()));
        assert_eq!(of(Selected::Step("s3".into())), ("s1 s2".into(), String::new()));
        assert_eq!(of(Selected::Step("s4".into())), (String::new(), String::new()));
        assert_eq!(of(Selected::Trigger("t1".into())), (String::new(), "s1".into()));
    }
}
