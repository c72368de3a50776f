#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::*;

fn mail(more: Value) -> Result<Mail, CallError> {
    let mut input = json!({ "to": "ada@example.com", "subject": "Hello", "text": "Hi" });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Mail::of(&input)
}

#[test]
fn addresses_as_people_write_them() {
    let to = "ada@example.com, Bob Example <bob@example.com>; \"Doe, Jane\" <jane@bücher.example>,";
    let mail = mail(json!({ "to": to, "cc": ["x@example.com", " y@example.com "], "bcc": null })).unwrap();
    let shown = |boxes: &[Mailbox]| boxes.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(shown(&mail.to)[..2], ["ada@example.com", "Bob Example <bob@example.com>"].map(String::from));
    assert_eq!(mail.to[2].name.as_deref(), Some("Doe, Jane"));
    assert_eq!(mail.to[2].email.to_string(), "jane@xn--bcher-kva.example", "as mail servers know it");
    assert_eq!(shown(&mail.cc), ["x@example.com", "y@example.com"]);
}

#[test]
fn nothing_becomes_a_header_or_a_recipient_of_its_own() {
    for (key, value) in [
        ("subject", "Hi\r\nBcc: eve@example.com"),
        ("subject", "Hi\nBcc: eve@example.com"),
        ("subject", "a\u{0}b"),
        ("subject", "a\u{b}b"),
        ("from_name", "Ada\r\nX-Evil: 1"),
        ("to", "ada@example.com\r\nBcc: eve@example.com"),
        ("to", "ada@example.com>\r\nRCPT TO:<eve@example.com"),
        ("to", "Ada\r\n <ada@example.com>"),
        ("cc", "ada@example.com\nX: y"),
        ("bcc", "a@example.com\u{0}"),
    ] {
        let error = mail(json!({ key: value })).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(format!("input.{key}").as_str()), "{value:?}: {error}");
        assert!(matches!(error.code(), "email.header" | "email.address"), "{error:?}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for odd in [
        "ada",
        "@example.com",
        "ada@",
        "ada@example",
        "ada@@example.com",
        "ada@example..com",
        "ada@exa mple.com",
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "\"a b\"@example.com",
        "<>",
        "ada@example.com>",
        "a<b@example.com",
        "ädä@example.com",
        "ada@example.com bob@example.com",
        "postmaster",
        "ada@example.com/../x",
        "ada@example.com:25",
    ] {
        let error = mail(json!({ "to": odd })).unwrap_err();
        assert_eq!(error.code(), "email.address", "{odd}");
    }
    assert_eq!(mail(json!({ "to": " , ;" })).unwrap_err().code(), "input.missing");
    assert_eq!(mail(json!({ "to": {"a": 1} })).unwrap_err().code(), "input.type");
}

#[test]
fn sizes_are_limited() {
    let many: Vec<String> = (0..=MOST_RECIPIENTS).map(|n| format!("a{n}@example.com")).collect();
    assert_eq!(mail(json!({ "to": many })).unwrap_err().code(), "input.too_large");
    assert_eq!(mail(json!({ "subject": "x".repeat(501) })).unwrap_err().code(), "input.too_large");
    assert_eq!(mail(json!({ "text": "x".repeat(MOST_BYTES + 1) })).unwrap_err().code(), "input.too_large");
    let file = json!({ "name": "a.txt", "text": "x" });
    assert_eq!(mail(json!({ "attachments": vec![file.clone(); 51] })).unwrap_err().code(), "input.too_large");
    assert_eq!(mail(json!({ "text": " " })).unwrap_err().code(), "input.missing");
    assert!(mail(json!({ "text": "", "attachments": file })).is_ok(), "a file alone is a mail");
}

#[test]
fn files_keep_their_names_only() {
    let file = json!({ "name": "../../etc/pass\r\nwd", "media_type": "text/plain\r\nX: y", "base64": "aGVsbG8=" });
    let mail = mail(json!({ "attachments": [file] })).unwrap();
    let attached = &mail.attachments[0];
    assert_eq!((attached.name.as_str(), attached.media_type.as_str()), ("passwd", "application/octet-stream"));
    assert!(!format!("{mail:?}").contains("hello"), "contents are not shown");
    assert_eq!(super::Mail::of(&json!({ "to": "a@example.com", "attachments": ["x"] })).unwrap_err().code(), "input.type");
}
