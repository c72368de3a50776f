//! From texts and files to values of the fields' kinds. Everything a browser's page could not send is refused.

use std::collections::BTreeMap;

use model::definition::{FormField, FormFieldKind, FormTrigger};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::EventFile;

use super::{
    FIELD, Filled, MOST_FILE_BYTES, Mistakes, TOKEN, TRAP,
    parts::{Part, Parts, Upload},
};

/// Characters of a text of one line.
const LONGEST_LINE: usize = 2_000;
/// Characters of a text of several lines.
const LONGEST_TEXT: usize = 20_000;
/// Characters of an e-mail address (RFC 5321, 4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;
/// Digits that a number keeps exactly.
const MOST_DIGITS: usize = 15;

pub(super) fn fill(form: &FormTrigger, parts: Parts) -> Result<Filled, Mistakes> {
    let mut mistakes = Mistakes::default();
    let mut sent: BTreeMap<String, Part> = BTreeMap::new();
    let (mut token, mut trapped) = (String::new(), false);
    for (name, part) in parts {
        match (name.as_str(), part) {
            (TOKEN, Part::Text(text)) => token = text,
            (TRAP, Part::Text(text)) => trapped |= !text.trim().is_empty(),
            (name, part) => match name.strip_prefix(FIELD).filter(|key| form.fields.iter().any(|field| field.key == **key)) {
                // A file that was not chosen is sent as an empty one without a name.
                Some(_) if matches!(&part, Part::File(file) if file.bytes.is_empty()) => {}
                Some(key) if sent.contains_key(key) => {
                    mistakes.fields.insert(key.to_owned(), "This was sent twice; fill it in once.".into());
                }
                Some(key) => drop(sent.insert(key.to_owned(), part)),
                None => mistakes.whole = Some("The form has changed meanwhile. Look through it and send it again.".into()),
            },
        }
    }
    for (key, part) in &sent {
        if let Part::Text(text) = part {
            mistakes.typed.insert(key.clone(), text.replace("\r\n", "\n").chars().take(LONGEST_TEXT).collect());
        }
    }
    let (mut body, mut files) = (Map::new(), Vec::new());
    for field in &form.fields {
        match one(field, sent.remove(&field.key), &mut files) {
            Ok(Some(value)) => drop(body.insert(field.key.clone(), value)),
            Ok(None) => {}
            Err(message) => drop(mistakes.fields.entry(field.key.clone()).or_insert(message)),
        }
    }
    if trapped {
        // Programs do not come back for this; a person whose browser filled it in does.
        mistakes.whole = Some("This looked as if a program had filled it in. If you are a person, send it once more.".into());
    } else if !is_token(&token) {
        mistakes.whole.get_or_insert_with(|| "This page was too old to be sent. Here it is again: send it once more.".into());
    }
    if mistakes.fields.is_empty() && mistakes.whole.is_none() {
        Ok(Filled { body: Value::Object(body), files, token, typed: mistakes.typed })
    } else {
        Err(mistakes)
    }
}

/// As the page makes them: at least 128 random bits in hexadecimal digits.
fn is_token(token: &str) -> bool {
    (32..=64).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Nothing for a field that was left empty. The error is for the person, beside the field.
fn one(field: &FormField, part: Option<Part>, files: &mut Vec<EventFile>) -> Result<Option<Value>, String> {
    let label = field.label.trim();
    if field.kind == FormFieldKind::File {
        return match part {
            None if field.required => Err("Choose a file.".into()),
            None => Ok(None),
            Some(Part::Text(_)) => Err("Choose a file; text is not taken here.".into()),
            Some(Part::File(upload)) => file(upload, files).map(Some),
        };
    }
    let text = match part {
        None => String::new(),
        Some(Part::Text(text)) => text,
        Some(Part::File(_)) => return Err("A file is not taken here.".into()),
    };
    let text = text.replace("\r\n", "\n");
    if field.kind == FormFieldKind::Switch {
        return match text.as_str() {
            "" if field.required => Err("Tick this to go on.".into()),
            "" => Ok(Some(Value::Bool(false))),
            "yes" => Ok(Some(Value::Bool(true))),
            _ => Err("This can be ticked or not, nothing else.".into()),
        };
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        return Err("This holds characters that cannot be seen; type it again.".into());
    }
    let text = if field.kind == FormFieldKind::LongText { text.trim_end() } else { text.trim() };
    if text.trim().is_empty() {
        return if field.required { Err(missing(field, label)) } else { Ok(None) };
    }
    typed(field, text).map(Some)
}

fn missing(field: &FormField, label: &str) -> String {
    match field.kind {
        FormFieldKind::Choice => "Choose one.".into(),
        FormFieldKind::Date => "Choose a date.".into(),
        _ if label.is_empty() => "Fill this in.".into(),
        _ => format!("Fill in “{label}”."),
    }
}

fn typed(field: &FormField, text: &str) -> Result<Value, String> {
    let most = if field.kind == FormFieldKind::LongText { LONGEST_TEXT } else { LONGEST_LINE };
    let length = text.chars().count();
    if length > most {
        return Err(format!("This has {length} characters; at most {most} are taken."));
    }
    if field.kind != FormFieldKind::LongText && text.contains('\n') {
        return Err("Write this in one line.".into());
    }
    match field.kind {
        FormFieldKind::Number => number(text),
        FormFieldKind::Choice if !field.choices.iter().any(|choice| choice.trim() == text) => {
            Err("Choose one of those offered.".into())
        }
        FormFieldKind::Date if !is_date(text) => Err("Write the date as year-month-day: 2026-01-31.".into()),
        FormFieldKind::Email if !is_email(text) => Err("This is not an e-mail address; it looks like ada@example.com.".into()),
        _ => Ok(Value::from(text)),
    }
}

fn number(text: &str) -> Result<Value, String> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let rest = plain.strip_prefix('-').unwrap_or(plain);
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) {
        return Err("Write a number with digits and, where needed, one point: 12.5.".into());
    }
    if !rest.contains('.')
        && let Ok(number) = plain.parse::<i64>()
    {
        return Ok(Value::from(number));
    }
    if whole.len() + fraction.len() > MOST_DIGITS {
        return Err(format!("This number has more than {MOST_DIGITS} digits."));
    }
    let number = plain.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    number.map(Value::Number).ok_or_else(|| "This is not a number.".into())
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// What can be said without asking: one name, one domain with a dot, nothing that would end a header or begin another address.
fn is_email(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || c.is_control() || "@,;:<>()[]\"\\".contains(c);
    let labels: Vec<&str> = domain.split('.').collect();
    text.len() <= LONGEST_EMAIL
        && !name.is_empty()
        && !text.replacen('@', "", 1).contains(odd)
        && labels.len() > 1
        && labels.iter().all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'))
}

/// A file as a value, as a webhook's: its content is kept beside the event, named by its hash.
fn file(upload: Upload, files: &mut Vec<EventFile>) -> Result<Value, String> {
    let Upload { name, media_type, bytes } = upload;
    if bytes.len() > MOST_FILE_BYTES {
        return Err(format!("“{name}” is larger than {} MB; choose a smaller file.", MOST_FILE_BYTES / (1024 * 1024)));
    }
    let sha256 = hex::encode(Sha256::digest(&bytes));
    let value = json!({ "name": name, "media_type": media_type, "bytes": bytes.len(), "sha256": sha256 });
    if !files.iter().any(|known| known.sha256 == sha256) {
        files.push(EventFile { sha256, body: (&*bytes).into() });
    }
    Ok(value)
}

#[cfg(test)]
#[path = "values_tests.rs"]
mod tests;
