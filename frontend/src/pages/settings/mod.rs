mod activity;
mod apps;
mod channels;
mod end_all;
mod erase;
mod look;
mod members;
mod new_token;
mod password;
mod profile;
mod sessions;
mod tokens;

use leptos::prelude::*;

use crate::{shell::Page, text::settings as t};
use activity::ActivitySection;
use apps::AppsSection;
use channels::ChannelsSection;
use erase::EraseSection;
use look::LookSection;
use members::MembersSection;
use password::PasswordSection;
use profile::ProfileSection;
use sessions::SessionsSection;
use tokens::TokensSection;

#[component]
pub fn SettingsPage() -> impl IntoView {
    // Its parts grow while they are read from the server.
    Effect::new(|_| {
        for ms in [50, 600] {
            set_timeout(to_part, std::time::Duration::from_millis(ms));
        }
    });
    view! {
        <Page title=t::TITLE.to_owned()>
            <div class="column">
                <ProfileSection/>
                <LookSection/>
                <PasswordSection/>
                <SessionsSection/>
                <MembersSection/>
                <TokensSection/>
                <ChannelsSection/>
                <AppsSection/>
                <ActivitySection/>
                <EraseSection/>
            </div>
        </Page>
    }
}

/// Shows the part that the address names: `/settings#channels`.
fn to_part() {
    let named = window().location().hash().unwrap_or_default();
    if let Some(part) = named.strip_prefix('#').and_then(|id| document().get_element_by_id(id)) {
        part.scroll_into_view();
    }
}

/// A part of the settings: what it is about at the left, its controls at the right.
#[component]
pub(in crate::pages) fn Section(
    title: &'static str,
    #[prop(optional, into)] about: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="setting">
            <div class="setting-about">
                <h2>{title}</h2>
                {about.map(|about| view! { <p>{about}</p> })}
            </div>
            <div class="card setting-card">{children()}</div>
        </section>
    }
}
