use std::collections::BTreeSet;

use leptos::prelude::*;
use model::{
    Role,
    api::{Connection, ConnectionStatus},
};

use super::super::reconnect::Reconnect;
use crate::{
    connectors,
    pages::settings::Section,
    session::use_session,
    text::connections as t,
    ui::{Chip, ChipTone, Glyph, Icon},
};

/// What was granted, beside what workflows need.
#[component]
pub fn AllowedSection(connection: Connection, on_changed: impl Fn() + Copy + Send + Sync + 'static) -> impl IntoView {
    let session = use_session();
    let usable = connection.usable;
    let is_consented =
        connectors::method(&connection.connector, &connection.method).is_some_and(|method| method.oauth2.is_some());
    let granted: BTreeSet<&String> = connection.scopes.iter().collect();
    let needed: BTreeSet<&String> = connection.needed_scopes.iter().collect();
    let missing = if is_consented && !granted.is_empty() { needed.difference(&granted).count() } else { 0 };
    let why = |id: &str| {
        let known = connectors::find(&connection.connector)
            .and_then(|connector| connector.scopes.iter().find(|scope| scope.id == id))
            .map(|scope| scope.why.clone());
        known.unwrap_or_else(|| t::OTHER_SCOPE.to_owned())
    };
    // What lacks first.
    let mut all: Vec<&String> = granted.union(&needed).copied().collect();
    all.sort_by_key(|id| (granted.contains(id), *id));
    let lines = all.iter().map(|id| {
        let has = granted.contains(*id);
        let chip = is_consented.then(|| {
            let (tone, glyph, words) =
                if has { (ChipTone::Ok, Glyph::Check, t::GRANTED) } else { (ChipTone::Warn, Glyph::Alert, t::MISSING) };
            view! { <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph))>{words}</Chip> }
        });
        view! { <li><span class="grow">{why(id)} <code>{(*id).clone()}</code></span>{chip}</li> }
    });
    let lines = (!all.is_empty()).then(|| view! { <ul class="scope-list">{lines.collect_view()}</ul> });
    let words = match (is_consented, all.is_empty()) {
        (_, true) => Some(t::NO_SCOPES),
        (false, false) => Some(t::SCOPES_OF_KEY),
        _ => None,
    };
    // One that is refused leads with its own button.
    let asks = missing > 0 && connection.status != ConnectionStatus::NeedsReauth;
    let ask = asks.then(|| {
        let connection = connection.clone();
        view! {
            <div class="note warn spaced">
                <Icon glyph=Glyph::Alert/>
                <div class="grow">
                    <p>{t::missing(missing)}</p>
                    <Show when=move || usable && session.may(Role::Maker)>
                        <Reconnect connection=connection.clone() label=t::ASK_AGAIN on_changed/>
                    </Show>
                </div>
            </div>
        }
    });
    (!connection.sandbox).then(|| {
        view! {
            <Section title=t::ALLOWED about=t::ALLOWED_ABOUT>
                {words.map(|words| view! { <p class="muted">{words}</p> })}
                {lines}
                {ask}
            </Section>
        }
    })
}
