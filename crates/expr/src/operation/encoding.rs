//! Text in other spellings: addresses, base64, HTML.

use base64::Engine;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, general_purpose};
use serde_json::Value;

use super::argument::{Argument, Arguments};
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use super::text::spelled;
use crate::error::EvalError;

const fn text(name: &'static str, label: &'static str, work: Work) -> Operation {
    Operation::new(name, label, Group::Text, Kind::Text, Kind::Text, work)
}

pub(super) const TABLE: &[Operation] = &[
    text("strip_tags", "Remove HTML", Work::Own(strip_tags)),
    text("url_encode", "Encode for a URL", Work::Own(url_encode)),
    text("url_decode", "Decode from a URL", Work::Own(url_decode)).with(&[Argument::flag(
        "plus",
        "A plus sign is a space, as in forms",
        false,
    )]),
    text("base64_encode", "Encode as base64", Work::Own(base64_encode)).with(&[Argument::flag(
        "url_safe",
        "With - and _, for URLs",
        false,
    )]),
    text("base64_decode", "Decode base64", Work::Own(base64_decode)),
];

/// What a reader of the page would see. The result is text: it still has to be escaped where it becomes HTML again.
fn strip_tags(value: Value, _: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    run.meter.grow(text.len())?;
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') { tag(rest, &mut out) } else { entity(rest, &mut out) };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    Ok(Some(out.trim().into()))
}

/// Elements whose content nobody reads.
const UNREAD: [&str; 2] = ["script", "style"];
/// Elements that end a line.
const LINES: [&str; 9] = ["br", "p", "/p", "div", "/div", "li", "tr", "h1", "h2"];

/// Passes over a tag; gives how many bytes it takes.
fn tag(text: &str, out: &mut String) -> usize {
    if text.starts_with("<!--") {
        return text.find("-->").map_or(text.len(), |end| end + 3);
    }
    let named = text[1..].starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '!' | '?'));
    let Some(end) = text.find('>').filter(|_| named) else {
        // A sign of comparison.
        out.push('<');
        return 1;
    };
    let name: String = text[1..end].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').take(12).collect();
    let name = name.to_ascii_lowercase();
    let name = if name.len() > 1 { name.trim_end_matches('/') } else { &name };
    if LINES.contains(&name) && !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
    if UNREAD.contains(&name) {
        let close = format!("</{name}");
        let inner = &text.as_bytes()[end..];
        let found = inner.windows(close.len()).position(|window| window.eq_ignore_ascii_case(close.as_bytes()));
        return found
            .map_or(text.len(), |at| end + at + text[end + at..].find('>').map_or(text.len() - end - at, |close| close + 1));
    }
    end + 1
}

fn entity(text: &str, out: &mut String) -> usize {
    let end = text.bytes().take(12).position(|byte| byte == b';');
    let known = end.and_then(|end| match &text[1..end] {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        name => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        }
    });
    match (known, end) {
        (Some(letter), Some(end)) => {
            out.push(letter);
            end + 1
        }
        _ => {
            out.push('&');
            1
        }
    }
}

/// Everything but RFC 3986's unreserved characters.
fn url_encode(value: Value, _: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    run.meter.grow(text.len() * 3)?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    Ok(Some(out.into()))
}

fn url_decode(value: Value, arguments: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let plus = arguments.flag("plus");
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => match (digit(bytes.next()), digit(bytes.next())) {
                (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or_default(),
                _ => return Err(EvalError::type_("The text has a % that two hexadecimal digits do not follow.")),
            },
            b'+' if plus => b' ',
            other => other,
        });
    }
    utf8(out)
}

fn utf8(bytes: Vec<u8>) -> Result<Option<Value>, EvalError> {
    let text = String::from_utf8(bytes).map_err(|_| EvalError::type_("What it decodes to is no text (UTF-8)."))?;
    Ok(Some(text.into()))
}

fn base64_encode(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    run.meter.grow(text.len() / 3 * 4 + 4)?;
    Ok(Some(if arguments.flag("url_safe") { URL_SAFE_NO_PAD.encode(text) } else { STANDARD.encode(text) }.into()))
}

const LENIENT: GeneralPurposeConfig = general_purpose::PAD.with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Either alphabet, with or without padding, over several lines or in one.
fn base64_decode(value: Value, _: &Arguments<'_>, _: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text: String = spelled(value).chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let text = text.replace('-', "+").replace('_', "/");
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, LENIENT);
    let bytes = engine.decode(text).map_err(|_| EvalError::type_("The text is not base64."))?;
    utf8(bytes)
}
