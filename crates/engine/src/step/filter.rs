use model::{run::Datum, step::Filter};
use serde_json::json;

use super::{At, comparisons::comparisons};
use crate::walk::{Flow, Walk};

/// Output: `{passed}`. What was compared with what stands in the step's detail.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, filter: &'a Filter) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let passed = match walk.holds(&filter.condition, "condition") {
        Ok(passed) => passed,
        Err(error) => return walk.fail(at.id, at.path, at.step, error),
    };
    let detail = json!({ "tests": comparisons(walk, &filter.condition, passed) });
    walk.finish(at.id, at.path, Datum::new(json!({ "passed": passed })), Vec::new(), Some(detail));
    if passed { Flow::Next } else { Flow::EndBody }
}

#[cfg(test)]
mod tests {
    use model::run::{RunStatus, SkipReason, StepStatus};
    use serde_json::json;

    use crate::fixture::{Run, pill, test, workflow};

    #[test]
    fn lets_pass_or_ends_the_run() {
        for (amount, passed, status) in [(json!(11), true, RunStatus::Succeeded), (json!(10), false, RunStatus::Filtered)] {
            let condition = test(pill(&["amount"]), "greater_than", json!(10));
            let steps = json!({
                "f": { "type": "filter", "condition": condition },
                "s": { "type": "set", "fields": [{ "name": "a", "value": { "literal": 1 } }] },
            });
            let mut run = Run::new(workflow(&["f", "s"], steps), json!({ "amount": amount }));
            run.decide();
            assert_eq!(run.state.status, status);
            assert_eq!(run.output("f"), &json!({ "passed": passed }));
            let detail = run.step("f").detail.as_ref().and_then(|detail| detail.inline()).map(|detail| detail["tests"].clone());
            assert_eq!(detail, Some(json!([{ "left": amount, "op": "greater_than", "right": 10, "result": passed }])));
            assert_eq!(run.state.steps.len(), if passed { 2 } else { 1 }, "what a filtered run did not reach needs no word");
        }
    }

    #[test]
    fn ends_only_its_own_arm() {
        let steps = json!({
            "b": { "type": "branch", "mode": "first", "arms": [{ "id": "x", "label": "x", "body": ["f", "inner"] }] },
            "f": { "type": "filter", "condition": { "any": [] } },
            "inner": { "type": "branch", "mode": "first", "arms": [{ "id": "y", "label": "y", "body": ["deep"] }] },
            "deep": { "type": "set", "fields": [] },
            "after": { "type": "set", "fields": [] },
        });
        let mut run = Run::new(workflow(&["b", "after"], steps), json!({}));
        run.decide();
        assert_eq!(run.state.status, RunStatus::Succeeded);
        for id in ["inner", "deep"] {
            assert_eq!(run.step(id).skipped, Some(SkipReason::Filtered), "{id}");
        }
        assert_eq!(run.step("after").status, StepStatus::Succeeded);
    }

    #[test]
    fn details_stay_small() {
        let long = "é".repeat(5000);
        let conditions: Vec<_> = (0..100).map(|_| test(pill(&["text"]), "has_value", json!(null))).collect();
        let steps = json!({ "f": { "type": "filter", "condition": { "all": conditions } } });
        let mut run = Run::new(workflow(&["f"], steps), json!({ "text": long }));
        run.decide();
        let detail = run.step("f").detail.as_ref().and_then(|detail| detail.inline()).map(|d| d.to_string()).unwrap_or_default();
        assert!(detail.len() < 8_000, "{} bytes", detail.len());
        assert!(detail.contains('…') && detail.contains("\"result\":true"));
    }

    #[test]
    fn a_condition_that_cannot_be_read_fails_the_step() {
        let steps = json!({ "f": { "type": "filter", "condition": { "expr": "1 +" } } });
        let mut run = Run::new(workflow(&["f"], steps), json!({}));
        run.decide();
        let error = run.step("f").error.clone();
        assert_eq!(error.map(|e| (e.code, e.field)), Some(("expr.syntax".into(), Some("condition".into()))));
        assert_eq!(run.state.status, RunStatus::Failed);
    }
}
