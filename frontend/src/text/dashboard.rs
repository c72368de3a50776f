//! The dashboard.

use model::{
    Timestamp,
    api::{DashboardBucket, DashboardTotals, RunCounts},
};

use super::{plural, quoted, time};
use crate::moment::{Style, absolute, number};

pub const TITLE: &str = "Dashboard";
pub const WINDOW: &str = "Time shown";
pub const WORKFLOW: &str = "Workflow";
pub const ALL_WORKFLOWS: &str = "All workflows";

pub const RUNS: &str = "Runs";
pub const SUCCEEDED: &str = "Succeeded";
pub const DURATION: &str = "How long runs take";
pub const RUNNING: &str = "Running now";
pub const NEEDS_YOU: &str = "Needs you";
pub const NONE_ENDED: &str = "–";

pub const RUNS_CHART: &str = "Runs by result";
pub const DURATION_CHART: &str = "Time from the event to the end of its run";
pub const MEDIAN: &str = "half are faster";
pub const P95: &str = "95 % are faster";
pub const WHEN: &str = "When";
pub const FAILED: &str = "Failed";
pub const RECOVERED: &str = "Of these recovered";
pub const FILTERED: &str = "Filtered out";
pub const CANCELLED: &str = "Cancelled";
pub const ZERO: &str = "0";

pub const NOW_TITLE: &str = "What needs attention";
pub const ALL_WELL: &str = "Nothing waits for you";
pub const ALL_WELL_ABOUT: &str = "No failure in the last hour, nothing late, nothing held.";
pub const UNKNOWN: &str = "Your word";
pub const RECONNECT: &str = "Reconnect";
pub const DEAF: &str = "Trigger";
pub const LATE: &str = "Late";
pub const HELD: &str = "Held";
pub const LIMITED: &str = "Slowed";
pub const STOPPED: &str = "Stopped";
pub const QUIET: &str = "Quiet";
pub const NEXT: &str = "Next";

pub const TOLD_TITLE: &str = "Who was told";
pub const ALL_ALERTS: &str = "All alerts";
pub const NO_ALERTS: &str = "No alert is open";
pub const NO_ALERTS_ABOUT: &str = "Where something goes wrong, this says who was told and when.";

pub fn more_alerts(shown: u32) -> String {
    format!("The newest {shown}; there are more.")
}

pub const FAILING_TITLE: &str = "Steps that fail most";
pub const SLOWEST_TITLE: &str = "Slowest steps";
pub const WORKFLOWS_TITLE: &str = "Workflows";
pub const CONNECTIONS_TITLE: &str = "Calls per connection";
pub const NO_FAILING: &str = "No step failed in this time.";
pub const NO_SLOWEST: &str = "No step called anybody in this time.";
pub const NO_WORKFLOWS: &str = "No run ended in this time.";
pub const NO_CONNECTIONS: &str = "No connection was used in this time.";

pub const EMPTY_TITLE: &str = "Nothing has run yet";
pub const EMPTY: &str = "As soon as an event reaches a workflow that is on, this page shows what runs, what failed, what is late and what waits for you.";
pub const TO_WORKFLOWS: &str = "Go to workflows";

/// `24h` as people say it.
pub fn window(name: &str) -> &'static str {
    match name {
        "1h" => "1 hour",
        "7d" => "7 days",
        "30d" => "30 days",
        "90d" => "90 days",
        _ => "24 hours",
    }
}

fn signed(amount: f64, unit: &str) -> String {
    let sign = if amount > 0.0 { "+" } else { "−" };
    format!("{sign}{:.1}{unit}", amount.abs())
}

/// "+6 % on the 24 hours before"; nothing to compare with: nothing.
#[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
pub fn more_runs(now: u64, before: u64, name: &str) -> Option<String> {
    (before > 0).then(|| {
        let change = (now as f64 / before as f64 - 1.0) * 100.0;
        if change.abs() < 0.05 {
            format!("as many as in the {} before", window(name))
        } else {
            format!("{} on the {} before", signed(change, " %"), window(name))
        }
    })
}

