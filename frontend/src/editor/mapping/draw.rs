//! Pills as elements: the same ones in a field that is edited and in one that is not.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::pill::{Shape, slice};
use crate::ui::tile_element;

/// One pill.
pub fn pill(shape: &Shape) -> Option<HtmlElement> {
    let pill: HtmlElement = document().create_element("span").ok()?.unchecked_into();
    let wrong = shape.wrong().is_some();
    pill.set_class_name(if wrong { "pill bad" } else { "pill" });
    for (name, value) in [
        ("role", "img"),
        ("contenteditable", "false"),
        ("aria-label", shape.spoken().as_str()),
        ("data-tip", shape.tip().as_str()),
    ] {
        let _ = pill.set_attribute(name, value);
    }
    if let Some(tile) = tile_element(&shape.origin.kind) {
        let _ = pill.append_child(&tile);
    }
    for (tag, text) in [("em", &shape.origin.label), ("b", &shape.name), ("i", &shape.formats)] {
        if !text.is_empty()
            && let Ok(part) = document().create_element(tag)
        {
            part.set_text_content(Some(text));
            let _ = pill.append_child(&part);
        }
    }
    Some(pill)
}

/// Fills `into` with a text and its pills.
pub fn text(into: &HtmlElement, text: &str, shapes: &[Shape]) {
    into.set_text_content(None);
    let add = |piece: String| {
        if !piece.is_empty() {
            let _ = into.append_child(&document().create_text_node(&piece));
        }
    };
    let mut at = 0;
    for shape in shapes {
        add(slice(text, at, shape.from));
        if let Some(pill) = pill(shape) {
            let _ = into.append_child(&pill);
        }
        at = shape.to;
    }
    add(slice(text, at, u32::MAX));
    // A last line that is empty has no height of its own.
    if text.ends_with('\n') {
        let _ = into.append_child(&document().create_text_node("\u{200b}"));
    }
}
