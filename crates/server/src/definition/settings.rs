//! Whether a workflow's settings can be kept to.

use model::{Place, Problem, Severity, WorkflowDefinition, definition::Settings};

/// Runs at once, begun per minute, and waiting.
const MOST_AT_ONCE: u32 = 10_000;
const MOST_PER_MINUTE: u32 = 100_000;
const MOST_WAITING: u32 = 10_000_000;
/// A hundred years.
const MOST_DAYS: u32 = 36_525;

pub(super) fn check(definition: &WorkflowDefinition) -> Vec<Problem> {
    let Settings { concurrency, priority, max_per_minute, backlog_limit, retention, .. } = &definition.settings;
    let mut problems = order_key(definition);
    let mut within = |field: &str, value: Option<u64>, least: u64, most: u64, what: &str| {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            problems.push(problem(field, "limit", format!("{what}: choose {least} to {most}.")));
        }
    };
    // 0 is told by the check of the definition itself.
    within("concurrency", concurrency.filter(|n| *n > 0).map(u64::from), 1, MOST_AT_ONCE.into(), "Runs at once");
    within("max_per_minute", max_per_minute.map(u64::from), 1, MOST_PER_MINUTE.into(), "Runs begun per minute");
    within("backlog_limit", backlog_limit.map(u64::from), 1, MOST_WAITING.into(), "Runs that may wait to begin");
    within("retention.days", retention.days.map(u64::from), 1, MOST_DAYS.into(), "Days runs are kept");
    within("retention.failed_days", retention.failed_days.map(u64::from), 1, MOST_DAYS.into(), "Days failed runs are kept");
    within("retention.most_runs", retention.most_runs, 1, u64::MAX, "Runs that are kept");
    within("retention.budget_bytes", retention.budget_bytes, 1024 * 1024, u64::MAX, "Bytes for the data of ended runs");
    if !(-10..=10).contains(priority) {
        problems.push(problem("priority", "limit", "The priority is a number from -10 to 10.".into()));
    }
    problems
}

/// It is evaluated when an event arrives: no step has run then.
fn order_key(definition: &WorkflowDefinition) -> Vec<Problem> {
    let Some(key) = &definition.settings.order_key else { return Vec::new() };
    let mut problems: Vec<Problem> =
        expr::check_syntax(key).into_iter().map(|error| problem("order_key", "expression", error.message)).collect();
    for reference in expr::references(key, &definition.names()) {
        if !matches!(reference.source, expr::Source::Event | expr::Source::Var) {
            let raw = &reference.raw;
            let message =
                format!("`{raw}` is not there yet when an event arrives; the order key can use `event` and `vars` only.");
            problems.push(problem("order_key", "reference_in_trigger", message));
        }
    }
    problems
}

fn problem(field: &str, code: &str, message: String) -> Problem {
    Problem {
        code: format!("definition.{code}"),
        severity: Severity::Error,
        place: Place { field: Some(format!("settings.{field}")), ..Place::default() },
        message,
        suggestion: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(settings: Value) -> Vec<String> {
        let definition =
            WorkflowDefinition { settings: serde_json::from_value(settings).expect("settings"), ..WorkflowDefinition::default() };
        check(&definition).into_iter().filter_map(|problem| problem.place.field).collect()
    }

    #[test]
    fn limits_are_possible_numbers() {
        assert!(fields(json!({})).is_empty());
        assert!(fields(json!({ "concurrency": 5, "priority": -10, "max_per_minute": 60, "backlog_limit": 10 })).is_empty());
        assert_eq!(fields(json!({ "max_per_minute": 0 })), ["settings.max_per_minute"]);
        assert_eq!(fields(json!({ "backlog_limit": 0, "priority": 11 })), ["settings.backlog_limit", "settings.priority"]);
        assert_eq!(
            fields(json!({ "retention": { "days": 0, "budget_bytes": 5 } })),
            ["settings.retention.days", "settings.retention.budget_bytes"]
        );
    }

    #[test]
    fn an_order_key_sees_the_event_only() {
        assert!(fields(json!({ "order_key": { "expr": "event.body.customer" } })).is_empty());
        assert_eq!(fields(json!({ "order_key": { "expr": "ask.body.customer" } })), ["settings.order_key"]);
        assert_eq!(fields(json!({ "order_key": { "expr": "event.body.(" } })), ["settings.order_key"]);
    }
}
