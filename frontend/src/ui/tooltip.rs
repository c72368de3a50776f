use std::time::Duration;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// Milliseconds the pointer rests before a tooltip shows.
const DELAY: Duration = Duration::from_millis(450);
/// Pixels between the element and its tooltip, and to the window's edge.
const GAP: f64 = 7.0;

/// One tooltip for the whole page: any element with `data-tip` has one, on hover and on keyboard focus.
#[component]
pub fn TooltipLayer() -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let hide = move || {
        if let Some(timer) = timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
        if let Some(tip) = node.get_untracked() {
            let _ = tip.hide_popover();
        }
    };
    let later = move |target: HtmlElement| {
        let target = StoredValue::new_local(target);
        hide();
        let handle = set_timeout_with_handle(
            move || {
                if let (Some(target), Some(tip)) = (target.try_get_value(), node.get_untracked()) {
                    show(&tip, &target);
                }
            },
            DELAY,
        );
        timer.set_value(handle.ok());
    };
    let _ = window_event_listener(ev::pointerover, move |event| {
        if event.pointer_type() == "touch" {
            return;
        }
        match owner_of(event.target()) {
            Some(target) => later(target),
            None => hide(),
        }
    });
    let _ = window_event_listener(ev::focusin, move |event| match owner_of(event.target()) {
        Some(target) if target.matches(":focus-visible").unwrap_or(false) => later(target),
        _ => hide(),
    });
    let _ = window_event_listener(ev::pointerdown, move |_| hide());
    let _ = window_event_listener(ev::keydown, move |_| hide());
    view! { <div node_ref=node class="tooltip" role="tooltip" popover="manual"></div> }
}

fn owner_of(target: Option<web_sys::EventTarget>) -> Option<HtmlElement> {
    target?.dyn_into::<Element>().ok()?.closest("[data-tip]").ok()??.dyn_into().ok()
}

fn show(tip: &HtmlElement, target: &HtmlElement) {
    let Some(text) = target.get_attribute("data-tip").filter(|text| !text.is_empty()) else { return };
    if !target.is_connected() {
        return;
    }
    tip.set_text_content(Some(&text));
    let _ = tip.show_popover();
    let (at, own) = (target.get_bounding_client_rect(), tip.get_bounding_client_rect());
    let width = window().inner_width().ok().and_then(|w| w.as_f64()).unwrap_or(1024.0);
    let left = (at.left() + at.width() / 2.0 - own.width() / 2.0).clamp(GAP, (width - own.width() - GAP).max(GAP));
    let above = at.top() - own.height() - GAP;
    let top = if above > GAP { above } else { at.bottom() + GAP };
    let style = web_sys::HtmlElement::style(tip);
    let _ = style.set_property("left", &format!("{left:.0}px"));
    let _ = style.set_property("top", &format!("{top:.0}px"));
}
