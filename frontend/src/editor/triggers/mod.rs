//! One form per kind of trigger, and the samples of any.

mod capture;
mod failure;
mod fields;
mod gate;
mod manual;
pub mod samples_tab;
mod schedule;
mod verify;
mod webhook;
mod workflow;

use leptos::prelude::*;
use model::ids::TriggerId;

use super::state::use_editor;

pub use schedule::zone_names;

#[component]
pub fn TriggerForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let kind = Memo::new(move |_| editor.def.with(|def| def.trigger(&of).map(|trigger| trigger.kind.name())));
    move || {
        let id = id.clone();
        match kind.get() {
            Some("webhook") => view! { <webhook::WebhookForm id/> }.into_any(),
            Some("schedule") => view! { <schedule::ScheduleForm id/> }.into_any(),
            Some("manual") => view! { <manual::ManualForm id/> }.into_any(),
            Some("workflow") => view! { <workflow::WorkflowForm id/> }.into_any(),
            Some("failure") => view! { <failure::FailureForm id/> }.into_any(),
            _ => ().into_any(),
        }
    }
}
