//! Adding a connection, from the list of connections and from a step alike: a service, a way to sign in, and what that way asks for.

mod consent;
mod sandbox;
mod scopes;
mod services;
mod typed;
mod ways;

use leptos::prelude::*;
use model::ids::ConnectionId;

pub use consent::{AppNotice, FlowProblem, Waiting};
pub use sandbox::simulated;
pub use ways::is_consented;

use self::{services::Services, ways::Ways};
use crate::{
    connectors,
    consent::Returned,
    text::connect as t,
    ui::{Button, Dialog, Glyph, StepTile, Tone},
};

/// What a new connection is for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Asked {
    /// The service, where there is nothing to choose.
    pub service: Option<String>,
    /// What the steps in view have to be allowed to do, in the vendor's spelling.
    pub needs: Vec<String>,
    /// Ids of the ways to sign in that will do; empty: all.
    pub methods: Vec<String>,
    /// The host that is called, where the service does not say it.
    pub host: String,
    /// What on the page asks; see [`crate::consent::Draft`].
    pub place: String,
}

/// What every part of the form knows.
#[derive(Clone, Copy)]
struct Adding {
    open: RwSignal<bool>,
    asked: Signal<Asked>,
    /// A consent that this tab has come back from.
    returned: StoredValue<Option<Returned>>,
    /// The connection that was made, and a sentence about it.
    on_done: Callback<(ConnectionId, String)>,
}

#[component]
pub fn ConnectDialog(
    open: RwSignal<bool>,
    #[prop(into)] asked: Signal<Asked>,
    /// Set before it opens, where this tab itself was at the vendor.
    #[prop(optional)]
    returned: Option<StoredValue<Option<Returned>>>,
    on_done: Callback<(ConnectionId, String)>,
) -> impl IntoView {
    let returned = returned.unwrap_or_else(|| StoredValue::new(None));
    let done = Callback::new(move |made| {
        open.set(false);
        on_done.run(made);
    });
    let adding = Adding { open, asked, returned, on_done: done };
    let title = Signal::derive(move || match asked.with(|asked| asked.service.clone()) {
        Some(service) => t::title(&connectors::name_of(&service)),
        None => t::TITLE.to_owned(),
    });
    view! { <Dialog open title wide=true><Form adding/></Dialog> }
}

#[component]
fn Form(adding: Adding) -> impl IntoView {
    let fixed = adding.asked.with_untracked(|asked| asked.service.clone());
    let is_fixed = fixed.is_some();
    let returned = adding.returned.with_value(|returned| returned.as_ref().map(|returned| returned.draft.service.clone()));
    let service = RwSignal::new(fixed.or(returned));
    move || match service.get().and_then(|id| connectors::find(&id)) {
        None => view! { <Services on_choose=move |id| service.set(Some(id))/> }.into_any(),
        Some(connector) => {
            let head = (!is_fixed).then(|| {
                view! {
                    <div class="connect-head">
                        <StepTile kind=connector.id.clone()/>
                        <span class="connect-name"><b>{connector.name.clone()}</b><small>{connector.description.clone()}</small></span>
                        <Button tone=Tone::Ghost small=true icon=Glyph::ArrowLeft on:click=move |_| service.set(None)>
                            {t::OTHER_SERVICE}
                        </Button>
                    </div>
                }
            });
            view! { {head} <Ways adding connector/> }.into_any()
        }
    }
}
