use leptos::prelude::*;

use crate::{
    shell::Page,
    text,
    ui::{EmptyState, Glyph, LinkButton, Tone},
};

/// For an address that leads nowhere.
#[component]
pub fn NoPage() -> impl IntoView {
    view! {
        <Page title=text::shell::NO_PAGE_TITLE.to_owned()>
            <EmptyState glyph=Glyph::Question title=text::shell::NO_PAGE_TITLE.to_owned() body=text::shell::NO_PAGE.to_owned()>
                <LinkButton tone=Tone::Primary href="/workflows">{text::shell::TO_WORKFLOWS}</LinkButton>
            </EmptyState>
        </Page>
    }
}
