//! The replays of a run: whoever sees that it failed sees what came of going through it again.

use leptos::prelude::*;
use leptos_router::components::A;
use model::{
    api::{Empty, ListRuns, RunDetail, RunsQuery},
    ids::RunId,
};

use crate::{
    api::call,
    live::use_stream,
    load::load,
    text::run as t,
    ui::{RunStatusChip, TimeAgo},
};

/// Replays shown.
const MOST: u32 = 5;

/// Those of this run, newest first; nothing where there are none.
#[component]
pub fn Replays(detail: Signal<RunDetail>) -> impl IntoView {
    let id: RunId = detail.with_untracked(|detail| detail.run.id);
    let loader = load(move || async move {
        let query = RunsQuery { replay_of: Some(id), limit: Some(MOST), ..RunsQuery::default() };
        call::<ListRuns>((), &query, &Empty {}).await
    });
    let stream = use_stream();
    stream.on_reread(move || loader.reload());
    stream.on_runs(move |runs| {
        if runs.iter().any(|run| run.replay_of == Some(id)) {
            loader.reload();
        }
    });
    move || {
        let (runs, more) = loader.value.with(|page| match page {
            Some(page) => (page.items.clone(), page.next.is_some()),
            None => (Vec::new(), false),
        });
        (!runs.is_empty()).then(|| {
            let rows = runs
                .into_iter()
                .map(|run| {
                    let (id, at) = (run.id, run.created_at);
                    view! {
                        <li>
                            <A href=format!("/runs/{id}") attr:class="link mono">{id.to_string()}</A>
                            <RunStatusChip run=Signal::stored(run)/>
                            <span class="muted"><TimeAgo at/></span>
                        </li>
                    }
                })
                .collect_view();
            view! {
                <section class="run-replays small" aria-label=t::REPLAYS>
                    <span class="muted">{t::REPLAYS}</span>
                    <ul>{rows}</ul>
                    {more.then(|| view! { <span class="muted">{t::MORE_REPLAYS}</span> })}
                </section>
            }
        })
    }
}
