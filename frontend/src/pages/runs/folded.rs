//! Runs that a filter step ended: counted, and shown when somebody wants them.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};
use model::api::{Empty, ListRuns, RunsQuery};

use super::{feed::Feed, filter::Filter};
use crate::{
    api::call,
    load::load,
    moment::now,
    text::runs as t,
    timing::throttled,
    ui::{Button, Glyph, Tone},
};

/// Counted up to so many: more are told as more.
const MOST: u32 = 200;

#[component]
pub fn Folded(feed: Feed, filter: Memo<Filter>) -> impl IntoView {
    let navigate = StoredValue::new_local(use_navigate());
    let path = use_location().pathname;
    // Counted again with every reading of the list, and where one is reported, once a second at most.
    let again = RwSignal::new(0_u32);
    let tell = throttled(Duration::from_secs(1), move || _ = again.try_update(|n| *n = n.wrapping_add(1)));
    let counted = load(move || {
        let asked = filter.get();
        feed.ready.track();
        again.track();
        async move {
            if !asked.may_fold() {
                return Ok((0, false));
            }
            let query = RunsQuery { limit: Some(MOST), ..asked.folded(now()) };
            call::<ListRuns>((), &query, &Empty {}).await.map(|page| (page.items.len() as u64, page.next.is_some()))
        }
    });
    // One more changes nothing where there are more than are counted.
    let is_more = move || counted.value.with_untracked(|counted| counted.is_some_and(|(_, more)| more));
    Effect::new(move |_| {
        if feed.filtered.get() > 0 && !is_more() {
            tell();
        }
    });
    let toggle = move |_| {
        let mut next = filter.get_untracked();
        next.filtered = !next.filtered;
        let address = format!("{}{}", path.get_untracked(), next.address());
        navigate
            .with_value(|navigate| navigate(&address, NavigateOptions { replace: true, scroll: false, ..Default::default() }));
    };
    let count = Memo::new(move |_| counted.value.get().unwrap_or_default());
    let open = Memo::new(move |_| filter.with(|filter| filter.filtered));
    view! {
        <Show when=move || { count.get().0 > 0 && filter.with(Filter::may_fold) }>
            <div class="folded">
                <Button
                    small=true
                    tone=Tone::Ghost
                    icon=if open.get() { Glyph::ChevronUp } else { Glyph::ChevronDown }
                    on:click=toggle
                >
                    {move || {
                        let (n, more) = count.get();
                        t::folded(n, more, open.get())
                    }}
                </Button>
            </div>
        </Show>
    }
}
