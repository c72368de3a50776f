use leptos::{prelude::*, task::spawn_local};
use model::api::{Connection, ConnectionUpdate, Empty, UpdateConnection};

use super::hosts;
use crate::{
    api::call,
    text::{connections as t, ui},
    ui::{Button, Dialog, Field, TextArea, TextInput, Tone, use_toasts},
};

/// Name and hosts of a connection; the credentials stay.
#[component]
pub fn EditDialog(
    open: RwSignal<bool>,
    connection: Connection,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let title = t::edit_title(&connection.label);
    let connection = StoredValue::new(connection);
    view! { <Dialog open title><EditForm open connection on_changed/></Dialog> }
}

#[component]
fn EditForm(
    open: RwSignal<bool>,
    connection: StoredValue<Connection>,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let (id, before, hosts_before) = connection.with_value(|c| (c.id, c.label.clone(), c.hosts.join("\n")));
    // A connector that is data names its hosts itself.
    let asks_hosts = !hosts_before.is_empty();
    let (label, host_text) = (RwSignal::new(before), RwSignal::new(hosts_before));
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let label_error = Signal::derive(move || label.with(|label| label.trim().is_empty()).then(|| t::NEED_LABEL.to_owned()));
    let host_error = Signal::derive(move || match host_text.with(|text| hosts::read(text)) {
        Ok(hosts) => (asks_hosts && hosts.is_empty()).then(|| t::NEED_HOSTS.to_owned()),
        Err(()) => Some(t::BAD_HOST.to_owned()),
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Ok(hosts), None) = (host_text.with_untracked(|text| hosts::read(text)), label_error.get_untracked()) else { return };
        if asks_hosts && hosts.is_empty() {
            return;
        }
        busy.set(true);
        refused.set(None);
        let update = ConnectionUpdate {
            label: Some(label.get_untracked().trim().to_owned()),
            hosts: asks_hosts.then_some(hosts),
            values: None,
        };
        spawn_local(async move {
            match call::<UpdateConnection>((id,), &Empty {}, &update).await {
                Ok(_) => {
                    toasts.done(t::SAVED);
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
            <Field label=t::LABEL error=label_error>
                <TextInput value=label on_input=move |v| label.set(v) autofocus=true/>
            </Field>
            {asks_hosts
                .then(|| {
                    view! {
                        <Field label=t::HOSTS hint=t::HOSTS_HINT.to_owned() error=host_error>
                            <TextArea value=host_text on_input=move |v| host_text.set(v) rows=3 mono=true/>
                        </Field>
                    }
                })}
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{ui::SAVE}</Button>
            </footer>
        </form>
    }
}
