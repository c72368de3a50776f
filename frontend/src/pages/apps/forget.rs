use leptos::{prelude::*, task::spawn_local};
use model::api::{DeleteApp, Empty};

use crate::{
    api::call,
    connectors,
    text::apps as t,
    ui::{ConfirmDialog, use_toasts},
};

#[component]
pub fn ForgetDialog(
    open: RwSignal<bool>,
    connector: String,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let title = t::forget_title(&connectors::name_of(&connector));
    let connector = StoredValue::new(connector);
    let confirm = move |()| {
        busy.set(true);
        spawn_local(async move {
            match call::<DeleteApp>((connector.get_value(),), &Empty {}, &Empty {}).await {
                Ok(_) => {
                    toasts.done(t::FORGOTTEN);
                    open.try_set(false);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! { <ConfirmDialog open title body=t::FORGET_BODY confirm=t::FORGET danger=true busy on_confirm=confirm/> }
}
