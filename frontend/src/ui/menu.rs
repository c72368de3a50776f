use leptos::{ev, html, prelude::*};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

use super::{Glyph, Icon, field::fresh_id};
use crate::dom;

/// Pixels between a button and what it opens, and to the window's edge.
const GAP: f64 = 6.0;

/// What a menu's items close.
#[derive(Clone, Copy)]
struct MenuHandle(NodeRef<html::Div>);

/// A button that opens a panel over the page. The browser closes it on Escape and on a click elsewhere, and gives the focus back.
/// The children are made when it opens.
#[component]
pub fn Popover(
    /// What stands in the button.
    #[prop(into)]
    trigger: ViewFn,
    /// The button's class.
    #[prop(optional, into)]
    class: Signal<String>,
    /// What the button is called, where its content is an icon.
    #[prop(optional, into)]
    label: Signal<Option<String>>,
    /// What the panel is called, where the button's own words do not say it.
    #[prop(optional, into)]
    panel_label: Option<String>,
    /// `menu`, `dialog` or `listbox`.
    #[prop(default = "dialog")]
    role: &'static str,
    #[prop(optional, into)] disabled: Signal<bool>,
    children: ChildrenFn,
) -> impl IntoView {
    let id = fresh_id("popover");
    let open = RwSignal::new(false);
    let (button, panel) = (NodeRef::<html::Button>::new(), NodeRef::<html::Div>::new());
    provide_context(MenuHandle(panel));
    let children = StoredValue::new(children);
    let before = move |event: ev::Event| {
        if new_state(&event) == "open" {
            open.set(true);
        }
    };
    let after = move |event: ev::Event| {
        if new_state(&event) == "open" {
            if let (Some(button), Some(panel)) = (button.get_untracked(), panel.get_untracked()) {
                place(&panel, &button);
                if let Some(first) = dom::all(&panel, "[autofocus], [role^=menuitem]:not(:disabled), input").first() {
                    let _ = first.focus();
                }
            }
        } else {
            open.set(false);
            if let Some(panel) = panel.get_untracked() {
                let _ = web_sys::HtmlElement::style(&panel).remove_property("visibility");
            }
        }
    };
    let key = move |event: ev::KeyboardEvent| {
        if role == "dialog" {
            return;
        }
        if let (Some(step), Some(panel)) = (dom::step_of_key(&event.key(), false), panel.get_untracked()) {
            event.prevent_default();
            dom::focus_by(&dom::all(&panel, "[role^=menuitem]:not(:disabled)"), step);
        }
    };
    view! {
        <button
            node_ref=button
            type="button"
            class=move || { let class = class.get(); if class.is_empty() { "btn".to_owned() } else { class } }
            popovertarget=id.clone()
            aria-haspopup=role
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-label=label
            data-tip=label
            disabled=disabled
            on:click=|event| event.stop_propagation()
        >
            {trigger.run()}
        </button>
        <div
            node_ref=panel
            id=id
            class=if role == "menu" { "popover menu" } else { "popover" }
            role=role
            aria-label=move || panel_label.clone().or_else(|| label.get())
            popover="auto"
            on:beforetoggle=before
            on:toggle=after
            on:keydown=key
            on:click=|event| event.stop_propagation()
        >
            <Show when=move || open.get()>{children.with_value(|children| children())}</Show>
        </div>
    }
}

/// A [`Popover`] with [`MenuItem`]s.
#[component]
pub fn Menu(
    #[prop(into)] label: String,
    /// The icon of the button; three dots unless given.
    #[prop(default = Glyph::More)]
    glyph: Glyph,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Popover role="menu" class="icon-btn".to_owned() label=Some(label) trigger=move || view! { <Icon glyph/> }>
            {children()}
        </Popover>
    }
}

/// One thing to do. The menu closes first.
#[component]
pub fn MenuItem(
    #[prop(optional)] glyph: Option<Glyph>,
    #[prop(into)] on_choose: Callback<()>,
    /// More about it, in small letters.
    #[prop(optional, into)]
    about: Option<String>,
    #[prop(optional)] danger: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Marks the choice that holds now.
    #[prop(optional, into)]
    checked: Signal<Option<bool>>,
    children: Children,
) -> impl IntoView {
    let handle = use_context::<MenuHandle>();
    let choose = move |event: ev::MouseEvent| {
        event.stop_propagation();
        if let Some(panel) = handle.and_then(|handle| handle.0.get_untracked()) {
            let _ = panel.hide_popover();
        }
        on_choose.run(());
    };
    view! {
        <button
            type="button"
            role=if checked.get_untracked().is_some() { "menuitemradio" } else { "menuitem" }
            aria-checked=move || checked.get().map(|on| if on { "true" } else { "false" })
            class="menu-item"
            class:danger=danger
            tabindex="-1"
            disabled=disabled
            on:click=choose
        >
            {glyph.map(|glyph| view! { <Icon glyph/> })}
            <span class="menu-words">
                <span>{children()}</span>
                {about.map(|about| view! { <small>{about}</small> })}
            </span>
            {move || checked.get().unwrap_or_default().then(|| view! { <span class="menu-check"><Icon glyph=Glyph::Check/></span> })}
        </button>
    }
}

/// A line between two groups of a menu.
#[component]
pub fn MenuRule() -> impl IntoView {
    view! { <div class="menu-rule" role="separator"></div> }
}

/// A sentence inside a menu.
#[component]
pub fn MenuNote(children: Children) -> impl IntoView {
    view! { <p class="menu-note">{children()}</p> }
}

fn new_state(event: &ev::Event) -> String {
    js_sys::Reflect::get(event, &JsValue::from_str("newState")).ok().and_then(|state| state.as_string()).unwrap_or_default()
}

/// Under the button, to its left edge; shifted into the window, above where there is no room below.
fn place(panel: &HtmlElement, button: &HtmlElement) {
    let (at, own) = (button.get_bounding_client_rect(), panel.get_bounding_client_rect());
    let side = |value: Result<JsValue, JsValue>| value.ok().and_then(|v| v.as_f64()).unwrap_or(800.0);
    let (width, height) = (side(window().inner_width()), side(window().inner_height()));
    let wanted = if at.left() + own.width() + GAP > width { at.right() - own.width() } else { at.left() };
    let left = wanted.clamp(GAP, (width - own.width() - GAP).max(GAP));
    let below = at.bottom() + GAP;
    let fits = below + own.height() + GAP <= height || at.top() < own.height() + GAP;
    let top = if fits { below } else { at.top() - own.height() - GAP };
    let style = panel.unchecked_ref::<HtmlElement>().style();
    let _ = style.set_property("left", &format!("{left:.0}px"));
    let _ = style.set_property("top", &format!("{:.0}px", top.max(GAP)));
    // Hidden by the style sheet until it has its place.
    let _ = style.set_property("visibility", "visible");
}
