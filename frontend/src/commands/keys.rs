//! Keys as the browser tells of them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use super::table::{self, Command, Place, Pressed};

/// What a key means in these places.
pub fn command(event: &KeyboardEvent, places: &[Place]) -> Option<Command> {
    let key = event.key();
    let pressed =
        Pressed { key: &key, ctrl: event.ctrl_key() || event.meta_key(), alt: event.alt_key(), shift: event.shift_key() };
    table::meant(pressed, places)
}

/// Whether somebody is writing.
pub fn is_typing(event: &web_sys::Event) -> bool {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok()) else { return false };
    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT") || target.is_content_editable()
}

/// Whether a dialog lies over the page.
pub fn in_dialog() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}
