mod add;
mod card;
mod delete;
mod edit;
mod hosts;
mod replace;
mod values;

use leptos::prelude::*;
use model::{
    Role,
    api::{Connections, Empty, ListConnections},
};

use crate::{
    api::call,
    connectors::WithConnectors,
    live::use_stream,
    load::{Loaded, load},
    session::use_session,
    shell::Page,
    text::connections as t,
    ui::{Button, EmptyState, Glyph, Tone},
};
use add::AddDialog;
use card::ConnectionCard;

/// Credentials that workflows use.
#[component]
pub fn ConnectionsPage() -> impl IntoView {
    let session = use_session();
    let loader = load(|| async { call::<ListConnections>((), &Empty {}, &Empty {}).await });
    use_stream().on_reread(move || loader.reload());
    let adding = RwSignal::new(false);
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
                                {items
                                    .into_iter()
                                    .map(|connection| view! { <ConnectionCard connection on_changed=move || loader.reload()/> })
                                    .collect_view()}
                            </ul>
                        </div>
                    }
                    .into_any()
                }}
            </Loaded>
            </WithConnectors>
            <AddDialog open=adding on_added=move || loader.reload()/>
        </Page>
    }
}
