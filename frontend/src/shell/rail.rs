use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_location};

use super::{account_menu::AccountMenu, alert_count::AlertBadge, needs_you::NeedsYou};
use crate::{
    commands::use_commands,
    text,
    ui::{Glyph, Icon, Kbd, Logo},
};

/// The way around: at the side on a desk, at the bottom on a phone.
#[component]
pub fn Rail() -> impl IntoView {
    let commands = use_commands();
    view! {
        <nav class="rail" aria-label=text::shell::MAIN_NAV>
            <A href="/" attr:class="brand"><Logo/><span>{text::shell::PRODUCT}</span></A>
            <button type="button" class="rail-find" aria-label=text::commands::PALETTE aria-keyshortcuts="Control+K" on:click=move |_| commands.open.set(true)>
                <Icon glyph=Glyph::Search/>
                <span>{text::commands::PALETTE_SHORT}</span>
                <Kbd keys="Ctrl K"/>
            </button>
            <RailLink href="/" glyph=Glyph::Chart name=text::shell::DASHBOARD/>
            <RailLink href="/workflows" glyph=Glyph::Flow name=text::shell::WORKFLOWS/>
            <RailLink href="/runs" glyph=Glyph::List name=text::shell::RUNS badge=|| view! { <NeedsYou/> }/>
            <RailLink href="/events" glyph=Glyph::Inbox name=text::shell::EVENTS/>
            <RailLink href="/alerts" glyph=Glyph::Siren name=text::alerts::TITLE badge=|| view! { <AlertBadge/> }/>
            <RailLink href="/connections" glyph=Glyph::Plug name=text::shell::CONNECTIONS/>
            <div class="rail-foot">
                <RailLink href="/settings" glyph=Glyph::Settings name=text::shell::SETTINGS/>
                <AccountMenu/>
            </div>
        </nav>
    }
}

#[component]
fn RailLink(
    href: &'static str,
    glyph: Glyph,
    name: &'static str,
    /// At the end of the line.
    #[prop(optional, into)]
    badge: Option<ViewFn>,
) -> impl IntoView {
    let path = use_location().pathname;
    let on = Memo::new(move |_| {
        path.with(|path| {
            let below = |base: &str| path == base || path.strip_prefix(base).is_some_and(|rest| rest.starts_with('/'));
            path == href || (href != "/" && below(href))
        })
    });
    view! {
        <a class="rail-link" class:on=on href=href aria-current=move || on.get().then_some("page")>
            <Icon glyph/>
            <span class="rail-name">{name}</span>
            {badge.map(|badge| badge.run())}
        </a>
    }
}
