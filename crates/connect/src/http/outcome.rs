//! What an answer's status means (RFC 9110, 15; RFC 6585 for 429; RFC 8470 for 425).

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use model::run::ErrorClass;

use crate::CallError;

/// Nothing for a success; the error's message names `host`.
pub(crate) fn error_of(status: u16, headers: &HeaderMap, host: &str, has_credential: bool) -> Option<CallError> {
    let (class, indeterminate) = match status {
        0..=399 => return None,
        401 => (ErrorClass::Auth, false),
        403 => (ErrorClass::Permission, false),
        // The server says that it did not begin.
        408 | 425 => (ErrorClass::Transient, false),
        429 => (ErrorClass::RateLimited, false),
        400..=499 => (ErrorClass::Rejected, false),
        // It may have failed after the effect.
        500.. => (ErrorClass::Transient, true),
    };
    let hint = match (status, has_credential) {
        (401, true) => "; the credentials of this step's connection are not accepted",
        (401, false) => "; it wants credentials: choose a connection for this step",
        (403, _) => "; the credentials do not allow this",
        (429, _) => "; it wants fewer requests for a while",
        _ => "",
    };
    let message = format!("The server at {host} answered {}{hint}", name(status));
    Some(CallError {
        indeterminate,
        status: Some(status),
        retry_after_ms: retry_after_ms(headers),
        ..CallError::new(class, "http.status", message)
    })
}

fn name(status: u16) -> String {
    match StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{status} {reason}"),
        None => status.to_string(),
    }
}

/// How long to wait, from `Retry-After` in seconds or as a date. A date is only as good as the clock it was written by, so it
/// counts from the answer's own `Date`; without one it says nothing.
pub(crate) fn retry_after_ms(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1000);
    }
    // Outside the standard, but some send it.
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok().and_then(|wait| u64::try_from(wait.as_millis()).ok());
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let date = httpdate::parse_http_date(headers.get(header::DATE)?.to_str().ok()?).ok()?;
    let wait = until.duration_since(date).unwrap_or_default();
    u64::try_from(wait.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn statuses() {
        let none = HeaderMap::new();
        for status in [200, 201, 204, 206, 302, 304] {
            assert_eq!(error_of(status, &none, "h", false), None, "{status}");
        }
        let cases = [
            (400, ErrorClass::Rejected, false),
            (401, ErrorClass::Auth, false),
            (403, ErrorClass::Permission, false),
            (404, ErrorClass::Rejected, false),
            (408, ErrorClass::Transient, false),
            (409, ErrorClass::Rejected, false),
            (422, ErrorClass::Rejected, false),
            (425, ErrorClass::Transient, false),
            (429, ErrorClass::RateLimited, false),
            (500, ErrorClass::Transient, true),
            (503, ErrorClass::Transient, true),
            (599, ErrorClass::Transient, true),
        ];
        for (status, class, indeterminate) in cases {
            let error = error_of(status, &none, "h", false).expect("an error");
            assert_eq!((error.class, error.indeterminate, error.status), (class, indeterminate, Some(status)), "{status}");
        }
        let error = error_of(404, &none, "api.example.com", false).expect("an error");
        assert_eq!(error.message, "The server at api.example.com answered 404 Not Found");
    }

    #[test]
    fn waiting_times() {
        let cases = [
            (&[("retry-after", "120")][..], Some(120_000)),
            (&[("retry-after", " 0 ")], Some(0)),
            (&[("retry-after", "1.5")], Some(1_500)),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), ("date", "Wed, 21 Oct 2015 07:28:00 GMT")], Some(30_000)),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"), ("date", "Wed, 21 Oct 2015 07:29:00 GMT")], Some(0)),
            (&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], None),
            (&[("retry-after", "soon")], None),
            (&[("retry-after", "-5")], None),
            (&[("retry-after", "99999999999999999999999")], None),
            (&[], None),
        ];
        for (pairs, wait) in cases {
            assert_eq!(retry_after_ms(&headers(pairs)), wait, "{pairs:?}");
        }
    }
}
