//! Moving a step to another slot: where it may go, and the ghost under the pointer.

use std::collections::BTreeSet;

use layout::{Point, SlotAt, nearest_slot};
use leptos::prelude::*;
use model::{
    WorkflowDefinition,
    definition::{BodyOwner, Slot},
    ids::StepId,
};

use super::stage::{Dragging, Stage, use_stage};
use crate::{
    editor::{Selected, several, shelf, steps::kind_name},
    text::editor as t,
    ui::{Glyph, Icon, StepTile},
};

/// Slots further from the pointer than this do not attract, in pixels of the canvas.
const REACH: f64 = 190.0;

/// Whether moving these steps into the slot changes anything and is possible at all.
pub fn allowed(def: &WorkflowDefinition, steps: &BTreeSet<StepId>, slot: &Slot) -> bool {
    let tops = def.tops(steps);
    def.may_move(&tops, slot)
        && match tops.as_slice() {
            [one] => def
                .position_of(one)
                .is_some_and(|(owner, index)| owner != slot.owner || (slot.index != index && slot.index != index + 1)),
            _ => true,
        }
}

/// The slot that the pointer, at a point of the canvas, means.
fn target(stage: Stage, steps: &BTreeSet<StepId>, copies: bool, at: Point) -> Option<Slot> {
    if !copies && over_shelf(at) {
        return Some(shelf::end(stage.editor));
    }
    let placed = stage.board.placed.get_untracked();
    let at = stage.board.view.get_untracked().to_world(at);
    stage.editor.def.with_untracked(|def| {
        let fits = |slot: &SlotAt| copies || allowed(def, steps, &slot.slot);
        nearest_slot(&placed.layout, at, REACH, fits).map(|slot| slot.slot.clone())
    })
}

/// Whether a point of the view lies on the shelf.
fn over_shelf(at: Point) -> bool {
    let Ok(Some(chip)) = document().query_selector("[data-shelf] .shelf-chip") else { return false };
    let Ok(Some(canvas)) = document().query_selector("[data-testid=canvas]") else { return false };
    let (chip, canvas) = (chip.get_bounding_client_rect(), canvas.get_bounding_client_rect());
    let (x, y) = (at.x + canvas.left(), at.y + canvas.top());
    (chip.left() - 12.0..=chip.right() + 12.0).contains(&x) && (chip.top() - 12.0..=chip.bottom() + 12.0).contains(&y)
}

/// Takes a step up, and with it the others that are chosen.
pub fn begin(stage: Stage, id: StepId, at: Point) {
    let marked = stage.editor.marked.get_untracked();
    let steps = if marked.contains(&id) {
        marked
    } else {
        stage.editor.select(Some(Selected::Step(id.clone())));
        [id.clone()].into()
    };
    stage.drag.set(Some(Dragging { target: None, id, steps, copies: false, at }));
}

/// The pointer has moved, or the canvas under it.
pub fn follow(stage: Stage, at: Point, copies: bool) {
    let Some(steps) = stage.drag.with_untracked(|drag| drag.as_ref().map(|drag| drag.steps.clone())) else { return };
    let target = target(stage, &steps, copies, at);
    stage.drag.update(|drag| {
        if let Some(drag) = drag {
            drag.at = at;
            drag.target = target;
            drag.copies = copies;
        }
    });
}

/// Puts the steps down where they would land.
pub fn drop(stage: Stage) {
    let editor = stage.editor;
    if let Some(Dragging { steps, copies, target: Some(slot), .. }) = stage.drag.get_untracked() {
        if copies {
            if let Some(excerpt) = several::excerpt(editor)
                && several::insert(editor, &excerpt, &slot)
            {
                editor.say(&t::duplicated(excerpt.body.len()));
            }
        } else {
            let parked = slot.owner == BodyOwner::Shelf;
            let count = editor.def.with_untracked(|def| def.tops(&steps).len());
            if several::move_to(editor, &steps, &slot) {
                editor.say(&if parked { t::parked(count) } else { t::moved_steps(count) });
            }
            if parked {
                editor.select(None);
            }
        }
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
                    let zoom = stage.board.view.get().zoom;
                    // Beside the pointer, so that the place to land stays in sight.
                    let (x, y) = (drag.at.x + 14.0, drag.at.y + 10.0);
                    format!("transform:translate({x:.1}px,{y:.1}px) scale({:.3}) rotate(1.5deg)", zoom * 0.82)
                })
            })
        };
        Some(view! {
            <div class="node ghost" class:copies=move || stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.copies)) class:landing=move || stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.target.is_some())) style=style aria-hidden="true">
                <StepTile kind/>
                <span class="node-words"><b>{label}</b></span>
                {move || stage.drag.with(|drag| {
                    let drag = drag.as_ref()?;
                    let words = (drag.steps.len() > 1).then(|| t::dragged(drag.steps.len()));
                    let copies = drag.copies.then(|| view! { <Icon glyph=Glyph::Plus/> });
                    (words.is_some() || drag.copies).then(|| view! { <span class="ghost-badge">{copies}{words}</span> })
                })}
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use model::definition::{EditOp, apply};

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
        let allowed =
            |steps: &[&str], slot: &Slot| super::allowed(&def, &steps.iter().map(|id| StepId::from(*id)).collect(), slot);
        assert!(!allowed(&["s1"], &arm) && allowed(&["s2"], &arm) && !allowed(&["s1", "s2"], &arm));
        assert!(!allowed(&["s1"], &top(0)) && !allowed(&["s1"], &top(1)) && allowed(&["s1"], &top(2)));
        assert!(allowed(&["s1"], &Slot { owner: BodyOwner::Shelf, index: 0 }) && !allowed(&[], &top(0)));
    }
}
