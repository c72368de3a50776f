//! What a page sends, taken apart: `multipart/form-data`, or `application/x-www-form-urlencoded` from forms without files.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};

/// Parts of one form.
const MOST_PARTS: usize = 500;
/// Characters of a file's name.
const LONGEST_NAME: usize = 200;
/// Bytes of a media type.
const LONGEST_TYPE: usize = 100;

/// Names with what was sent under them, in order.
pub(super) type Parts = Vec<(String, Part)>;

#[derive(Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    File(Upload),
}

#[derive(Debug, PartialEq)]
pub(super) struct Upload {
    pub name: String,
    pub media_type: String,
    pub bytes: Bytes,
}

/// The error is a sentence about what is wrong.
pub(super) async fn read(headers: &HeaderMap, body: &Bytes) -> Result<Parts, String> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let pairs = form_urlencoded::parse(body).take(MOST_PARTS + 1);
        let parts: Parts = pairs.map(|(name, text)| (name.into_owned(), Part::Text(text.into_owned()))).collect();
        return bounded(parts);
    }
    if !media_type.eq_ignore_ascii_case("multipart/form-data") {
        return Err("This is not a form that was filled in. Load the page again.".into());
    }
    let boundary = multer::parse_boundary(content_type).map_err(|_| incomplete())?;
    let mut fields = multer::Multipart::new(stream::iter([Ok::<_, std::io::Error>(body.clone())]), boundary);
    let mut parts = Parts::new();
    while let Some(field) = fields.next_field().await.map_err(|_| incomplete())? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.file_name().map(cleaned);
        let media_type = field.content_type().map(ToString::to_string).filter(|text| is_media_type(text));
        let bytes = field.bytes().await.map_err(|_| incomplete())?;
        let part = match file {
            Some(name) => {
                Part::File(Upload { name, media_type: media_type.unwrap_or_else(|| "application/octet-stream".into()), bytes })
            }
            None => Part::Text(String::from_utf8(bytes.to_vec()).map_err(|_| "The form holds text that cannot be read.")?),
        };
        parts.push((name, part));
        if parts.len() > MOST_PARTS {
            break;
        }
    }
    bounded(parts)
}

fn bounded(parts: Parts) -> Result<Parts, String> {
    if parts.len() > MOST_PARTS { Err(format!("The form has more than {MOST_PARTS} parts.")) } else { Ok(parts) }
}

fn incomplete() -> String {
    "The form did not arrive completely. Send it again.".into()
}

/// The last part of a path only, without what would end a line or turn the direction of text: a sender's folders say nothing here.
fn cleaned(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let is_odd =
        |c: &char| c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let plain: String = last.chars().filter(|c| !is_odd(c)).take(LONGEST_NAME).collect();
    let plain = plain.trim();
    if matches!(plain, "" | "." | "..") { "file".into() } else { plain.into() }
}

fn is_media_type(text: &str) -> bool {
    text.len() <= LONGEST_TYPE && text.contains('/') && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn parts(content_type: &str, body: &[u8]) -> Result<Parts, String> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        read(&headers, &Bytes::copy_from_slice(body)).await
    }

    fn text(name: &str, text: &str) -> (String, Part) {
        (name.into(), Part::Text(text.into()))
    }

    #[tokio::test]
    async fn both_encodings_are_read() {
        let read = parts("application/x-www-form-urlencoded; charset=utf-8", b"a=x+y&b=%C3%A9&a=2").await.unwrap();
        assert_eq!(read, [text("a", "x y"), text("b", "é"), text("a", "2")]);
        let body = b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"C:\\fake\\..\\cv.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--X--\r\n";
        let read = parts("multipart/form-data; boundary=X", body).await.unwrap();
        let cv = Upload { name: "cv.pdf".into(), media_type: "application/pdf".into(), bytes: Bytes::from_static(b"%PDF") };
        assert_eq!(read, [text("a", "1"), ("cv".into(), Part::File(cv))]);
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        for (kind, body) in [
            ("application/json", &b"{}"[..]),
            ("text/plain", b"a=1"),
            ("multipart/form-data", b"--X--"),
            ("multipart/form-data; boundary=X", b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ncut"),
            (
                "multipart/form-data; boundary=X",
                b"--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\xfe\r\n--X--\r\n",
            ),
            ("application/x-www-form-urlencoded", "a=1&".repeat(MOST_PARTS + 1).as_bytes()),
        ] {
            assert!(parts(kind, body).await.is_err(), "{kind}");
        }
    }

    #[test]
    fn names_of_files_are_names_only() {
        for (sent, kept) in [
            ("cv.pdf", "cv.pdf"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\ada\\cv.pdf", "cv.pdf"),
            ("a\r\nX-Header: b", "aX-Header: b"),
            ("..", "file"),
            ("", "file"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("résumé.pdf", "résumé.pdf"),
        ] {
            assert_eq!(cleaned(sent), kept, "{sent:?}");
        }
        assert_eq!(cleaned(&"x".repeat(5_000)).len(), LONGEST_NAME);
    }
}
