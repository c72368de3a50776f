//! Which connection an action or a trigger uses, and a way to add one without leaving the form.

use leptos::{prelude::*, task::spawn_local};
use manifest::Connector;
use model::{
    Mapped,
    api::{ConnectionStatus, CreateConnection, Empty, ListConnections},
    ids::ConnectionId,
};
use serde_json::Value;

use crate::{
    api::call,
    consent::{self, Returned},
    editor::{
        fields::Form,
        problems::FieldProblems,
        state::{Editor, Selected},
    },
    pages::connections::connect::{Asked, ConnectDialog, simulated},
    text::{connect, editor as t, sharing},
    ui::{Button, Choice, Glyph, Icon, Select, Tone, use_toasts},
};

#[component]
pub fn ConnectionField(form: Form, connector: &'static Connector, required: bool) -> impl IntoView {
    let (editor, toasts) = (form.editor, use_toasts());
    let adding = RwSignal::new(false);
    let chosen = Signal::derive(move || form.connection().map(|id| id.to_string()).unwrap_or_default());
    let choices = Signal::derive(move || {
        let mut choices = vec![Choice::new("", if required { t::CHOOSE_CONNECTION } else { t::NO_CONNECTION })];
        editor.connections.with(|all| {
            choices.extend(all.iter().filter(|one| one.connector == connector.id).map(|one| {
                let label = if one.sandbox { connect::sandboxed(&one.label) } else { one.label.clone() };
                let label = if one.status == ConnectionStatus::Active { label } else { t::needs_attention(&label) };
                if one.usable {
                    Choice::new(one.id.to_string(), label)
                } else {
                    Choice::new(one.id.to_string(), sharing::barred(&label, one)).disabled()
                }
            }));
        });
        let now = chosen.get();
        if !choices.iter().any(|choice| choice.value == now) {
            choices.push(Choice::new(now, t::GONE_CONNECTION));
        }
        choices
    });
    let asked = Signal::derive(move || asked(form, connector));
    let use_it = move |id: ConnectionId, message: String| {
        toasts.done(message);
        form.connect(Some(id));
        spawn_local(reload(editor));
    };
    let busy = RwSignal::new(false);
    let simulate = move |_| {
        busy.set(true);
        let new = simulated(connector);
        spawn_local(async move {
            match call::<CreateConnection>((), &Empty {}, &new).await {
                Ok(made) => use_it(made.id, connect::connected(&new.label)),
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    let has_none = Memo::new(move |_| {
        connector.is_data() && editor.connections.with(|all| all.iter().all(|one| one.connector != connector.id))
    });
    // This tab was at the vendor for this very form.
    let place = place(editor);
    let came = consent::returned(|draft| draft.place == place && draft.service == connector.id);
    let returned = StoredValue::new(None::<Returned>);
    match came.as_ref().and_then(|came| Some((came.end.connection?, came.end.message.clone()))) {
        Some((id, message)) => use_it(id, message),
        None if came.is_some() => {
            returned.set_value(came);
            adding.set(true);
        }
        None => {}
    }
    view! {
        <div class="ed-field" data-field="connection">
            <div class="ed-label"><span>{t::CONNECTION}</span></div>
            <div class="with-button">
                <Select value=chosen on_change=move |id: String| form.connect(id.parse().ok()) choices label=t::CONNECTION/>
                <Button icon=Glyph::Plus on:click=move |_| adding.set(true)>{t::ADD}</Button>
            </div>
            {move || has_none.get().then(|| view! {
                <div class="at-once">
                    <Button tone=Tone::Ghost icon=Glyph::Boxes busy on:click=simulate>{t::USE_SIMULATED}</Button>
                </div>
            })}
            <FieldProblems at="connection"/>
            <Attention form asked/>
            <p class="ed-hint">{t::CONNECTION_HINT}</p>
        </div>
        <ConnectDialog open=adding asked returned on_done=Callback::new(move |(id, message)| use_it(id, message))/>
    }
}

/// What is amiss with the chosen connection, and the way to its page.
#[component]
fn Attention(form: Form, asked: Signal<Asked>) -> impl IntoView {
    let words = Memo::new(move |_| {
        let id = form.connection()?;
        form.editor.connections.with(|all| {
            let one = all.iter().find(|one| one.id == id)?;
            let lacks = |needed: &String| !one.scopes.contains(needed);
            let words = if one.status == ConnectionStatus::NeedsReauth {
                connect::REFUSED_HERE
            } else if !one.sandbox && !one.scopes.is_empty() && asked.with(|asked| asked.needs.iter().any(lacks)) {
                connect::LACKS_SCOPE
            } else {
                return None;
            };
            Some((id, words))
        })
    });
    move || {
        words.get().map(|(id, words)| {
            view! {
                <div class="note warn">
                    <Icon glyph=Glyph::Alert/>
                    <span class="grow">{words} " " <a class="link" href=format!("/connections/{id}")>{connect::OPEN_CONNECTION}</a></span>
                </div>
            }
        })
    }
}

/// What a connection made from here is for.
fn asked(form: Form, connector: &'static Connector) -> Asked {
    let which = form.filled.with(|filled| filled.form.clone());
    let (needs, methods) = match (connector.operation(&which), connector.trigger(&which)) {
        (Some(operation), _) => (operation.scopes.clone(), operation.auth.clone()),
        (None, Some(trigger)) => (trigger.scopes.clone(), trigger.auth.clone()),
        (None, None) => Default::default(),
    };
    Asked { service: Some(connector.id.clone()), needs, methods, host: host(form), place: place(form.editor) }
}

/// The form in view, as a tab remembers it that leaves for a vendor.
fn place(editor: Editor) -> String {
    match editor.selected.get_untracked() {
        Some(Selected::Step(id)) => format!("{} step {id}", editor.id),
        Some(Selected::Trigger(id)) => format!("{} trigger {id}", editor.id),
        None => String::new(),
    }
}

/// Opens the form again that this tab left for a vendor.
pub fn resume(editor: Editor) {
    let Some(place) = consent::place_of_return() else { return };
    let selected = editor.def.with_untracked(|def| {
        let steps = def.steps.keys().map(|id| Selected::Step(id.clone()));
        let triggers = def.triggers.iter().map(|trigger| Selected::Trigger(trigger.id.clone()));
        steps.chain(triggers).find(|selected| match selected {
            Selected::Step(id) => place == format!("{} step {id}", editor.id),
            Selected::Trigger(id) => place == format!("{} trigger {id}", editor.id),
        })
    });
    if let Some(selected) = selected {
        editor.inspect(selected);
    }
}

/// The connections as they are now.
pub async fn reload(editor: Editor) {
    if let Ok(connections) = call::<ListConnections>((), &Empty {}, &Empty {}).await {
        editor.connections.try_set(connections.items);
    }
}

/// The host of the step's address, where it is fixed.
fn host(form: Form) -> String {
    let url = match form.filled.with(|filled| filled.input.get("url").cloned()) {
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
