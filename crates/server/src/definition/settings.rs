//! Whether limits and retention can be kept to; what the check of the definition itself tells is not told again.

use model::{
    Place, Problem, Severity, WorkflowDefinition,
    definition::{MaskedField, Settings},
};

/// Runs at once, and waiting.
const MOST_AT_ONCE: u32 = 10_000;
const MOST_WAITING: u32 = 10_000_000;
const MOST_MASKED: usize = 100;
/// A hundred years.
const MOST_DAYS: u32 = 36_525;
/// Bytes: below this the data of the first few runs would go at once.
const LEAST_BUDGET: u64 = 1024 * 1024;

pub(super) fn check(definition: &WorkflowDefinition) -> Vec<Problem> {
    let Settings { concurrency, backlog_limit, retention, masked, .. } = &definition.settings;
    let mut problems = Vec::new();
    let mut refuse = |field: &str, message: String| {
        problems.push(Problem {
            code: "definition.limit".into(),
            severity: Severity::Error,
            place: Place { field: Some(format!("settings.{field}")), ..Place::default() },
            message,
            suggestion: None,
        });
    };
    if concurrency.is_some_and(|runs| runs > MOST_AT_ONCE) {
        refuse("concurrency", format!("At most {MOST_AT_ONCE} runs at once can be kept to; leave it empty for no limit."));
    }
    if backlog_limit.is_some_and(|runs| runs > MOST_WAITING) {
        refuse("backlog_limit", format!("At most {MOST_WAITING} runs may wait to begin."));
    }
    for (field, days) in [("days", retention.days), ("failed_days", retention.failed_days)] {
        if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
            refuse(&format!("retention.{field}"), format!("Runs are kept for 1 to {MOST_DAYS} days."));
        }
    }
    if retention.most_runs == Some(0) {
        refuse("retention.most_runs", "Keep at least one run, or leave it empty for no limit.".into());
    }
    if retention.budget_bytes.is_some_and(|bytes| bytes < LEAST_BUDGET) {
        refuse("retention.budget_bytes", "Keep at least 1 MiB of data, or leave it empty for no limit.".into());
    }
    if masked.len() > MOST_MASKED {
        refuse("masked", format!("At most {MOST_MASKED} fields can be hidden."));
    }
    for (at, MaskedField { step, path }) in masked.iter().take(MOST_MASKED).enumerate() {
        let field = format!("masked.{at}");
        if masked[at].keys().is_none() {
            refuse(&field, format!("“{}” is no path to a field, such as body.customer.email.", shortened(path)));
        }
        if step.as_ref().is_some_and(|step| definition.step(step).is_none()) {
            refuse(&field, format!("The step whose field “{}” is hidden is gone; take this line out.", shortened(path)));
        }
    }
    problems
}

fn shortened(path: &str) -> String {
    path.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn fields(settings: Value) -> Vec<String> {
        let settings = serde_json::from_value(settings).expect("settings");
        let definition = WorkflowDefinition { settings, ..WorkflowDefinition::default() };
        check(&definition).into_iter().filter_map(|problem| problem.place.field).collect()
    }

    #[test]
    fn hidden_fields_lead_somewhere() {
        let masked = json!([{ "path": "body.email" }, { "path": ".." }, { "step": "gone", "path": "phone" }]);
        assert_eq!(fields(json!({ "masked": masked })), ["settings.masked.1", "settings.masked.2"]);
        let many: Vec<_> = (0..101).map(|n| json!({ "path": format!("a{n}") })).collect();
        assert_eq!(fields(json!({ "masked": many })), ["settings.masked"]);
    }

    #[test]
    fn limits_are_possible_numbers() {
        assert!(fields(json!({})).is_empty());
        assert!(fields(json!({ "concurrency": 5, "backlog_limit": 10, "retention": { "days": 1 } })).is_empty());
        assert_eq!(fields(json!({ "concurrency": 4_000_000_000_u32 })), ["settings.concurrency"]);
        let retention = json!({ "retention": { "days": 0, "failed_days": 40_000, "most_runs": 0, "budget_bytes": 5 } });
        let expected = ["days", "failed_days", "most_runs", "budget_bytes"].map(|field| format!("settings.retention.{field}"));
        assert_eq!(fields(retention), expected);
    }
}
