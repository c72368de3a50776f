pub mod accounts;
mod card;
pub mod connect;
mod delete;
mod detail;
mod edit;
mod hosts;
mod reconnect;
mod replace;
mod sharing;
mod values;

use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use model::{
    Role,
    api::{Connections, Empty, ListConnections},
};

pub use detail::ConnectionPage;

use crate::{
    api::call,
    connectors::WithConnectors,
    consent,
    live::use_stream,
    load::{Loaded, load},
    session::use_session,
    shell::Page,
    text::connections as t,
    ui::{Button, EmptyState, Glyph, Tone, use_toasts},
};
use card::ConnectionCard;
use connect::{Asked, ConnectDialog};

/// Accounts and keys that workflows use.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let (session, toasts) = (use_session(), use_toasts());
    let loader = load(|| async { call::<ListConnections>((), &Empty {}, &Empty {}).await });
    let stream = use_stream();
    stream.on_reread(move || loader.reload());
    stream.on_connection(move |_| loader.reload());
    let navigate = StoredValue::new_local(use_navigate());
    let adding = RwSignal::new(false);
    let returned = StoredValue::new(consent::returned(|draft| draft.place.is_empty() && draft.connection.is_none()));
    let on_done = Callback::new(move |(id, message): (_, String)| {
        toasts.done(message);
        navigate.try_with_value(|navigate| navigate(&format!("/connections/{id}"), Default::default()));
    });
    // This tab was at the vendor: it worked, or the form is there again with what was filled in.
    if let Some(end) = returned.with_value(|returned| returned.as_ref().map(|returned| returned.end.clone())) {
        match end.connection {
            Some(id) => on_done.run((id, end.message)),
            None => adding.set(true),
        }
    }
    let may = move || session.may(Role::Maker);
    let add = move || {
        view! {
            <Show when=may>
                <Button tone=Tone::Primary icon=Glyph::Plus on:click=move |_| adding.set(true)>{t::ADD}</Button>
            </Show>
        }
    };
    let any =
        move || loader.value.with(|connections| connections.as_ref().is_some_and(|connections| !connections.items.is_empty()));
    view! {
        <Page title=t::TITLE.to_owned() actions=move || view! { <Show when=any>{add()}</Show> }>
            <WithConnectors>
                <Loaded loader let:connections>
                    {move || {
                        let Connections { items } = connections.get();
                        if items.is_empty() {
                            return view! {
                                <EmptyState glyph=Glyph::Plug title=t::EMPTY_TITLE.to_owned() body=t::EMPTY.to_owned()>{add()}</EmptyState>
                            }
                            .into_any();
                        }
                        view! {
                            <div class="column wide">
                                <p class="lead">{t::LEAD}</p>
                                <ul class="connections">
                                    {items.into_iter().map(|connection| view! { <ConnectionCard connection/> }).collect_view()}
                                </ul>
                            </div>
                        }
                        .into_any()
                    }}
                </Loaded>
                <ConnectDialog open=adding asked=Signal::stored(Asked::default()) returned on_done/>
            </WithConnectors>
        </Page>
    }
}
