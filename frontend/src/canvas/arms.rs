//! The names of paths on their lines.

use layout::{NodeId, Rect};
use leptos::{ev, prelude::*};
use model::{
    WorkflowDefinition,
    ids::{ArmId, StepId},
    step::{ERROR_BODY, StepKind, TIMEOUT_BODY},
};

use super::board::use_board;
use crate::text::editor as t;

/// An arm's label; of a loop or a section its own.
pub fn body_name(def: &WorkflowDefinition, step: &StepId, body: &ArmId) -> Option<String> {
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
pub fn Arms(taken: Callback<(StepId, ArmId), Option<bool>>) -> impl IntoView {
    let board = use_board();
    let arms = Memo::new(move |_| {
        let seen = board.seen.get();
        board.placed.with(|placed| {
            let near = placed
                .layout
                .arms
                .iter()
                .filter(|arm| seen.is_none_or(|seen| seen.touches(&Rect { x: arm.x, y: arm.y, w: 0.0, h: 0.0 })));
            near.map(|arm| (arm.step.clone(), arm.arm.clone())).collect::<Vec<_>>()
        })
    });
    view! { <For each=move || arms.get() key=Clone::clone children=move |(step, arm)| view! { <ArmName step arm taken/> }/> }
}

#[component]
fn ArmName(step: StepId, arm: ArmId, taken: Callback<(StepId, ArmId), Option<bool>>) -> impl IntoView {
    let board = use_board();
    let (step, arm) = (StoredValue::new(step), StoredValue::new(arm));
    let at = Memo::new(move |_| {
        let (step, arm) = (step.get_value(), arm.get_value());
        board
            .placed
            .with(|placed| placed.layout.arms.iter().find(|one| one.step == step && one.arm == arm).map(|one| (one.x, one.y)))
    });
    let label = Memo::new(move |_| {
        board
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
    let taken = Memo::new(move |_| taken.run((step.get_value(), arm.get_value())));
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
                board.acts.open.run(NodeId::Step(step.get_value()));
            }
        >
            {label}
        </button>
    }
}
