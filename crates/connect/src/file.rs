//! Files in data. One stands there whole (`base64` or `text`), or only by name: then its content is kept beside the event it came
//! with, and is put in when a call takes it ([`crate::Connect::kept_files`]).

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use manifest::{Field, FieldFormat};
use serde_json::{Map, Value};

use crate::error::CallError;
use crate::http::input::wrong;

/// Files of one call together, in bytes.
pub const MOST_FILE_BYTES: usize = 25 * 1024 * 1024;
/// Characters of a name.
const LONGEST_NAME: usize = 200;
/// Bytes of a media type.
const LONGEST_TYPE: usize = 100;
const UNKNOWN_TYPE: &str = "application/octet-stream";

/// `{name, media_type, base64}` or `{name, media_type, text}`.
pub(crate) struct File {
    /// The last part of a path, in characters that are seen; never empty.
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl File {
    /// Nothing when the value is no file, or its content is not with it.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        let entries = value.as_object()?;
        let text = |key: &str| entries.get(key).and_then(Value::as_str);
        let bytes = match text("base64") {
            Some(base64) => STANDARD.decode(base64).ok()?,
            None => text("text")?.as_bytes().to_vec(),
        };
        let media_type = text("media_type").filter(|kind| is_media_type(kind)).unwrap_or(UNKNOWN_TYPE).to_owned();
        Some(Self { name: cleaned(text("name").unwrap_or_default()), media_type, bytes })
    }

    pub(crate) fn needed(field: &str, value: &Value) -> Result<Self, CallError> {
        Self::of(value).ok_or_else(|| wrong(field, value, "a file that came with the event or from an earlier step"))
    }
}

/// A file that an event's data names, and whose content is kept beside the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    pub name: String,
    /// Of its content, in hex.
    pub sha256: String,
}

impl KeptFile {
    /// `{name, media_type, bytes, sha256}`. What has its content with it needs none.
    fn of(entries: &Map<String, Value>) -> Option<Self> {
        if entries.contains_key("base64") || entries.contains_key("text") {
            return None;
        }
        let sha256 = entries.get("sha256")?.as_str()?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        let is_counted = entries.get("bytes").is_some_and(Value::is_u64);
        let name = entries.get("name").and_then(Value::as_str).unwrap_or_default();
        (is_hash && is_counted).then(|| Self { name: cleaned(name), sha256: sha256.to_owned() })
    }
}

/// Where in an operation's input files are taken: everywhere else a file stays what its data says of it.
pub(crate) enum Places<'a> {
    /// In these fields: one, or a list of them.
    Fields(&'a [Field]),
    /// In the body of a plain request: itself, or the parts of a form.
    Body,
}

impl Places<'_> {
    /// Those of the input whose content is kept elsewhere.
    pub(crate) fn kept(&self, input: &Value) -> Vec<KeptFile> {
        let mut found: Vec<KeptFile> = Vec::new();
        for value in self.values(input) {
            let file = value.as_object().and_then(KeptFile::of);
            found.extend(file.filter(|file| found.iter().all(|known| known.sha256 != file.sha256)));
        }
        found
    }

    /// The input with contents put in, by their hashes.
    pub(crate) fn filled(&self, input: &Value, contents: &HashMap<String, Vec<u8>>) -> Value {
        let mut input = input.clone();
        for value in self.values_mut(&mut input) {
            let Value::Object(entries) = value else { continue };
            if let Some(content) = KeptFile::of(entries).and_then(|file| contents.get(&file.sha256)) {
                entries.insert("base64".to_owned(), Value::String(STANDARD.encode(content)));
            }
        }
        input
    }

    fn is_place(&self, key: &str) -> bool {
        match self {
            Places::Fields(fields) => fields.iter().any(|field| field.key == key && takes_files(field)),
            Places::Body => key == "body",
        }
    }

    fn values<'v>(&self, input: &'v Value) -> Vec<&'v Value> {
        let entries = input.as_object().into_iter().flatten().filter(|(key, _)| self.is_place(key)).map(|(_, value)| value);
        entries.flat_map(|value| items(value, matches!(self, Places::Body))).collect()
    }

    fn values_mut<'v>(&self, input: &'v mut Value) -> Vec<&'v mut Value> {
        let entries = input.as_object_mut().into_iter().flatten().filter(|(key, _)| self.is_place(key)).map(|(_, value)| value);
        entries.flat_map(|value| items_mut(value, matches!(self, Places::Body))).collect()
    }
}

fn takes_files(field: &Field) -> bool {
    matches!(field.format, Some(FieldFormat::File | FieldFormat::FileList))
}

/// A value, the items of a list, and where it is a form the values of its parts.
fn items(value: &Value, is_form: bool) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(entries) if is_form && KeptFile::of(entries).is_none() => {
            entries.values().flat_map(|value| items(value, false)).collect()
        }
        one => vec![one],
    }
}

