use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::{Glyph, IconButton, use_toasts};
use crate::{dom, text};

/// Copies `value` and says so for two seconds.
#[component]
pub fn CopyButton(
    #[prop(into)] value: Signal<String>,
    /// What is copied, for the tooltip; "Copy" unless given.
    #[prop(optional, into)]
    label: Option<String>,
    #[prop(optional)] small: bool,
) -> impl IntoView {
    let copied = RwSignal::new(false);
    let toasts = use_toasts();
    let label = label.unwrap_or_else(|| text::ui::COPY.into());
    let name = Signal::derive(move || if copied.get() { text::ui::COPIED.into() } else { label.clone() });
    let copy = move |event: web_sys::MouseEvent| {
        event.stop_propagation();
        let value = value.get_untracked();
        spawn_local(async move {
            if dom::copy(&value).await {
                copied.try_set(true);
                set_timeout(move || _ = copied.try_set(false), Duration::from_secs(2));
            } else {
                toasts.warn(text::ui::COPY_REFUSED);
            }
        });
    };
    move || {
        let glyph = if copied.get() { Glyph::Check } else { Glyph::Copy };
        view! { <IconButton glyph label=name small on:click=copy/> }
    }
}
