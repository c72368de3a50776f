mod attention;
mod charts;
mod lists;
mod place;
mod tiles;
mod told;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use model::{
    Role,
    api::{Dashboard, DashboardQuery, Empty, GetDashboard, ListWorkflows, WorkflowsQuery},
};

use crate::{
    api::call,
    live::use_stream,
    load::{Loaded, load},
    moment::browser_zone,
    pages::alerts::NobodyIsTold,
    session::use_session,
    shell::{LiveChip, Page},
    text::dashboard as t,
    timing::throttled,
    ui::{Choice, EmptyState, Glyph, LinkButton, Segmented, Select, Skeleton, Tone},
};
use place::Place;

/// The page is read again at most this often while runs change.
const SPACING: Duration = Duration::from_secs(2);

/// The home page: what runs, what failed, what is late, held or waits for a connection, over the time that was chosen.
#[component]
pub fn DashboardPage() -> impl IntoView {
    let params = use_query_map();
    let place = Memo::new(move |_| params.with(|params| Place::read(|key| params.get_str(key))));
    let loader = load(move || {
        let place = place.get();
        let query = DashboardQuery {
            window: Some(place.window.into()),
            workflow: place.workflow,
            zone: browser_zone(),
            ..DashboardQuery::default()
        };
        async move { call::<GetDashboard>((), &query, &Empty {}).await }
    });
    let stream = use_stream();
    let soon = throttled(SPACING, move || loader.reload());
    stream.on_runs(move |_| soon());
    stream.on_reread(soon);
    stream.on_workflow(move |_| soon());
    // Time passes also where nothing happens.
    let again = set_interval_with_handle(
        move || {
            if !document().hidden() {
                soon()
            }
        },
        Duration::from_secs(30),
    )
    .ok();
    on_cleanup(move || {
        if let Some(again) = again {
            again.clear();
        }
    });
    view! {
        <Page
            title=t::TITLE.to_owned()
            beside=|| view! { <LiveChip/> }
            actions=move || view! { <Choices place/> }
        >
            <div class="dashboard" aria-busy=move || loader.busy.get().then_some("true")>
                <Loaded loader skeleton=|| view! { <Waiting/> } children=move |shown| view! { <Shown shown place/> }/>
            </div>
        </Page>
    }
}

/// What is shown of which workflow.
#[component]
fn Choices(place: Memo<Place>) -> impl IntoView {
    let navigate = StoredValue::new_local(use_navigate());
    let go = move |next: Place| {
        let options = NavigateOptions { scroll: false, ..Default::default() };
        navigate.with_value(|navigate| navigate(&next.address(), options));
    };
    let workflows = load(|| async {
        let query = WorkflowsQuery { limit: Some(200), ..WorkflowsQuery::default() };
        call::<ListWorkflows>((), &query, &Empty {}).await
    });
    let choices = Memo::new(move |_| {
        let mut choices = vec![Choice::new("", t::ALL_WORKFLOWS)];
        workflows.value.with(|page| {
            let items = page.iter().flat_map(|page| &page.items);
            choices.extend(items.map(|workflow| Choice::new(workflow.id.to_string(), workflow.name.clone())));
        });
        choices
    });
    view! {
        <Select
            compact=true
            label=t::WORKFLOW
            choices
            value=Signal::derive(move || place.get().workflow.map(|id| id.to_string()).unwrap_or_default())
            on_change=move |id: String| go(Place { workflow: id.parse().ok(), ..place.get_untracked() })
        />
        <Segmented
            tabs=Place::WINDOWS.map(|window| (window, window.to_owned())).to_vec()
            selected=Signal::derive(move || place.get().window)
            on_select=move |window| go(Place { window, ..place.get_untracked() })
            label=t::WINDOW
        />
    }
}

#[component]
fn Shown(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let session = use_session();
    let nothing = Memo::new(move |_| shown.with(is_fresh));
    move || {
        if nothing.get() {
            return view! {
                <EmptyState glyph=Glyph::Bolt title=t::EMPTY_TITLE.to_owned() body=t::EMPTY.to_owned()>
                    <LinkButton tone=Tone::Primary href="/workflows">{t::TO_WORKFLOWS}</LinkButton>
                </EmptyState>
            }
            .into_any();
        }
        view! {
            <Show when=move || session.may(Role::Owner)><NobodyIsTold/></Show>
            <tiles::Tiles shown place/>
            <div class="dashboard-pair">
                <charts::RunsChart shown place/>
                <attention::Attention shown place/>
            </div>
            <div class="dashboard-pair">
                <charts::DurationChart shown/>
                <told::WhoWasTold place/>
            </div>
            <div class="dashboard-three">
                <lists::Failing shown place/>
                <lists::Slowest shown/>
                <lists::Connections shown/>
                <lists::Workflows shown place/>
            </div>
            <lists::StorageLine shown/>
        }
        .into_any()
    }
}

/// Nothing has ever run here, and nothing is about to.
fn is_fresh(shown: &Dashboard) -> bool {
    let now = &shown.now;
    shown.totals.counts.all() + shown.before.counts.all() + shown.storage.runs == 0
        && now.queued + now.running + now.waiting + now.held_events == 0
        && shown.next.is_empty()
        && shown.late.is_empty()
        && now.reconnect.is_empty()
}

#[component]
fn Waiting() -> impl IntoView {
    let tiles = (0..5)
        .map(|_| view! { <div class="card tile-card"><Skeleton width=50/><Skeleton width=70 height=24/><Skeleton width=60/></div> })
        .collect_view();
    view! {
        <div role="status" aria-label=crate::text::ui::LOADING class="dashboard-waiting">
            <div class="tiles">{tiles}</div>
            <div class="dashboard-pair">
                <div class="card dash-panel"><Skeleton height=220/></div>
                <div class="card dash-panel"><Skeleton height=220/></div>
            </div>
        </div>
    }
}
