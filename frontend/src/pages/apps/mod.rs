//! Apps at vendors, through which people connect their accounts: which there are, and how to register one.

mod app;
mod forget;
mod form;

use leptos::prelude::*;
use model::api::{AppAt, Empty, ListApps};

pub use app::AppPage;

use crate::{
    api::call,
    connectors::{self, WithConnectors},
    load::{Loaded, load},
    shell::Page,
    text::apps as t,
    ui::{Chip, ChipTone, EmptyState, Glyph, Icon, StepTile},
};

/// Back to the settings.
fn crumb() -> impl IntoView {
    view! { <a href="/settings">{t::SETTINGS}</a> <Icon glyph=Glyph::ChevronRight/> }
}

#[component]
pub fn AppsPage() -> impl IntoView {
    let loader = load(|| async { call::<ListApps>((), &Empty {}, &Empty {}).await });
    view! {
        <Page title=t::TITLE.to_owned() crumb=crumb>
            <WithConnectors>
                <Loaded loader let:apps>
                    {move || {
                        let mut items = apps.get().items;
                        items.sort_by_key(|app| connectors::name_of(&app.connector).to_lowercase());
                        if items.is_empty() {
                            return view! { <EmptyState glyph=Glyph::Plug title=t::EMPTY_TITLE.to_owned() body=t::EMPTY.to_owned()/> }.into_any();
                        }
                        view! {
                            <div class="column">
                                <p class="lead">{t::ABOUT}</p>
                                <ul class="card app-list">{items.into_iter().map(|app| view! { <AppLine app/> }).collect_view()}</ul>
                            </div>
                        }
                        .into_any()
                    }}
                </Loaded>
            </WithConnectors>
        </Page>
    }
}

#[component]
fn AppLine(app: AppAt) -> impl IntoView {
    let (id, name) = (app.connector.clone(), connectors::name_of(&app.connector));
    let href = format!("/settings/apps/{id}");
    view! {
        <li>
            <a class="app-line" href=href>
                <StepTile kind=id small=true/>
                <b class="grow cut">{name}</b>
                <AppChip app/>
                <Icon glyph=Glyph::ChevronRight/>
            </a>
        </li>
    }
}

/// Whether there is an app.
#[component]
fn AppChip(app: AppAt) -> impl IntoView {
    let (tone, glyph, words) = match (app.from_environment, app.client_id.is_some()) {
        (true, _) => (ChipTone::Ok, Some(Glyph::Lock), t::FROM_ENVIRONMENT),
        (false, true) => (ChipTone::Ok, Some(Glyph::Check), t::READY),
        (false, false) => (ChipTone::Quiet, None, t::MISSING),
    };
    view! { <Chip tone=Signal::stored(tone) glyph=Signal::stored(glyph)>{words}</Chip> }
}
