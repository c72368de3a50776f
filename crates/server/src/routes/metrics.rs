use std::fmt::{Display, Write};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use store::Stats;

use crate::{
    app::App,
    auth::{is_this_machine, valid_token},
    error::ApiError,
    gate,
};

/// Figures in Prometheus' text format: for this machine, for API tokens, for everybody where the configuration says so.
pub(crate) async fn metrics(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    gate::check(&app).await?;
    let (parts, _) = request.into_parts();
    let open = app.options.public_metrics || is_this_machine(&parts) || valid_token(&app, &parts.headers).await?;
    if !open {
        let message = "Metrics are for this machine and for API tokens.";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "unauthorized", message));
    }
    let mut text = app.metrics.render();
    gauges(&app.store.stats().await?, &mut text);
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

fn gauges(stats: &Stats, text: &mut String) {
    gauge(text, "patchbay_workflows", "Workflows", &[("", stats.workflows)]);
    let runs: Vec<(String, u64)> =
        stats.live_runs.iter().map(|(status, count)| (format!("{{status=\"{status}\"}}"), *count)).collect();
    gauge(text, "patchbay_live_runs", "Runs that have not ended, by status", &runs);
    gauge(text, "patchbay_jobs_ready", "Jobs that could be taken now", &[("", stats.jobs_ready)]);
    gauge(text, "patchbay_jobs_waiting", "Jobs that wait for a time, a signal or a lease's end", &[("", stats.jobs_waiting)]);
    gauge(text, "patchbay_oldest_job_ms", "Milliseconds the oldest available job has waited", &[("", stats.oldest_job_ms)]);
    gauge(text, "patchbay_held_events", "Events held while their workflow is paused", &[("", stats.held_events)]);
    gauge(text, "patchbay_failing_polls", "Triggers whose last look at their list failed", &[("", stats.failing_polls)]);
    gauge(
        text,
        "patchbay_held_polls",
        "Triggers that found so much at once that a person should look",
        &[("", stats.held_polls)],
    );
    gauge(text, "patchbay_database_bytes", "Size of the database", &[("", stats.bytes)]);
}

fn gauge<L: Display, V: Display>(text: &mut String, name: &str, help: &str, values: &[(L, V)]) {
    // Writing into a text cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stats_become_gauges() {
        let mut stats = Stats { workflows: 3, ..Stats::default() };
        stats.live_runs.insert("waiting".into(), 2);
        let mut text = String::new();
        gauges(&stats, &mut text);
        assert!(text.contains("# TYPE patchbay_workflows gauge\npatchbay_workflows 3\n"), "{text}");
        assert!(text.contains("patchbay_live_runs{status=\"waiting\"} 2\n"), "{text}");
    }
}
