#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::{AuthMethod, Credential};

fn account() -> Account {
    let values = [("host", "mail.example.com"), ("from", "Shop <shop@example.com>")];
    let values: BTreeMap<String, String> = values.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    Account::of(&Credential { method: AuthMethod::Manifest("smtp".into()), values, allowed_hosts: Vec::new() }).unwrap()
}

fn text(input: Value) -> (Letter, String) {
    let letter = letter(&Mail::of(&input).unwrap(), &account(), "key-1").unwrap();
    let text = String::from_utf8(letter.bytes.clone()).unwrap();
    (letter, text)
}

#[test]
fn a_letter_has_its_head_its_parts_and_its_envelope() {
    let (letter, text) = text(json!({
        "to": "Ada <ada@example.com>, ADA@example.com", "cc": "bob@example.com", "bcc": "eve@example.com",
        "reply_to": "help@example.com", "from_name": "Grüße", "subject": "Ça va? 🎉", "text": "Zwölf\n.\nEnd", "html": "<p>Zwölf</p>",
        "attachments": [{ "name": "résumé.txt", "media_type": "text/plain", "text": "line\nline" }],
    }));
    assert_eq!(letter.sender, "shop@example.com");
    assert_eq!(letter.recipients, ["ada@example.com", "bob@example.com", "eve@example.com"], "each once");
    for part in ["To: ", "Cc: bob@example.com", "Reply-To: help@example.com", "MIME-Version: 1.0", "multipart/mixed", "Date: "] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.contains(&format!("Message-ID: {}", letter.message_id)), "{text}");
    assert!(!text.contains("eve@example.com"), "a blind copy is blind");
    assert!(text.contains("bGluZQpsaW5l"), "a file arrives as it is: {text}");
    assert!(text.is_ascii() && !text.replace("\r\n", "").contains(['\r', '\n']), "whole lines only");
    let head = text.split("\r\n\r\n").next().unwrap();
    assert!(head.contains("Subject: =?utf-8?b?"), "{head}");
    assert!(text.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
}

#[test]
fn the_id_of_a_message_follows_from_its_key() {
    let mail = Mail::of(&json!({ "to": "ada@example.com", "subject": "x", "text": "y" })).unwrap();
    let id = |key: &str| letter(&mail, &account(), key).unwrap().message_id;
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert!(id("a").ends_with("@example.com>"));
}

#[test]
fn long_and_odd_contents_stay_within_lines() {
    for content in ["x".repeat(100_000), "\r\r\r\n\n.\r.\n..".to_owned(), "ü".repeat(5_000), "a\u{2028}b\u{85}c".to_owned()] {
        let (_, text) = text(json!({ "to": "ada@example.com", "subject": "x".repeat(500), "text": content }));
        assert!(text.split("\r\n").all(|line| line.len() <= 998 && !line.contains(['\r', '\n'])), "{content:.20?}");
    }
}

#[test]
fn every_line_ends_alike() {
    assert_eq!(crlf(b"a\rb\nc\r\nd\n\r\re"), b"a\r\nb\r\nc\r\nd\r\n\r\n\r\ne");
}
