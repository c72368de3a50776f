use leptos::prelude::*;
use model::Role;

use super::Section;
use crate::{
    session::use_session,
    text::activity as t,
    ui::{Glyph, LinkButton},
};

/// The way to the activity log.
#[component]
pub fn ActivitySection() -> impl IntoView {
    let session = use_session();
    view! {
        <Section title=t::TITLE about=t::SECTION_ABOUT>
            {move || {
                if session.may(Role::Owner) {
                    view! { <LinkButton href="/settings/activity" icon=Glyph::List>{t::OPEN}</LinkButton> }.into_any()
                } else {
                    view! { <p class="muted">{t::ONLY_OWNERS}</p> }.into_any()
                }
            }}
        </Section>
    }
}
