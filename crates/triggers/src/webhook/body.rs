//! From a request's body to a value.

use std::borrow::Cow;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::EventFile;

/// A sentence about what is wrong with the body.
type Malformed = String;

/// A body as a value, with the content of the files that the value names.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub value: Value,
    pub files: Vec<EventFile>,
}

impl From<Value> for Parsed {
    fn from(value: Value) -> Self {
        Parsed { value, files: Vec::new() }
    }
}

pub(crate) async fn parse(headers: &HeaderMap, body: &Bytes) -> Result<Parsed, Malformed> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if body.is_empty() {
        return Ok(Value::Null.into());
    }
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => Ok(pairs(body).into()),
        "multipart/form-data" => multipart(content_type, body).await,
        "" => match json(body).or_else(|_| text(body)) {
            Ok(value) => Ok(value.into()),
            Err(()) => Ok(whole("application/octet-stream", body)),
        },
        json_type if json_type == "application/json" || json_type.ends_with("+json") => Ok(json(body)?.into()),
        text_type if text_type.starts_with("text/") || text_type.ends_with("/xml") || text_type.ends_with("+xml") => {
            Ok(text(body).map_err(|()| "The body is not valid UTF-8 text.".to_owned())?.into())
        }
        other => Ok(whole(other, body)),
    }
}

/// The body is one file.
fn whole(media_type: &str, body: &[u8]) -> Parsed {
    let (value, file) = file("body", media_type, body);
    Parsed { value, files: vec![file] }
}

fn json(body: &[u8]) -> Result<Value, Malformed> {
    serde_json::from_slice(&exact_numbers(body)).map_err(|error| format!("The body is not valid JSON: {error}."))
}

fn text(body: &[u8]) -> Result<Value, ()> {
    std::str::from_utf8(body).map(|text| Value::String(text.to_owned())).map_err(|_| ())
}

/// Form pairs as an object; a repeated key becomes a list.
pub(super) fn pairs(encoded: &[u8]) -> Value {
    let mut object = Map::new();
    for (key, value) in form_urlencoded::parse(encoded) {
        push(&mut object, &key, Value::String(value.into_owned()));
    }
    Value::Object(object)
}

