//! The page's side of an editor of mapped text.

use leptos::prelude::*;
use wasm_bindgen::{JsValue, closure::Closure};

use super::state::State;
use crate::{
    editor::mapping::{draw, engine::Host, menu::At, pill::Shape},
    text::editor as t,
};

pub fn host(state: State, on_input: Callback<String>) -> Host {
    let State { editor, pick, open, menu, said, drawn, .. } = state;
    let mut host = Host::new();
    // Pills are asked for by the key of what they show.
    let known = move |key: &str| drawn.with_value(|drawn| drawn.iter().find(|shape| shape.key() == key).cloned());
    host.give("changed", Closure::<dyn Fn(String)>::new(move |new: String| on_input.run(new)));
    host.give("undo", Closure::<dyn Fn()>::new(move || editor.undo()));
    host.give("redo", Closure::<dyn Fn()>::new(move || editor.redo()));
    host.give(
        "escape",
        Closure::<dyn Fn() -> bool>::new(move || {
            let was = open.get_untracked() || menu.with_untracked(Option::is_some);
            open.set(false);
            menu.set(None);
            was
        }),
    );
    host.give(
        "spans",
        Closure::<dyn Fn(String) -> String>::new(move |text: String| {
            let found = untrack(|| state.worth(&text));
            let span = |shape: &Shape| {
                let wrong = shape.wrong().unwrap_or_default();
                serde_json::json!({ "from": shape.from, "to": shape.to, "key": shape.key(), "wrong": wrong })
            };
            let spans = serde_json::Value::Array(found.iter().map(span).collect()).to_string();
            drawn.set_value(found);
            spans
        }),
    );
    host.give(
        "pill",
        Closure::<dyn Fn(String) -> JsValue>::new(move |key: String| {
            known(&key).as_ref().and_then(draw::pill).map_or(JsValue::NULL, Into::into)
        }),
    );
    host.give(
        "open",
        Closure::<dyn Fn(u32, u32, web_sys::DomRect)>::new(move |from: u32, to: u32, rect: web_sys::DomRect| {
            open.set(false);
            menu.set(Some(At { from, to, left: rect.left(), top: rect.top(), bottom: rect.bottom() }));
        }),
    );
    host.give(
        "reached",
        Closure::<dyn Fn(String)>::new(move |key: String| {
            said.set(known(&key).map(|shape| t::pill_reached(&shape.spoken())).unwrap_or_default());
        }),
    );
    host.give(
        "query",
        Closure::<dyn Fn(Option<String>)>::new(move |query: Option<String>| {
            let Some(pick) = pick else { return };
            pick.ask(query.as_deref());
            if query.is_some() {
                menu.set(None);
                open.set(true);
            }
        }),
    );
    host.give(
        "pick",
        Closure::<dyn Fn(String) -> bool>::new(move |key: String| {
            let Some(pick) = pick.filter(|_| open.get_untracked()) else { return false };
            match key.as_str() {
                "ArrowDown" => pick.step(1),
                "ArrowUp" => pick.step(-1),
                _ => {
                    let Some(row) = pick.row() else { return false };
                    if let Some(piece) = pick.take(&row) {
                        state.with_field(|field| field.insert(&piece));
                    }
                }
            }
            true
        }),
    );
    host.give("search", Closure::<dyn Fn()>::new(move || state.search()));
    host
}
