use leptos::prelude::*;
use leptos_router::components::A;
use model::api::Dashboard;

use super::{attention, place::Place};
use crate::{moment::number, text::dashboard as t};

/// The figures at the top, each a way to what is behind it.
#[component]
pub fn Tiles(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let of = move |read: fn(&Dashboard, Place) -> Tile| Signal::derive(move || shown.with(|shown| read(shown, place.get())));
    view! {
        <div class="tiles">
            <TileCard tile=of(needs_you)/>
            <TileCard tile=of(running)/>
            <TileCard tile=of(runs)/>
            <TileCard tile=of(succeeded)/>
            <TileCard tile=of(duration)/>
        </div>
    }
}

#[derive(Clone)]
struct Tile {
    name: &'static str,
    value: String,
    lines: Vec<String>,
    /// `bad`, `ok` or nothing.
    look: &'static str,
    href: Option<String>,
}

fn needs_you(shown: &Dashboard, _: Place) -> Tile {
    let count = attention::needs_you(shown);
    Tile {
        name: t::NEEDS_YOU,
        value: number(count),
        lines: vec![if count == 0 { t::ALL_WELL.into() } else { attention::in_short(shown) }],
        look: if count == 0 { "ok" } else { "bad" },
        href: None,
    }
}

fn running(shown: &Dashboard, place: Place) -> Tile {
    let now = &shown.now;
    Tile {
        name: t::RUNNING,
        value: number(now.running),
        lines: [Some(t::under_way(now.queued, now.waiting)), t::waited(&shown.totals)].into_iter().flatten().collect(),
        look: "",
        href: Some(place.runs("status=queued,running,waiting")),
    }
}

fn runs(shown: &Dashboard, place: Place) -> Tile {
    let (now, before) = (shown.totals.counts.all(), shown.before.counts.all());
    Tile {
        name: t::RUNS,
        value: number(now),
        lines: [t::more_runs(now, before, place.window), t::retries(shown.totals.retries)].into_iter().flatten().collect(),
        look: "",
        href: Some(place.runs(&format!("ended={}-{}", shown.since.ms(), shown.until.ms()))),
    }
}

fn succeeded(shown: &Dashboard, place: Place) -> Tile {
    let counts = &shown.totals.counts;
    let (rate, before) = (counts.success_rate(), shown.before.counts.success_rate());
    Tile {
        name: t::SUCCEEDED,
        value: rate.map_or(t::NONE_ENDED.into(), t::rate),
        lines: [t::rate_change(rate, before), t::failed_of(counts)].into_iter().flatten().collect(),
        look: "",
        href: Some(place.runs(&format!("status=failed&ended={}-{}", shown.since.ms(), shown.until.ms()))),
    }
}

fn duration(shown: &Dashboard, _: Place) -> Tile {
    let p95 = shown.totals.duration.map(|of| t::ms(of.p95_ms));
    Tile {
        name: t::P95,
        value: p95.unwrap_or_else(|| t::NONE_ENDED.into()),
        lines: t::percentiles(&shown.totals).into_iter().collect(),
        look: "",
        href: None,
    }
}

#[component]
fn TileCard(tile: Signal<Tile>) -> impl IntoView {
    move || {
        let Tile { name, value, lines, look, href } = tile.get();
        let lines = lines.into_iter().map(|line| view! { <span class="small muted">{line}</span> }).collect_view();
        let body = view! {
            <span class="small muted">{name}</span>
            <b class=format!("tile-value num {look}")>{value}</b>
            {lines}
        };
        match href {
            Some(href) => view! { <A href=href attr:class="card tile-card press">{body}</A> }.into_any(),
            None => view! { <div class="card tile-card">{body}</div> }.into_any(),
        }
    }
}