/// "99.61 %": never rounded up to all.
pub fn rate(rate: f64) -> String {
    let cut = (rate * 10_000.0).floor() / 100.0;
    if rate >= 1.0 { "100 %".into() } else { format!("{cut:.2} %") }
}

/// "−0.2 points": the success rate against the one before.
pub fn rate_change(now: Option<f64>, before: Option<f64>) -> Option<String> {
    let change = (now? - before?) * 100.0;
    Some(if change.abs() < 0.05 { "as before".into() } else { signed(change, " points") })
}

pub fn failed_of(counts: &RunCounts) -> Option<String> {
    (counts.failed > 0).then(|| {
        let failed = format!("{} failed", number(counts.failed));
        if counts.recovered > 0 { format!("{failed}, {} recovered", number(counts.recovered)) } else { failed }
    })
}

pub fn ms(ms: u64) -> String {
    time::span(i64::try_from(ms).unwrap_or(i64::MAX))
}

pub fn percentiles(totals: &DashboardTotals) -> Option<String> {
    totals.duration.map(|of| format!("p50 {} · p99 {}", ms(of.p50_ms), ms(of.p99_ms)))
}

pub fn waited(totals: &DashboardTotals) -> Option<String> {
    totals.queue_wait.map(|of| format!("p95 {} for a worker", ms(of.p95_ms)))
}

pub fn retries(n: u64) -> Option<String> {
    (n > 0).then(|| plural(n, "retry", "retries"))
}

/// "2 queued · 14 waiting"
pub fn under_way(queued: u64, waiting: u64) -> String {
    format!("{} queued · {} waiting", number(queued), number(waiting))
}

/// "14:00 to 15:00: 120 runs, 3 failed"
pub fn bar(bucket: &DashboardBucket) -> String {
    let counts = &bucket.counts;
    let mut text = format!("{}: {}", between(bucket.at, bucket.until), plural(counts.all(), "run", "runs"));
    for (n, what) in [(counts.failed, "failed"), (counts.filtered, "filtered out"), (counts.cancelled, "cancelled")] {
        if n > 0 {
            text.push_str(&format!(", {} {what}", number(n)));
        }
    }
    if counts.recovered > 0 {
        text.push_str(&format!(" ({} recovered)", number(counts.recovered)));
    }
    text
}

pub fn failed_bar(bucket: &DashboardBucket) -> String {
    format!("{}: {} failed", between(bucket.at, bucket.until), number(bucket.counts.failed))
}

fn between(from: Timestamp, to: Timestamp) -> String {
    format!("{} to {}", absolute(from, Style::Short), absolute(to, Style::Short))
}

pub fn tick(at: Timestamp) -> String {
    absolute(at, Style::Short)
}

pub fn line_tip(bucket: &DashboardBucket) -> String {
    match (bucket.p50_ms, bucket.p95_ms) {
        (Some(p50), Some(p95)) => {
            format!("{}: half within {}, 95 % within {}", between(bucket.at, bucket.until), ms(p50), ms(p95))
        }
        _ => format!("{}: no run ended", between(bucket.at, bucket.until)),
    }
}

pub fn lines_summary(totals: &DashboardTotals) -> String {
    match totals.duration {
        Some(of) => {
            format!("{DURATION_CHART}: half within {}, 95 % within {}. The table has each figure.", ms(of.p50_ms), ms(of.p95_ms))
        }
        None => NO_WORKFLOWS.into(),
    }
}

pub fn unknown(n: u64) -> String {
    if n == 1 {
        "1 run waits for your word: did its call happen?".into()
    } else {
        format!("{} runs wait for your word: did their calls happen?", number(n))
    }
}

pub fn reconnect(label: &str) -> String {
    format!("{} is no longer accepted by its service", quoted(label))
}

pub fn for_connection(n: u64) -> String {
    if n == 1 { "1 run waits for a connection".into() } else { format!("{} runs wait for a connection", number(n)) }
}

pub fn failed_last_hour(n: u64) -> String {
    format!("{} failed in the last hour", plural(n, "run", "runs"))
}

