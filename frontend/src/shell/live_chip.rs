use leptos::prelude::*;

use crate::{
    live::{LiveState, use_stream},
    text,
    ui::{Chip, ChipTone, Glyph},
};

/// Whether what is shown follows what happens.
#[component]
pub fn LiveChip() -> impl IntoView {
    let stream = use_stream();
    let look = Memo::new(move |_| match stream.state.get() {
        LiveState::Live => (ChipTone::Accent, None, text::shell::LIVE, text::shell::LIVE_ABOUT),
        LiveState::Connecting => (ChipTone::Quiet, Some(Glyph::Loader), text::shell::CONNECTING, ""),
        LiveState::Reconnecting => {
            (ChipTone::Warn, Some(Glyph::Loader), text::shell::RECONNECTING, text::shell::RECONNECTING_ABOUT)
        }
    });
    view! {
        <span class="live" class:on=move || look.get().1.is_none() data-tip=move || look.get().3 role="status">
            <Chip tone=Signal::derive(move || look.get().0) glyph=Signal::derive(move || look.get().1)>
                <span class="live-dot" aria-hidden="true"></span>
                {move || look.get().2}
            </Chip>
        </span>
    }
}
