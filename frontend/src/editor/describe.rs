//! What a draft changes against the live version, in sentences.

use model::{
    WorkflowDefinition,
    definition::Trigger,
    ids::WorkflowId,
    step::{Step, StepKind},
};

use super::{data::Seen, summary, triggers};
use crate::text::editor as t;

/// How a change is marked; the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Added,
    Removed,
    Changed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub mark: Mark,
    /// Of the step or trigger, for its icon.
    pub kind: String,
    pub words: String,
}

/// Every change, triggers first, then steps in the draft's order, then what is gone.
pub fn changes(live: &WorkflowDefinition, draft: &WorkflowDefinition) -> Vec<Change> {
    let mut found = Vec::new();
    triggers(live, draft, &mut found);
    for id in draft.in_order() {
        let Some(now) = draft.step(&id) else { continue };
        let kind = super::steps::kind_name(&now.kind);
        match live.step(&id) {
            None => found.push(Change { mark: Mark::Added, kind, words: t::step_added(&now.label) }),
            Some(before) => {
                let moved = live.position_of(&id).map(|(owner, _)| owner) != draft.position_of(&id).map(|(owner, _)| owner);
                if let Some(words) = step(before, now, moved) {
                    found.push(Change { mark: Mark::Changed, kind, words });
                }
            }
        }
    }
    for id in live.in_order() {
        if let (Some(before), None) = (live.step(&id), draft.step(&id)) {
            let kind = super::steps::kind_name(&before.kind);
            found.push(Change { mark: Mark::Removed, kind, words: t::step_removed(&before.label) });
        }
    }
    if reordered(live, draft) {
        found.push(Change { mark: Mark::Changed, kind: "workflow".into(), words: t::ORDER_CHANGED.into() });
    }
    if live.settings != draft.settings {
        found.push(Change { mark: Mark::Changed, kind: "workflow".into(), words: t::SETTINGS_CHANGED.into() });
    }
    found
}

/// What a first version does: its triggers and steps with what they will do.
pub fn outline(draft: &WorkflowDefinition, seen: &Seen, workflow: &dyn Fn(WorkflowId) -> Option<String>) -> Vec<Change> {
    let trigger = |trigger: &Trigger| Change {
        mark: Mark::Added,
        kind: triggers::mark(&trigger.kind),
        words: t::outlined(&trigger.label, &summary::trigger(trigger)),
    };
    let mut found: Vec<Change> = draft.triggers.iter().map(trigger).collect();
    found.extend(draft.in_order().iter().filter_map(|id| Some((id, draft.step(id)?))).map(|(id, step)| Change {
        mark: Mark::Added,
        kind: super::steps::kind_name(&step.kind),
        words: t::outlined(&step.label, &summary::step(step, &seen.at(id), workflow)),
    }));
    found
}

fn triggers(live: &WorkflowDefinition, draft: &WorkflowDefinition, found: &mut Vec<Change>) {
    let change = |mark, trigger: &Trigger, words| Change { mark, kind: triggers::mark(&trigger.kind), words };
    for now in &draft.triggers {
        match live.trigger(&now.id) {
            None => found.push(change(Mark::Added, now, t::trigger_added(&now.label))),
            Some(before) if before != now => found.push(change(Mark::Changed, now, t::trigger_changed(&now.label))),
            Some(_) => {}
        }
    }
    for before in live.triggers.iter().filter(|before| draft.trigger(&before.id).is_none()) {
        found.push(change(Mark::Removed, before, t::trigger_removed(&before.label)));
    }
}

