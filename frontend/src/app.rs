//! The root: contexts, then setup, sign-in or the pages, whichever the session calls for.

use leptos::prelude::*;
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    hooks::use_location,
    path,
};

use crate::{
    commands::provide_commands,
    connectors::provide_connectors,
    consent::provide_consents,
    editor::EditorPage,
    live::provide_stream,
    moment::provide_clock,
    pages::{
        ActivityPage, AlertsPage, AppPage, AppsPage, ConnectionPage, ConnectionsPage, DashboardPage, EventsPage,
        FirstChannelPage, JoinPage, NoPage, NoRun, RunPage, RunsPage, SettingsPage, SetupPage, SignInPage, UnreachablePage,
        WorkflowsPage,
    },
    session::{SessionState, provide_session, use_session},
    shell::{Shell, Splash},
    theme::provide_theme,
    ui::{ToastLayer, TooltipLayer, provide_toasts},
};

#[component]
pub fn App() -> impl IntoView {
    provide_theme();
    provide_clock();
    provide_toasts();
    let session = provide_session();
    let stream = provide_stream();
    session.open();

    let state = Memo::new(move |_| session.state.get());
    Effect::new(move |before: Option<bool>| {
        let inside = state.with(|state| *state == SessionState::SignedIn);
        match (before, inside) {
            (_, true) => stream.join(),
            (Some(true), false) => stream.leave(),
            _ => {}
        }
        inside
    });

    // Back after a session that ended under an open page: the stream was refused meanwhile.
    Effect::new(move |before: Option<bool>| {
        let expired = session.expired.get();
        if before == Some(true) && !expired && state.get_untracked() == SessionState::SignedIn {
            stream.join();
        }
        expired
    });

    view! {
        <Router>
            <Entry state/>
        </Router>
        <ToastLayer/>
        <TooltipLayer/>
    }
}

/// Setup, sign-in or the pages; an invitation's link leads to its own page, whoever is signed in.
#[component]
fn Entry(state: Memo<SessionState>) -> impl IntoView {
    let path = use_location().pathname;
    let is_new = use_session().is_new;
    let joins = Memo::new(move |_| path.with(|path| path == "/join"));
    view! {
            {move || match state.get() {
                SessionState::Opening => view! { <Splash/> }.into_any(),
                SessionState::SignedOut | SessionState::SignedIn if joins.get() => view! { <JoinPage/> }.into_any(),
                SessionState::Unreachable(_) => view! { <UnreachablePage/> }.into_any(),
                SessionState::NeedsOwner => view! { <SetupPage/> }.into_any(),
                SessionState::SignedOut => view! { <SignInPage/> }.into_any(),
                SessionState::SignedIn if is_new.get() => view! { <FirstChannelPage/> }.into_any(),
                SessionState::SignedIn => view! { <Pages/> }.into_any(),
            }}
    }
}

#[component]
fn Pages() -> impl IntoView {
    provide_connectors();
    provide_consents();
    provide_commands();
    view! {
        <Shell>
            <Routes fallback=NoPage>
                <Route path=path!("/") view=DashboardPage/>
                <Route path=path!("/workflows") view=WorkflowsPage/>
                <Route path=path!("/workflows/:id") view=EditorPage/>
                <ParentRoute path=path!("/runs") view=RunsPage>
                    <Route path=path!("") view=NoRun/>
                    <Route path=path!(":id") view=RunPage/>
                </ParentRoute>
                <Route path=path!("/events") view=EventsPage/>
                <Route path=path!("/alerts") view=AlertsPage/>
                <Route path=path!("/connections") view=ConnectionsPage/>
                <Route path=path!("/connections/:id") view=ConnectionPage/>
                <Route path=path!("/settings") view=SettingsPage/>
                <Route path=path!("/settings/activity") view=ActivityPage/>
                <Route path=path!("/settings/apps") view=AppsPage/>
                <Route path=path!("/settings/apps/:connector") view=AppPage/>
            </Routes>
        </Shell>
    }
}
