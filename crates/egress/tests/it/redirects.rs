use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::{any, get as route};
use bytes::Bytes;
use egress::{FailureKind, SendLimits};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

use crate::upstream::{get, open, raw, request, send, serve, text, with};

fn to(status: u16, location: String) -> impl IntoResponse {
    (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, location)])
}

#[tokio::test]
async fn a_redirect_to_a_refused_address_is_not_followed() {
    for target in [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::1]:1/",
        "//10.0.0.1/",
        "http://2852039166/",
    ] {
        let address = raw(format!("HTTP/1.1 302 Found\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n")).await;
        let failure = send(&open(), get(format!("http://{address}/"))).await.expect_err(target);
        assert_eq!((failure.kind, failure.status), (FailureKind::Refused, Some(302)), "{target}: {failure}");
        assert!(failure.sent && !failure.is_indeterminate(), "the redirect itself was a complete answer");
    }
}

#[tokio::test]
async fn a_redirect_by_name_is_resolved_and_refused() {
    let address = raw("HTTP/1.1 302 Found\r\nlocation: http://localhost:1/\r\ncontent-length: 0\r\n\r\n").await;
    // Only this very address is open, so the name must be refused through ::1 or reach nothing through 127.0.0.1.
    let failure = send(&with("127.0.0.2"), get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Refused);

    let failure = send(&open(), get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connect);
    assert!(failure.sent && failure.is_indeterminate(), "an earlier hop was sent");
}

#[tokio::test]
async fn a_redirect_to_another_scheme_is_refused() {
    let address = raw("HTTP/1.1 302 Found\r\nlocation: file:///etc/passwd\r\ncontent-length: 0\r\n\r\n").await;
    let failure = send(&open(), get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidUrl);
}

#[tokio::test]
async fn secrets_do_not_follow_to_another_origin() {
    async fn names(headers: HeaderMap) -> String {
        let mut names: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        names.sort();
        names.join(",")
    }
    let other = serve(Router::new().route("/", route(names))).await;
    let there = format!("http://{other}/");
    let first = serve(
        Router::new()
            .route("/away", route(move || async move { to(302, there) }))
            .route("/here", route(|| async { to(302, "/end".to_owned()) }))
            .route("/end", route(names)),
    )
    .await;

    let with_secrets = |path: &str| {
        let mut request = get(format!("http://{first}{path}"));
        for name in ["authorization", "cookie", "x-api-key", "x-plain"] {
            request.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("v"));
        }
        request.secret_headers = vec![HeaderName::from_static("x-api-key")];
        request
    };
    let kept = text(&send(&open(), with_secrets("/here")).await.unwrap());
    for name in ["authorization", "cookie", "x-api-key", "x-plain"] {
        assert!(kept.contains(name), "{name} in {kept}");
    }
    let response = send(&open(), with_secrets("/away")).await.unwrap();
    let left = text(&response);
    for name in ["authorization", "cookie", "x-api-key"] {
        assert!(!left.contains(name), "{name} in {left}");
    }
    assert!(left.contains("x-plain"), "{left}");
    assert_eq!((response.redirects, response.url.port()), (1, Some(other.port())));
}

#[tokio::test]
async fn the_body_goes_along_where_the_status_says_so() {
    async fn echo(method: Method, body: Bytes) -> String {
        format!("{method} {}", String::from_utf8_lossy(&body))
    }
    async fn turn(Path(status): Path<u16>) -> impl IntoResponse {
        to(status, "/echo".to_owned())
    }
    let address = serve(Router::new().route("/echo", any(echo)).route("/{status}", any(turn))).await;
    for (status, expected) in [(301, "GET "), (302, "GET "), (303, "GET "), (307, "POST hello"), (308, "POST hello")] {
        let mut post = request(Method::POST, format!("http://{address}/{status}"));
        post.body = Bytes::from_static(b"hello");
        assert_eq!(text(&send(&open(), post).await.unwrap()), expected, "{status}");
    }
}

#[tokio::test]
async fn a_loop_ends() {
    let address = serve(Router::new().route("/", any(|| async { to(302, "/".to_owned()) }))).await;
    let failure = send(&open(), get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent, failure.status), (FailureKind::TooManyRedirects, true, Some(302)));
    assert_eq!(failure.message, format!("{address} redirects more than 5 times"));
    assert!(!failure.is_indeterminate());
}

#[tokio::test]
async fn with_no_redirects_wanted_the_redirect_is_the_answer() {
    let address = serve(Router::new().route("/", any(|| async { to(302, "http://10.0.0.1/".to_owned()) }))).await;
    let limits = SendLimits { max_redirects: 0, ..SendLimits::default() };
    let response = open().send(get(format!("http://{address}/")), &limits).await.unwrap();
    assert_eq!((response.status, response.redirects), (302, 0));
    assert_eq!(response.headers[header::LOCATION], "http://10.0.0.1/");
}
