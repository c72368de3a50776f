//! Which connection an action uses, and a way to add one without leaving the form.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use manifest::Connector;
use model::{
    Mapped,
    api::{ConnectionStatus, CreateConnection, Empty, NewConnection},
    ids::ConnectionId,
};
use serde_json::Value;

use crate::{
    api::call,
    editor::{fields::Form, problems::FieldProblems},
    text::editor as t,
    ui::{Button, Choice, Dialog, Field as UiField, Glyph, Icon, PasswordInput, Select, TextInput, Tone},
};

#[component]
pub fn ConnectionField(form: Form, connector: &'static Connector, required: bool) -> impl IntoView {
    let editor = form.editor;
    let adding = RwSignal::new(false);
    let chosen =
        Signal::derive(move || form.connection().map(|id| id.to_string()).unwrap_or_default());
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new(
            "",
            if required { t::CHOOSE_CONNECTION } else { t::NO_CONNECTION },
        )];
        editor.connections.with(|all| {
            choices.extend(all.iter().filter(|one| one.connector == connector.id).map(|one| {
                let label =
                    if one.status == ConnectionStatus::Active { one.label.clone() } else { t::needs_attention(&one.label) };
                Choice::new(one.id.to_string(), label)
            }));
        });
        let now = chosen.get();
        if !choices.iter().any(|choice| choice.value == now) {
            choices.push(Choice::new(now, t::GONE_CONNECTION));
        }
        choices
    });
    view! {
        <div class="ed-field" data-field="connection">
            <div class="ed-label"><span>{t::CONNECTION}</span></div>
            <div class="with-button">
                <Select value=chosen on_change=move |id: String| form.connect(id.parse().ok()) choices label=t::CONNECTION/>
                <Button icon=Glyph::Plus on:click=move |_| adding.set(true)>{t::ADD}</Button>
            </div>
            <FieldProblems at="connection"/>
            <p class="ed-hint">{t::CONNECTION_HINT}</p>
        </div>
        <Dialog open=adding title=t::add_connection(&connector.name)>
            <NewForm form connector adding on_made=Callback::new(move |id| form.connect(Some(id)))/>
        </Dialog>
    }
}

/// The host of the step's address, where it is fixed.
fn host(form: Form) -> String {
    let url = match form.filled.with_untracked(|filled| filled.input.get("url").cloned()) {
        Some(Mapped::Literal(Value::String(url))) => url,
        Some(Mapped::Template(parts)) => match parts.first() {
            Some(expr::Part::Text(text)) => text.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default().to_owned()
}

#[component]
fn NewForm(form: Form, connector: &'static Connector, adding: RwSignal<bool>, on_made: Callback<ConnectionId>) -> impl IntoView {
    let editor = form.editor;
    let typed = || connector.auth.iter().filter(|method| method.is_typed());
    let first = typed().next().map(|method| method.id.clone()).unwrap_or_default();
    let method = RwSignal::new(typed().find(|method| method.id == "bearer").map_or(first, |method| method.id.clone()));
    // A connector that is data names its hosts itself.
    let asks_hosts = !connector.is_data();
    let (label, hosts) = (RwSignal::new(String::new()), RwSignal::new(host(form)));
    let values = RwSignal::new(BTreeMap::<String, String>::new());
    let (busy, wrong) = (RwSignal::new(false), RwSignal::new(None::<String>));
    let methods = typed().map(|method| Choice::new(method.id.clone(), method.label.clone())).collect::<Vec<_>>();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        busy.set(true);
        let named = if asks_hosts { hosts.get_untracked() } else { String::new() };
        let hosts: Vec<String> =
            named.split([',', ' ', '\n']).map(str::trim).filter(|host| !host.is_empty()).map(str::to_owned).collect();
        let label = Some(label.get_untracked().trim().to_owned()).filter(|label| !label.is_empty());
        let label = label.or_else(|| hosts.first().cloned()).unwrap_or_else(|| connector.name.clone());
        let mut given = values.get_untracked();
        if let Some(auth) = connector.auth_method(&method.get_untracked()) {
            given.retain(|key, _| auth.fields.iter().any(|field| &field.key == key));
            for field in &auth.fields {
                if let (Some(Value::String(default)), false) = (&field.default, given.contains_key(&field.key)) {
                    given.insert(field.key.clone(), default.clone());
                }
            }
        }
        let new = NewConnection { connector: connector.id.clone(), method: method.get_untracked(), label, hosts, values: given, sandbox: false };
        spawn_local(async move {
            let made = call::<CreateConnection>((), &Empty {}, &new).await;
            busy.try_set(false);
            match made {
                Ok(connection) => {
                    let id = connection.id;
                    editor.connections.try_update(|all| all.push(connection));
                    on_made.run(id);
                    adding.try_set(false);
                }
                Err(problem) => {
                    wrong.try_set(Some(problem.message));
                }
            }
        });
    };
    let fields = move || {
        let Some(auth) = connector.auth_method(&method.get()) else { return ().into_any() };
        let inputs = auth
            .fields
            .iter()
            .map(|field| {
                let key = field.key.clone();
                let default = field.default.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
                let of = key.clone();
                let value =
                    Signal::derive(move || values.with(|values| values.get(&of).cloned().unwrap_or_else(|| default.clone())));
                let put = Callback::new(move |new: String| values.update(|values| _ = values.insert(key.clone(), new)));
                view! {
                    <UiField label=field.label.clone() hint=(!field.help.is_empty()).then(|| field.help.clone())>
                        {if field.secret {
                            view! { <PasswordInput value on_input=put autocomplete="off"/> }.into_any()
                        } else {
                            view! { <TextInput value on_input=put/> }.into_any()
                        }}
                    </UiField>
                }
            })
            .collect_view();
        let steps = (!auth.steps.is_empty()).then(|| {
            view! {
                <ol class="ed-hint">{auth.steps.iter().map(|step| view! { <li>{step.clone()}</li> }).collect_view()}</ol>
            }
        });
        view! { {steps} {(!auth.help.is_empty()).then(|| view! { <p class="ed-hint">{auth.help.clone()}</p> })} {inputs} }
            .into_any()
    };
    view! {
        <form class="dialog-form" on:submit=save>
            <UiField label=t::HOW_TO_PROVE>
                <Select value=method on_change=move |new| method.set(new) choices=Signal::stored(methods)/>
            </UiField>
            {fields}
            {asks_hosts.then(|| view! {
                <UiField label=t::ALLOWED_HOSTS hint=Some(t::ALLOWED_HOSTS_HINT.to_owned())>
                    <TextInput value=hosts on_input=move |new| hosts.set(new) placeholder=t::HOST_EXAMPLE/>
                </UiField>
            })}
            <UiField label=t::CONNECTION_NAME optional=true>
                <TextInput value=label on_input=move |new| label.set(new) placeholder=t::CONNECTION_NAME_EXAMPLE/>
            </UiField>
            {move || wrong.get().map(|message| view! { <p class="note bad" role="alert"><Icon glyph=Glyph::Alert/><span>{message}</span></p> })}
            <footer class="dialog-foot">
                <Button tone=Tone::Ghost on:click=move |_| adding.set(false)>{crate::text::ui::CANCEL}</Button>
                <Button tone=Tone::Primary submit=true busy>{t::SAVE_CONNECTION}</Button>
            </footer>
        </form>
    }
}