pub fn deaf(workflow: &str, why: &str) -> String {
    format!("{} does not hear of new events: {}", quoted(workflow), super::sentence(why))
}

pub fn asks(workflow: &str, n: u64) -> String {
    format!("{} asks whether {} should run", quoted(workflow), plural(n, "new item", "new items"))
}

pub fn backlog(n: u64, age_ms: i64) -> String {
    let waits = if n == 1 { "waits" } else { "wait" };
    format!("{} {waits} for a free worker, the first for {}", plural(n, "run", "runs"), time::span(age_ms))
}

pub fn late(name: &str, at: Timestamp) -> String {
    format!("{} was due {}, nothing has begun", quoted(name), absolute(at, Style::Short))
}

pub fn held_events(n: u64) -> String {
    format!("{} held by paused workflows", plural(n, "event is", "events are"))
}

pub fn paused_runs(n: u64) -> String {
    format!("{} until their workflow goes on", if n == 1 { "1 run waits".into() } else { format!("{} runs wait", number(n)) })
}

pub fn in_order(n: u64) -> String {
    if n == 1 {
        "1 run waits behind another of its order".into()
    } else {
        format!("{} runs wait behind others of their order", number(n))
    }
}

pub fn for_budget(n: u64) -> String {
    if n == 1 { "1 run waits for a rate limit".into() } else { format!("{} runs wait for a rate limit", number(n)) }
}

pub fn stopped(n: u64) -> String {
    format!("{} by the system", if n == 1 { "1 run is held".into() } else { format!("{} runs are held", number(n)) })
}

pub fn quiet(name: &str, before: u64, window_name: &str) -> String {
    format!(
        "{}: none in {}, {} in the {} before",
        quoted(name),
        window(window_name),
        plural(before, "run", "runs"),
        window(window_name)
    )
}

pub fn next(name: &str, at: Timestamp) -> String {
    format!("{} {}", quoted(name), absolute(at, Style::Short))
}

pub fn step(workflow: &str, label: &str, id: &str) -> String {
    format!("{} · {workflow}", if label.is_empty() { id } else { label })
}

pub fn failures(n: u64) -> String {
    format!("{} failed", number(n))
}

pub fn slow(average: u64, longest: u64) -> String {
    format!("{} on average, {} at most", ms(average), ms(longest))
}

pub fn workflow_counts(counts: &RunCounts) -> String {
    let all = plural(counts.all(), "run", "runs");
    if counts.failed > 0 { format!("{all}, {} failed", number(counts.failed)) } else { all }
}

pub fn calls(n: u64, limited: u64) -> String {
    let calls = plural(n, "call", "calls");
    if limited > 0 { format!("{calls}, {} told to wait", number(limited)) } else { calls }
}

pub fn budget(used: u64, budget: u64) -> String {
    format!("{} of {} in the last minute", number(used), number(budget))
}

#[expect(clippy::cast_precision_loss, reason = "shown, not counted with")]
pub fn bytes(n: u64) -> String {
    match n {
        ..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{:.0} kB", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.2} GB", n as f64 / 1e9),
    }
}

pub fn kept(runs: u64, run_bytes: u64) -> String {
    format!("{} kept with {} of data", plural(runs, "ended run", "ended runs"), bytes(run_bytes))
}

pub fn database(n: u64) -> String {
    format!("The database takes {}.", bytes(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_never_flattered() {
        assert_eq!(rate(1.0), "100 %");
        assert_eq!(rate(0.999_99), "99.99 %");
        assert_eq!(rate(0.0), "0.00 %");
        assert_eq!(rate_change(Some(0.990), Some(0.992)).as_deref(), Some("−0.2 points"));
        assert_eq!(rate_change(Some(0.5), None), None);
        assert_eq!(rate_change(Some(0.5), Some(0.5)).as_deref(), Some("as before"));
    }

    #[test]
    fn sizes_have_one_unit() {
        assert_eq!(
            (bytes(12), bytes(12_300), bytes(12_300_000), bytes(2_500_000_000)),
            ("12 B".into(), "12 kB".into(), "12.3 MB".into(), "2.50 GB".into())
        );
    }
}
