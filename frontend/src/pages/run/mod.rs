mod actions;
mod attempts;
mod canvas;
mod card_panel;
mod event_panel;
mod header;
mod items;
mod journal;
mod kin;
mod lanes;
mod look;
mod replay;
mod replays;
mod said;
mod sentence;
mod settle;
mod step_panel;
mod timeline;
mod waits;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};
use model::{
    api::{Empty, GetRun, RunDetail, RunStep},
    ids::{RunId, StepId, StepPath},
    run::StepStatus,
};

use crate::{
    api::call,
    editor::steps::kind_name,
    ended,
    live::use_stream,
    load::{Loaded, load},
    pages::workflows::MakeItMine,
    standing::{shown_status, standings},
    text::run as t,
    timing::throttled,
    ui::{EmptyState, Glyph, Icon, Skeleton, SkeletonRows},
};
use canvas::{RunCanvas, is_readable};
use card_panel::CardPanel;
use event_panel::EventPanel;
use header::Header;
use look::{Look, LookSwitch};
use step_panel::StepPanel;
use timeline::Timeline;

/// What the lower part of a run shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    Event,
    Step(StepPath),
    /// A step whose data is not at hand.
    Card(StepId),
}

/// Beside the list while no run is chosen: nothing.
#[component]
pub fn NoRun() -> impl IntoView {}

/// One run, live while it runs.
#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse::<RunId>().ok())));
    view! {
        <section class="run-pane" aria-label=t::TITLE>
            {move || match id.get() {
                Some(id) => view! { <Run id/> }.into_any(),
                None => {
                    view! {
                        <EmptyState glyph=Glyph::Question title=t::GONE_TITLE.to_owned() body=String::new()>
                            <A href="/runs" attr:class="btn">{t::BACK}</A>
                        </EmptyState>
                    }
                    .into_any()
                }
            }}
        </section>
    }
}

#[component]
fn Run(id: RunId) -> impl IntoView {
    let stream = use_stream();
    let loader = load(move || call_run(id));
    // A busy run is read a few times a second at most.
    let read = throttled(Duration::from_millis(300), move || loader.reload());
    stream.on_reread(read);
    stream.on_runs(move |runs| {
        let known = loader.value.with_untracked(|detail| detail.as_ref().map(|detail| (detail.run.seq, detail.run.status)));
        let news = |run: &model::api::RunSummary| {
            run.id == id && known.is_none_or(|(seq, status)| run.seq > seq || run.status != status)
        };
        if runs.iter().any(news) {
            read();
        }
    });
    // A link that was shared leads to its step.
    let at = use_query_map().with_untracked(|query| query.get_str("at").map(StepPath::from));
    let chosen = RwSignal::new(at.map(Shown::Step));
    view! {
        <Loaded loader skeleton=waiting let:detail>
            <Header detail on_changed=move || loader.reload()/>
            <MakeItMine workflow=detail.with_untracked(|detail| detail.run.workflow)/>
            <Body detail chosen/>
        </Loaded>
    }
}

async fn call_run(id: RunId) -> Result<RunDetail, crate::api::Problem> {
    call::<GetRun>((id,), &Empty {}, &Empty {}).await
}

fn waiting() -> impl IntoView {
    view! {
        <div class="run-head">
            <Skeleton width=24 height=22/>
            <Skeleton width=70 height=18/>
            <Skeleton width=45/>
        </div>
        <SkeletonRows rows=5/>
    }
}

/// The canvas or the timeline, and under it what was chosen there.
#[component]
fn Body(detail: Signal<RunDetail>, chosen: RwSignal<Option<Shown>>) -> impl IntoView {
    // Until somebody chooses, the most telling step shows.
    let shown = Memo::new(move |_| {
        let is_there = |shown: &Shown| match shown {
            Shown::Event => true,
            Shown::Step(path) => detail.with(|detail| detail.steps.iter().any(|step| step.path == *path)),
            Shown::Card(id) => detail.with(|detail| detail.definition.step(id).is_some()),
        };
        let at_hand = |id: &StepId| detail.with(|detail| standings(detail).remove(id)?.path.map(Shown::Step));
        match chosen.get() {
            // The run has come to it.
            Some(Shown::Card(id)) if at_hand(&id).is_some() => at_hand(&id).unwrap_or(Shown::Card(id)),
            // The iteration is over: what is left of the step is still what somebody chose.
            Some(Shown::Step(path)) if !is_there(&Shown::Step(path.clone())) && is_there(&Shown::Card(path.step())) => {
                at_hand(&path.step()).unwrap_or_else(|| Shown::Card(path.step()))
            }
            Some(shown) if is_there(&shown) => shown,
            _ => detail.with(most_telling),
        }
    });
    let choose = move |next| chosen.set(Some(next));
    let look = RwSignal::new(look::at_first());
    let readable = detail.with_untracked(|detail| is_readable(&detail.definition));
    view! {
        <div class="run-body">
            {if readable {
                view! { <LookSwitch look/> }.into_any()
            } else {
                view! { <p class="note run-unreadable"><Icon glyph=Glyph::Info/><span>{t::UNREADABLE}</span></p> }.into_any()
            }}
            {move || match look.get() {
                Look::Canvas if readable => view! { <RunCanvas detail shown on_choose=choose/> }.into_any(),
                _ => view! { <Timeline detail shown on_choose=choose/> }.into_any(),
            }}
            {move || match shown.get() {
                Shown::Event => view! { <EventPanel detail/> }.into_any(),
                Shown::Step(path) => view! { <StepPanel detail path/> }.into_any(),
                Shown::Card(id) => view! { <CardPanel detail id on_choose=choose/> }.into_any(),
            }}
        </div>
    }
}

/// A step as a person is shown it: a wait for a person is not one for another system, and what has begun and holds others is
/// under way.
fn looked_up(detail: &RunDetail, path: &StepPath) -> Option<RunStep> {
    let mut step = detail.steps.iter().find(|step| &step.path == path)?.clone();
    if let Some(known) = detail.definition.step(&step.step).filter(|_| step.kind == "wait") {
        step.kind = kind_name(&known.kind);
    }
    step.state.status = shown_status(&step, &detail.definition);
    ended::settle(detail, &mut step);
    Some(step)
}

fn most_telling(detail: &RunDetail) -> Shown {
    let steps = &detail.steps;
    let with = |status: StepStatus| steps.iter().rev().find(|step| step.state.status == status);
    let found = with(StepStatus::Unknown)
        .or_else(|| {
            let failed = detail.run.error.as_ref().and_then(|error| error.path.as_ref());
            failed.and_then(|path| steps.iter().find(|step| &step.path == path))
        })
        .or_else(|| with(StepStatus::Running))
        .or_else(|| with(StepStatus::Backoff))
        .or_else(|| with(StepStatus::Waiting))
        .or_else(|| steps.iter().rev().find(|step| step.state.status != StepStatus::Skipped));
    found.map_or(Shown::Event, |step| Shown::Step(step.path.clone()))
}
