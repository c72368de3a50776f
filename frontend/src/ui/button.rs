use leptos::prelude::*;
use leptos_router::components::A;

use super::{Glyph, Icon};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    #[default]
    Plain,
    /// The one next step of a view.
    Primary,
    /// Takes something away.
    Danger,
    /// Part of a toolbar.
    Ghost,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Plain => "btn",
            Tone::Primary => "btn primary",
            Tone::Danger => "btn danger",
            Tone::Ghost => "btn ghost",
        }
    }
}

/// A button with words. Listen with `on:click`; a busy or disabled one cannot be pressed.
#[component]
pub fn Button(
    #[prop(optional)] tone: Tone,
    #[prop(optional)] icon: Option<Glyph>,
    /// Shows a turning circle in place of the icon.
    #[prop(optional, into)]
    busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Submits the form it stands in.
    #[prop(optional)]
    submit: bool,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=tone.class()
            class:small=small
            class:busy=busy
            aria-busy=move || busy.get().then_some("true")
            disabled=move || disabled.get() || busy.get()
        >
            {move || {
                let glyph = if busy.get() { Some(Glyph::Loader) } else { icon };
                glyph.map(|glyph| view! { <Icon glyph/> })
            }}
            {children()}
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    #[prop(into)] href: String,
    #[prop(optional)] tone: Tone,
    #[prop(optional)] icon: Option<Glyph>,
    #[prop(optional)] small: bool,
    children: Children,
) -> impl IntoView {
    let class = format!("{}{}", tone.class(), if small { " small" } else { "" });
    view! {
        <A href=href attr:class=class>
            {icon.map(|glyph| view! { <Icon glyph/> })}
            {children()}
        </A>
    }
}

/// A button with an icon only; its name is its tooltip and what a screen reader says.
#[component]
pub fn IconButton(
    glyph: Glyph,
    #[prop(into)] label: Signal<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Shown as pressed; makes it a toggle for screen readers.
    #[prop(optional, into)]
    pressed: Signal<Option<bool>>,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-btn"
            class:small=small
            class:busy=busy
            data-tip=label
            aria-label=label
            aria-pressed=move || pressed.get().map(|on| if on { "true" } else { "false" })
            disabled=move || disabled.get() || busy.get()
        >
            {move || if busy.get() { view! { <Icon glyph=Glyph::Loader/> } } else { view! { <Icon glyph/> } }}
        </button>
    }
}
