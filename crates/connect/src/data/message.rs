//! E-mails (RFC 5322, MIME: RFC 2045 to 2047, 2231), made of a form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::MessageSpec;
use serde_json::Value;

use super::env::Env;
use super::multipart::join;
use crate::error::CallError;
use crate::file::File;

/// Longest line of a body in base64 (RFC 2045, 6.8).
const LINE: usize = 76;

/// The message's bytes.
pub(super) fn build(spec: &MessageSpec, env: &Env) -> Result<Vec<u8>, CallError> {
    let mut head = String::new();
    let people = [
        ("From", &spec.from),
        ("To", &Some(spec.to.clone())),
        ("Cc", &spec.cc),
        ("Bcc", &spec.bcc),
        ("Reply-To", &spec.reply_to),
    ];
    for (name, source) in people {
        let Some(source) = source else { continue };
        let addresses = addresses(name, env, source)?;
        if !addresses.is_empty() {
            head.push_str(&format!("{name}: {}\r\n", addresses.join(",\r\n ")));
        } else if name == "To" {
            return Err(CallError::input("to", "input.missing", "The message has no recipient"));
        }
    }
    let subject = env.text(&spec.subject)?.unwrap_or_default();
    head.push_str(&format!("Subject: {}\r\n", words(&subject)));
    for (name, source) in &spec.headers {
        if let Some(value) = env.text(source)?.filter(|value| !value.trim().is_empty()) {
            head.push_str(&format!("{name}: {}\r\n", words(value.trim())));
        }
    }
    head.push_str("MIME-Version: 1.0\r\n");
    let text = spec.text.as_ref().map(|text| env.text(text)).transpose()?.flatten();
    let html = spec.html.as_ref().map(|html| env.text(html)).transpose()?.flatten().filter(|html| !html.is_empty());
    let content = match (text.filter(|text| !text.is_empty()), html) {
        (Some(text), Some(html)) => several("alternative", vec![leaf("text/plain", &text), leaf("text/html", &html)]),
        (None, Some(html)) => leaf("text/html", &html),
        (text, None) => leaf("text/plain", &text.unwrap_or_default()),
    };
    let files = spec.attachments.as_ref().map(|source| attachments(env, source)).transpose()?.unwrap_or_default();
    let content = if files.is_empty() { content } else { several("mixed", [vec![content], files].concat()) };
    Ok([head.into_bytes(), content].concat())
}