fn items_mut(value: &mut Value, is_form: bool) -> Vec<&mut Value> {
    let is_file = value.as_object().is_some_and(|entries| KeptFile::of(entries).is_some());
    if value.is_array() {
        return value.as_array_mut().into_iter().flatten().collect();
    }
    if is_form && value.is_object() && !is_file {
        let entries = value.as_object_mut().into_iter().flatten();
        return entries.flat_map(|(_, value)| items_mut(value, false)).collect();
    }
    vec![value]
}

/// The last part of a path only, without what would end a line or turn the direction of text: a sender's folders say nothing here.
pub fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_odd =
        |c: &char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = last.chars().filter(|c| !is_odd(c)).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    if matches!(plain, "" | "." | "..") { "file".to_owned() } else { plain.to_owned() }
}

/// One that can stand in a header as it is.
pub fn is_media_type(text: &str) -> bool {
    text.len() <= LONGEST_TYPE && text.contains('/') && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(name: &str, digit: &str) -> Value {
        json!({ "name": name, "media_type": "text/plain", "bytes": 5, "sha256": digit.repeat(64) })
    }

    #[test]
    fn files_are_found_where_they_are_taken_and_nowhere_else() {
        let fields: Vec<Field> = serde_json::from_value(json!([
            { "key": "files", "label": "Files", "kind": "json", "format": "file_list" },
            { "key": "file", "label": "File", "kind": "json", "format": "file" },
            { "key": "data", "label": "Data", "kind": "json" },
        ]))
        .expect("fields");
        let whole = json!({ "name": "b", "text": "b", "sha256": "b".repeat(64), "bytes": 1 });
        let input = json!({ "files": [kept("a", "a"), whole, kept("a", "a")], "file": kept("c", "c"), "data": kept("d", "d") });
        let places = Places::Fields(&fields);
        let names: Vec<_> = places.kept(&input).into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["a", "c"]);
        let filled = places.filled(&input, &[("a".repeat(64), b"hello".to_vec()), ("d".repeat(64), b"no".to_vec())].into());
        assert_eq!(filled["files"][0]["base64"], "aGVsbG8=");
        assert_eq!((&filled["files"][2]["base64"], &filled["files"][1]["base64"]), (&json!("aGVsbG8="), &Value::Null));
        assert_eq!((&filled["file"], &filled["data"]), (&input["file"], &input["data"]));
    }

    #[test]
    fn a_body_is_a_file_or_has_parts_that_are() {
        let input = json!({ "url": kept("u", "0"), "body": { "a": kept("a", "a"), "b": [kept("b", "b"), "text"], "deep": { "c": kept("c", "c") } } });
        let names: Vec<_> = Places::Body.kept(&input).into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["a", "b"]);
        let whole = json!({ "body": kept("whole", "e") });
        assert_eq!(Places::Body.kept(&whole)[0].name, "whole");
        let filled = Places::Body.filled(&whole, &[("e".repeat(64), vec![0])].into());
        assert_eq!(filled["body"]["base64"], "AA==");
    }

    #[test]
    fn what_only_looks_like_a_file_is_none() {
        for odd in [
            json!(null),
            json!("file"),
            json!({ "name": "a" }),
            json!({ "name": "a", "bytes": 1, "sha256": "../../etc/passwd" }),
            json!({ "name": "a", "bytes": 1, "sha256": "A".repeat(64) }),
            json!({ "name": "a", "bytes": "1", "sha256": "a".repeat(64) }),
            json!({ "name": "a", "sha256": "a".repeat(64) }),
        ] {
            assert_eq!(Places::Body.kept(&json!({ "body": odd })), [], "{odd}");
            assert!(File::of(&odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn names_and_types_can_stand_in_headers() {
        for (given, clean) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\a\\b.txt", "b.txt"),
            ("a\r\nX-Evil: 1", "aX-Evil: 1"),
            ("\u{202e}gpj.exe", "gpj.exe"),
            ("<img onerror=alert(1)>.png", "<img onerror=alert(1)>.png"),
            ("", "file"),
            ("..", "file"),
            ("résumé.pdf", "résumé.pdf"),
        ] {
            assert_eq!(cleaned(given), clean, "{given:?}");
        }
        assert_eq!(cleaned(&"x".repeat(10_000)).len(), LONGEST_NAME);
        for odd in ["", "text", "text/plain\r\nX-Evil: 1", "text/é"] {
            let file = File::of(&json!({ "name": "a", "media_type": odd, "text": "" })).expect("a file");
            assert_eq!(file.media_type, UNKNOWN_TYPE, "{odd:?}");
        }
    }
}
