use model::{Timestamp, definition::MaskedField, ids::StepPath, run::StepError};
use serde_json::json;

use super::*;

fn masking(fields: &[(Option<&str>, &str)]) -> Masking {
    let masked = fields.iter().map(|(step, path)| MaskedField { step: step.map(StepId::from), path: (*path).to_owned() });
    Masking::of(&Settings { masked: masked.collect(), ..Settings::default() }).expect("fields")
}

#[test]
fn nothing_is_masked_where_nothing_is_said() {
    assert!(Masking::of(&Settings::default()).is_none());
    let broken = Settings { masked: vec![MaskedField { step: None, path: "..".into() }], ..Settings::default() };
    assert!(Masking::of(&broken).is_none());
}

#[test]
fn a_field_and_whatever_says_the_same_is_masked() {
    let mut of = masking(&[(None, "body.email")]);
    let mut event = json!({ "body": { "email": "Ada.L@example.com", "copy": "ada.l@EXAMPLE.com", "n": 7 } });
    assert!(of.event(&mut event));
    assert_eq!(event, json!({ "body": { "email": MASK, "copy": MASK, "n": 7 } }));
    let mut request = json!({
        "url": "https://x.test/people/Ada.L%40example.com?q=ada.l@example.com",
        "body": "{\"to\":\"Ada.L@example.com\"}",
        "by": { "ada.l@example.com": true },
    });
    assert!(of.value(&mut request));
    assert!(!request.to_string().to_lowercase().contains("ada"), "{request}");
    assert!(!of.event(&mut event), "what is masked stays as it is");
}

#[test]
fn lists_objects_and_any_key_are_meant_as_a_whole() {
    let mut of = masking(&[(None, "body.people.name"), (None, "body.card"), (None, "headers.*")]);
    let mut event = json!({
        "body": { "people": [{ "name": "Grace" }, { "name": "Alan", "age": 41 }], "card": { "cvc": 123, "no": "4111 1111" } },
        "headers": { "x-a": "secret-1", "x-b": true },
    });
    of.event(&mut event);
    let people = json!([{ "name": MASK }, { "name": MASK, "age": 41 }]);
    assert_eq!(event, json!({ "body": { "people": people, "card": MASK }, "headers": { "x-a": MASK, "x-b": MASK } }));
    assert_eq!(of.text("Grace and Alan paid with 4111 1111").as_deref(), Some("•••••• and •••••• paid with ••••••"));
    let mut short = json!([123, "123", "41123", true]);
    assert!(of.value(&mut short));
    assert_eq!(short, json!([MASK, MASK, "41123", true]), "a short one only where it stands alone");
}

#[test]
fn hostile_values_are_text_like_any_other() {
    for value in ["<img src=x onerror=alert(1)>", "a\"b\\c{{ d }}", "\u{202e}drowssap", ".*+?$^", &"x".repeat(10_000)] {
        let mut of = masking(&[(None, "body.v")]);
        let mut event = json!({ "body": { "v": value, "w": format!("before {value} after") } });
        of.event(&mut event);
        assert_eq!(event, json!({ "body": { "v": MASK, "w": "before •••••• after" } }));
        let mut raw = json!(json!({ "v": value }).to_string());
        of.value(&mut raw);
        assert_eq!(raw, json!(format!("{{\"v\":\"{MASK}\"}}")), "inside JSON text");
    }
}

#[test]
fn more_values_than_can_be_followed_hide_everything() {
    let mut of = masking(&[(None, "body")]);
    let mut event = json!({ "body": (0..6_000).collect::<Vec<_>>() });
    of.event(&mut event);
    assert_eq!(event, json!(MASK));
    assert_eq!(of.text("anything").as_deref(), Some(MASK));
}

#[test]
fn facts_lose_their_values_words_and_answers() {
    let mut of = masking(&[(None, "body.email"), (Some("find"), "phone")]);
    of.learn_event(&json!({ "body": { "email": "ada@example.com" } }));
    let path = StepPath::from("find");
    let mut finished = RunEventKind::StepFinished {
        path: path.clone(),
        output: json!({ "phone": "+49 30 1", "id": 5 }).into(),
        notes: Vec::new(),
        detail: None,
    };
    of.learn_fact(&finished);
    assert!(of.fact(&mut finished));
    let RunEventKind::StepFinished { output, .. } = &finished else { unreachable!() };
    assert_eq!(output.inline().map(|value| (**value).clone()), Some(json!({ "phone": MASK, "id": 5 })));
    let mut answered = RunEventKind::AttemptSucceeded { path: path.clone(), n: 1, response: Some(json!({ "raw": 1 }).into()) };
    assert!(of.fact(&mut answered));
    assert!(matches!(answered, RunEventKind::AttemptSucceeded { response: Some(Datum::Inline(value)), .. } if *value == MASK));
    let error = StepError::new(model::run::ErrorClass::Rejected, "http.status", "ada@example.com is a member; call +49 30 1");
    let mut failed = RunEventKind::StepFailed { path: "send".into(), error, continued: false };
    assert!(of.fact(&mut failed));
    assert!(matches!(&failed, RunEventKind::StepFailed { error, .. } if error.message == "•••••• is a member; call ••••••"));
    let mut waiting = RunEventKind::StepWaiting { path, until: Some(Timestamp(1)) };
    assert!(!of.fact(&mut waiting));
}

#[test]
fn what_was_masked_is_recognised() {
    assert!(is_masked(&json!({ "a": [{ "b": format!("x {MASK}") }] })));
    assert!(!is_masked(&json!({ "a": ["•••", 1, null] })));
}

#[test]
fn what_is_in_a_masked_file_is_not_shown_where_it_was_sent() {
    let file = json!({ "name": "x.pdf", "media_type": "application/pdf", "bytes": 3, "sha256": "ab".repeat(32) });
    let request = json!({
        "headers": [["content-type", "multipart/form-data"]],
        "body": { "base64": "c2VjcmV0" },
        "origin": { "input": { "attachments": [{ "name": "x.pdf", "media_type": "application/pdf", "base64": "c2VjcmV0" }], "text": "Hello" } },
    });
    let sent = |mut of: Masking| {
        of.learn_event(&json!({ "body": { "cv": file, "email": "ada@example.com" } }));
        let mut request = request.clone();
        (of.value(&mut request), request)
    };
    let (changed, masked) = sent(masking(&[(None, "body.cv")]));
    assert!(changed && !masked.to_string().contains("c2VjcmV0"), "{masked}");
    assert_eq!(masked["origin"]["input"]["text"], "Hello", "what is no file stays");
    assert_eq!(sent(masking(&[(None, "body.email")])), (false, request.clone()), "another field's mask leaves files alone");
}
