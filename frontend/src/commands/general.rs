//! What can be done on every page, the palette and the sheet of keys.

use leptos::{ev, prelude::*};
use leptos_router::hooks::use_navigate;
use model::Role;

use super::{
    help::KeySheet,
    keys,
    palette::Palette,
    table::{self, Command, Place},
    use_commands,
};
use crate::{
    connectors::WithConnectors,
    pages::{
        connections::connect::{Asked, ConnectDialog},
        workflows::{TemplatesDialog, use_create},
    },
    session::use_session,
    text::workflows::UNTITLED,
    theme::{Mode, use_theme},
    ui::use_toasts,
};

/// Stands once around every page.
#[component]
pub fn CommandLayer() -> impl IntoView {
    let commands = use_commands();
    let (session, theme, toasts) = (use_session(), use_theme(), use_toasts());
    let navigate = StoredValue::new_local(use_navigate());
    let go = move |path: &str| {
        navigate.try_with_value(|navigate| navigate(path, Default::default()));
    };
    let (_, create) = use_create();
    let (templates, connecting) = (RwSignal::new(false), RwSignal::new(false));
    let mine = |command: Command| table::spec(command).is_some_and(|spec| spec.place == Place::Everywhere);
    let can = move |command: Command| {
        let role = table::spec(command).map_or(Role::Owner, |spec| spec.role);
        mine(command) && untrack(|| session.may(role))
    };
    let run = move |command: Command| match command {
        Command::Palette => commands.open.set(true),
        Command::Help => commands.helping.set(true),
        Command::GoDashboard => go("/"),
        Command::GoWorkflows => go("/workflows"),
        Command::GoRuns => go("/runs"),
        Command::GoEvents => go("/events"),
        Command::GoAlerts => go("/alerts"),
        Command::GoConnections => go("/connections"),
        Command::GoSettings => go("/settings"),
        Command::GoApps => go("/settings/apps"),
        Command::NewWorkflow => create(UNTITLED, None),
        Command::FromTemplate => templates.set(true),
        Command::Connect => connecting.set(true),
        Command::ThemeSystem => theme.choose(Mode::System),
        Command::ThemeLight => theme.choose(Mode::Light),
        Command::ThemeDark => theme.choose(Mode::Dark),
        Command::SignOut => session.leave(),
        _ => {}
    };
    commands.offer(can, run);
    let listener = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented() || keys::in_dialog() {
            return;
        }
        let Some(command) = keys::command(&event, &[Place::Everywhere]) else { return };
        // A sign is text where somebody writes.
        if command != Command::Palette && keys::is_typing(&event) {
            return;
        }
        if commands.run(command) {
            event.prevent_default();
        }
    });
    on_cleanup(move || listener.remove());
    let connected = Callback::new(move |(id, message): (model::ids::ConnectionId, String)| {
        toasts.done(message);
        go(&format!("/connections/{id}"));
    });
    view! {
        <Palette/>
        <KeySheet/>
        <TemplatesDialog open=templates/>
        <Show when=move || connecting.get()>
            <WithConnectors skeleton=|| ()>
                <ConnectDialog open=connecting asked=Signal::stored(Asked::default()) on_done=connected/>
            </WithConnectors>
        </Show>
    }
}
