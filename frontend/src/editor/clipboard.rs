//! Steps to and from the clipboard, as text that another workflow or another instance can take.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use model::{
    definition::{Excerpt, ExcerptError, Slot, Used},
    ids::ConnectionId,
};
use wasm_bindgen::JsCast;
use web_sys::ClipboardEvent;

use super::{
    several,
    state::{Editor, use_editor},
};
use crate::{
    commands::keys::{in_dialog, is_typing},
    dom,
    pages::connections::accounts::{self, AccountRow},
    text::{self, editor as t},
    ui::{Button, Dialog, Toasts, Tone, use_toasts},
};

/// Something that is about to be pasted.
#[derive(Debug, Clone, PartialEq)]
pub enum Pasting {
    /// A person puts the text in by hand.
    Text { slot: Slot },
    /// Connections of another instance are asked for.
    Connections { slot: Slot, excerpt: Box<Excerpt>, strangers: BTreeMap<ConnectionId, Used> },
}

const TEXT: &str = "text/plain";

/// Listens to the browser's own copy, cut and paste as long as the editor is open.
pub fn listen(editor: Editor) {
    let toasts = use_toasts();
    for name in ["copy", "cut"] {
        let listener = window_event_listener_untyped(name, move |event| {
            let (cuts, Some(event)) = (event.type_() == "cut", event.dyn_ref::<ClipboardEvent>()) else { return };
            if elsewhere(event) || is_text_selected() {
                return;
            }
            let Some(excerpt) = several::excerpt(editor) else { return };
            if event.clipboard_data().is_some_and(|data| data.set_data(TEXT, &excerpt.to_text()).is_ok()) {
                event.prevent_default();
                taken(editor, &excerpt, cuts, toasts);
            }
        });
        on_cleanup(move || listener.remove());
    }
    let listener = window_event_listener_untyped("paste", move |event| {
        let Some(event) = event.dyn_ref::<ClipboardEvent>().filter(|event| !elsewhere(event)) else { return };
        if !editor.may_edit.get_untracked() {
            return;
        }
        let text = event.clipboard_data().and_then(|data| data.get_data(TEXT).ok()).unwrap_or_default();
        if !text.trim().is_empty() {
            event.prevent_default();
            paste(editor, &text, crate::canvas::slot_after(editor), toasts);
        }
    });
    on_cleanup(move || listener.remove());
}

/// Whether the event is about something else than the canvas.
fn elsewhere(event: &ClipboardEvent) -> bool {
    let inspector = document().active_element().is_some_and(|active| active.closest(".insp").ok().flatten().is_some());
    is_typing(event) || in_dialog() || inspector
}

fn is_text_selected() -> bool {
    window().get_selection().ok().flatten().is_some_and(|selection| !selection.is_collapsed())
}

fn taken(editor: Editor, excerpt: &Excerpt, cuts: bool, toasts: Toasts) {
    let cut = cuts && editor.may_edit.get_untracked() && several::delete(editor);
    toasts.done(if cut { t::cut(excerpt.body.len()) } else { t::copied(excerpt.body.len()) });
}

/// Copies or cuts from a menu.
pub fn take(editor: Editor, cuts: bool, toasts: Toasts) {
    let Some(excerpt) = several::excerpt(editor) else { return };
    spawn_local(async move {
        if dom::copy(&excerpt.to_text()).await {
            taken(editor, &excerpt, cuts, toasts);
        } else {
            toasts.warn(t::CLIPBOARD_REFUSED);
        }
    });
}

/// Pastes from a menu; a browser that keeps its clipboard to itself gets a box to paste into.
pub fn ask(editor: Editor, toasts: Toasts) {
    let slot = crate::canvas::slot_after(editor);
    spawn_local(async move {
        match dom::pasted().await {
            Some(text) if !text.trim().is_empty() => paste(editor, &text, slot, toasts),
            _ => {
                editor.pasting.try_set(Some(Pasting::Text { slot }));
            }
        }
    });
}

/// Puts the steps of a text into a slot, once it is known which connections they take.
pub fn paste(editor: Editor, text: &str, slot: Slot, toasts: Toasts) {
    match Excerpt::parse(text) {
        Ok(excerpt) => place(editor, excerpt, slot),
        Err(error) => toasts.warn(words(&error)),
    }
}

fn words(error: &ExcerptError) -> &'static str {
    match error {
        ExcerptError::NotSteps => t::PASTE_NOT_STEPS,
        ExcerptError::Newer => t::PASTE_NEWER,
        ExcerptError::TooLarge => t::PASTE_TOO_LARGE,
        ExcerptError::Broken(_) => t::PASTE_BROKEN,
    }
}

