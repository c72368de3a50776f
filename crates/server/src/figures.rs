//! The figures `/metrics` shows: their names, and every value their labels may have, so that nothing grows with what is sent.

use store::Stats;

/// One figure of `docs/operations.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
    /// Its one label and all values of it.
    pub label: Option<(&'static str, &'static [&'static str])>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Since the process began.
    Counter,
    /// At the moment, over all processes.
    Gauge,
    /// Since the process began, in buckets that are fixed.
    Histogram,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        }
    }
}

const fn counter(name: &'static str, help: &'static str, label: Option<(&'static str, &'static [&'static str])>) -> Figure {
    Figure { name, kind: Kind::Counter, help, label }
}

const fn gauge(name: &'static str, help: &'static str) -> Figure {
    Figure { name, kind: Kind::Gauge, help, label: None }
}

/// Signatures and secrets among them: `triggers::Refusal` has their codes.
const REFUSED: &[&str] = &[
    "backlog",
    "handshake",
    "incomplete",
    "late",
    "malformed",
    "no_secret",
    "origin",
    "sender",
    "signature",
    "too_large",
    "too_many",
    "undated",
    "unreadable",
    "unsigned",
    "unusable_secret",
];

/// How long runs take, and the upper ends of its buckets, in seconds.
pub const DURATIONS: &str = "patchbay_run_duration_seconds";
pub const DURATION_BUCKETS_S: &[f64] =
    &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1_800.0, 3_600.0, 86_400.0];

pub const FIGURES: &[Figure] = &[
    counter(
        "patchbay_runs_finished_total",
        "Runs that have ended, by how",
        Some(("status", &["succeeded", "filtered", "failed", "cancelled"])),
    ),
    Figure { kind: Kind::Histogram, ..counter(DURATIONS, "Seconds from the begin of a run to its end, waits included", None) },
    counter("patchbay_runs_held_total", "Runs the system has held, by why", Some(("reason", &["loop", "claims", "unreadable"]))),
    counter(
        "patchbay_deliveries_refused_total",
        "Requests to webhooks and forms that were refused, by why",
        Some(("reason", REFUSED)),
    ),
    counter("patchbay_backlog_refused_total", "Events that were refused because too many runs wait", None),
    counter(
        "patchbay_subscriptions_total",
        "Webhooks that were made at vendors, or could not be",
        Some(("outcome", &["made", "failed"])),
    ),
    counter("patchbay_sign_ins_total", "Sign-ins with a password", Some(("outcome", &["ok", "refused"]))),
    gauge("patchbay_workflows", "Workflows"),
    Figure {
        label: Some(("status", &["queued", "running", "waiting"])),
        ..gauge("patchbay_live_runs", "Runs that have not ended, by status")
    },
    gauge("patchbay_jobs_ready", "Jobs that could be taken now"),
    gauge("patchbay_jobs_waiting", "Jobs that wait for a time, a signal or a lease's end"),
    gauge("patchbay_oldest_job_ms", "Milliseconds the oldest available job has waited"),
    gauge("patchbay_held_events", "Events held while their workflow is paused"),
    gauge("patchbay_failing_polls", "Triggers whose last look at their list failed"),
    gauge("patchbay_held_polls", "Triggers that found so much at once that a person should look"),
    gauge("patchbay_open_alerts", "Alerts that are open, acknowledged or not"),
    gauge("patchbay_undelivered_alerts", "Messages about open alerts that did not go through, or were given up"),
    gauge("patchbay_database_bytes", "Size of the database"),
];

/// Shows every counter and histogram from the start on, at zero: what is not there cannot be watched. Once, after the recorder is installed.
pub fn begin() {
    for figure in FIGURES.iter().filter(|figure| figure.kind == Kind::Histogram) {
        metrics::describe_histogram!(figure.name, figure.help);
        let _registered = metrics::histogram!(figure.name);
    }
    for figure in FIGURES.iter().filter(|figure| figure.kind == Kind::Counter) {
        metrics::describe_counter!(figure.name, figure.help);
        match figure.label {
            None => metrics::counter!(figure.name).absolute(0),
            Some((label, values)) => {
                for value in values {
                    metrics::counter!(figure.name, label => *value).absolute(0);
                }
            }
        }
    }
}

/// What the database says of a gauge, by the value of its label.
pub(crate) fn gauge_values(figure: &Figure, stats: &Stats) -> Vec<(&'static str, u64)> {
    let one = |value: u64| vec![("", value)];
    match figure.name {
        "patchbay_workflows" => one(stats.workflows),
        "patchbay_live_runs" => {
            let (_, statuses) = figure.label.unwrap_or_default();
            statuses.iter().map(|status| (*status, stats.live_runs.get(*status).copied().unwrap_or(0))).collect()
        }
        "patchbay_jobs_ready" => one(stats.jobs_ready),
        "patchbay_jobs_waiting" => one(stats.jobs_waiting),
        "patchbay_oldest_job_ms" => one(stats.oldest_job_ms.unsigned_abs()),
        "patchbay_held_events" => one(stats.held_events),
        "patchbay_failing_polls" => one(stats.failing_polls),
        "patchbay_held_polls" => one(stats.held_polls),
        "patchbay_open_alerts" => one(stats.open_alerts),
        "patchbay_undelivered_alerts" => one(stats.undelivered_alerts),
        "patchbay_database_bytes" => one(stats.bytes),
        _ => Vec::new(),
    }
}
