//! Between the cards: where a step can be put in, and the names of the arms.

use layout::Rect;
use leptos::{ev, prelude::*};
use model::{
    WorkflowDefinition,
    definition::{BodyOwner, Slot},
    ids::{ArmId, StepId},
    step::{ERROR_BODY, StepKind, TIMEOUT_BODY},
};

use super::stage::use_stage;
use crate::{
    editor::{Picking, Selected, fresh_arm},
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

/// An arm's label; of a loop or a section its own.
fn body_name(def: &WorkflowDefinition, step: &StepId, body: &ArmId) -> Option<String> {
    let step = def.step(step)?;
    match step.kind.arms() {
        Some(arms) => arms.iter().find(|one| &one.id == body).map(|arm| arm.label.clone()),
        None => Some(match body.0.as_str() {
            ERROR_BODY => t::error_path_of(&step.label),
            TIMEOUT_BODY => t::timeout_path_of(&step.label),
            _ => step.label.clone(),
        }),
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
        let seen = stage.seen.get();
        stage.placed.with(|placed| {
            let near = placed
                .layout
                .slots
                .iter()
                .filter(|at| seen.is_none_or(|seen| seen.touches(&Rect { x: at.x, y: at.y, w: 0.0, h: 0.0 })));
            near.map(|at| at.slot.clone()).collect::<Vec<_>>()
        })
    });
    let arms = Memo::new(move |_| {
        let seen = stage.seen.get();
        stage.placed.with(|placed| {
            let near = placed
                .layout
                .arms
                .iter()
                .filter(|arm| seen.is_none_or(|seen| seen.touches(&Rect { x: arm.x, y: arm.y, w: 0.0, h: 0.0 })));
            near.map(|arm| (arm.step.clone(), arm.arm.clone())).collect::<Vec<_>>()
        })
    });
    let add = Memo::new(move |_| {
        if stage.editor.may_edit.get() { stage.placed.with(|placed| placed.layout.add_arm.clone()) } else { Vec::new() }
    });
    view! {
        <div class="slots">
            <For each=move || slots.get() key=key children=move |place| view! { <SlotButton place/> }/>
            <For each=move || arms.get() key=Clone::clone children=move |(step, arm)| view! { <ArmName step arm/> }/>
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

#[component]
fn ArmName(step: StepId, arm: ArmId) -> impl IntoView {
    let stage = use_stage();
    let editor = stage.editor;
    let (step, arm) = (StoredValue::new(step), StoredValue::new(arm));
    let at = Memo::new(move |_| {
        let (step, arm) = (step.get_value(), arm.get_value());
        stage
            .placed
            .with(|placed| placed.layout.arms.iter().find(|one| one.step == step && one.arm == arm).map(|one| (one.x, one.y)))
    });
    let label = Memo::new(move |_| {
        editor
            .def
            .with(|def| {
                let (step, arm) = (step.get_value(), arm.get_value());
                match (&def.step(&step)?.kind, arm.0.as_str()) {
                    (StepKind::Section(_) | StepKind::ForEach(_), ERROR_BODY) => Some(t::IN_ERROR_BODY.to_owned()),
                    (StepKind::Section(_), _) => Some(t::IN_BODY.to_owned()),
                    (StepKind::ForEach(_), _) => Some(t::IN_EACH_BODY.to_owned()),
                    (StepKind::Wait(_), TIMEOUT_BODY) => Some(t::IN_TIMEOUT_BODY.to_owned()),
                    _ => body_name(def, &step, &arm),
                }
            })
            .unwrap_or_default()
    });
    let taken = Memo::new(move |_| {
        editor.tested.with(|tested| {
            tested.steps.get(&step.get_value()).and_then(|state| state.arms.clone()).map(|arms| arms.contains(&arm.get_value()))
        })
    });
    // What happens only when something goes wrong looks the part.
    let catches = arm.with_value(|arm| matches!(arm.0.as_str(), ERROR_BODY | TIMEOUT_BODY));
    view! {
        <button
            type="button"
            class="arm"
    class:catches=catches
            class:taken=move || taken.get() == Some(true)
            class:not-taken=move || taken.get() == Some(false)
            tabindex="-1"
            style=move || at.get().map(|(x, y)| format!("transform:translate({x:.1}px,{y:.1}px) translate(-50%,-50%)")).unwrap_or_default()
            on:click=move |event: ev::MouseEvent| {
                event.stop_propagation();
                editor.inspect(Selected::Step(step.get_value()));
            }
        >
            {label}
        </button>
    }
}
