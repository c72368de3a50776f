//! A test of one step alone sees what the step would see where it stands: the first element of the loops around it, and, in an error
//! body, an example of an error.

use std::sync::Arc;

use model::{
    definition::BodyOwner,
    ids::StepId,
    step::{ERROR_BODY, StepKind},
};
use serde_json::{Value, json};

use super::for_each;
use crate::walk::{MOST_NESTED, Walk};

/// Lets the walk see what stands around the step. False: rows have to be loaded first.
pub(super) fn stand(walk: &mut Walk<'_>, id: &StepId) -> bool {
    let ctx = walk.ctx;
    let mut around = Vec::new();
    let mut inner = id.clone();
    // A definition may contradict itself; what is deeper than it may be is not looked at.
    while around.len() <= MOST_NESTED
        && let Some((BodyOwner::Arm { step, arm }, _)) = ctx.def.position_of(&inner)
    {
        around.push((step.clone(), arm));
        inner = step;
    }
    for (owner, arm) in around.into_iter().rev() {
        let Some(step) = ctx.def.steps.get(&owner) else { continue };
        let (path, is_error_body) = (walk.path(&owner), arm.as_str() == ERROR_BODY);
        match &step.kind {
            StepKind::ForEach(each) => {
                if !walk.loaded(&path, step) {
                    return false;
                }
                // A list that cannot be had leaves the element missing: the step says so itself, if it uses it.
                let items = for_each::list(walk, each).unwrap_or_default();
                see(walk, "loop", json!({ "index": 0, "count": items.len() }));
                if let Some(first) = items.into_iter().next() {
                    see(walk, &each.item, first);
                }
            }
            StepKind::RepeatUntil(_) => see(walk, "loop", json!({ "index": 0 })),
            _ => {}
        }
        if is_error_body {
            let message = "An example of what the error says.";
            see(walk, "error", json!({ "step": null, "class": "rejected", "code": "test.example", "message": message }));
        }
    }
    true
}

fn see(walk: &mut Walk<'_>, name: &str, value: Value) {
    walk.scope.data.push_local(name, Arc::new(value));
}

#[cfg(test)]
mod tests {
    use model::run::{Datum, RunKind};
    use serde_json::{Value, json};

    use crate::{
        Next,
        fixture::{Run, workflow},
    };

    fn set(fields: Value) -> Value {
        let fields: Vec<Value> = fields
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, source)| json!({ "name": name, "value": { "expr": source } }))
            .collect();
        json!({ "type": "set", "fields": fields })
    }

    /// The output of `shape`, tested alone.
    fn alone(body: &[&str], steps: Value, event: Value, given: Vec<(&str, Value)>) -> Value {
        let kind = RunKind::Test { only: Some("shape".into()) };
        let given = given.into_iter().map(|(id, value)| (id.into(), Datum::new(value))).collect();
        let mut run = Run::of_kind(workflow(body, steps), event, kind, given);
        assert_eq!(run.decide().next, Next::Done, "{:?}", run.state.error);
        match &run.state.error {
            Some(error) => json!(error.code),
            None => run.output("shape").clone(),
        }
    }

    #[test]
    fn it_sees_the_first_element_of_the_loops_around_it() {
        let steps = json!({
            "list": { "type": "set", "fields": [] },
            "outer": { "type": "for_each", "over": { "expr": "list.orders" }, "item": "order", "body": ["inner"] },
            "inner": { "type": "for_each", "over": { "expr": "order.lines" }, "item": "line", "body": ["shape"] },
            "shape": set(json!({ "of": "order.id", "what": "line", "at": "loop.index", "count": "loop.count" })),
        });
        let orders = json!({ "orders": [{ "id": 7, "lines": ["tea", "jam"] }, { "id": 8, "lines": [] }] });
        let output = alone(&["list", "outer"], steps.clone(), json!({}), vec![("list", orders)]);
        assert_eq!(output, json!({ "of": 7, "what": "tea", "at": 0, "count": 2 }));
        // Without an element it says that it is missing, as in a run.
        for given in [vec![], vec![("list", json!({ "orders": [] }))]] {
            let said = alone(&["list", "outer"], steps.clone(), json!({}), given);
            assert!(said.as_str().is_some_and(|code| code.starts_with("expr.")), "{said}");
        }
    }

    #[test]
    fn it_sees_an_example_of_an_error_and_rounds() {
        let steps = json!({
            "try": { "type": "section", "body": ["poll"], "error_body": ["again"] },
            "poll": { "type": "set", "fields": [] },
            "again": { "type": "repeat_until", "body": ["shape"], "until": { "expr": "true" }, "max": 3 },
            "shape": set(json!({ "class": "error.class", "at": "loop.index" })),
        });
        assert_eq!(alone(&["try"], steps, json!({}), vec![]), json!({ "class": "rejected", "at": 0 }));
    }

    #[test]
    fn a_long_list_is_loaded_first() {
        let steps = json!({
            "list": { "type": "set", "fields": [] },
            "each": { "type": "for_each", "over": { "expr": "list.items" }, "item": "item", "body": ["shape"] },
            "shape": set(json!({ "v": "item" })),
        });
        let kind = RunKind::Test { only: Some("shape".into()) };
        let stored = Datum::Stored { hash: "h".into(), bytes: 9_000 };
        let mut run = Run::of_kind(workflow(&["list", "each"], steps), json!({}), kind, vec![("list".into(), stored)]);
        assert_eq!(run.decide().next, Next::Need(vec!["h".into()]));
        run.payloads.insert("h".into(), std::sync::Arc::new(json!({ "items": ["first", "second"] })));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("shape"), &json!({ "v": "first" }));
    }
}
