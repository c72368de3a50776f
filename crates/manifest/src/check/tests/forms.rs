//! Hosted forms, and files where there are none.

use serde_json::{Value, json};

use super::problems;

fn form(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut kind = json!({"type": "form", "title": "Sign up", "fields": [
        {"key": "email", "label": "E-mail", "kind": "email", "required": true},
        {"key": "size", "label": "Size", "kind": "choice", "choices": ["S", "L"]},
        {"key": "cv", "label": "CV", "kind": "file"},
    ]});
    change(&mut kind);
    problems(&[("/triggers/-", json!({"id": "form", "label": "Form", "kind": kind}))])
}

#[test]
fn hosted_forms() {
    assert_eq!(form(|_| {}), [""; 0]);
    assert_eq!(form(|form| form["title"] = json!("  ")), ["error form_title form title"]);
    assert_eq!(form(|form| form["fields"] = json!([])), ["error form_empty form fields"]);
    assert_eq!(form(|form| form["fields"][1]["key"] = json!("email")), ["error form_field form fields[1].key"]);
    assert_eq!(form(|form| form["fields"][0]["key"] = json!("")), ["error form_field form fields[0].key"]);
    assert_eq!(form(|form| form["fields"][0]["label"] = json!(" ")), ["error form_label form fields[0].label"]);
    for choices in [json!(["S", "S "]), json!(["S", ""])] {
        assert_eq!(form(|form| form["fields"][1]["choices"] = choices.clone()), ["error form_field form fields[1].choices"]);
    }
    assert_eq!(form(|form| form["fields"][1]["choices"] = json!([])), ["error form_field form fields[1].choices"]);
    for most in [0, 1_001] {
        assert_eq!(form(|form| form["most_per_sender"] = json!(most)), ["error form_limit form most_per_sender"]);
    }
    let many: Vec<Value> = (0..101).map(|n| json!({"key": format!("f{n}"), "label": "F", "kind": "text"})).collect();
    assert_eq!(form(|form| form["fields"] = json!(many)), ["error form_fields form fields"]);
}

#[test]
fn no_file_comes_with_a_start_by_hand() {
    for (kind, expected) in [("manual", vec!["error form_field other fields[0].kind"]), ("workflow", Vec::new())] {
        let kind = json!({"type": kind, "fields": [{"key": "cv", "label": "CV", "kind": "file"}]});
        let found = problems(&[("/triggers/-", json!({"id": "other", "label": "Other", "kind": kind}))]);
        assert_eq!(found, expected);
    }
}
