use std::time::Duration;

use leptos::prelude::*;
use model::{
    api::{CallBucket, CallsQuery, ConnectionCalls, GetConnectionCalls},
    ids::ConnectionId,
};

use crate::{
    api::call,
    charts::{Bar, Bars, Part},
    live::use_stream,
    load::{Loaded, load},
    moment::browser_zone,
    pages::settings::Section,
    text::connections as t,
    timing::throttled,
    ui::Segmented,
};

/// It is read again at most this often while runs change.
const SPACING: Duration = Duration::from_secs(5);
const WINDOWS: [&str; 3] = ["24h", "7d", "30d"];

/// How often runs called it, how often it told them to slow down, and what its limit is.
#[component]
pub fn CallsSection(id: ConnectionId) -> impl IntoView {
    let window = RwSignal::new(WINDOWS[0]);
    let loader = load(move || {
        let query = CallsQuery { window: Some(window.get().into()), zone: browser_zone() };
        async move { call::<GetConnectionCalls>((id,), &query, &model::api::Empty {}).await }
    });
    let soon = throttled(SPACING, move || loader.reload());
    use_stream().on_runs(move |_| soon());
    view! {
        <Section title=t::CALLS about=t::CALLS_ABOUT>
            <div class="calls" data-testid="calls">
                <Segmented
                    tabs=WINDOWS.map(|window| (window, window.to_owned())).to_vec()
                    selected=window
                    on_select=move |chosen| window.set(chosen)
                    label=t::CALLS_WINDOW
                />
                <Loaded loader let:calls><Shown id calls/></Loaded>
            </div>
        </Section>
    }
}

#[component]
fn Shown(id: ConnectionId, calls: Signal<ConnectionCalls>) -> impl IntoView {
    let bars = Memo::new(move |_| calls.with(|calls| calls.buckets.iter().map(|bucket| bar(id, bucket)).collect::<Vec<_>>()));
    let limited = Memo::new(move |_| calls.with(|calls| calls.limited > 0));
    view! {
        <p class="calls-sum">{move || calls.with(|calls| t::calls(calls.calls, calls.limited))}</p>
        {move || {
            let any = calls.with(|calls| calls.calls > 0);
            any.then(|| view! {
                <Bars bars label=t::CALLS/>
                <p class="chart-key">
                    <span><i class="bar-mark ok"></i>{t::ANSWERED}</span>
                    {move || limited.get().then(|| view! { <span><i class="bar-mark bad"></i>{t::TOLD_TO_WAIT}</span> })}
                </p>
            })
        }}
        <p class="ed-hint">
            {move || calls.with(|calls| match calls.budget_per_minute {
                Some(budget) => t::budget_left(calls.calls_last_minute, budget),
                None => t::NO_BUDGET.to_owned(),
            })}
        </p>
    }
}

fn bar(id: ConnectionId, bucket: &CallBucket) -> Bar {
    let part = |amount, look| Part { amount, look, href: None, label: String::new() };
    Bar {
        tick: crate::text::dashboard::tick(bucket.at),
        label: t::calls_bar(bucket),
        href: format!("/runs?connection={id}&ended={}-{}", bucket.at.ms(), bucket.until.ms()),
        parts: vec![part(bucket.limited, "bad"), part(bucket.calls.saturating_sub(bucket.limited), "ok")],
    }
}