fn leaf(kind: &str, text: &str) -> Vec<u8> {
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let head = format!("Content-Type: {kind}; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
    [head, folded(text.as_bytes())].concat().into_bytes()
}

fn several(kind: &str, parts: Vec<Vec<u8>>) -> Vec<u8> {
    let (bytes, boundary) = join(parts);
    [format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n").into_bytes(), bytes].concat()
}

fn attachments(env: &Env, source: &str) -> Result<Vec<Vec<u8>>, CallError> {
    let value = env.value(source.trim_start_matches('='))?.unwrap_or_default();
    let items = match &value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let one = |item: &Value| {
        let file = File::needed("attachments", item)?;
        let ascii: String =
            file.name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\".contains(c) || c == ' ' { c } else { '_' }).collect();
        let encoded = super::render::segment(&file.name);
        let head = format!(
            "Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{ascii}\";\r\n \
             filename*=UTF-8''{encoded}\r\n\r\n",
            file.media_type
        );
        Ok([head, folded(&file.bytes)].concat().into_bytes())
    };
    items.iter().map(one).collect()
}

fn folded(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&str> = (0..text.len()).step_by(LINE).filter_map(|at| text.get(at..(at + LINE).min(text.len()))).collect();
    lines.join("\r\n")
}

/// Text as a header carries it: encoded words (RFC 2047) where it is not plain ASCII. Line breaks become spaces.
fn words(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.is_ascii() {
        return text;
    }
    // An encoded word has at most 75 characters: 45 bytes become 60.
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > 45 {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let words: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// One address, several with commas, or a list of them.
fn addresses(field: &str, env: &Env, source: &str) -> Result<Vec<String>, CallError> {
    let value = match source.strip_prefix('=') {
        Some(source) => env.value(source)?.unwrap_or_default(),
        None => env.text(source)?.map(Value::String).unwrap_or_default(),
    };
    let texts: Vec<&str> = match &value {
        Value::String(text) => split(text),
        Value::Array(items) => items.iter().filter_map(Value::as_str).flat_map(split).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().map(str::trim).filter(|text| !text.is_empty()).map(|text| address(field, text)).collect()
}

/// At commas that are in no quotes and no angle brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut angled) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            ',' | ';' if !quoted && !angled => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn address(field: &str, text: &str) -> Result<String, CallError> {
    let refuse = || {
        let message = format!("\"{}\" is not an e-mail address", text.escape_debug());
        CallError::input(&field.to_ascii_lowercase().replace('-', "_"), "input.email", message)
    };
    let (name, address) = match text.rsplit_once('<') {
        Some((name, rest)) => (name.trim().trim_matches('"'), rest.strip_suffix('>').ok_or_else(refuse)?),
        None => ("", text),
    };
    let is_address = address.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
        && !address.chars().any(|c| c.is_whitespace() || c.is_control() || "<>\",;".contains(c));
    if !is_address {
        return Err(refuse());
    }
    if name.is_empty() {
        return Ok(address.to_owned());
    }
    let name = if name.is_ascii() && !name.chars().any(char::is_control) {
        format!("\"{}\"", name.replace(['\\', '"'], ""))
    } else {
        words(name)
    };
    Ok(format!("{name} <{address}>"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec() -> MessageSpec {
        MessageSpec {
            to: "=input.to".into(),
            cc: Some("{input.cc}".into()),
            subject: "{input.subject}".into(),
            text: Some("{input.text}".into()),
            html: Some("{input.html}".into()),
            attachments: Some("=input.files".into()),
            ..MessageSpec::default()
        }
    }

    fn built(input: Value) -> Result<String, CallError> {
        let bytes = build(&spec(), &Env::new().with("input", input))?;
        Ok(String::from_utf8(bytes).expect("text"))
    }

    #[test]
    fn a_plain_message() {
        let message =
            built(json!({"to": "Zoë <zoe@example.com>, b@example.com", "subject": "Hi", "text": "a\nb"})).expect("built");
        let expected = "To: =?UTF-8?B?Wm/Dqw==?= <zoe@example.com>,\r\n b@example.com\r\nSubject: Hi\r\nMIME-Version: 1.0\r\n\
                        Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\nYQ0KYg==";
        assert_eq!(message, expected);
    }

    #[test]
    fn headers_cannot_be_injected() {
        let message =
            built(json!({"to": ["a@example.com"], "subject": "x\r\nBcc: evil@example.com", "text": "t"})).expect("built");
        assert!(message.contains("Subject: x  Bcc: evil@example.com\r\nMIME"), "{message}");
        for to in ["a@example.com\r\nBcc: evil@example.com", "a@b", "nobody", "<a@example.com", "a b@example.com"] {
            let error = built(json!({"to": to, "subject": "x"})).expect_err(to);
            assert_eq!((error.code(), error.field.as_deref()), ("input.email", Some("input.to")), "{to}");
        }
        assert_eq!(built(json!({"subject": "x"})).expect_err("nobody").code(), "input.missing");
    }

    #[test]
    fn both_texts_and_a_file() {
        let file = json!({"name": "Rechnung für dich.pdf", "media_type": "application/pdf", "base64": "AAE="});
        let input = json!({"to": "a@example.com", "subject": "ä".repeat(60), "text": "t", "html": "<b>t</b>", "files": [file]});
        let message = built(input).expect("built");
        assert!(message.contains("multipart/mixed") && message.contains("multipart/alternative"), "{message}");
        assert!(message.contains("filename*=UTF-8''Rechnung%20f%C3%BCr%20dich.pdf\r\n\r\nAAE="), "{message}");
        assert!(message.lines().all(|line| line.len() <= 100), "{message}");
    }
}
