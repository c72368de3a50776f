//! E-mails in base64url inside a body (RFC 5322), as Gmail takes them.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// Of the text, in bytes.
const KEPT_TEXT: usize = 16 * 1024;

/// `{from, to, cc, subject, text, html}` of the mail in `raw` or `message.raw`.
pub(crate) fn read(body: &Value) -> Option<Value> {
    let raw = body.get("raw").or_else(|| body.get("message")?.get("raw"))?.as_str()?;
    let bytes = URL_SAFE_NO_PAD.decode(raw.trim_end_matches('=')).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, _) = text.split_once("\r\n\r\n")?;
    let head = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")))?;
        line.split_once(':').map(|(_, value)| value.trim().to_owned())
    };
    Some(json!({
        "from": header("from"), "to": header("to"), "cc": header("cc"), "subject": header("subject").map(|subject| plain(&subject)),
        "text": part(&text, "text/plain"), "html": part(&text, "text/html"),
    }))
}

/// The first part of a kind, wherever it stands.
fn part(text: &str, kind: &str) -> Option<String> {
    let at = text.find(&format!("Content-Type: {kind}"))?;
    let (head, content) = text[at..].split_once("\r\n\r\n")?;
    let content = content.split("\r\n--").next().unwrap_or_default();
    let mut plain = content.to_owned();
    if head.to_ascii_lowercase().contains("base64") {
        let packed: String = content.chars().filter(|c| !c.is_whitespace()).collect();
        plain = STANDARD.decode(packed).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())?;
    }
    let mut end = plain.len().min(KEPT_TEXT);
    while !plain.is_char_boundary(end) {
        end -= 1;
    }
    plain.truncate(end);
    Some(plain)
}

/// `=?UTF-8?B?...?=` as text (RFC 2047).
fn plain(text: &str) -> String {
    let word = |word: &str| {
        let inner = word.strip_prefix("=?UTF-8?B?").or_else(|| word.strip_prefix("=?utf-8?B?"))?.strip_suffix("?=")?;
        STANDARD.decode(inner).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let words: Vec<_> = text.split_whitespace().collect();
    if words.iter().all(|one| word(one).is_some()) && !words.is_empty() {
        return words.into_iter().filter_map(word).collect();
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_opened() {
        let mail = "To: \"Ada\" <ada@example.com>\r\nSubject: =?UTF-8?B?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n\
            Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\nSGk=";
        let read = read(&json!({ "raw": URL_SAFE_NO_PAD.encode(mail) })).unwrap();
        assert_eq!((&read["subject"], &read["text"], &read["html"]), (&json!("Grüße"), &json!("Hi"), &Value::Null));
        for odd in [json!({}), json!({ "raw": "%%" }), json!({ "raw": "" }), json!(null)] {
            assert_eq!(super::read(&odd), None);
        }
    }
}
