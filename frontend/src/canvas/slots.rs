//! Between the cards: where a step or another path can be put in.

use layout::Rect;
use leptos::{ev, prelude::*};
use model::definition::{BodyOwner, Slot};

use super::{arms::body_name, stage::use_stage};
use crate::{
    editor::{Picking, fresh_arm},
    text::editor as t,
    ui::{Glyph, Icon},
};

/// A slot as text in the document: `workflow:0`, `s3.arm_1:2`.
fn key(slot: &Slot) -> String {
    match &slot.owner {
        BodyOwner::Workflow => format!("workflow:{}", slot.index),
        BodyOwner::Shelf => format!("shelf:{}", slot.index),
        BodyOwner::Arm { step, arm } => format!("{step}.{arm}:{}", slot.index),
    }
}

#[component]
pub fn Slots() -> impl IntoView {
    let stage = use_stage();
    // Whoever only looks sees no places to put something.
    let slots = Memo::new(move |_| {
        if !stage.editor.may_edit.get() {
            return Vec::new();
        }
        let seen = stage.board.seen.get();
        stage.board.placed.with(|placed| {
            let near = placed
                .layout
                .slots
                .iter()
                .filter(|at| seen.is_none_or(|seen| seen.touches(&Rect { x: at.x, y: at.y, w: 0.0, h: 0.0 })));
            near.map(|at| at.slot.clone()).collect::<Vec<_>>()
        })
    });
    let add = Memo::new(move |_| {
        if stage.editor.may_edit.get() { stage.board.placed.with(|placed| placed.layout.add_arm.clone()) } else { Vec::new() }
    });
    view! {
        <div class="slots">
            <For each=move || slots.get() key=key children=move |place| view! { <SlotButton place/> }/>
            {move || add.get().into_iter().map(|(step, x, y)| {
                let of = step.clone();
                let press = move |event: ev::MouseEvent| {
                    event.stop_propagation();
                    fresh_arm(stage.editor, &of);
                };
                view! {
                    <button type="button" class="arm-add" tabindex="-1" style=format!("transform:translate({x:.1}px,{y:.1}px)") aria-label=t::ADD_PATH on:click=press>
                        <Icon glyph=Glyph::Plus/>{t::PATH}
                    </button>
                }
            }).collect_view()}
        </div>
    }
}

#[component]
fn SlotButton(place: Slot) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let name = key(&place);
    let slot = StoredValue::new(place);
    let at = Memo::new(move |_| {
        slot.with_value(|slot| {
            stage
                .board
                .placed
                .with(|placed| placed.layout.slots.iter().find(|at| &at.slot == slot).map(|at| (at.x, at.y, at.end_of_body)))
        })
    });
    let hot = Memo::new(move |_| {
        slot.with_value(|slot| stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.target.as_ref() == Some(slot))))
    });
    let after = Memo::new(move |_| {
        slot.with_value(|slot| {
            editor.def.with(|def| {
                let body = def.body_of(&slot.owner)?;
                let before = slot.index.checked_sub(1).and_then(|at| body.get(at)).and_then(|id| def.step(id));
                match (before, &slot.owner) {
                    (Some(step), _) => Some(t::add_after(&step.label)),
                    (None, BodyOwner::Workflow | BodyOwner::Shelf) => Some(t::ADD_FIRST.to_owned()),
                    (None, BodyOwner::Arm { step, arm }) => Some(t::add_in_path(&body_name(def, step, arm)?)),
                }
            })
        })
        .unwrap_or_else(|| t::ADD_STEP.to_owned())
    });
    let press = move |event: ev::MouseEvent| {
        event.stop_propagation();
        editor.picking.set(Some(Picking::Step(slot.get_value())));
    };
    view! {
        <button
            type="button"
            class="slot"
            class:hot=hot
            class:end=move || at.get().is_some_and(|(.., end)| end)
            style=move || at.get().map(|(x, y, _)| format!("transform:translate({x:.1}px,{y:.1}px)")).unwrap_or_default()
            aria-label=after
            data-testid="slot"
            data-slot=name
            tabindex="-1"
            on:click=press
        >
            <Icon glyph=Glyph::Plus/>
            <span class="slot-landing" aria-hidden="true">{move || if stage.drag.with(|drag| drag.as_ref().is_some_and(|drag| drag.copies)) { t::COPY_HERE } else { t::DROP_HERE }}</span>
        </button>
    }
}
