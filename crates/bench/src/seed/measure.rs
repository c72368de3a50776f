//! How long the store itself takes to read lists and figures, without a server around it.

use anyhow::Result;
use model::Timestamp;
use model::api::{RunsQuery, WorkflowsQuery};
use model::ids::{ConnectionId, TriggerId, WorkflowId};
use model::run::{ErrorClass, Hold};
use std::time::Instant;
use store::{DashboardSpan, Scope, Store};

const READINGS: usize = 100;
const WARM_UP: usize = 5;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Prints the 95th of a hundred readings of each, in milliseconds.
pub async fn measure(store: &Store, scope: &Scope) -> Result<()> {
    let now = store.now();
    let query = WorkflowsQuery { limit: Some(200), ..WorkflowsQuery::default() };
    let workflows = store.workflows(scope, &query).await?.items;
    let named = |name: &str| workflows.iter().find(|workflow| workflow.name == name).map(|workflow| workflow.id);
    let connections = store.connections(scope).await?;
    let wiki = connections.iter().find(|connection| connection.label == "Team wiki").map(|connection| connection.id);
    for (name, query) in queries(now, named("Order to CRM"), named("Year-end archive"), wiki) {
        let mut times = Vec::with_capacity(READINGS);
        let mut found = 0;
        for n in 0..WARM_UP + READINGS {
            let started = Instant::now();
            found = store.find_runs(scope, &query).await?.items.len();
            note(&mut times, n, started);
        }
        println!("    {name}: p95 {:.1} ms, {found} runs", p95(times));
    }
    for (name, days, step, workflow) in [
        ("dashboard, 24 hours", 1, HOUR / 4, None),
        ("dashboard, 30 days", 30, 6 * HOUR, None),
        ("dashboard, 90 days", 90, DAY, None),
        ("dashboard of a workflow, 30 days", 30, 6 * HOUR, named("Order to CRM")),
    ] {
        // As in a zone an hour away: days are made of hours.
        let first = now.ms() - days * DAY;
        let first = first - first.rem_euclid(step) + if step >= HOUR { -HOUR } else { 0 };
        let edges: Vec<Timestamp> =
            (0..).map(|n| Timestamp(first + n * step)).take_while(|edge| edge.ms() < now.ms() + step).collect();
        let span = DashboardSpan { edges, until: now, zone: "Europe/Berlin".into(), step_ms: step, workflow };
        let mut times = Vec::with_capacity(READINGS);
        let mut runs = 0;
        for n in 0..WARM_UP + READINGS {
            let started = Instant::now();
            runs = store.dashboard(scope, span.clone()).await?.totals.counts.all();
            note(&mut times, n, started);
        }
        println!("    {name}: p95 {:.1} ms, {runs} runs", p95(times));
    }
    Ok(())
}

fn note(times: &mut Vec<f64>, n: usize, started: Instant) {
    if n >= WARM_UP {
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
}

fn p95(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[READINGS * 95 / 100 - 1]
}

fn queries(
    now: Timestamp,
    common: Option<WorkflowId>,
    rare: Option<WorkflowId>,
    connection: Option<ConnectionId>,
) -> Vec<(&'static str, RunsQuery)> {
    let of = RunsQuery::default;
    let status = |status: &str| RunsQuery { status: Some(status.into()), ..of() };
    let (month_ago, week_ago) = (now.ms() - 30 * DAY, now.ms() - 7 * DAY);
    vec![
        ("first page", of()),
        ("status failed", status("failed")),
        ("status cancelled", status("cancelled")),
        ("status failed, within 30 days", RunsQuery { since: Some(month_ago), ..status("failed") }),
        ("outcome unknown", RunsQuery { hold: Some(Hold::Unknown), ..of() }),
        ("workflow", RunsQuery { workflow: common, ..of() }),
        ("rare workflow", RunsQuery { workflow: rare, ..of() }),
        ("a day a month ago", RunsQuery { since: Some(month_ago - DAY), until: Some(month_ago), ..of() }),
        ("first version", RunsQuery { workflow: common, version: Some(1), ..of() }),
        ("trigger", RunsQuery { workflow: common, trigger: Some(TriggerId::from("hook")), ..of() }),
        ("error class", RunsQuery { error_class: Some(ErrorClass::Permission), ..of() }),
        ("rare workflow and error class", RunsQuery { workflow: rare, error_class: Some(ErrorClass::TimedOut), ..of() }),
        ("took over 60 s", RunsQuery { longer_than_ms: Some(60_000), ..of() }),
        ("connection", RunsQuery { connection, ..of() }),
        ("a bar", RunsQuery { finished_since: Some(week_ago - 6 * HOUR), finished_until: Some(week_ago), ..of() }),
        (
            "failures of a bar",
            RunsQuery { finished_since: Some(week_ago - 6 * HOUR), finished_until: Some(week_ago), ..status("failed") },
        ),
    ]
}
