//! The four kinds of step that work on data: each case is a kind and the problems it makes.

use model::WorkflowDefinition;
use serde_json::{Value, json};

use super::check;
use crate::builtin;

fn problems(kind: &Value) -> Vec<String> {
    let def = json!({
        "schema": 1,
        "triggers": [{ "id": "hook", "label": "Webhook", "kind": { "type": "webhook" } }],
        "steps": { "s": { "slug": "s", "label": "S", "kind": kind } },
        "body": ["s"],
    });
    let def: WorkflowDefinition = serde_json::from_value(def).unwrap_or_else(|error| panic!("{kind}: {error}"));
    let shown = |problem: &model::Problem| {
        let code = problem.code.strip_prefix("definition.").unwrap_or_default();
        format!("{:?} {code} {}", problem.severity, problem.place.field.as_deref().unwrap_or_default()).to_lowercase()
    };
    check(&def, builtin()).iter().map(shown).collect()
}

fn assert_cases(cases: &[(Value, &[&str])]) {
    for (kind, expected) in cases {
        assert_eq!(&problems(kind), expected, "{kind}");
    }
}

#[test]
fn code() {
    let code = |source: &str| json!({ "type": "code", "source": source, "input": { "a": { "expr": "event.body" } } });
    assert_cases(&[
        (code("return input.a"), &[]),
        (code(" \n"), &["error required source"]),
        (code(&format!("return 1;{}", " ".repeat(64 * 1024))), &["error code_too_long source"]),
        (code("const returned = 1"), &["warning code_return source"]),
        (json!({ "type": "code", "source": "return 1", "input": { " ": { "literal": 1 } } }), &["error field_name input"]),
        (
            json!({ "type": "code", "source": "return 1", "input": { "a": { "expr": "nowhere.b" } } }),
            &["error unknown_reference input.a"],
        ),
    ]);
}

#[test]
fn transform() {
    let step = |operations: Value| json!({ "type": "transform", "input": { "expr": "event.body" }, "operations": operations });
    let with = |op: &str, with: Value| step(json!([{ "op": "trim" }, { "op": op, "with": with }]));
    assert_cases(&[
        (with("case", json!({ "to": { "literal": "upper" } })), &[]),
        (with("case", json!({ "to": { "expr": "event.body.case" } })), &[]),
        (with("case", json!({ "to": { "literal": "uper" } })), &["error operation_argument operations.1.to"]),
        (with("case", json!({})), &["error operation_argument operations.1.to"]),
        (with("case", json!({ "to": "null" })), &["error operation_argument operations.1.to"]),
        (with("case", json!({ "to": "omit" })), &["error operation_argument operations.1.to"]),
        (with("default", json!({ "value": "null" })), &[]),
        (with("cases", json!({})), &["error unknown_operation operations.1"]),
        (with("round", json!({ "decimals": { "literal": 13 } })), &["error operation_argument operations.1.decimals"]),
        (with("round", json!({ "places": { "literal": 1 } })), &["error operation_argument operations.1.places"]),
        (step(json!([])), &["warning no_operations operations"]),
        (step(json!(vec![json!({ "op": "trim" }); 51])), &["error too_many_operations operations"]),
        (json!({ "type": "transform", "input": "omit", "operations": [{ "op": "trim" }] }), &["error required input"]),
    ]);
}

#[test]
fn an_unknown_operation_comes_with_the_one_that_was_meant() {
    let def = json!({
        "schema": 1,
        "triggers": [{ "id": "hook", "label": "Webhook", "kind": { "type": "webhook" } }],
        "steps": { "s": { "slug": "s", "label": "S", "kind": { "type": "transform", "input": { "literal": 1 }, "operations": [{ "op": "csv_prase" }] } } },
        "body": ["s"],
    });
    let def: WorkflowDefinition = serde_json::from_value(def).expect("a definition");
    let problems = check(&def, builtin());
    assert_eq!(problems[0].suggestion.as_deref(), Some("csv_parse"));
    assert_eq!(problems[0].message, "There is no operation `csv_prase`; did you mean `csv_parse`?");
}

#[test]
fn lookup() {
    let row = |from: &str| json!({ "from": from, "to": { "literal": 1 } });
    let step =
        |rows: Value, loose: bool| json!({ "type": "lookup", "value": { "expr": "event.body.a" }, "rows": rows, "loose": loose });
    let many: Vec<Value> = (0..2_001).map(|n| row(&n.to_string())).collect();
    assert_cases(&[
        (step(json!([row("a"), row("A"), row("")]), false), &[]),
        (step(json!([row("a"), row(" A ")]), true), &["error repeated_row rows[1].from"]),
        (step(json!([row("a"), row("b"), row("a")]), false), &["error repeated_row rows[2].from"]),
        (step(json!([]), false), &["error no_rows rows"]),
        (step(json!(many), false), &["error too_many_rows rows"]),
        (json!({ "type": "lookup", "value": { "literal": "" }, "rows": [row("a")] }), &["error required value"]),
    ]);
}

#[test]
fn store() {
    let step = |key: Value, op: Value| json!({ "type": "store", "key": key, "op": op });
    let get = || json!({ "type": "get" });
    let set = |value: Value| step(json!({ "literal": "k" }), json!({ "type": "set", "value": value }));
    let add = |by: Value| step(json!({ "literal": "k" }), json!({ "type": "increment", "by": by }));
    assert_cases(&[
        (step(json!({ "literal": "k" }), get()), &[]),
        (step(json!({ "expr": "event.body.k" }), get()), &[]),
        (step(json!({ "literal": " " }), get()), &["error required key"]),
        (step(json!("omit"), get()), &["error required key"]),
        (step(json!({ "literal": "k".repeat(201) }), get()), &["error store_key key"]),
        (step(json!({ "literal": "a\nb" }), get()), &["error store_key key"]),
        (step(json!({ "literal": ["a"] }), get()), &["error store_key key"]),
        (step(json!({ "literal": 7 }), get()), &[]),
        (step(json!({ "literal": "" }), json!({ "type": "list" })), &[]),
        (step(json!({ "literal": "" }), json!({ "type": "list", "limit": 0 })), &["error store_limit limit"]),
        (step(json!({ "literal": "" }), json!({ "type": "list", "limit": 1_001 })), &["error store_limit limit"]),
        (set(json!("null")), &[]),
        (set(json!("omit")), &["error required value"]),
        (set(json!({ "literal": "x".repeat(256 * 1024) })), &["error store_value value"]),
        (add(json!({ "literal": 2 })), &[]),
        (add(json!({ "literal": "2" })), &[]),
        (add(json!({ "literal": "two" })), &["error store_number by"]),
        (add(json!("null")), &["error store_number by"]),
        (step(json!({ "literal": "k" }), json!({ "type": "increment" })), &[]),
        (
            step(json!({ "literal": "k" }), json!({ "type": "compare_and_set", "expected": "omit", "value": { "literal": 1 } })),
            &[],
        ),
    ]);
}
