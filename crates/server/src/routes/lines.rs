//! Answers that are written piece by piece while they are found: nothing of them is gathered, and whoever closes the connection ends
//! the work.

use axum::{
    BoxError,
    body::{Body, Bytes},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use futures_util::{Stream, StreamExt};
use serde::Serialize;

pub(crate) const JSON_LINES: &str = "application/jsonl; charset=utf-8";
pub(crate) const CSV: &str = "text/csv; charset=utf-8; header=present";

/// One value as a line of JSON.
pub(crate) fn json_line(line: &impl Serialize) -> Vec<u8> {
    // Our own types can always be written.
    let mut bytes = serde_json::to_vec(line).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A body from pieces; no proxy is to gather them.
pub(crate) fn answer<E: Into<BoxError> + 'static>(
    content_type: &'static str,
    pieces: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
) -> Response {
    let mut response = Response::new(Body::from_stream(pieces.map(|piece| piece.map(Bytes::from))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// The same, to be saved under a name.
pub(crate) fn file<E: Into<BoxError> + 'static>(
    content_type: &'static str,
    name: &str,
    pieces: impl Stream<Item = Result<Vec<u8>, E>> + Send + 'static,
) -> Response {
    let mut response = answer(content_type, pieces);
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// A line of CSV (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe before it: texts of strangers stand in
/// these files.
pub(crate) fn csv_line<'a>(cells: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut line = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) { "'" } else { "" };
        if cell.contains([',', '"', '\r', '\n']) {
            line.push_str(&format!("\"{guard}{}\"", cell.replace('"', "\"\"")));
        } else {
            line.push_str(guard);
            line.push_str(cell);
        }
    }
    line.push_str("\r\n");
    line.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn cells_stay_cells_and_text() {
        let line = |cells: &[&str]| String::from_utf8(csv_line(cells.iter().copied())).expect("text");
        assert_eq!(line(&["a", "", "b c"]), "a,,b c\r\n");
        assert_eq!(line(&["a,b", "say \"hi\"", "two\nlines"]), "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\"\r\n");
        assert_eq!(line(&["=1+1", "@x", "-2", "+3", "\t=1"]), "'=1+1,'@x,'-2,'+3,'\t=1\r\n");
        assert_eq!(line(&["=HYPERLINK(\"http://x\",\"y\")"]), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"\r\n");
    }
}
