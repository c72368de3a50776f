//! One form per kind of step.

pub mod action;
mod action_field;
mod body;
mod branch;
mod connection;
mod delay;
mod filter;
mod for_each;
pub mod fresh;
mod leave;
mod parallel;
mod repeat;
mod respond;
mod section;
mod set;
mod stop;

use leptos::prelude::*;
use model::{ids::StepId, step::StepKind};

use super::state::use_editor;

/// What a step's icon and colour go by: its kind, or its connector.
pub fn kind_name(kind: &StepKind) -> String {
    match kind {
        StepKind::Action(action) => action.connector.clone(),
        kind => kind.name().to_owned(),
    }
}

/// The form of a step. Made anew only when the step's kind changes, so that fields keep the focus while somebody types.
#[component]
pub fn StepForm(id: StepId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let kind = Memo::new(move |_| editor.def.with(|def| def.step(&of).map(|step| step.kind.name())));
    move || {
        let id = id.clone();
        match kind.get() {
            Some("action") => view! { <action::ActionForm id/> }.into_any(),
            Some("filter") => view! { <filter::FilterForm id/> }.into_any(),
            Some("branch") => view! { <branch::BranchForm id/> }.into_any(),
            Some("delay") => view! { <delay::DelayForm id/> }.into_any(),
            Some("set") => view! { <set::SetForm id/> }.into_any(),
            Some("respond") => view! { <respond::RespondForm id/> }.into_any(),
            Some("stop") => view! { <stop::StopForm id/> }.into_any(),
            Some("for_each") => view! { <for_each::ForEachForm id/> }.into_any(),
            Some("parallel") => view! { <parallel::ParallelForm id/> }.into_any(),
            Some("section") => view! { <section::SectionForm id/> }.into_any(),
            Some("repeat_until") => view! { <repeat::RepeatForm id/> }.into_any(),
            Some("break") => view! { <leave::LeaveForm about=crate::text::editor::BREAK_ABOUT/> }.into_any(),
            Some("continue") => view! { <leave::LeaveForm about=crate::text::editor::CONTINUE_ABOUT/> }.into_any(),
            _ => ().into_any(),
        }
    }
}
