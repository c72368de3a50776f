//! One form per kind of step.

pub mod action;
mod body;
mod branch;
mod code;
mod code_box;
mod collect;
pub mod connection;
mod delay;
mod filter;
mod for_each;
pub mod fresh;
mod leave;
mod lookup;
mod parallel;
mod repeat;
mod respond;
mod section;
mod set;
mod stop;
pub mod store;
mod sub_workflow;
mod transform;
mod typed_field;
mod wait;

use leptos::prelude::*;
use model::{
    ids::StepId,
    step::{StepKind, Wait, WaitFor},
};

use super::state::use_editor;

pub use body::BodyField;

/// What a step's icon and colour go by: its kind, or its connector.
pub fn kind_name(kind: &StepKind) -> String {
    match kind {
        StepKind::Action(action) => action.connector.clone(),
        StepKind::Wait(Wait { until: WaitFor::Callback, .. }) => "wait_callback".to_owned(),
        StepKind::Wait(Wait { until: WaitFor::Approval(_), .. }) => "wait_approval".to_owned(),
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
            Some("wait") => view! { <wait::WaitForm id/> }.into_any(),
            Some("sub_workflow") => view! { <sub_workflow::SubWorkflowForm id/> }.into_any(),
            Some("collect") => view! { <collect::CollectForm id/> }.into_any(),
            Some("code") => view! { <code::CodeForm id/> }.into_any(),
            Some("transform") => view! { <transform::TransformForm id/> }.into_any(),
            Some("store") => view! { <store::StoreForm id/> }.into_any(),
            Some("lookup") => view! { <lookup::LookupForm id/> }.into_any(),
            _ => ().into_any(),
        }
    }
}
