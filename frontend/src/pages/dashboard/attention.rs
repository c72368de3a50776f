use leptos::prelude::*;
use leptos_router::components::A;
use model::api::Dashboard;

use super::place::Place;
use crate::{
    text::dashboard as t,
    ui::{Chip, ChipTone, Glyph, Icon},
};

/// Runs may wait so long for a free worker, in milliseconds, before that counts as late.
const BACKLOG_MS: i64 = 60_000;

/// One thing to look at: a word, a sentence, and where it leads.
#[derive(Clone)]
struct Item {
    tone: ChipTone,
    word: &'static str,
    says: String,
    href: String,
}

/// What somebody has to do, what is late, what is held, what has gone quiet, what comes next.
#[component]
pub fn Attention(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let items = move || shown.with(|shown| items(shown, place.get()));
    view! {
        <section class="card dash-panel" aria-labelledby="attention">
            <header class="dash-panel-head"><h2 id="attention">{t::NOW_TITLE}</h2></header>
            <Show when=move || shown.with(is_well)>
                <p class="all-well"><Icon glyph=Glyph::Check/><span><b>{t::ALL_WELL}</b><br/>{t::ALL_WELL_ABOUT}</span></p>
            </Show>
            <ul class="attention-list">
                {move || {
                    items()
                        .into_iter()
                        .map(|item| view! {
                            <li>
                                <A href=item.href attr:class="attention-row">
                                    <Chip tone=Signal::stored(item.tone)>{item.word}</Chip>
                                    <span class="attention-says">{item.says}</span>
                                </A>
                            </li>
                        })
                        .collect_view()
                }}
            </ul>
        </section>
    }
}

/// How many things only a person can mend.
pub fn needs_you(shown: &Dashboard) -> u64 {
    let now = &shown.now;
    now.unknown + now.reconnect.len() as u64 + now.stopped + now.failed_last_hour + (shown.late.len() + now.deaf.len()) as u64
}

/// The most pressing of them.
pub fn in_short(shown: &Dashboard) -> String {
    urgent(shown, Place { window: "24h", workflow: None }).into_iter().next().map(|item| item.says).unwrap_or_default()
}

fn is_well(shown: &Dashboard) -> bool {
    needs_you(shown) == 0 && late(shown).is_empty() && held(shown, Place { window: "24h", workflow: None }).is_empty()
}

fn items(shown: &Dashboard, place: Place) -> Vec<Item> {
    let mut items = urgent(shown, place);
    items.extend(late(shown));
    items.extend(held(shown, place));
    let editor = |id: model::ids::WorkflowId| format!("/workflows/{id}");
    items.extend(shown.quiet.iter().map(|quiet| Item {
        tone: ChipTone::Warn,
        word: t::QUIET,
        says: t::quiet(&quiet.name, quiet.before, place.window),
        href: editor(quiet.workflow),
    }));
    items.extend(shown.next.iter().map(|slot| Item {
        tone: ChipTone::Quiet,
        word: t::NEXT,
        says: t::next(&slot.workflow_name, slot.at),
        href: editor(slot.workflow),
    }));
    items
}

fn urgent(shown: &Dashboard, place: Place) -> Vec<Item> {
    let now = &shown.now;
    let bad = |word, says, href| Item { tone: ChipTone::Bad, word, says, href };
    let mut items = Vec::new();
    if now.unknown > 0 {
        items.push(bad(t::UNKNOWN, t::unknown(now.unknown), place.runs("hold=unknown")));
    }
    for connection in &now.reconnect {
        items.push(bad(t::RECONNECT, t::reconnect(&connection.label), "/connections".to_owned()));
    }
    if now.for_connection > 0 {
        items.push(bad(t::RECONNECT, t::for_connection(now.for_connection), place.runs("hold=connection")));
    }
    if now.stopped > 0 {
        items.push(bad(t::STOPPED, t::stopped(now.stopped), place.runs("hold=system")));
    }
    if now.failed_last_hour > 0 {
        items.push(bad(t::FAILED, t::failed_last_hour(now.failed_last_hour), place.runs("status=failed&range=1h")));
    }
    for deaf in &now.deaf {
        let says = if deaf.failures > 0 {
            t::deaf(&deaf.workflow_name, &deaf.message)
        } else {
            t::asks(&deaf.workflow_name, deaf.waiting)
        };
        items.push(bad(t::DEAF, says, format!("/workflows/{}", deaf.workflow)));
    }
    for slot in &shown.late {
        items.push(bad(t::LATE, t::late(&slot.workflow_name, slot.at), format!("/workflows/{}", slot.workflow)));
    }
    items
}

fn late(shown: &Dashboard) -> Vec<Item> {
    let now = &shown.now;
    let late = now.backlog > 0 && now.backlog_age_ms >= BACKLOG_MS;
    let item = || Item {
        tone: ChipTone::Warn,
        word: t::LATE,
        says: t::backlog(now.backlog, now.backlog_age_ms),
        href: "/runs?status=queued".to_owned(),
    };
    late.then(item).into_iter().collect()
}

fn held(shown: &Dashboard, place: Place) -> Vec<Item> {
    let now = &shown.now;
    let item = |tone, word, says, href| Item { tone, word, says, href };
    [
        (now.held_events, item(ChipTone::Hold, t::HELD, t::held_events(now.held_events), "/events?state=held".to_owned())),
        (now.paused, item(ChipTone::Hold, t::HELD, t::paused_runs(now.paused), place.runs("hold=paused"))),
        (now.in_order, item(ChipTone::Hold, t::HELD, t::in_order(now.in_order), place.runs("hold=lane"))),
        (now.for_budget, item(ChipTone::Warn, t::LIMITED, t::for_budget(now.for_budget), place.runs("hold=budget"))),
    ]
    .into_iter()
    .filter_map(|(count, item)| (count > 0).then_some(item))
    .collect()
}
