//! What can be done with a whole step: the same from menus, keys and the canvas.

use std::collections::BTreeMap;

use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    definition::EditOp,
    ids::StepId,
    step::{Arm, StepKind},
};

use super::{
    several,
    state::{Editor, Selected, Tab},
    steps::fresh,
    testing,
};
use crate::text::editor as t;

/// Deletes a step and selects what stands before it.
pub fn delete(editor: Editor, id: &StepId) {
    several::mark(editor, [id.clone()].into(), Some(id.clone()));
    several::remove(editor);
}

/// What stands before a step in reading order.
pub fn neighbour(def: &WorkflowDefinition, id: &StepId) -> Option<Selected> {
    let order = def.in_order();
    let at = order.iter().position(|one| one == id)?;
    match at.checked_sub(1) {
        Some(before) => Some(Selected::Step(order[before].clone())),
        None => def.triggers.first().map(|trigger| Selected::Trigger(trigger.id.clone())),
    }
}

/// Puts a copy of a step, with everything in its arms, right after it.
pub fn duplicate(editor: Editor, id: &StepId) {
    several::mark(editor, [id.clone()].into(), Some(id.clone()));
    several::duplicate(editor);
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

/// Tests one step and shows what comes of it.
pub fn test_step(editor: Editor, id: StepId) {
    editor.inspect(Selected::Step(id.clone()));
    editor.tab.set(Tab::Test);
    testing::test(editor, Some(id));
}
