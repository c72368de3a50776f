//! Bodies of several parts: forms with files (RFC 7578), and JSON with a file behind it (RFC 2387).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Of a longer file only the length is kept, in bytes.
const KEPT_FILE: usize = 40 * 1024;
const MOST_PARTS: usize = 200;

/// The fields of a form; of a related body the JSON, and the file as `file`.
pub(crate) fn read(content_type: &str, body: &[u8]) -> Option<Value> {
    let boundary = content_type.split("boundary=").nth(1)?.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}");
    let is_form = content_type.starts_with("multipart/form-data");
    let mut whole = Map::new();
    for part in split(body, mark.as_bytes()).into_iter().skip(1).take(MOST_PARTS) {
        let Some(part) = part.strip_prefix(b"\r\n") else { break };
        let Some(at) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..at]);
        let content = part[at + 4..].strip_suffix(b"\r\n").unwrap_or(&part[at + 4..]);
        let header = |name: &str| {
            let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(name))?;
            line.split_once(':').map(|(_, value)| value.trim().to_owned())
        };
        let media_type = header("content-type").unwrap_or_default();
        let disposition = header("content-disposition").unwrap_or_default();
        let file_name = parameter(&disposition, "filename");
        if is_form {
            let Some(name) = parameter(&disposition, "name") else { continue };
            let value = match file_name {
                Some(file_name) => file(&media_type, Some(file_name), content),
                None => Value::from(String::from_utf8_lossy(content).into_owned()),
            };
            whole.insert(name, value);
        } else if media_type.starts_with("application/json") && whole.is_empty() {
            whole = serde_json::from_slice(content).ok()?;
        } else {
            whole.insert("file".to_owned(), file(&media_type, file_name, content));
        }
    }
    Some(Value::Object(whole))
}

fn file(media_type: &str, name: Option<String>, content: &[u8]) -> Value {
    let kept = (content.len() <= KEPT_FILE).then(|| STANDARD.encode(content));
    json!({ "name": name, "media_type": media_type, "bytes": content.len(), "base64": kept })
}

fn parameter(header: &str, name: &str) -> Option<String> {
    let mut parameters = header.split(';').map(str::trim).filter_map(|one| one.split_once('='));
    parameters.find(|(key, _)| *key == name).map(|(_, value)| value.trim_matches('"').to_owned())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn split<'b>(mut bytes: &'b [u8], mark: &[u8]) -> Vec<&'b [u8]> {
    let mut parts = Vec::new();
    while let Some(at) = find(bytes, mark) {
        parts.push(&bytes[..at]);
        bytes = &bytes[at + mark.len()..];
    }
    parts.push(bytes);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_related_bodies() {
        let form = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b\r\n\
            Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n";
        let read_form = read("multipart/form-data; boundary=b", form).unwrap();
        assert_eq!(
            (&read_form["a"], &read_form["f"]["name"], &read_form["f"]["bytes"]),
            (&json!("1"), &json!("x.txt"), &json!(2))
        );
        let related = b"--b\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"name\":\"n\"}\r\n--b\r\nContent-Type: image/png\r\n\r\n\x89P\r\n--b--";
        let related = read("multipart/related; boundary=b", related).unwrap();
        assert_eq!((&related["name"], &related["file"]["base64"]), (&json!("n"), &json!("iVA=")));
        assert_eq!(read("multipart/form-data", b"x"), None);
        assert_eq!(read("multipart/form-data; boundary=b", b"x"), Some(json!({})));
    }
}
