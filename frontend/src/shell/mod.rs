//! The frame: the rail at the side (a bar at the bottom of a phone) and the bar on top of each page.

mod account_menu;
mod alert_count;
mod live_chip;
mod needs_you;
mod page;
mod rail;
mod splash;

use leptos::prelude::*;

pub use live_chip::LiveChip;
pub use page::{Page, set_title};
pub use splash::Splash;

use crate::{commands::CommandLayer, pages::ExpiredDialog, text};
use rail::Rail;

/// Everything around a signed-in person's page.
#[component]
pub fn Shell(children: Children) -> impl IntoView {
    view! {
        <a class="skip-link" href="#content">{text::shell::SKIP}</a>
        <div class="shell">
            <Rail/>
            <main class="main" id="content" tabindex="-1">{children()}</main>
        </div>
        <CommandLayer/>
        <ExpiredDialog/>
    }
}
