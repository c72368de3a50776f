use leptos::{prelude::*, task::spawn_local};
use model::api::{CreateConnection, Empty, NewConnection};

use super::{
    hosts,
    values::{ValueFields, Values},
};
use crate::{
    api::call,
    text::{connections as t, ui},
    ui::{Button, Dialog, Field, Segmented, TextArea, TextInput, Tone, use_toasts},
};

const CONNECTOR: &str = "http";

#[component]
pub fn AddDialog(open: RwSignal<bool>, on_added: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    view! { <Dialog open title=t::ADD><AddForm open on_added/></Dialog> }
}

#[component]
fn AddForm(open: RwSignal<bool>, on_added: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let methods = manifest::find(CONNECTOR).map(|connector| connector.auth.as_slice()).unwrap_or_default();
    let (label, host_text) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let (chosen, values) = (RwSignal::new(0_usize), RwSignal::new(Values::new()));
    let (tried, busy, refused) = (RwSignal::new(false), RwSignal::new(false), RwSignal::new(None::<String>));
    let label_error =
        Signal::derive(move || (tried.get() && label.with(|label| label.trim().is_empty())).then(|| t::NEED_LABEL.to_owned()));
    let host_error = Signal::derive(move || {
        let problem = match host_text.with(|text| hosts::read(text)) {
            Ok(hosts) if hosts.is_empty() => t::NEED_HOSTS,
            Ok(_) => return None,
            Err(()) => t::BAD_HOST,
        };
        tried.get().then(|| problem.to_owned())
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        tried.set(true);
        let Some(method) = methods.get(chosen.get_untracked()) else { return };
        let taken = values.get_untracked().take(method);
        let (Some(values), Ok(hosts)) = (taken, host_text.with_untracked(|text| hosts::read(text))) else { return };
        if hosts.is_empty() || label_error.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let new = NewConnection {
            connector: CONNECTOR.into(),
            method: method.id.clone(),
            label: label.get_untracked().trim().to_owned(),
            hosts,
            values,
        };
        spawn_local(async move {
            match call::<CreateConnection>((), &Empty {}, &new).await {
                Ok(_) => {
                    toasts.done(t::ADDED);
                    on_added();
                    open.set(false);
                }
                Err(problem) => _ = refused.try_set(Some(problem.message)),
            }
            busy.try_set(false);
        });
    };
    let tabs = methods.iter().enumerate().map(|(at, method)| (at, method.label.clone())).collect::<Vec<_>>();
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::LABEL hint=t::LABEL_HINT.to_owned() error=label_error>
                <TextInput value=label on_input=move |v| label.set(v) autofocus=true/>
            </Field>
            <div>
                <p class="field-label">{t::METHOD}</p>
                <Segmented
                    tabs
                    selected=chosen
                    label=t::METHOD
                    on_select=move |at| {
                        chosen.set(at);
                        values.set(Values::new());
                    }
                />
            </div>
            {move || {
                let values = values.get();
                methods.get(chosen.get()).map(|method| view! { <ValueFields method values/> })
            }}
            <Field label=t::HOSTS hint=t::HOSTS_HINT.to_owned() error=host_error>
                <TextArea value=host_text on_input=move |v| host_text.set(v) rows=2 mono=true placeholder=t::HOSTS_PLACEHOLDER/>
            </Field>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::ADD}</Button>
            </footer>
        </form>
    }
}