fn step(before: &Step, now: &Step, moved: bool) -> Option<String> {
    let mut parts = Vec::new();
    if before.label != now.label {
        parts.push(t::renamed_from(&before.label));
    }
    if before.slug != now.slug {
        parts.push(t::slug_changed(&now.slug));
    }
    if before.disabled != now.disabled {
        parts.push((if now.disabled { t::NOW_OFF } else { t::NOW_ON }).to_owned());
    }
    if !same_work(&before.kind, &now.kind) {
        parts
            .push(fields(&before.kind, &now.kind).map_or_else(|| t::SETUP_CHANGED.to_owned(), |names| t::fields_changed(&names)));
    }
    if before.policy != now.policy {
        parts.push(t::POLICY_CHANGED.to_owned());
    }
    if moved {
        parts.push(t::MOVED.to_owned());
    }
    if before.note != now.note {
        parts.push(t::NOTE_CHANGED.to_owned());
    }
    (!parts.is_empty()).then(|| t::step_changed(&now.label, &parts))
}

/// Whether two kinds do the same; which steps stand in their bodies is told apart.
fn same_work(before: &StepKind, now: &StepKind) -> bool {
    before.without_bodies() == now.without_bodies()
}

/// The labels of the fields of an action, or the names of a set step, that differ.
fn fields(before: &StepKind, now: &StepKind) -> Option<Vec<String>> {
    let names = match (before, now) {
        (StepKind::Action(before), StepKind::Action(now)) => {
            let operation = crate::connectors::find(&now.connector).and_then(|connector| connector.operation(&now.operation));
            let keys = before.input.keys().chain(now.input.keys()).collect::<std::collections::BTreeSet<_>>();
            let differs = keys.into_iter().filter(|key| before.input.get(*key) != now.input.get(*key));
            differs
                .map(|key| {
                    operation.and_then(|operation| operation.field(key)).map_or_else(|| key.clone(), |field| field.label.clone())
                })
                .collect()
        }
        (StepKind::Set(before), StepKind::Set(now)) => {
            let differs = now.fields.iter().filter(|field| !before.fields.contains(field));
            let gone = before.fields.iter().filter(|field| !now.fields.iter().any(|other| other.name == field.name));
            differs.chain(gone).map(|field| field.name.clone()).collect::<Vec<_>>()
        }
        _ => return None,
    };
    (!names.is_empty()).then_some(names)
}

/// Whether steps that are in both stand in another order.
fn reordered(live: &WorkflowDefinition, draft: &WorkflowDefinition) -> bool {
    let kept = |of: &WorkflowDefinition, other: &WorkflowDefinition| {
        of.in_order().into_iter().filter(|id| other.step(id).is_some()).collect::<Vec<_>>()
    };
    let same_bodies = draft.steps.keys().all(|id| {
        live.step(id).is_none() || live.position_of(id).map(|(owner, _)| owner) == draft.position_of(id).map(|(owner, _)| owner)
    });
    same_bodies && kept(live, draft) != kept(draft, live)
}

#[cfg(test)]
mod tests {
    use model::definition::{BodyOwner, EditOp, Slot, StepPatch, apply};

    use super::*;
    use crate::editor::steps::fresh;

    #[test]
    fn says_what_changed() {
        let mut live = WorkflowDefinition::default();
        live.triggers.push(fresh::trigger("webhook", &live).unwrap());
        for choice in ["filter", "set", "http.request"] {
            let (id, step) = (fresh::step_id(&live), fresh::step(choice, &live).unwrap());
            live.body.push(id.clone());
            live.steps.insert(id, step);
        }
        assert!(changes(&live, &live).is_empty());
        let mut draft = live.clone();
        let patch = StepPatch { label: Some("Only real leads".into()), disabled: Some(true), ..StepPatch::default() };
        apply(&mut draft, EditOp::Update { id: "s1".into(), patch }).unwrap();
        apply(&mut draft, EditOp::Delete { id: "s2".into() }).unwrap();
        let step = fresh::step("delay", &draft).unwrap();
        apply(
            &mut draft,
            EditOp::Insert {
                id: "s9".into(),
                steps: vec![("s9".into(), step)],
                slot: Slot { owner: BodyOwner::Workflow, index: 0 },
            },
        )
        .unwrap();
        let found = changes(&live, &draft);
        assert_eq!(found.iter().map(|change| change.mark).collect::<Vec<_>>(), [Mark::Added, Mark::Changed, Mark::Removed]);
        assert!(found[1].words.contains("Only real leads"), "{found:?}");
    }
}
