//! Writes that a browser makes with its cookie must come from our own pages.

use axum::http::{HeaderMap, Method, StatusCode, header};

use crate::error::ApiError;

/// `base_url`: our own public origin. A request with neither `Sec-Fetch-Site` nor `Origin` was not made by a page in a browser:
/// every browser sends `Origin` with such a write.
pub(super) fn check(method: &Method, headers: &HeaderMap, base_url: &str) -> Result<(), ApiError> {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let ours = match (text("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => origin.to_str().is_ok_and(|origin| is_ours(origin, text("host"), base_url)),
    };
    if ours {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::FORBIDDEN, "origin", "This was sent from another website's page and was not carried out."))
}

fn is_ours(origin: &str, host: Option<&str>, base_url: &str) -> bool {
    if origin.eq_ignore_ascii_case(origin_of(base_url)) {
        return true;
    }
    let authority = origin.split_once("://").map(|(_, authority)| authority);
    matches!((authority, host), (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host))
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> &str {
    let after_scheme = url.find("://").map_or(0, |at| at + 3);
    let end = url[after_scheme..].find('/').map_or(url.len(), |at| after_scheme + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(pairs: &[(&'static str, &'static str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect();
        check(&Method::POST, &headers, "https://patchbay.example.com/base").is_ok()
    }

    #[test]
    fn only_our_own_pages_pass() {
        assert!(passes(&[("sec-fetch-site", "same-origin"), ("origin", "https://patchbay.example.com")]));
        assert!(passes(&[("origin", "https://patchbay.example.com"), ("host", "internal:8080")]));
        assert!(passes(&[("origin", "http://internal:8080"), ("host", "internal:8080")]));
        assert!(passes(&[("host", "internal:8080")]), "not a browser");
        for bad in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site"), ("origin", "https://patchbay.example.com")],
            &[("origin", "https://evil.example.com"), ("host", "patchbay.example.com")],
            &[("origin", "null"), ("host", "patchbay.example.com")],
            &[("origin", "https://patchbay.example.com.evil.com"), ("host", "patchbay.example.com")],
        ] {
            assert!(!passes(bad), "{bad:?}");
        }
    }
}
