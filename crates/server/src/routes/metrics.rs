use std::fmt::Write;

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
    figures::{FIGURES, Kind, gauge_values},
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
    for figure in FIGURES.iter().filter(|figure| figure.kind == Kind::Gauge) {
        // Writing into a text cannot fail.
        let _ = writeln!(text, "# HELP {} {}\n# TYPE {} gauge", figure.name, figure.help, figure.name);
        for (value, count) in gauge_values(figure, stats) {
            let label = figure.label.map(|(label, _)| format!("{{{label}=\"{value}\"}}")).unwrap_or_default();
            let _ = writeln!(text, "{}{label} {count}", figure.name);
        }
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
        for figure in FIGURES.iter().filter(|figure| figure.kind == Kind::Gauge) {
            assert!(!gauge_values(figure, &stats).is_empty(), "{} has a value", figure.name);
        }
    }
}
