//! Bodies of several parts (RFC 7578, RFC 2387).

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::error::CallError;
use crate::file::File;
use crate::http::input::{scalar, wrong};

/// `multipart/form-data`: the bytes and the content type.
pub(crate) fn form(value: &Value) -> Result<(Vec<u8>, String), CallError> {
    let entries = value.as_object().ok_or_else(|| wrong("", value, "names with values"))?;
    let mut parts = Vec::new();
    for (name, value) in entries {
        let items = match value {
            Value::Null => continue,
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items.iter().filter(|item| !item.is_null()) {
            parts.push(part(name, item)?);
        }
    }
    let (bytes, boundary) = join(parts);
    Ok((bytes, format!("multipart/form-data; boundary={boundary}")))
}

fn part(name: &str, value: &Value) -> Result<Vec<u8>, CallError> {
    let name = quoted(name);
    let (head, bytes) = match File::of(value) {
        Some(file) => {
            let head = format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{}\"\r\nContent-Type: {}\r\n\r\n",
                quoted(&file.name),
                file.media_type
            );
            (head, file.bytes)
        }
        None => {
            let text = scalar(value).unwrap_or_else(|| value.to_string());
            (format!("Content-Disposition: form-data; name=\"{name}\"\r\n\r\n"), text.into_bytes())
        }
    };
    Ok([head.into_bytes(), bytes].concat())
}

/// As browsers write names in a form's parts (HTML, multipart form data).
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// `multipart/related`: JSON, then a file.
pub(super) fn related(metadata: &Value, file: &File) -> (Vec<u8>, String) {
    let first = format!("Content-Type: application/json; charset=UTF-8\r\n\r\n{metadata}").into_bytes();
    let second = [format!("Content-Type: {}\r\n\r\n", file.media_type).into_bytes(), file.bytes.clone()].concat();
    let (bytes, boundary) = join(vec![first, second]);
    (bytes, format!("multipart/related; boundary={boundary}"))
}

/// The parts with a boundary between them that follows from what they hold: equal input gives an equal request.
pub(super) fn join(parts: Vec<Vec<u8>>) -> (Vec<u8>, String) {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let boundary = format!("patchbay-{}", &hex::encode(hash.finalize())[..32]);
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
        bytes.extend_from_slice(&part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (bytes, boundary)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_and_fields() {
        let value = json!({"title": "A\"b", "file": {"name": "x\r\ny\".txt", "media_type": "text/plain", "text": "hello"}});
        let (bytes, kind) = form(&value).expect("parts");
        let boundary = kind.rsplit_once('=').expect("a boundary").1;
        let text = String::from_utf8(bytes).expect("text");
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA\"b\r\n--{boundary}\r\nContent-Disposition: \
             form-data; name=\"file\"; filename=\"xy%22.txt\"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--{boundary}--\r\n"
        );
        assert_eq!(text, expected);
        assert_eq!(form(&value).expect("again").1, kind);
    }

    #[test]
    fn metadata_and_a_file() {
        let file = File { name: "a".into(), media_type: "image/png".into(), bytes: vec![0, 1] };
        let (bytes, kind) = related(&json!({"name": "a"}), &file);
        assert!(kind.starts_with("multipart/related; boundary=patchbay-"));
        assert!(bytes.windows(4).any(|part| part == [b'\n', 0, 1, b'\r']));
    }
}
