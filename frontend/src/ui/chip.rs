use leptos::prelude::*;

use super::{Glyph, Icon};

/// What a chip's colour means; its words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChipTone {
    #[default]
    Quiet,
    Ok,
    Bad,
    Warn,
    Run,
    Hold,
    Accent,
}

impl ChipTone {
    pub fn class(self) -> &'static str {
        match self {
            ChipTone::Quiet => "quiet",
            ChipTone::Ok => "ok",
            ChipTone::Bad => "bad",
            ChipTone::Warn => "warn",
            ChipTone::Run => "run",
            ChipTone::Hold => "hold",
            ChipTone::Accent => "accent",
        }
    }
}

/// A short fact.
#[component]
pub fn Chip(
    #[prop(optional, into)] tone: Signal<ChipTone>,
    #[prop(optional, into)] glyph: Signal<Option<Glyph>>,
    children: Children,
) -> impl IntoView {
    view! {
        <span class=move || format!("chip {}", tone.get().class())>
            {move || glyph.get().map(|glyph| view! { <Icon glyph/> })}
            {children()}
        </span>
    }
}
