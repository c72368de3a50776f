use leptos::{prelude::*, task::spawn_local};
use manifest::AuthMethod;
use model::api::{CreateConnection, Empty, NewConnection};

use super::{
    hosts,
    values::{ValueFields, Values},
};
use crate::{
    api::call,
    connectors,
    text::{connections as t, ui},
    ui::{Button, Choice, Dialog, Field, Segmented, Select, TextArea, TextInput, Tone, use_toasts},
};

/// What is offered first: any service with an address.
const ANY: &str = "http";

/// The ways to sign in to a service that a person can type in.
fn methods_of(connector: &str) -> Vec<&'static AuthMethod> {
    connectors::find(connector)
        .map(|connector| connector.auth.iter().filter(|method| method.is_typed()).collect())
        .unwrap_or_default()
}

fn services() -> Vec<Choice> {
    let services = connectors::all().iter().filter(|connector| connector.auth.iter().any(AuthMethod::is_typed));
    let mut choices: Vec<Choice> = services.map(|one| Choice::new(one.id.clone(), one.name.clone())).collect();
    choices.sort_by_key(|choice| (choice.value != ANY, choice.label.to_lowercase()));
    choices
}

#[component]
pub fn AddDialog(open: RwSignal<bool>, on_added: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    view! { <Dialog open title=t::ADD><AddForm open on_added/></Dialog> }
}

#[component]
fn AddForm(open: RwSignal<bool>, on_added: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let toasts = use_toasts();
    let service = RwSignal::new(ANY.to_owned());
    let methods = Memo::new(move |_| service.with(|service| methods_of(service)));
    // A connector that is data names its hosts itself.
    let asks_hosts =
        Memo::new(move |_| service.with(|service| connectors::find(service).is_none_or(|connector| !connector.is_data())));
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
        let Some(method) = methods.with_untracked(|methods| methods.get(chosen.get_untracked()).copied()) else { return };
        let taken = values.get_untracked().take(method);
        let hosts = if asks_hosts.get_untracked() { host_text.with_untracked(|text| hosts::read(text)) } else { Ok(Vec::new()) };
        let (Some(values), Ok(hosts)) = (taken, hosts) else { return };
        if (hosts.is_empty() && asks_hosts.get_untracked()) || label_error.with_untracked(Option::is_some) {
            return;
        }
        busy.set(true);
        refused.set(None);
        let new = NewConnection {
            connector: service.get_untracked(),
            method: method.id.clone(),
            label: label.get_untracked().trim().to_owned(),
            hosts,
            values,
            sandbox: false,
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
    let tabs = move || {
        methods.with(|methods| methods.iter().enumerate().map(|(at, method)| (at, method.label.clone())).collect::<Vec<_>>())
    };
    view! {
        <form class="form" novalidate=true on:submit=submit>
            <Field label=t::LABEL hint=t::LABEL_HINT.to_owned() error=label_error>
                <TextInput value=label on_input=move |v| label.set(v) autofocus=true/>
            </Field>
            <Field label=t::SERVICE>
                <Select
                    value=service
                    on_change=move |id| {
                        chosen.set(0);
                        values.set(Values::new());
                        service.set(id);
                    }
                    choices=Signal::stored(services())
                />
            </Field>
            <div>
                <p class="field-label">{t::METHOD}</p>
                {move || view! {
                    <Segmented
                        tabs=tabs()
                        selected=chosen
                        label=t::METHOD
                        on_select=move |at| {
                            chosen.set(at);
                            values.set(Values::new());
                        }
                    />
                }}
            </div>
            {move || {
                let values = values.get();
                methods.with(|methods| methods.get(chosen.get()).copied()).map(|method| view! { <ValueFields method values/> })
            }}
            <Show when=move || asks_hosts.get()>
                <Field label=t::HOSTS hint=t::HOSTS_HINT.to_owned() error=host_error>
                    <TextArea value=host_text on_input=move |v| host_text.set(v) rows=2 mono=true placeholder=t::HOSTS_PLACEHOLDER/>
                </Field>
            </Show>
            <p class="form-error" role="alert">{refused}</p>
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| open.set(false)>{ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::ADD}</Button>
            </footer>
        </form>
    }
}