fn push(object: &mut Map<String, Value>, key: &str, value: Value) {
    let key = key.strip_suffix("[]").unwrap_or(key);
    match object.get_mut(key) {
        None => {
            object.insert(key.to_owned(), value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
}

async fn multipart(content_type: &str, body: &Bytes) -> Result<Parsed, Malformed> {
    let malformed = |error: multer::Error| format!("The multipart body is malformed: {error}.");
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let mut parts = multer::Multipart::new(stream::iter([Ok::<_, std::io::Error>(body.clone())]), boundary);
    let mut object = Map::new();
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let filename = part.file_name().map(str::to_owned);
        let media_type = part.content_type().map(ToString::to_string);
        let bytes = part.bytes().await.map_err(malformed)?;
        let value = match (filename, text(&bytes)) {
            (None, Ok(text)) => text,
            (filename, _) => {
                let name = filename.as_deref().unwrap_or("file");
                let (value, file) = file(
                    name,
                    media_type.as_deref().filter(|text| connect::is_media_type(text)).unwrap_or("application/octet-stream"),
                    &bytes,
                );
                files.push(file);
                value
            }
        };
        push(&mut object, &name, value);
    }
    Ok(Parsed { value: Value::Object(object), files })
}

/// A file as a value: what it is called and what it is. Its content is kept beside the event, named by its hash.
fn file(name: &str, media_type: &str, bytes: &[u8]) -> (Value, EventFile) {
    let name = connect::file_name(name);
    let sha256 = hex::encode(Sha256::digest(bytes));
    let value = json!({ "name": name, "media_type": media_type, "bytes": bytes.len(), "sha256": sha256 });
    (value, EventFile { sha256, body: bytes.into() })
}

/// Numbers that 64-bit integers and floating point cannot hold exactly (identifiers of 20 digits, long decimals) become text with
/// the same digits, instead of another number without a word.
fn exact_numbers(body: &[u8]) -> Cow<'_, [u8]> {
    const SAFE_DIGITS: usize = 15;
    let mut out: Option<Vec<u8>> = None;
    let (mut at, mut copied) = (0, 0);
    while at < body.len() {
        match body[at] {
            b'"' => {
                at += 1;
                while at < body.len() && body[at] != b'"' {
                    at += if body[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let start = at;
                while at < body.len() && matches!(body[at], b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
                    at += 1;
                }
                let token = &body[start..at];
                if token.iter().filter(|c| c.is_ascii_digit()).count() > SAFE_DIGITS && !survives(token) {
                    let out = out.get_or_insert_with(|| Vec::with_capacity(body.len() + 16));
                    out.extend_from_slice(&body[copied..start]);
                    out.push(b'"');
                    out.extend_from_slice(token);
                    out.push(b'"');
                    copied = at;
                }
            }
            _ => at += 1,
        }
    }
    match out {
        None => Cow::Borrowed(body),
        Some(mut out) => {
            out.extend_from_slice(&body[copied..]);
            Cow::Owned(out)
        }
    }
}

/// Whether a number reads back with the digits it came with. Malformed ones are left for the parser to refuse.
fn survives(token: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(token) else { return true };
    match serde_json::from_str::<serde_json::Number>(text) {
        Err(_) => true,
        Ok(number) if number.is_i64() || number.is_u64() => true,
        Ok(number) => significant(&number.to_string()) == significant(text),
    }
}

/// The digits that matter, without sign, point, exponent, leading and trailing zeros.
fn significant(text: &str) -> String {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn parsed(content_type: &str, body: &'static [u8]) -> Result<Value, String> {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        }
        parse(&headers, &Bytes::from_static(body)).await.map(|parsed| parsed.value)
    }

    #[tokio::test]
    async fn reads_each_kind() {
        assert_eq!(parsed("application/json", br#"{"a":[1,2.5,"x",null]}"#).await.unwrap(), json!({"a": [1, 2.5, "x", null]}));
        assert_eq!(parsed("application/vnd.api+json; charset=utf-8", b"[]").await.unwrap(), json!([]));
        assert_eq!(
            parsed("application/x-www-form-urlencoded", b"a=1&b=x+y&a=2&c[]=z").await.unwrap(),
            json!({"a": ["1", "2"], "b": "x y", "c": "z"})
        );
        assert_eq!(parsed("text/plain", b"hello").await.unwrap(), json!("hello"));
        assert_eq!(parsed("", br#"{"guessed":true}"#).await.unwrap(), json!({"guessed": true}));
        assert_eq!(parsed("", b"not json").await.unwrap(), json!("not json"));
        assert_eq!(parsed("application/json", b"").await.unwrap(), Value::Null);
    }

    #[tokio::test]
    async fn reads_multipart_with_files() {
        let body = b"--X\r\nContent-Disposition: form-data; name=\"who\"\r\n\r\nAda\r\n--X\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"../../cv.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--X--\r\n";
        let value = parsed("multipart/form-data; boundary=X", body).await.unwrap();
        assert_eq!(value["who"], "Ada");
        assert_eq!(value["cv"]["name"], "cv.pdf");
        assert_eq!(value["cv"]["media_type"], "application/pdf");
        assert_eq!(value["cv"]["bytes"], 4);
        assert_eq!(value["cv"]["sha256"].as_str().unwrap().len(), 64);
        assert!(!value.to_string().contains("PDF"), "the content stands beside the event");
    }

    #[tokio::test]
    async fn says_what_is_malformed() {
        let error = parsed("application/json", b"{\"a\": }").await.unwrap_err();
        assert!(error.contains("line 1 column 7"), "{error}");
        assert!(parsed("application/json", br#"{"a":"\ud800"}"#).await.is_err(), "lone surrogates are no text");
        let deep = Box::leak("[".repeat(100_000).into_boxed_str());
        assert!(parsed("application/json", deep.as_bytes()).await.unwrap_err().contains("recursion"), "deep nesting is refused");
        assert!(parsed("multipart/form-data", b"x").await.is_err());
        assert!(parsed("text/plain", b"\xff\xfe").await.is_err());
    }

    #[tokio::test]
    async fn keeps_every_digit() {
        let value = parsed(
            "application/json",
            br#"{"id":9007199254740993,"max":18446744073709551615,"more":123456789012345678901234567890,"price":0.1,"long":0.12345678901234567890,"text":"12345678901234567890123"}"#,
        )
        .await
        .unwrap();
        assert_eq!(
            value.to_string(),
            r#"{"id":9007199254740993,"max":18446744073709551615,"more":"123456789012345678901234567890","price":0.1,"long":"0.12345678901234567890","text":"12345678901234567890123"}"#
        );
    }
}
