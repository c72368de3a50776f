//! Writes that a browser makes with its cookie must come from our own pages.

use axum::http::{HeaderMap, Method, StatusCode, header, request::Parts};

use crate::{app::App, error::ApiError};

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

/// The same for the form of a page whose address is a secret.
///
/// Such a page passes no referrer on, and so browsers send `Origin: null` with its form (Fetch, 3.1); what is left is `Sec-Fetch-Site`,
/// which they only send over https and to the machine itself. Over plain http `null` therefore has to pass: there the secret address
/// alone protects, and cookies do not come along from other sites (`SameSite=Lax`).
pub(crate) fn own_form(parts: &Parts, app: &App) -> Result<(), ApiError> {
    let unsaid = !parts.headers.contains_key("sec-fetch-site")
        && parts.headers.get(header::ORIGIN).is_some_and(|origin| origin == "null")
        && !app.options.is_https();
    if unsaid { Ok(()) } else { check(&parts.method, &parts.headers, &app.base_url) }
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
