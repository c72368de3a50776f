//! Moving a step to another slot: where it may go, and the ghost under the pointer.

use layout::{Point, SlotAt, nearest_slot_where};
use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    definition::{BodyOwner, EditOp, Slot},
    ids::StepId,
};

use super::stage::{Dragging, Stage, use_stage};
use crate::{
    editor::{Selected, steps::kind_name},
    ui::StepTile,
};

/// Slots further from the pointer than this do not attract, in pixels of the canvas.
const REACH: f64 = 190.0;

/// Whether moving `id` into the slot changes anything and is possible at all.
pub fn allowed(def: &WorkflowDefinition, id: &StepId, slot: &Slot) -> bool {
    let mut around = slot.owner.clone();
    for _ in 0..=def.steps.len() {
        let BodyOwner::Arm { step, .. } = &around else { break };
        if step == id {
            return false;
        }
        match def.position_of(step) {
            Some((outer, _)) => around = outer,
            None => return false,
        }
    }
    def.position_of(id).is_some_and(|(owner, index)| owner != slot.owner || (slot.index != index && slot.index != index + 1))
}

/// The slot that the pointer, at a point of the canvas, means.
fn target(stage: Stage, id: &StepId, at: Point) -> Option<Slot> {
    let placed = stage.placed.get_untracked();
    stage.editor.def.with_untracked(|def| {
        nearest_slot_where(&placed.layout, at, REACH, |slot: &SlotAt| allowed(def, id, &slot.slot)).map(|slot| slot.slot.clone())
    })
}

/// Takes a step up.
pub fn begin(stage: Stage, id: StepId, at: Point) {
    stage.editor.select(Some(Selected::Step(id.clone())));
    stage.drag.set(Some(Dragging { target: None, id, at }));
}

/// The pointer has moved, or the canvas under it.
pub fn follow(stage: Stage, at: Point) {
    let Some(id) = stage.drag.with_untracked(|drag| drag.as_ref().map(|drag| drag.id.clone())) else { return };
    let target = target(stage, &id, stage.view.get_untracked().to_world(at));
    stage.drag.update(|drag| {
        if let Some(drag) = drag {
            drag.at = at;
            drag.target = target;
        }
    });
}

/// Puts the step down where it would land.
pub fn drop(stage: Stage) {
    if let Some(Dragging { id, target: Some(slot), .. }) = stage.drag.get_untracked() {
        stage.editor.edit(EditOp::Move { id, slot });
    }
    stage.drag.set(None);
}

/// The card that hangs on the pointer.
#[component]
pub fn Ghost() -> impl IntoView {
    let stage = use_stage();
    let id = Memo::new(move |_| stage.drag.with(|drag| drag.as_ref().map(|drag| drag.id.clone())));
    move || {
        let id = id.get()?;
        let (kind, label) =
            stage.editor.def.with_untracked(|def| def.step(&id).map(|step| (kind_name(&step.kind), step.label.clone())))?;
        let style = move || {
            stage.drag.with(|drag| {
                drag.as_ref().map(|drag| {
                    let zoom = stage.view.get().zoom;
                    // Beside the pointer, so that the place to land stays in sight.
                    let (x, y) = (drag.at.x + 14.0, drag.at.y + 10.0);
                    format!("transform:translate({x:.1}px,{y:.1}px) scale({:.3}) rotate(1.5deg)", zoom * 0.82)
                })
            })
        };
        Some(view! {
            <div class="node ghost" class:landing=move || stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.target.is_some())) style=style aria-hidden="true">
                <StepTile kind/>
                <span class="node-words"><b>{label}</b></span>
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use model::definition::apply;

    use super::*;
    use crate::editor::steps::fresh;

    #[test]
    fn not_into_itself_and_not_where_it_stands() {
        let mut def = WorkflowDefinition::default();
        for (index, choice) in ["branch", "set"].into_iter().enumerate() {
            let (id, step) = (fresh::step_id(&def), fresh::step(choice, &def).unwrap());
            apply(
                &mut def,
                EditOp::Insert { id: id.clone(), steps: vec![(id, step)], slot: Slot { owner: BodyOwner::Workflow, index } },
            )
            .unwrap();
        }
        let top = |index| Slot { owner: BodyOwner::Workflow, index };
        let arm = Slot { owner: BodyOwner::Arm { step: "s1".into(), arm: "arm_1".into() }, index: 0 };
        assert!(!allowed(&def, &"s1".into(), &arm) && allowed(&def, &"s2".into(), &arm));
        assert!(
            !allowed(&def, &"s1".into(), &top(0))
                && !allowed(&def, &"s1".into(), &top(1))
                && allowed(&def, &"s1".into(), &top(2))
        );
    }
}
