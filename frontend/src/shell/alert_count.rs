use std::time::Duration;

use leptos::prelude::*;
use model::api::{CountAlerts, Empty};

use crate::{
    api::call,
    dom,
    live::use_stream,
    load::load,
    text,
    timing::{every, throttled},
};

/// The most that is counted; beyond, it says so.
const MOST: u64 = 99;

/// How many alerts nobody looks after; nothing when there is none.
#[component]
pub fn AlertBadge() -> impl IntoView {
    let stream = use_stream();
    let loader = load(|| async { call::<CountAlerts>((), &Empty {}, &Empty {}).await });
    stream.on_reread(move || loader.reload());
    let read = throttled(Duration::from_secs(6), move || loader.reload());
    stream.on_runs(move |_| read());
    every(Duration::from_secs(20), move || loader.reload());
    let open = Memo::new(move |_| loader.value.with(|count| count.as_ref().map_or(0, |count| count.open)));
    let any = Memo::new(move |_| open.get() != 0);
    // Seen from any other tab.
    Effect::new(move |_| dom::mark_icon(any.get()));
    // Who has signed out sees no sign of it.
    on_cleanup(|| dom::mark_icon(false));
    let shown = move || text::shell::count(usize::try_from(open.get()).unwrap_or(usize::MAX), MOST as usize);
    view! {
        <Show when=move || any.get()>
            <span class="rail-count" data-tip=move || text::alerts::open_alerts(open.get())>
                <span aria-hidden="true">{shown}</span>
                <span class="sr-only">{move || text::alerts::open_alerts(open.get())}</span>
            </span>
        </Show>
    }
}
