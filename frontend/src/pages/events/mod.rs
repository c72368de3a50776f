mod detail;
mod feed;
mod row;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use model::{
    api::{Empty, EventState, ListWorkflows, WorkflowsQuery},
    ids::EventId,
};
use std::{collections::BTreeMap, time::Duration};

use crate::{
    api::call,
    live::use_stream,
    load::load,
    shell::{LiveChip, Page},
    text::{events as t, status},
    timing::throttled,
    ui::{Button, Choice, EmptyState, ErrorState, Glyph, Segmented, Select, SkeletonRows, Tone},
};
use feed::{Feed, Narrowed};
use row::EventRow;

pub use detail::EventDialog;
pub use row::EventStateChip;

/// What came in: accepted, held, filtered, refused or a duplicate, with the reason.
#[component]
pub fn EventsPage() -> impl IntoView {
    let params = use_query_map();
    let narrowed = Memo::new(move |_| params.with(Narrowed::read));
    let navigate = StoredValue::new_local(use_navigate());
    let set = move |next: Narrowed| {
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate.with_value(|navigate| navigate(&format!("/events{}", next.address()), options));
    };
    let feed = Feed::new(narrowed);
    let stream = use_stream();
    stream.on_reread(move || feed.read());
    // An accepted event comes with its run; the others are seen at the next reading.
    let read = throttled(Duration::from_secs(2), move || feed.read());
    stream.on_runs(move |_| read());

    let workflows = load(|| async {
        let query = WorkflowsQuery { limit: Some(200), ..WorkflowsQuery::default() };
        call::<ListWorkflows>((), &query, &Empty {}).await
    });
    let names = Memo::new(move |_| {
        workflows.value.with(|page| {
            let items = page.iter().flat_map(|page| &page.items);
            items.map(|workflow| (workflow.id, workflow.name.clone())).collect::<BTreeMap<_, _>>()
        })
    });
    let choices = Memo::new(move |_| {
        let mut choices = vec![Choice::new("", t::ANY_WORKFLOW)];
        names.with(|names| choices.extend(names.iter().map(|(id, name)| Choice::new(id.to_string(), name.clone()))));
        choices
    });
    let states = std::iter::once((None, t::ANY.to_owned()))
        .chain(EventState::ALL.map(|state| (Some(state), status::event(state).to_owned())));
    let chosen = RwSignal::new(None::<EventId>);
    let empty = Memo::new(move |_| feed.ready.get() && feed.rows.with(Vec::is_empty));
    let failed = Memo::new(move |_| !feed.ready.get() && feed.problem.with(Option::is_some));
    view! {
        <Page title=t::TITLE.to_owned() beside=|| view! { <LiveChip/> } fixed=true>
            <div class="bar">
                <Segmented
                    tabs=states.collect()
                    selected=Signal::derive(move || narrowed.with(|narrowed| narrowed.state))
                    on_select=move |state| set(Narrowed { state, ..narrowed.get_untracked() })
                    label=t::FILTER_STATE
                />
                <Select
                    compact=true
                    label=t::FILTER_WORKFLOW
                    choices
                    value=Signal::derive(move || narrowed.with(|narrowed| narrowed.workflow.map(|id| id.to_string())).unwrap_or_default())
                    on_change=move |id: String| set(Narrowed { workflow: id.parse().ok(), ..narrowed.get_untracked() })
                />
                <span class="grow"></span>
                <span class="small muted bar-count">{t::LEAD}</span>
            </div>
            <div class="scroll">
                <Show when=move || failed.get()><ErrorState problem=feed.problem on_retry=move |()| feed.read()/></Show>
                <Show when=move || !feed.ready.get() && !failed.get()><SkeletonRows rows=9/></Show>
                <Show when=move || empty.get()>
                    {move || {
                        let narrow = narrowed.with(|narrowed| *narrowed != Narrowed::default());
                        let (title, body) = if narrow { (t::NO_MATCH_TITLE, t::NO_MATCH) } else { (t::EMPTY_TITLE, t::EMPTY) };
                        view! { <EmptyState glyph=Glyph::Inbox title=title.to_owned() body=body.to_owned()/> }
                    }}
                </Show>
                <Show when=move || feed.ready.get() && !empty.get()>
                    <table class="table events-table">
                        <thead>
                            <tr>
                                <th class="c-status">{t::STATE}</th>
                                <th class="c-flow">{t::WORKFLOW}</th>
                                <th class="c-what">{t::REASON}</th>
                                <th class="c-at">{t::RECEIVED}</th>
                                <th class="c-size end">{t::SIZE}</th>
                                <th class="c-run end">{t::RUN}</th>
                            </tr>
                        </thead>
                        <tbody>
                            <For
                                each=move || feed.rows.get()
                                key=|event| (event.id, event.state, event.run)
                                children=move |event| view! { <EventRow event names chosen/> }
                            />
                        </tbody>
                    </table>
                    <p class="form-error list-error" role="alert">{move || feed.problem.get().map(|problem| problem.message)}</p>
                    <Show when=move || feed.has_older()>
                        <div class="more-row">
                            <Button tone=Tone::Ghost busy=feed.loading_older on:click=move |_| feed.read_older()>{t::LOAD_MORE}</Button>
                        </div>
                    </Show>
                </Show>
            </div>
            <EventDialog chosen names/>
        </Page>
    }
}
