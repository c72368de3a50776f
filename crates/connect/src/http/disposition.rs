//! What a downloaded file is called.

use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;
use url::Url;

/// As the server says in `Content-Disposition` (RFC 6266): the encoded name before the plain one.
pub(super) fn file_name(headers: &HeaderMap) -> Option<String> {
    let text = String::from_utf8_lossy(headers.get(header::CONTENT_DISPOSITION)?.as_bytes()).into_owned();
    let parameters = parameters(&text);
    let value = |wanted: &str| parameters.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    let encoded = value("filename*").and_then(|value| {
        // `UTF-8'en'name`: the character set, the language, the name.
        let (set, rest) = value.split_once('\'')?;
        let (_, name) = rest.split_once('\'')?;
        let bytes: Vec<u8> = percent_decode_str(name).collect();
        let encoding = encoding_rs::Encoding::for_label(set.as_bytes())?;
        Some(encoding.decode(&bytes).0.into_owned())
    });
    encoded.or_else(|| value("filename").map(str::to_owned)).filter(|name| !name.trim().is_empty())
}

/// Of an address that ends in the name of a file: one with an ending.
pub(super) fn last_segment(url: &Url) -> Option<String> {
    let last = url.path_segments()?.next_back()?;
    let name = percent_decode_str(last).decode_utf8().ok()?.into_owned();
    let (stem, ending) = name.rsplit_once('.')?;
    (!stem.is_empty() && !ending.is_empty()).then_some(name)
}

/// `name=value` and `name="value"` after the first semicolon, names in lower case.
fn parameters(text: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), text.split_once(';').map_or("", |(_, rest)| rest));
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', '\t', ';']).to_ascii_lowercase();
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (value, next) = after.split_once(';').unwrap_or((after, ""));
                (value.trim().to_owned(), next)
            }
        };
        found.push((name, value));
        rest = next;
    }
    found
}

/// Up to the closing quote, and what comes after it.
fn unquoted(text: &str) -> (String, &str) {
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => return (value, &text[at + 1..]),
            '\\' if !escaped => escaped = true,
            _ => {
                escaped = false;
                value.push(c);
            }
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_header() {
        for (header, name) in [
            ("attachment; filename=plan.pdf", Some("plan.pdf")),
            ("attachment; filename=\"my plan.pdf\"; size=3", Some("my plan.pdf")),
            ("inline; FileName=\"a;b=\\\"c\\\".pdf\"", Some("a;b=\"c\".pdf")),
            ("attachment; filename=\"x.pdf\"; filename*=UTF-8''R%C3%A9sum%C3%A9.pdf", Some("Résumé.pdf")),
            ("attachment; filename*=iso-8859-1'en'%A3.txt", Some("£.txt")),
            ("attachment; filename*=nonsense; filename=plain.txt", Some("plain.txt")),
            ("attachment", None),
            ("attachment; filename=\"\"", None),
            ("", None),
        ] {
            let headers = [(header::CONTENT_DISPOSITION, header.parse().expect("a value"))].into_iter().collect();
            assert_eq!(file_name(&headers).as_deref(), name, "{header}");
        }
        assert_eq!(file_name(&HeaderMap::new()), None);
    }

    #[test]
    fn or_from_the_address() {
        for (url, name) in [
            ("https://example.com/a/plan%20b.pdf?x=1.y", Some("plan b.pdf")),
            ("https://example.com/a/download", None),
            ("https://example.com/", None),
            ("https://example.com/.pdf", None),
            ("https://example.com/%ff.pdf", None),
        ] {
            assert_eq!(last_segment(&Url::parse(url).expect("an address")).as_deref(), name, "{url}");
        }
    }
}
