//! What a page sends, taken apart: `multipart/form-data`, or `application/x-www-form-urlencoded` from forms without files.

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, header};

/// Parts of one form.
const MOST_PARTS: usize = 500;

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
        let file = field.file_name().map(connect::file_name);
        let media_type = field.content_type().map(ToString::to_string).filter(|text| connect::is_media_type(text));
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
            assert_eq!(connect::file_name(sent), kept, "{sent:?}");
        }
        assert_eq!(connect::file_name(&"x".repeat(5_000)).len(), 200);
    }
}
