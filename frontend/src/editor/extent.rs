//! How much of a workflow a test carries out.

use std::collections::{BTreeMap, BTreeSet};

use model::{WorkflowDefinition, api::RunStep, definition::BodyOwner, ids::StepId, run::StepStatus};
use serde_json::{Map, Value};

/// What a test carries out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    All,
    /// One step alone, with what the ones before gave last.
    Only(StepId),
    /// From the event to the end of this step.
    To(StepId),
    /// All, but what nothing changed for gives what it gave in the last test.
    Changed,
}

impl Extent {
    /// The step that is tested alone.
    pub fn only(&self) -> Option<&StepId> {
        match self {
            Extent::Only(id) => Some(id),
            _ => None,
        }
    }
}

/// The definition with everything after a step switched off; what it stands in stays on.
pub fn up_to(definition: &WorkflowDefinition, id: &StepId) -> WorkflowDefinition {
    let mut cut = definition.clone();
    let after = definition.in_order().into_iter().skip_while(|other| other != id).skip(1);
    let inside: BTreeSet<StepId> = within(definition, id);
    for other in after.filter(|other| !inside.contains(other)) {
        if let Some(step) = cut.steps.get_mut(&other) {
            step.disabled = true;
        }
    }
    cut
}

/// The steps in the bodies of a step.
fn within(definition: &WorkflowDefinition, id: &StepId) -> BTreeSet<StepId> {
    let mut found = BTreeSet::new();
    let mut next = vec![id.clone()];
    while let Some(id) = next.pop() {
        let bodies = definition.step(&id).map(|step| step.kind.bodies().flatten().cloned().collect::<Vec<_>>());
        next.extend(bodies.unwrap_or_default().into_iter().filter(|inner| found.insert(inner.clone())));
    }
    found
}

/// What steps gave in the last test and would give again: neither they nor any step they use changed since.
pub fn unchanged(
    now: &WorkflowDefinition,
    then: &WorkflowDefinition,
    states: &BTreeMap<StepId, RunStep>,
    uses: impl Fn(&StepId) -> Vec<StepId>,
) -> Map<String, Value> {
    let mut kept = Map::new();
    for id in now.in_order() {
        let Some(step) = now.step(&id) else { continue };
        let is_plain = step.kind.named_bodies().is_empty() && !step.disabled && !in_loop(now, &id);
        let same = then.step(&id) == Some(step) && uses(&id).iter().all(|used| kept.contains_key(used.as_str()));
        let state = states.get(&id).map(|step| &step.state).filter(|state| state.status == StepStatus::Succeeded);
        let output = state.and_then(|state| state.output.as_ref()).and_then(|output| output.inline());
        if is_plain
            && same
            && let Some(output) = output
        {
            kept.insert(id.0.clone(), (**output).clone());
        }
    }
    kept
}

/// Whether a step stands in a loop, at any depth.
pub fn in_loop(definition: &WorkflowDefinition, id: &StepId) -> bool {
    let mut at = id.clone();
    for _ in 0..=definition.steps.len() {
        match definition.position_of(&at) {
            Some((BodyOwner::Arm { step, .. }, _)) => {
                if definition.step(&step).is_some_and(|step| step.kind.is_loop()) {
                    return true;
                }
                at = step;
            }
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn workflow() -> WorkflowDefinition {
        let set = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [] } });
        let with = |kind: Value| json!({ "slug": "x", "label": "x", "kind": kind });
        let mut way = with(
            json!({ "type": "branch", "mode": "first", "arms": [{ "id": "a", "label": "A", "body": ["in"] }, { "id": "b", "label": "B", "body": ["other"] }] }),
        );
        way["slug"] = json!("way");
        let mut each = with(json!({ "type": "for_each", "over": { "expr": "event.body" }, "body": ["inner"] }));
        each["slug"] = json!("each");
        serde_json::from_value(json!({
            "schema": 1, "body": ["first", "way", "each", "last"],
            "steps": { "first": set("first"), "way": way, "in": set("in"), "other": set("other"), "each": each, "inner": set("inner"), "last": set("last") },
        }))
        .unwrap()
    }

    #[test]
    fn a_test_to_a_step_leaves_out_what_comes_after_it() {
        let off = |id: &str| {
            let cut = up_to(&workflow(), &id.into());
            cut.steps.iter().filter(|(_, step)| step.disabled).map(|(id, _)| id.0.clone()).collect::<Vec<_>>()
        };
        assert_eq!(off("in"), ["each", "inner", "last", "other"]);
        assert_eq!(off("way"), ["each", "inner", "last"]);
        assert_eq!(off("last"), [""; 0]);
    }

    #[test]
    fn what_changed_and_what_uses_it_is_carried_out_again() {
        let then = workflow();
        let step = |id: &StepId, status: &str| -> RunStep {
            let state = json!({ "status": status, "output": { "v": { "n": 1 } } });
            serde_json::from_value(json!({ "path": id, "step": id, "label": id, "kind": "set", "state": state }))
                .unwrap_or_else(|error| panic!("{error}"))
        };
        let states: BTreeMap<StepId, RunStep> = then
            .steps
            .keys()
            .map(|id| (id.clone(), step(id, if id.as_str() == "other" { "skipped" } else { "succeeded" })))
            .collect();
        let uses = |id: &StepId| if id.as_str() == "last" { vec![StepId::from("first")] } else { Vec::new() };
        let kept = |now: &WorkflowDefinition| unchanged(now, &then, &states, uses).keys().cloned().collect::<Vec<_>>();
        assert_eq!(kept(&then), ["first", "in", "last"], "not loops, branches and what was skipped");
        let mut now = then.clone();
        now.steps.get_mut(&"first".into()).unwrap().label = "Changed".into();
        assert_eq!(kept(&now), ["in"]);
    }
}