/// Puts steps into a slot; asks first where they come with connections that are not known here, or not for this person.
pub fn place(editor: Editor, excerpt: Excerpt, slot: Slot) {
    let known = editor.connections.get_untracked();
    let usable = |id| known.iter().find(|one| one.id == id && one.usable).map(|one| one.connector.clone());
    let strangers = excerpt.strangers(usable);
    if strangers.is_empty() {
        editor.pasting.set(None);
        if several::insert(editor, &excerpt, &slot) {
            editor.say(&t::pasted(excerpt.body.len()));
        }
    } else {
        editor.pasting.set(Some(Pasting::Connections { slot, excerpt: Box::new(excerpt), strangers }));
    }
}

#[component]
pub fn PasteDialog() -> impl IntoView {
    let editor = use_editor();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(editor.pasting.with(Option::is_some)));
    Effect::new(move |_| {
        // Only where there is something: each effect would wake the other for ever.
        if !open.get() && editor.pasting.with_untracked(Option::is_some) {
            editor.pasting.set(None);
        }
    });
    let title = Signal::derive(move || match editor.pasting.get() {
        Some(Pasting::Connections { .. }) => t::PASTE_CONNECTIONS.to_owned(),
        _ => t::PASTE_TITLE.to_owned(),
    });
    view! {
        <Dialog open title>
            {move || match editor.pasting.get() {
                Some(Pasting::Text { slot }) => view! { <TextForm at=slot/> }.into_any(),
                Some(Pasting::Connections { slot, excerpt, strangers }) => view! { <ConnectionsForm at=slot excerpt=*excerpt strangers/> }.into_any(),
                None => ().into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn TextForm(at: Slot) -> impl IntoView {
    let editor = use_editor();
    let typed = RwSignal::new(String::new());
    let wrong = RwSignal::new(None::<&'static str>);
    let submit = move |_| match Excerpt::parse(&typed.get_untracked()) {
        Ok(excerpt) => place(editor, excerpt, at.clone()),
        Err(error) => wrong.set(Some(words(&error))),
    };
    view! {
        <div class="dialog-form">
            <p class="dialog-text">{t::PASTE_ABOUT}</p>
            <textarea class="input area mono" rows="10" aria-label=t::PASTE_TITLE spellcheck="false" autofocus on:input=move |event| typed.set(event_target_value(&event))></textarea>
            {move || wrong.get().map(|words| view! { <p class="note bad" role="alert">{words}</p> })}
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| editor.pasting.set(None)>{text::ui::CANCEL}</Button>
            <Button tone=Tone::Primary on:click=submit>{t::PASTE}</Button>
        </footer>
    }
}

#[component]
fn ConnectionsForm(at: Slot, excerpt: Excerpt, strangers: BTreeMap<ConnectionId, Used>) -> impl IntoView {
    let editor = use_editor();
    let known = editor.connections.get_untracked();
    // The only one of its service is the one that is meant.
    let first = |used: &Used| {
        let named = accounts::usable(&known, &used.connector).find(|one| one.label == used.label).map(|one| one.id);
        accounts::meant(&known, &used.connector, named)
    };
    let map = RwSignal::new(strangers.iter().map(|(id, used)| (*id, first(used))).collect::<BTreeMap<_, _>>());
    let rows = strangers.into_iter().map(|(old, used)| {
        let choices = accounts::choices(&known, &used.connector);
        let chosen = Signal::derive(move || map.with(|map| map.get(&old).copied().flatten()));
        let label = t::paste_connection(&crate::connectors::name_of(&used.connector), &used.label);
        view! {
            <AccountRow connector=used.connector label choices=Signal::stored(choices) chosen on_choose=move |new| map.update(|map| _ = map.insert(old, new))/>
        }
    });
    let rows = rows.collect_view();
    let submit = move |_| {
        let mut excerpt = excerpt.clone();
        excerpt.reconnect(&map.get_untracked());
        editor.pasting.set(None);
        if several::insert(editor, &excerpt, &at) {
            editor.say(&t::pasted(excerpt.body.len()));
        }
    };
    view! {
        <div class="dialog-form">
            <p class="dialog-text">{t::PASTE_CONNECTIONS_ABOUT}</p>
            {rows}
        </div>
        <footer class="dialog-foot">
            <Button tone=Tone::Ghost on:click=move |_| editor.pasting.set(None)>{text::ui::CANCEL}</Button>
            <Button tone=Tone::Primary on:click=submit>{t::PASTE}</Button>
        </footer>
    }
}
