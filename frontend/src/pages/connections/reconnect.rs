//! Signing in again with a connection that is there already.

use leptos::{prelude::*, task::spawn_local};
use manifest::{AuthMethod, Connector};
use model::api::{Connection, ConnectionUpdate, Empty, NewConsent, UpdateConnection};

use super::{
    connect::{AppNotice, FlowProblem, Waiting, is_consented},
    replace::ReplaceDialog,
    values::{ValueFields, Values},
};
use crate::{
    api::call,
    connectors,
    consent::{self, Flow, Stage},
    text::{connect, connections as t, ui},
    ui::{Button, Dialog, Glyph, Tone, use_toasts},
};

/// The stable name of an end with another account than before.
const OTHER_ACCOUNT: &str = "oauth.other_account";

/// How a connection is signed in with again.
#[derive(Clone, Copy)]
enum Again {
    Consent(&'static Connector, &'static AuthMethod),
    Typed,
    Sandbox,
}

fn again(connection: &Connection) -> Again {
    let connector = connectors::find(&connection.connector);
    let method = connector.and_then(|connector| Some((connector, connector.auth_method(&connection.method)?)));
    match method {
        _ if connection.sandbox => Again::Sandbox,
        Some((connector, method)) if is_consented(method) => Again::Consent(connector, method),
        _ => Again::Typed,
    }
}

/// The button, and what follows it: the vendor's window, keys to type in, or nothing for a simulated account.
#[component]
pub fn Reconnect(
    connection: Connection,
    #[prop(into)] label: String,
    #[prop(optional)] tone: Tone,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    match again(&connection) {
        Again::Consent(connector, method) => view! { <ByConsent connection connector method label tone on_changed/> }.into_any(),
        Again::Typed => {
            let open = RwSignal::new(false);
            view! {
                <Button tone icon=Glyph::Key on:click=move |_| open.set(true)>{label}</Button>
                <ReplaceDialog open connection on_changed/>
            }
            .into_any()
        }
        Again::Sandbox => view! { <Simulated connection tone on_changed/> }.into_any(),
    }
}

#[component]
fn ByConsent(
    connection: Connection,
    connector: &'static Connector,
    method: &'static AuthMethod,
    label: String,
    tone: Tone,
    on_changed: impl Fn() + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let toasts = use_toasts();
    let (id, asking) = (connection.id, RwSignal::new(false));
    let flow = Flow::new(move |_, message| {
        asking.set(false);
        toasts.done(message);
        on_changed();
    });
    if let Some(returned) = consent::returned(|draft| draft.connection == Some(id)) {
        if returned.end.connection.is_some() {
            toasts.done(returned.end.message.clone());
        }
        flow.resume(returned.end);
    }
    let values = Values::new();
    let begin = move |other_account: bool| {
        let Some(values) = values.take(method) else { return };
        let consent = NewConsent {
            connector: connector.id.clone(),
            method: method.id.clone(),
            values,
            connection: Some(id),
            other_account,
            ..NewConsent::default()
        };
        flow.begin(consent, String::new());
    };
    // What is asked before, a subdomain say, is not kept where it could be read.
    let press = move |_| if method.fields.is_empty() { begin(false) } else { asking.set(true) };
    let busy = Signal::derive(move || flow.stage.with(|stage| *stage == Stage::Beginning));
    let is_other = move || flow.stage.with(|stage| matches!(stage, Stage::Failed { code, .. } if code == OTHER_ACCOUNT));
    let after = move || {
        view! {
            {move || flow.stage.with(|stage| matches!(stage, Stage::Away(_))).then(|| view! { <Waiting flow connector/> })}
            <FlowProblem flow/>
            <Show when=is_other>
                <Button on:click=move |_| begin(true)>{connect::TAKE_OTHER}</Button>
            </Show>
        }
    };
    let title = t::reconnect_title(&connection.label);
    view! {
        <div class="reconnect">
            <Button tone icon=Glyph::Plug busy on:click=press>{label}</Button>
            <AppNotice connector/>
            <Show when=move || !asking.get()>{after}</Show>
        </div>
        <Dialog open=asking title>
            <form
                class="form"
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    begin(false);
                }
            >
                <ValueFields method values/>
                {after}
                <footer class="dialog-foot">
                    <Button tone=Tone::Ghost on:click=move |_| asking.set(false)>{ui::CANCEL}</Button>
                    <Button tone=Tone::Primary icon=Glyph::Plug submit=true busy>{connect::consent(&connector.name)}</Button>
                </footer>
            </form>
        </Dialog>
    }
}

/// A simulated account has nothing to type in: it only has to accept again.
#[component]
fn Simulated(connection: Connection, tone: Tone, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let (toasts, busy) = (use_toasts(), RwSignal::new(false));
    let id = connection.id;
    let press = move |_| {
        busy.set(true);
        spawn_local(async move {
            let update = ConnectionUpdate { values: Some(Default::default()), ..ConnectionUpdate::default() };
            match call::<UpdateConnection>((id,), &Empty {}, &update).await {
                Ok(_) => {
                    toasts.done(t::SAVED);
                    on_changed();
                }
                Err(problem) => toasts.problem(&problem),
            }
            busy.try_set(false);
        });
    };
    view! { <Button tone icon=Glyph::Refresh busy on:click=press>{t::SANDBOX_AGAIN}</Button> }
}
