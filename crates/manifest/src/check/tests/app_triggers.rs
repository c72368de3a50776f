//! Triggers of connectors.

use model::ids::ConnectionId;
use serde_json::{Value, json};

use super::problems;

/// Google Sheets' new row, with these changes to a sound trigger.
fn row(more: Value) -> Vec<String> {
    let mut kind = json!({
        "type": "app", "connector": "google_sheets", "version": 1, "trigger": "new_row", "connection": ConnectionId(7),
        "input": { "spreadsheet": { "literal": "1AbC" }, "sheet": { "literal": "Sheet1" } },
    });
    for (key, value) in more.as_object().expect("changes") {
        match value {
            Value::Null => drop(kind.as_object_mut().expect("a kind").remove(key)),
            value => kind[key] = value.clone(),
        }
    }
    problems(&[("/triggers/", json!({ "id": "rows", "label": "Rows", "kind": kind }))])
}

fn with_input(key: &str, value: Value) -> Vec<String> {
    let mut input = json!({ "spreadsheet": { "literal": "1AbC" }, "sheet": { "literal": "Sheet1" } });
    input[key] = value;
    row(json!({ "input": input }))
}

#[test]
fn a_trigger_is_checked_like_a_step() {
    assert_eq!(row(json!({})), [""; 0]);
    assert_eq!(row(json!({ "connector": "google_sheet" })), ["error unknown_connector rows connector"]);
    assert_eq!(row(json!({ "trigger": "new_rows" })), ["error unknown_trigger rows trigger"]);
    assert_eq!(row(json!({ "version": 0 })), ["error connector_version rows version"]);
    assert_eq!(row(json!({ "connection": null })), ["error no_connection rows connection"]);
    assert_eq!(with_input("spreadsheet", json!({ "literal": " " })), ["error required rows input.spreadsheet"]);
    assert_eq!(with_input("spreadsheat", json!({ "literal": "x" })), ["error unknown_field rows input.spreadsheat"]);
    assert_eq!(with_input("key_column", json!({ "literal": "AA" })), ["error field_value rows input.key_column"]);
}

#[test]
fn its_values_refer_to_nothing() {
    for value in [
        json!({ "expr": "event.body.id" }),
        json!({ "expr": "vars.sheet" }),
        json!({ "template": [{ "text": "a" }, { "expr": "event.id" }] }),
        json!({ "list": [{ "expr": "run.id" }] }),
    ] {
        assert_eq!(with_input("sheet", value.clone())[..1], ["error reference_in_trigger rows input.sheet"], "{value}");
    }
    assert_eq!(with_input("sheet", json!({ "template": [{ "text": "Sheet1" }] })), [""; 0]);
}

#[test]
fn it_looks_as_often_as_the_service_allows() {
    for every_s in [60, 900, 86_400] {
        assert_eq!(row(json!({ "every_s": every_s })), [""; 0], "{every_s}");
    }
    for every_s in [0, 59, 86_401] {
        assert_eq!(row(json!({ "every_s": every_s })), ["error poll_pause rows every_s"], "{every_s}");
    }
    let key = json!({ "id": "rows", "label": "Rows", "dedupe": { "key": { "expr": "event.body.A" } }, "kind": {
        "type": "app", "connector": "google_sheets", "version": 1, "trigger": "new_row", "connection": ConnectionId(7),
        "input": { "spreadsheet": { "literal": "1AbC" }, "sheet": { "literal": "Sheet1" } },
    } });
    assert_eq!(problems(&[("/triggers/", key)]), ["warning needless_key rows dedupe"]);
}
