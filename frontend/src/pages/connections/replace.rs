use leptos::{prelude::*, task::spawn_local};
use model::api::{Connection, ConnectionUpdate, Empty, UpdateConnection};

use super::values::{ValueFields, Values};
use crate::{
    api::call,
    text::{connections as t, ui},
    ui::{Button, Dialog, Tone, use_toasts},
};

/// New credentials for a connection; its steps and waiting runs keep it.
#[component]
pub fn ReplaceDialog(
    open: RwSignal<bool>,
    connection: Connection,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let title = t::replace_title(&connection.label);
    let connection = StoredValue::new(connection);
    view! { <Dialog open title><ReplaceForm open connection on_changed/></Dialog> }
}

#[component]
fn ReplaceForm(
    open: RwSignal<bool>,
    connection: StoredValue<Connection>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let (id, connector, kind) = connection.with_value(|c| (c.id, c.connector.clone(), c.method.clone()));
    let method = crate::connectors::method(&connector, &kind);
    let (values, busy, refused) = (Values::new(), RwSignal::new(false), RwSignal::new(None::<String>));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(taken) = method.and_then(|method| values.take(method)) else { return };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let update = ConnectionUpdate { values: Some(taken), ..ConnectionUpdate::default() };
            match call::<UpdateConnection>((id,), &Empty {}, &update).await {
                Ok(_) => {
                    toasts.done(t::REPLACED);
                    on_changed();
                    open.try_set(false);
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <p class="dialog-text">{t::REPLACE_LEAD}</p>
            {method.map(|method| view! { <ValueFields method values/> })}
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::REPLACE}</Button>
            </footer>
        </form>
    }
}
