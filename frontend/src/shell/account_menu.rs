use leptos::prelude::*;

use crate::{
    commands::{Command, table, use_commands},
    session::use_session,
    text,
    theme::{Mode, use_theme},
    ui::{Glyph, MenuItem, MenuNote, MenuRule, Popover},
};

/// Who is signed in; opens the theme choice and signing out.
#[component]
pub fn AccountMenu() -> impl IntoView {
    let session = use_session();
    let theme = use_theme();
    let commands = use_commands();
    let workspace = Memo::new(move |_| session.me().map(|me| me.workspace.name).unwrap_or_default());
    let person = Memo::new(move |_| session.me().and_then(|me| me.user).map(|user| (user.name, user.email)).unwrap_or_default());
    let initial = move || {
        let (name, email) = person.get();
        let name = if name.is_empty() { email } else { name };
        name.chars().next().map(|c| c.to_uppercase().to_string())
    };
    let label = Signal::derive(move || Some(text::shell::account(&person.get().0)));
    let trigger = move || {
        view! {
            <span class="avatar" aria-hidden="true">{initial}</span>
            <span class="who-words">
                <span class="who-name">{move || person.get().0}</span>
                <small>{workspace}</small>
            </span>
        }
    };
    let modes = [
        (Mode::System, Glyph::Monitor, text::shell::THEME_SYSTEM),
        (Mode::Light, Glyph::Sun, text::shell::THEME_LIGHT),
        (Mode::Dark, Glyph::Moon, text::shell::THEME_DARK),
    ];
    view! {
        <Popover role="menu" class="who".to_owned() label trigger>
            <MenuNote>{person.get_untracked().1}</MenuNote>
            <MenuRule/>
            {modes
                .into_iter()
                .map(|(mode, glyph, name)| {
                    let checked = Signal::derive(move || Some(theme.mode() == mode));
                    view! { <MenuItem glyph checked on_choose=move |()| theme.choose(mode)>{name}</MenuItem> }
                })
                .collect_view()}
            <MenuRule/>
            <MenuItem glyph=Glyph::Search on_choose=move |()| commands.open.set(true)>{text::commands::PALETTE}</MenuItem>
            <MenuItem glyph=table::glyph(Command::Help) on_choose=move |()| commands.helping.set(true)>{text::commands::label(Command::Help)}</MenuItem>
            <MenuItem glyph=Glyph::SignOut on_choose=move |()| session.leave()>{text::shell::SIGN_OUT}</MenuItem>
        </Popover>
    }
}
