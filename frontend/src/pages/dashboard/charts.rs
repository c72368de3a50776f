use leptos::prelude::*;
use model::{
    api::{Dashboard, DashboardBucket},
    run::RunStatus,
};

use super::place::Place;
use crate::{
    charts::{Bar, Bars, ChartPanel, Line, Lines, Part, TableRow},
    moment::number,
    text::dashboard as t,
};

/// How many runs ended when, and how.
#[component]
pub fn RunsChart(shown: Signal<Dashboard>, place: Memo<Place>) -> impl IntoView {
    let bars = Memo::new(move |_| {
        let place = place.get();
        shown.with(|shown| shown.buckets.iter().map(|bucket| bar(bucket, place)).collect::<Vec<_>>())
    });
    let rows = Memo::new(move |_| shown.with(|shown| shown.buckets.iter().map(counts_row).collect::<Vec<_>>()));
    let columns = vec![t::WHEN, t::SUCCEEDED, t::FAILED, t::RECOVERED, t::FILTERED, t::CANCELLED];
    view! {
        <ChartPanel title=t::RUNS_CHART.to_owned() columns rows>
            <Bars bars label=t::RUNS_CHART/>
            <p class="chart-key">
                <span><i class="bar-mark ok"></i>{t::SUCCEEDED}</span>
                <span><i class="bar-mark bad"></i>{t::FAILED}</span>
                <span><i class="bar-mark mended"></i>{t::RECOVERED}</span>
                <span><i class="bar-mark quiet"></i>{t::FILTERED}</span>
            </p>
        </ChartPanel>
    }
}

fn bar(bucket: &DashboardBucket, place: Place) -> Bar {
    let counts = &bucket.counts;
    let part = |amount, look| Part { amount, look, href: None, label: String::new() };
    let failed = Part {
        amount: counts.failed.saturating_sub(counts.recovered),
        look: "bad",
        href: Some(place.runs_in(bucket, Some(RunStatus::Failed))),
        label: t::failed_bar(bucket),
    };
    Bar {
        tick: t::tick(bucket.at),
        label: t::bar(bucket),
        href: place.runs_in(bucket, None),
        parts: vec![
            failed,
            part(counts.recovered, "mended"),
            part(counts.succeeded, "ok"),
            part(counts.filtered + counts.cancelled, "quiet"),
        ],
    }
}

fn counts_row(bucket: &DashboardBucket) -> TableRow {
    let counts = &bucket.counts;
    let cells = [counts.succeeded, counts.failed, counts.recovered, counts.filtered, counts.cancelled];
    TableRow { name: t::tick(bucket.at), cells: cells.map(number).to_vec() }
}

/// How long runs took.
#[component]
pub fn DurationChart(shown: Signal<Dashboard>) -> impl IntoView {
    let lines = Memo::new(move |_| {
        shown.with(|shown| {
            let line = |name: &str, look, read: fn(&DashboardBucket) -> Option<u64>| Line {
                name: name.to_owned(),
                look,
                values: shown.buckets.iter().map(read).collect(),
            };
            vec![line(t::P95, "warn", |bucket| bucket.p95_ms), line(t::MEDIAN, "run", |bucket| bucket.p50_ms)]
        })
    });
    let texts = move |read: fn(&DashboardBucket) -> String| {
        Memo::new(move |_| shown.with(|shown| shown.buckets.iter().map(read).collect::<Vec<_>>()))
    };
    let rows = Memo::new(move |_| shown.with(|shown| shown.buckets.iter().map(duration_row).collect::<Vec<_>>()));
    let ticks = texts(|bucket| t::tick(bucket.at));
    let tips = texts(t::line_tip);
    let summary = Memo::new(move |_| shown.with(|shown| t::lines_summary(&shown.totals)));
    view! {
        <ChartPanel title=t::DURATION.to_owned() columns=vec![t::WHEN, t::MEDIAN, t::P95] rows>
            <Lines lines ticks tips format=t::ms summary/>
        </ChartPanel>
    }
}

fn duration_row(bucket: &DashboardBucket) -> TableRow {
    let cell = |ms: Option<u64>| ms.map_or(t::NONE_ENDED.into(), t::ms);
    TableRow { name: t::tick(bucket.at), cells: vec![cell(bucket.p50_ms), cell(bucket.p95_ms)] }
}
