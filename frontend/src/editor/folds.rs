//! Steps whose bodies are folded away on the canvas, per workflow in this browser.

use std::collections::BTreeSet;

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    ids::{StepId, WorkflowId},
};

use super::state::{Editor, Selected};
use crate::dom;

/// Each person of a shared browser has their own.
fn key(person: &str, workflow: WorkflowId) -> String {
    format!("patchbay-folds-{person}-{workflow}")
}

pub fn kept(person: &str, workflow: WorkflowId) -> BTreeSet<StepId> {
    let text = dom::stored(&key(person, workflow)).unwrap_or_default();
    text.split(',').filter(|id| !id.is_empty()).map(StepId::from).collect()
}

/// Folds a step or unfolds it. True: what is selected stands inside a step that is folded now, and can no longer be the selected one.
pub fn turn(folds: &mut BTreeSet<StepId>, def: &WorkflowDefinition, id: &StepId, selected: Option<&StepId>) -> bool {
    if folds.remove(id) {
        return false;
    }
    folds.insert(id.clone());
    selected.is_some_and(|selected| def.around(selected).contains(id))
}

/// Folds a step of the open workflow or unfolds it.
pub fn flip(editor: Editor, id: &StepId) {
    let selected = editor.selected_step();
    let hides = editor
        .def
        .with_untracked(|def| editor.folds.try_update(|folds| turn(folds, def, id, selected.as_ref())).unwrap_or_default());
    if hides {
        editor.select(Some(Selected::Step(id.clone())));
    }
    keep(editor);
}

/// Folds every step that holds others; of nested ones the outer is what shows.
pub fn all(editor: Editor) {
    let holding = editor.def.with_untracked(|def| {
        let ids = def.steps.iter().filter(|(_, step)| step.kind.bodies().next().is_some());
        ids.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>()
    });
    // What is inside can no longer be the selected one.
    if let Some(Selected::Step(selected)) = editor.selected.get_untracked()
        && let Some(outermost) = editor.def.with_untracked(|def| def.around(&selected)).last()
    {
        editor.select(Some(Selected::Step(outermost.clone())));
    }
    editor.folds.set(holding);
    keep(editor);
}

/// Unfolds everything.
pub fn none(editor: Editor) {
    editor.folds.set(BTreeSet::new());
    keep(editor);
}

/// Opens every fold around a step.
pub fn reveal(editor: Editor, id: &StepId) {
    let around = editor.def.with_untracked(|def| def.around(id));
    if editor.folds.with_untracked(|folds| around.iter().any(|step| folds.contains(step))) {
        editor.folds.update(|folds| folds.retain(|step| !around.contains(step)));
        keep(editor);
    }
}

fn keep(editor: Editor) {
    let text = editor.def.with_untracked(|def| {
        editor.folds.with_untracked(|folds| {
            let there = folds.iter().filter(|id| def.step(id).is_some()).map(|id| id.0.as_str());
            there.collect::<Vec<_>>().join(",")
        })
    });
    editor.person.with_value(|person| dom::store(&key(person, editor.id), &text));
}

/// How many steps stand inside one; none where it holds no bodies.
pub fn inside(def: &WorkflowDefinition, id: &StepId) -> Option<usize> {
    fn count(def: &WorkflowDefinition, id: &StepId, depth: usize) -> usize {
        let Some(step) = def.step(id).filter(|_| depth <= def.steps.len()) else { return 0 };
        step.kind.bodies().flatten().map(|inner| 1 + count(def, inner, depth + 1)).sum()
    }
    let step = def.step(id)?;
    step.kind.bodies().next()?;
    Some(count(def, id, 0))
}

#[cfg(test)]
mod tests {
    use model::definition::{BodyOwner, EditOp, Slot, apply};

    use super::*;
    use crate::editor::steps::fresh;

    #[test]
    fn knows_what_stands_inside() {
        let mut def = WorkflowDefinition::default();
        let mut owner = BodyOwner::Workflow;
        for choice in ["branch", "for_each", "set"] {
            let (id, step) = (fresh::step_id(&def), fresh::step(choice, &def).unwrap());
            let slot = Slot { owner: owner.clone(), index: 0 };
            apply(&mut def, EditOp::Insert { id: id.clone(), steps: vec![(id.clone(), step)], slot }).unwrap();
            let arm = def.step(&id).and_then(|step| step.kind.named_bodies().first().map(|(arm, _)| arm.clone()));
            if let Some(arm) = arm {
                owner = BodyOwner::Arm { step: id, arm };
            }
        }
        assert_eq!(
            [inside(&def, &"s1".into()), inside(&def, &"s2".into()), inside(&def, &"s3".into())],
            [Some(2), Some(1), None]
        );
        let mut folds = BTreeSet::new();
        assert!(turn(&mut folds, &def, &"s1".into(), Some(&"s3".into())), "the selected one is hidden by it");
        assert!(!turn(&mut folds, &def, &"s2".into(), Some(&"s1".into())));
        assert!(!turn(&mut folds, &def, &"s1".into(), Some(&"s3".into())) && folds == BTreeSet::from(["s2".into()]));
    }
}
