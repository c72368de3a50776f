use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use model::{
    Role,
    api::{AppAt, Empty, GetApp},
};

use super::{AppChip, form::AppForm};
use crate::{
    api::call,
    connectors::{self, WithConnectors},
    load::{Loaded, Loader, load},
    pages::settings::Section,
    session::use_session,
    shell::Page,
    text::apps as t,
    ui::{CopyButton, Glyph, Icon, coded},
};

/// The page at `/settings/apps/:connector`.
#[component]
pub fn AppPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("connector")).unwrap_or_default());
    move || view! { <Shown id=id.get()/> }
}

#[component]
fn Shown(id: String) -> impl IntoView {
    let of = id.clone();
    let loader = load(move || {
        let id = of.clone();
        async move { call::<GetApp>((id,), &Empty {}, &Empty {}).await }
    });
    let title = Signal::derive(move || t::title(&connectors::name_of(&id)));
    let crumb = || {
        view! {
            {super::crumb()}
            <a href="/settings/apps">{t::TITLE}</a>
            <Icon glyph=Glyph::ChevronRight/>
        }
    };
    let beside = move || loader.value.get().map(|app| view! { <AppChip app/> });
    view! {
        <Page title crumb beside=move || view! { {beside} }>
            <WithConnectors>
                <Loaded loader let:app>
                    <div class="column">{move || view! { <Parts app=app.get() loader/> }}</div>
                </Loaded>
            </WithConnectors>
        </Page>
    }
}

#[component]
fn Parts(app: AppAt, loader: Loader<AppAt>) -> impl IntoView {
    let session = use_session();
    let is_local = app.redirect_uri.starts_with("http://localhost") || app.redirect_uri.starts_with("http://127.");
    let has_steps = !app.steps.is_empty();
    let steps = app.steps.iter().map(|step| view! { <li>{coded(step)}</li> }).collect_view();
    let all_scopes = app.scopes.iter().map(|scope| scope.id.clone()).collect::<Vec<_>>().join(" ");
    let has_scopes = !app.scopes.is_empty();
    let scopes = app.scopes.clone().into_iter();
    let scopes =
        scopes.map(|scope| view! { <li><span class="grow">{scope.why} " " <code>{scope.id}</code></span></li> }).collect_view();
    let scopes = has_scopes.then(|| {
        view! {
            <Section title=t::SCOPES about=t::SCOPES_ABOUT>
                <ul class="scope-list">{scopes}</ul>
                <div class="card-foot row">
                    <span class="grow"></span>
                    <span class="small muted">{t::COPY_SCOPES}</span>
                    <CopyButton value=all_scopes label=t::COPY_SCOPES/>
                </div>
            </Section>
        }
    });
    let redirect = app.redirect_uri.clone();
    view! {
        <Section title=t::REDIRECT about=t::REDIRECT_ABOUT>
            <div class="secret">
                <code data-testid="redirect">{redirect.clone()}</code>
                <CopyButton value=redirect label=t::COPY_REDIRECT/>
            </div>
            {is_local.then(|| view! { <p class="note warn spaced"><Icon glyph=Glyph::Alert/><span>{t::REDIRECT_LOCAL}</span></p> })}
        </Section>
        {has_steps
            .then(|| view! { <Section title=t::STEPS><ol class="numbered">{steps}</ol></Section> })}
        {scopes}
        <Section title=t::KEYS>
            {move || {
                let app = app.clone();
                if app.from_environment {
                    view! {
                        <p class="note"><Icon glyph=Glyph::Lock/><span>{t::FROM_ENVIRONMENT_ABOUT}</span></p>
                        <dl class="facts spaced"><div><dt>{t::CLIENT_ID}</dt><dd class="mono">{app.client_id}</dd></div></dl>
                    }
                    .into_any()
                } else if session.may(Role::Owner) {
                    view! { <AppForm app on_changed=move || loader.reload()/> }.into_any()
                } else {
                    view! { <p class="muted">{t::ONLY_OWNERS}</p> }.into_any()
                }
            }}
        </Section>
    }
}
