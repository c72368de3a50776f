#![allow(clippy::unwrap_used)]

use bytes::Bytes;

use super::*;

const PAGE: &str = "00112233445566778899aabbccddeeff";

fn field(kind: FormFieldKind, required: bool) -> FormField {
    let choices = vec!["small".into(), " large ".into()];
    FormField { key: "x".into(), label: "X".into(), kind, required, default: None, choices, help: String::new() }
}

fn form(field: FormField) -> FormTrigger {
    FormTrigger { fields: vec![field], ..FormTrigger::default() }
}

fn text(name: &str, text: &str) -> (String, Part) {
    (name.into(), Part::Text(text.into()))
}

fn upload(name: &str, bytes: impl Into<Bytes>) -> (String, Part) {
    ("field.x".into(), Part::File(Upload { name: name.into(), media_type: "text/plain".into(), bytes: bytes.into() }))
}

fn sent(field: FormField, parts: Parts) -> Result<Value, String> {
    let parts = parts.into_iter().chain([text(TOKEN, PAGE), text(TRAP, "")]).collect();
    match fill(&form(field), parts) {
        Ok(filled) => Ok(filled.body),
        Err(mistakes) => Err(mistakes.fields.get("x").cloned().or(mistakes.whole).unwrap()),
    }
}

#[test]
fn values_have_the_kinds_of_their_fields() {
    use FormFieldKind::*;
    for (kind, typed, value) in [
        (Text, "  Ada ", json!("Ada")),
        (LongText, "one\r\ntwo\n", json!("one\ntwo")),
        (Number, "12", json!(12)),
        (Number, "-0.5", json!(-0.5)),
        (Number, "+3.25", json!(3.25)),
        (Number, "9007199254740993", json!(9007199254740993_i64)),
        (Switch, "yes", json!(true)),
        (Choice, "small", json!("small")),
        (Choice, "large", json!("large")),
        (Date, "2026-02-28", json!("2026-02-28")),
        (Email, "ada+forms@example.co.uk", json!("ada+forms@example.co.uk")),
        (Email, "ada@bücher.example", json!("ada@bücher.example")),
    ] {
        assert_eq!(sent(field(kind, true), vec![text("field.x", typed)]).unwrap(), json!({ "x": value }), "{kind:?} {typed}");
    }
    assert_eq!(sent(field(Text, false), vec![text("field.x", " ")]).unwrap(), json!({}), "what is left empty is absent");
    assert_eq!(sent(field(Switch, false), vec![]).unwrap(), json!({ "x": false }));
}

#[test]
fn hostile_values_are_refused_in_words() {
    use FormFieldKind::*;
    for (kind, typed) in [
        (Text, "two\nlines"),
        (Text, "a\0b"),
        (Text, "a\u{1b}[2Jb"),
        (Number, "abc"),
        (Number, "1,5"),
        (Number, "1e9"),
        (Number, "NaN"),
        (Number, "inf"),
        (Number, "--1"),
        (Number, "0x10"),
        (Number, "."),
        (Number, "0.1234567890123456"),
        (Number, "123456789012345678901"),
        (Switch, "on; DROP TABLE"),
        (Choice, "medium"),
        (Choice, "SMALL"),
        (Date, "2026-02-30"),
        (Date, "31/12/2026"),
        (Date, "2026-1-1"),
        (Email, "ada"),
        (Email, "ada@localhost"),
        (Email, "ada@example.com, eve@example.com"),
        (Email, "Ada <ada@example.com>"),
        (Email, "ada@example..com"),
        (Email, "ada@-example.com"),
        (Email, "a b@example.com"),
        (File, "not a file"),
    ] {
        let message = sent(field(kind, true), vec![text("field.x", typed)]).unwrap_err();
        assert!(message.ends_with('.'), "{kind:?} {typed}: {message}");
    }
    let long = "x".repeat(LONGEST_LINE + 1);
    assert!(sent(field(Text, true), vec![text("field.x", &long)]).unwrap_err().contains("2001 characters"));
    assert!(sent(field(LongText, true), vec![text("field.x", &long)]).is_ok());
    for kind in [Text, LongText, Number, Choice, Date, Email, Switch, File] {
        assert!(sent(field(kind, true), vec![]).is_err(), "{kind:?} is needed");
        assert!(sent(field(kind, false), vec![]).is_ok(), "{kind:?} is not needed");
    }
    assert!(sent(field(Text, true), vec![upload("a.txt", "x")]).unwrap_err().contains("file"));
    let twice = vec![text("field.x", "a"), text("field.x", "b")];
    assert!(sent(field(Text, true), twice).unwrap_err().contains("twice"));
    assert!(sent(field(Text, true), vec![text("field.x", "a"), text("field.__proto__", "b")]).unwrap_err().contains("changed"));
}

#[test]
fn files_stand_beside_the_value() {
    let field = field(FormFieldKind::File, true);
    let parts = vec![upload("cv.txt", "hello"), text(TOKEN, PAGE)];
    let filled = fill(&form(field.clone()), parts).unwrap();
    assert_eq!((&filled.body["x"]["name"], &filled.body["x"]["bytes"]), (&json!("cv.txt"), &json!(5)));
    assert_eq!(filled.body["x"]["sha256"], filled.files[0].sha256);
    assert!(sent(field.clone(), vec![upload("", "")]).unwrap_err().contains("Choose a file"), "none was chosen");
    assert!(sent(field, vec![upload("big.bin", vec![0; MOST_FILE_BYTES + 1])]).unwrap_err().contains("larger than 10 MB"));
}

#[test]
fn a_page_is_known_by_its_token_and_a_program_by_the_trap() {
    let form = form(field(FormFieldKind::Text, true));
    for token in ["", "abc", "zz112233445566778899aabbccddeeff", &"a".repeat(1_000)] {
        let mistakes = fill(&form, vec![text("field.x", "a"), text(TOKEN, token)]).unwrap_err();
        assert!(mistakes.whole.unwrap().contains("too old"), "{token}");
        assert_eq!(mistakes.typed["x"], "a", "what was typed is kept");
    }
    let mistakes = fill(&form, vec![text("field.x", "a"), text(TOKEN, PAGE), text(TRAP, "https://spam.example")]).unwrap_err();
    assert!(mistakes.whole.unwrap().contains("program"));
}
