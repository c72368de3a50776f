//! One connection: whose account it is, whether it works, what it may do, and which workflows use it.

mod account;
mod allowed;
mod calls;
mod health;
mod manage;
mod question;
mod sharing;
mod simulated;
mod uses;

use leptos::prelude::*;
use leptos_router::{components::A, hooks::use_params_map};
use model::{
    Role,
    api::{ConnectionAccess, ConnectionDetail, ConnectionStatus, Empty, GetConnection},
    ids::ConnectionId,
};

use self::{
    account::AccountSection, allowed::AllowedSection, calls::CallsSection, health::HealthSection, manage::ManageSection,
    question::QuestionSection, sharing::SharingSection, simulated::SimulatedSection, uses::UsesSection,
};
use super::{card::Marks, reconnect::Reconnect};
use crate::{
    api::call,
    connectors::WithConnectors,
    live::use_stream,
    load::{Loaded, Loader, load},
    session::use_session,
    shell::Page,
    text::{connections as t, sharing as sharing_text},
    ui::{EmptyState, Glyph, Icon, Tone},
};

/// The page at `/connections/:id`.
#[component]
pub fn ConnectionPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse::<ConnectionId>().ok())));
    move || match id.get() {
        Some(id) => view! { <Known id/> }.into_any(),
        None => view! { <Page title=t::GONE_TITLE.to_owned() crumb=crumb><Gone/></Page> }.into_any(),
    }
}

fn crumb() -> impl IntoView {
    view! { <a href="/connections">{t::TITLE}</a> <Icon glyph=Glyph::ChevronRight/> }
}

#[component]
fn Gone() -> impl IntoView {
    view! {
        <EmptyState glyph=Glyph::Question title=t::GONE_TITLE.to_owned() body=t::GONE.to_owned()>
            <A href="/connections" attr:class="btn">{t::BACK}</A>
        </EmptyState>
    }
}

#[component]
fn Known(id: ConnectionId) -> impl IntoView {
    let stream = use_stream();
    let loader = load(move || async move { call::<GetConnection>((id,), &Empty {}, &Empty {}).await });
    stream.on_reread(move || loader.reload());
    stream.on_connection(move |changed| {
        if changed == id {
            loader.reload();
        }
    });
    let is_gone =
        Memo::new(move |_| loader.problem.with(|problem| problem.as_ref().is_some_and(|problem| problem.is_not_found())));
    let title = Signal::derive(move || {
        let label = loader.value.with(|detail| detail.as_ref().map(|detail| detail.connection.label.clone()));
        label.unwrap_or_else(|| if is_gone.get() { t::GONE_TITLE.to_owned() } else { String::new() })
    });
    let marks = move || loader.value.get().map(|detail| view! { <Marks connection=detail.connection/> });
    view! {
        <Page title crumb beside=move || view! { {marks} }>
            {move || {
                if is_gone.get() {
                    return view! { <Gone/> }.into_any();
                }
                view! {
                    <WithConnectors>
                        <Loaded loader let:detail>
                            <div class="column">{parts(detail, loader)}</div>
                        </Loaded>
                    </WithConnectors>
                }
                .into_any()
            }}
        </Page>
    }
}

/// Drawn anew only when something has changed: what a person is in the middle of, a consent say, stays through a mere reload. Who may
/// use it changes in place.
fn parts(detail: Signal<ConnectionDetail>, loader: Loader<ConnectionDetail>) -> impl IntoView {
    let drawn = Memo::new(move |_| {
        let mut drawn = detail.get();
        drawn.access = ConnectionAccess::default();
        drawn.connection.restricted = false;
        drawn
    });
    move || view! { <Parts detail=drawn.get() now=detail loader/> }
}

#[component]
fn Parts(
    detail: ConnectionDetail,
    /// The same with who may use it.
    now: Signal<ConnectionDetail>,
    loader: Loader<ConnectionDetail>,
) -> impl IntoView {
    let session = use_session();
    let on_changed = move || loader.reload();
    let connection = detail.connection;
    let usable = connection.usable;
    let barred = (!usable && session.may(Role::Maker)).then(|| {
        view! {
            <section class="card attention soon" aria-label=sharing_text::NOT_YOU>
                <Icon glyph=Glyph::Lock/>
                <div class="grow">
                    <h2>{sharing_text::NOT_YOU}</h2>
                    <p>{sharing_text::ask(connection.owner.as_ref())}</p>
                </div>
            </section>
        }
    });
    let refused = (connection.status == ConnectionStatus::NeedsReauth).then(|| {
        let connection = connection.clone();
        let body = if connection.sandbox { t::SANDBOX_BODY } else { t::NEEDS_REAUTH_BODY };
        view! {
            <section class="card attention" aria-label=t::NEEDS_REAUTH_TITLE>
                <Icon glyph=Glyph::Alert/>
                <div class="grow">
                    <h2>{t::NEEDS_REAUTH_TITLE}</h2>
                    <p>{body}</p>
                    <Show when=move || usable && session.may(Role::Maker)>
                        <Reconnect connection=connection.clone() label=t::RECONNECT tone=Tone::Primary on_changed/>
                    </Show>
                </div>
            </section>
        }
    });
    let ending = connection.ends_at.filter(|at| refused.is_none() && t::ends_soon(*at)).map(|at| {
        let connection = connection.clone();
        view! {
            <section class="card attention soon" aria-label=t::ENDING_TITLE>
                <Icon glyph=Glyph::Hourglass/>
                <div class="grow">
                    <h2>{t::ENDING_TITLE}</h2>
                    <p>{t::ending_body(at)}</p>
                    <Show when=move || usable && session.may(Role::Maker)>
                        <Reconnect connection=connection.clone() label=t::RECONNECT tone=Tone::Primary on_changed/>
                    </Show>
                </div>
            </section>
        }
    });
    view! {
        {barred}
        {refused}
        {ending}
        {usable.then(|| view! { <QuestionSection connection=connection.clone() on_changed/> })}
        <AccountSection connection=connection.clone()/>
        <HealthSection connection=connection.clone() on_changed/>
        <CallsSection id=connection.id/>
        <AllowedSection connection=connection.clone() on_changed/>
        <SharingSection detail=now on_changed/>
        {(connection.sandbox && usable).then(|| view! { <SimulatedSection id=connection.id/> })}
        <UsesSection uses=detail.workflows/>
        {usable.then(|| view! { <ManageSection connection on_changed/> })}
    }
}
