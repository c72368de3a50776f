//! What is open and who was told of it, so that nobody has to wonder whether somebody knows.

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::components::A;
use model::api::{Alert, AlertsQuery, Empty, ListAlerts, Urgency};

use super::place::Place;
use crate::{
    api::call,
    live::use_stream,
    load::{Loaded, load},
    pages::alerts::{ToldLines, glyph_of, page_of},
    text::{alerts, dashboard as t},
    timing::{every, throttled},
    ui::{Chip, ChipTone, Glyph, Icon, TimeAgo},
};

/// Alerts shown; more are told as more.
const MOST: u32 = 5;

/// The open alerts, newest first, with who was told and when.
#[component]
pub fn WhoWasTold(place: Memo<Place>) -> impl IntoView {
    let workflow = Memo::new(move |_| place.get().workflow);
    let loader = load(move || {
        let query = AlertsQuery { open: Some(true), workflow: workflow.get(), limit: Some(MOST), ..AlertsQuery::default() };
        async move { call::<ListAlerts>((), &query, &Empty {}).await }
    });
    let stream = use_stream();
    stream.on_reread(move || loader.reload());
    // Alerts follow runs within seconds, and messages follow alerts.
    let read = throttled(Duration::from_secs(5), move || loader.reload());
    stream.on_runs(move |_| read());
    every(Duration::from_secs(10), move || loader.reload());
    view! {
        <section class="card dash-panel" aria-labelledby="who-was-told">
            <header class="dash-panel-head">
                <h2 id="who-was-told">{t::TOLD_TITLE}</h2>
                <span class="grow"></span>
                <A href="/alerts" attr:class="link small">{t::ALL_ALERTS}</A>
            </header>
            <Loaded loader let:rows>
                {move || {
                    let rows = rows.get();
                    if rows.items.is_empty() {
                        return view! {
                            <p class="all-well"><Icon glyph=Glyph::Check/><span><b>{t::NO_ALERTS}</b><br/>{t::NO_ALERTS_ABOUT}</span></p>
                        }
                        .into_any();
                    }
                    view! {
                        <ul class="told-list">{rows.items.into_iter().map(|alert| view! { <Open alert/> }).collect_view()}</ul>
                        {rows.next.map(|_| view! { <p class="dash-panel-none small muted">{t::more_alerts(MOST)}</p> })}
                    }
                    .into_any()
                }}
            </Loaded>
        </section>
    }
}

#[component]
fn Open(alert: Alert) -> impl IntoView {
    let tone = match alert.urgency {
        Urgency::Urgent => ChipTone::Bad,
        Urgency::Notice => ChipTone::Warn,
    };
    let title = alert.title.clone();
    view! {
        <li class="told-row">
            <div class="told-top">
                <Chip tone=Signal::stored(tone) glyph=Signal::stored(Some(glyph_of(alert.kind)))>{alerts::kind(alert.kind)}</Chip>
                {match page_of(&alert) {
                    Some(href) => view! { <A href attr:class="told-title">{title}</A> }.into_any(),
                    None => view! { <span class="told-title">{title}</span> }.into_any(),
                }}
                <span class="grow"></span>
                <span class="small muted">{alerts::SINCE} " " <TimeAgo at=alert.opened_at/></span>
            </div>
            <ul class="alert-told small">
                <ToldLines told=alert.told/>
                {alert.acknowledged_by.as_deref().map(|by| view! {
                    <li><Icon glyph=Glyph::Person/><span>{alerts::acknowledged(by)}</span></li>
                })}
            </ul>
        </li>
    }
}
