//! What can be done with a whole step: the same from menus, keys and the canvas.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    definition::{EditOp, Slot, StepPatch, free_slug},
    ids::StepId,
    step::{Arm, Step, StepKind},
};

use super::{
    state::{Editor, Selected, Tab},
    steps::fresh,
    testing,
};
use crate::text::editor as t;

/// Deletes a step and selects what stands before it.
pub fn delete(editor: Editor, id: &StepId) {
    let before = editor.def.with_untracked(|def| neighbour(def, id));
    if editor.edit(EditOp::Delete { id: id.clone() }) && editor.selected.get_untracked() == Some(Selected::Step(id.clone())) {
        editor.select(before);
        editor.inspecting.set(false);
        crate::canvas::focus_selected();
    }
}

fn neighbour(def: &WorkflowDefinition, id: &StepId) -> Option<Selected> {
    let order = def.in_order();
    let at = order.iter().position(|one| one == id)?;
    match at.checked_sub(1) {
        Some(before) => Some(Selected::Step(order[before].clone())),
        None => def.triggers.first().map(|trigger| Selected::Trigger(trigger.id.clone())),
    }
}

/// Puts a copy of a step, with everything in its arms, right after it.
pub fn duplicate(editor: Editor, id: &StepId) {
    let copy = editor.def.with_untracked(|def| {
        let (owner, index) = def.position_of(id)?;
        let (top, steps) = copied(def, id)?;
        Some((top.clone(), EditOp::Insert { id: top, steps, slot: Slot { owner, index: index + 1 } }))
    });
    if let Some((top, op)) = copy
        && editor.edit(op)
    {
        editor.inspect(Selected::Step(top));
    }
}

/// Adds an arm: to a branch one with a condition, before "everything else".
pub fn fresh_arm(editor: Editor, id: &StepId) {
    let arm = editor.def.with_untracked(|def| match def.step(id).map(|step| &step.kind) {
        Some(StepKind::Branch(branch)) => {
            let index = branch.arms.iter().position(|arm| arm.condition.is_none()).unwrap_or(branch.arms.len());
            let conditions = branch.arms.iter().filter(|arm| arm.condition.is_some()).count();
            let condition = Some(model::Condition::All(vec![fresh::empty_test()]));
            Some((
                index,
                Arm {
                    id: fresh::arm_id(&branch.arms),
                    label: t::path_number(conditions + 1),
                    condition,
                    body: Vec::new(),
                    output: BTreeMap::new(),
                },
            ))
        }
        Some(StepKind::Parallel(parallel)) => {
            let label = t::path_number(parallel.arms.len() + 1);
            let arm =
                Arm { id: fresh::arm_id(&parallel.arms), label, condition: None, body: Vec::new(), output: BTreeMap::new() };
            Some((parallel.arms.len(), arm))
        }
        _ => None,
    });
    if let Some((index, arm)) = arm
        && editor.edit(EditOp::AddArm { step: id.clone(), index, arm, steps: Vec::new() })
    {
        editor.inspect(Selected::Step(id.clone()));
    }
}

/// Switches a step off, or on again.
pub fn switch(editor: Editor, id: &StepId) {
    if let Some(off) = editor.def.with_untracked(|def| def.step(id).map(|step| step.disabled)) {
        let patch = StepPatch { disabled: Some(!off), ..StepPatch::default() };
        editor.edit(EditOp::Update { id: id.clone(), patch });
    }
}

/// Tests one step and shows what comes of it.
pub fn test_step(editor: Editor, id: StepId) {
    editor.inspect(Selected::Step(id.clone()));
    editor.tab.set(Tab::Test);
    testing::test(editor, Some(id));
}

/// Copies of a step and of all steps in its arms, under new ids, slugs and labels. What a copy refers to stays as it was.
fn copied(def: &WorkflowDefinition, id: &StepId) -> Option<(StepId, Vec<(StepId, Step)>)> {
    let mut scratch = def.clone();
    let mut ids = BTreeMap::new();
    let mut order = vec![id.clone()];
    let mut at = 0;
    while at < order.len() {
        let step = def.step(&order[at])?;
        order.extend(step.kind.bodies().flatten().cloned());
        at += 1;
    }
    for old in &order {
        let step = def.step(old)?;
        let new = fresh::step_id(&scratch);
        let label = fresh::free_label(&scratch, &step.label);
        let copy = Step { slug: free_slug(&scratch, &label), label, ..step.clone() };
        scratch.steps.insert(new.clone(), copy);
        ids.insert(old.clone(), new);
    }
    let mut steps = Vec::new();
    for old in &order {
        let new = ids.get(old)?;
        let mut step = scratch.steps.get(new)?.clone();
        let bodies: Vec<_> = step.kind.named_bodies().into_iter().map(|(id, _)| id).collect();
        for body in bodies {
            if let Some(body) = step.kind.body_mut(&body) {
                *body = body.iter().filter_map(|inner| ids.get(inner).cloned()).collect();
            }
        }
        steps.push((new.clone(), step));
    }
    Some((ids.get(id)?.clone(), steps))
}

#[cfg(test)]
mod tests {
    use model::definition::{BodyOwner, apply};

    use super::*;

    #[test]
    fn copies_a_branch_with_its_arms() {
        let mut def = WorkflowDefinition::default();
        let put = |def: &mut WorkflowDefinition, choice: &str, owner: BodyOwner| {
            let (id, step) = (fresh::step_id(def), fresh::step(choice, def).unwrap());
            apply(def, EditOp::Insert { id: id.clone(), steps: vec![(id.clone(), step)], slot: Slot { owner, index: 0 } })
                .unwrap();
            id
        };
        let branch = put(&mut def, "branch", BodyOwner::Workflow);
        put(&mut def, "set", BodyOwner::Arm { step: branch.clone(), arm: "arm_1".into() });
        let (top, steps) = copied(&def, &branch).unwrap();
        apply(&mut def, EditOp::Insert { id: top, steps, slot: Slot { owner: BodyOwner::Workflow, index: 1 } }).unwrap();
        assert_eq!((def.steps.len(), def.body.len(), def.in_order().len()), (4, 2, 4));
        let slugs: std::collections::BTreeSet<_> = def.steps.values().map(|step| &step.slug).collect();
        assert_eq!(slugs.len(), 4);
    }
}
