use std::time::Duration;

use leptos::prelude::*;
use model::{
    api::{Empty, ListRuns, RunsQuery},
    run::Hold,
};

use crate::{api::call, live::use_stream, load::load, text::shell as t, timing::throttled};

/// The most that is counted; beyond, it says so.
const MOST: u32 = 99;

/// How many runs wait for somebody to say what happened; nothing when there is none.
#[component]
pub fn NeedsYou() -> impl IntoView {
    let stream = use_stream();
    let loader = load(|| async {
        let query = RunsQuery { hold: Some(Hold::Unknown), limit: Some(MOST + 1), ..RunsQuery::default() };
        let page = call::<ListRuns>((), &query, &Empty {}).await?;
        Ok(page.items.into_iter().map(|run| run.id).collect::<Vec<_>>())
    });
    let read = throttled(Duration::from_secs(2), move || loader.reload());
    stream.on_reread(read);
    stream.on_runs(move |runs| {
        let changed = loader.value.with_untracked(|known| {
            let known = known.as_deref().unwrap_or_default();
            runs.iter().any(|run| (run.hold == Some(Hold::Unknown)) != known.contains(&run.id))
        });
        if changed {
            read();
        }
    });
    let count = Memo::new(move |_| loader.value.with(|known| known.as_ref().map_or(0, Vec::len)));
    view! {
        <Show when=move || count.get() != 0>
            <span class="rail-count" data-tip=move || t::needs_you(count.get())>
                <span aria-hidden="true">{move || t::count(count.get(), MOST as usize)}</span>
                <span class="sr-only">{move || t::needs_you(count.get())}</span>
            </span>
        </Show>
    }
}
