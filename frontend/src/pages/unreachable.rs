use std::time::Duration;

use leptos::prelude::*;

use crate::{
    session::use_session,
    shell::set_title,
    text,
    ui::{Button, Glyph, Icon, Tone},
};

/// The server does not answer at all; asks again every few seconds.
#[component]
pub fn UnreachablePage() -> impl IntoView {
    let session = use_session();
    set_title("");
    if let Ok(timer) = set_timeout_with_handle(move || session.open(), Duration::from_secs(5)) {
        on_cleanup(move || timer.clear());
    }
    view! {
        <main class="gate">
            <div class="empty" role="alert">
                <span class="empty-icon bad"><Icon glyph=Glyph::Plug/></span>
                <h1>{text::shell::UNREACHABLE_TITLE}</h1>
                <p>{text::shell::UNREACHABLE}</p>
                <div class="empty-do">
                    <Button tone=Tone::Primary icon=Glyph::Refresh on:click=move |_| session.open()>{text::ui::TRY_AGAIN}</Button>
                </div>
            </div>
        </main>
    }
}
