//! What a redirect does to a request (RFC 9110, 15.4, and the Fetch standard's HTTP-redirect fetch).

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{Method, StatusCode};
use url::Url;

use crate::request::Request;

/// Where the answer sends the request next; nothing when it is no redirect or names no readable place.
pub(crate) fn target(status: StatusCode, headers: &HeaderMap, from: &Url) -> Option<Url> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = std::str::from_utf8(headers.get(header::LOCATION)?.as_bytes()).ok()?;
    from.join(location).ok()
}

/// Turns `request` into the one to send to `target`.
pub(crate) fn follow(request: &mut Request, status: StatusCode, mut target: Url) {
    let becomes_get = match status.as_u16() {
        303 => request.method != Method::HEAD,
        301 | 302 => request.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body = Bytes::new();
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING] {
            request.headers.remove(name);
        }
    }
    // Ports are part of the origin, and so is the scheme: a step down to http counts as another origin.
    if request.url.origin() != target.origin() {
        const WELL_KNOWN: [HeaderName; 4] =
            [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION, header::WWW_AUTHENTICATE];
        for name in WELL_KNOWN.iter().chain(&request.secret_headers) {
            request.headers.remove(name);
        }
        // A host name typed by hand belongs to the first receiver.
        request.headers.remove(header::HOST);
    }
    // A server must not choose the credentials we present elsewhere. Neither call can fail on an address with a host.
    let _ = target.set_username("");
    let _ = target.set_password(None);
    if target.fragment().is_none() {
        target.set_fragment(request.url.fragment());
    }
    request.url = target;
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn request(method: Method) -> Request {
        let mut request = Request::new(method, Url::parse("https://a.example/x").expect("an address"));
        request.headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer s"));
        request.headers.insert("x-api-key", HeaderValue::from_static("s"));
        request.headers.insert("x-plain", HeaderValue::from_static("p"));
        request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        request.body = Bytes::from_static(b"hello");
        request.secret_headers = vec![HeaderName::from_static("x-api-key")];
        request
    }

    #[test]
    fn the_method_follows_the_status() {
        let cases = [
            (Method::POST, 301, Method::GET),
            (Method::POST, 302, Method::GET),
            (Method::PUT, 302, Method::PUT),
            (Method::PUT, 303, Method::GET),
            (Method::HEAD, 303, Method::HEAD),
            (Method::POST, 307, Method::POST),
            (Method::DELETE, 308, Method::DELETE),
        ];
        for (before, status, after) in cases {
            let mut request = request(before.clone());
            let target = Url::parse("https://a.example/y").expect("an address");
            follow(&mut request, StatusCode::from_u16(status).expect("a status"), target);
            assert_eq!(request.method, after, "{before} {status}");
            assert_eq!(request.body.is_empty(), before != after, "{before} {status}");
        }
    }

    #[test]
    fn secrets_stay_with_their_origin() {
        let cases = [
            ("https://a.example/y", true),
            ("https://a.example:443/y", true),
            ("http://a.example/y", false),
            ("https://a.example:8443/y", false),
            ("https://b.example/y", false),
        ];
        for (target, kept) in cases {
            let mut request = request(Method::GET);
            follow(&mut request, StatusCode::FOUND, Url::parse(target).expect("an address"));
            assert_eq!(request.headers.contains_key(header::AUTHORIZATION), kept, "{target}");
            assert_eq!(request.headers.contains_key("x-api-key"), kept, "{target}");
            assert!(request.headers.contains_key("x-plain"), "{target}");
        }
    }

    #[test]
    fn credentials_in_the_target_are_dropped() {
        let mut request = request(Method::GET);
        let target = Url::parse("https://eve:pw@b.example/").expect("an address");
        follow(&mut request, StatusCode::FOUND, target);
        assert_eq!(request.url.as_str(), "https://b.example/");
    }
}
