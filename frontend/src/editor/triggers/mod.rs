//! One form per kind of trigger, and the samples of any.

pub mod app;
mod capture;
mod failure;
mod fields;
mod form;
mod gate;
mod manual;
mod many;
mod recent;
pub mod requests;
pub mod samples_tab;
mod schedule;
mod verify;
mod webhook;
mod workflow;

use leptos::prelude::*;
use model::{definition::TriggerKind, ids::TriggerId};

use super::state::use_editor;

pub use schedule::zone_names;

/// What a trigger's icon and colour go by: its kind, or its connector.
pub fn mark(kind: &TriggerKind) -> String {
    match kind {
        TriggerKind::App(app) => app.connector.clone(),
        kind => kind.name().to_owned(),
    }
}

/// Whether requests come to an address of its own.
pub fn takes_requests(kind: &TriggerKind) -> bool {
    match kind {
        TriggerKind::Webhook(_) => true,
        TriggerKind::App(app) => {
            let known = crate::connectors::find(&app.connector).and_then(|connector| connector.trigger(&app.trigger));
            known.is_some_and(|trigger| trigger.webhook.is_some())
        }
        _ => false,
    }
}

#[component]
pub fn TriggerForm(id: TriggerId) -> impl IntoView {
    let editor = use_editor();
    let of = id.clone();
    let kind = Memo::new(move |_| editor.def.with(|def| def.trigger(&of).map(|trigger| trigger.kind.name())));
    move || {
        let id = id.clone();
        match kind.get() {
            Some("webhook") => view! { <webhook::WebhookForm id/> }.into_any(),
            Some("app") => view! { <app::AppForm id/> }.into_any(),
            Some("schedule") => view! { <schedule::ScheduleForm id/> }.into_any(),
            Some("form") => view! { <form::HostedForm id/> }.into_any(),
            Some("manual") => view! { <manual::ManualForm id/> }.into_any(),
            Some("workflow") => view! { <workflow::WorkflowForm id/> }.into_any(),
            Some("failure") => view! { <failure::FailureForm id/> }.into_any(),
            _ => ().into_any(),
        }
    }
}
