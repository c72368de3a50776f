//! What is known about a call that brought no answer: above all, whether anything was sent.

use std::time::Duration;

use bytes::Bytes;
use egress::{FailureKind, SendLimits};
use http::Method;
use tokio::net::TcpListener;

use crate::dial::distrusted;
use crate::upstream::{closed, get, open, raw, request, send};

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let failure = send(&open(), get(format!("http://{address}/?key=secret"))).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false));
    assert_eq!(failure.message, format!("No connection to {address}: nothing accepts connections there"));
}

#[tokio::test]
async fn nothing_is_sent_to_an_unknown_host() {
    let failure = send(&closed(), get("http://no-such-host.invalid/")).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Dns, false));
    assert_eq!(failure.message, "The host name no-such-host.invalid could not be found");
}

#[tokio::test]
async fn nothing_is_sent_before_a_failed_tls_handshake() {
    let address = raw("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let mut post = request(Method::POST, format!("https://{address}/"));
    post.body = Bytes::from_static(b"charge");
    let failure = send(&open(), post).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Tls, false), "{failure}");
    assert_eq!(failure.message, format!("No secure connection to {address}: it does not speak https on this port"));
}

#[tokio::test]
async fn a_refused_certificate_names_its_host_and_who_can_mend_it() {
    for (case, egress, address, why) in distrusted().await {
        let mut post = request(Method::POST, format!("https://localhost:{}/charge?key=secret", address.port()));
        post.body = Bytes::from_static(b"charge");
        let failure = send(&egress, post).await.expect_err(case);
        assert_eq!((failure.kind, failure.sent, failure.kind.code()), (FailureKind::Certificate, false, "egress.certificate"));
        let host = format!("localhost:{}", address.port());
        assert!(failure.message.starts_with(&format!("No secure connection to {host}: {why}")), "{case}: {failure}");
        assert_eq!(failure.untrusted.as_deref(), Some(host.as_str()), "{case}");
        assert!(!failure.message.contains("secret"), "{failure}");
    }
}

#[tokio::test]
async fn the_certificate_behind_a_redirect_is_told_of_its_own_host() {
    let (case, egress, address, _) = distrusted().await.remove(2);
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: https://localhost:{}/\r\ncontent-length: 0\r\n\r\n",
        address.port()
    );
    let first = raw(answer).await;
    let failure = send(&egress, get(format!("http://{first}/"))).await.expect_err(case);
    assert_eq!(
        (failure.kind, failure.untrusted.clone()),
        (FailureKind::Certificate, Some(format!("localhost:{}", address.port())))
    );
    assert!(!failure.is_indeterminate(), "the first has answered, the second got nothing");
}

#[tokio::test]
async fn nothing_is_sent_while_the_connection_is_still_being_made() {
    // Accepts the connection but never answers the TLS handshake: the call's own limit ends it before the connect timeout.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for body in ["", "charge"] {
        let mut post = request(Method::POST, format!("https://{address}/"));
        post.body = Bytes::from_static(body.as_bytes());
        let limits = SendLimits { timeout: Duration::from_millis(150), ..SendLimits::default() };
        let failure = open().send(post, &limits).await.unwrap_err();
        assert_eq!((failure.kind, failure.sent), (FailureKind::Timeout, false), "{body:?}: {failure}");
    }
    // And the other way round.
    let failure = send(&open(), get(format!("https://{address}/"))).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Connect, false), "{failure}");
}

#[tokio::test]
async fn a_connection_closed_without_an_answer_may_have_been_heard() {
    let address = raw("").await;
    for method in [Method::GET, Method::POST] {
        let failure = send(&open(), request(method, format!("http://{address}/"))).await.unwrap_err();
        assert_eq!((failure.kind, failure.sent), (FailureKind::Reset, true));
        assert!(failure.is_indeterminate());
        assert_eq!(failure.message, format!("The connection to {address} ended before a complete answer arrived"));
    }
}

#[tokio::test]
async fn an_answer_cut_short_is_no_answer() {
    for (name, answer) in [
        ("by length", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this"),
        ("by chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ] {
        let address = raw(answer).await;
        let failure = send(&open(), get(format!("http://{address}/"))).await.expect_err(name);
        assert_eq!((failure.kind, failure.sent, failure.status), (FailureKind::Reset, true, Some(200)), "{name}: {failure}");
        assert!(failure.is_indeterminate(), "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_decompressed_is_said() {
    let address = raw("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 9\r\n\r\nnot gzip!").await;
    let failure = send(&open(), get(format!("http://{address}/"))).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent), (FailureKind::Other, true), "{failure}");
}

#[tokio::test]
async fn no_failure_tells_what_the_address_carries() {
    let address = raw("").await;
    let failure = send(&open(), get(format!("http://{address}/path?token=hunter2"))).await.unwrap_err();
    assert!(!format!("{failure:?}").contains("hunter2"));
    let call = get(format!("http://{address}/?token=hunter2"));
    assert!(!format!("{call:?}").contains("hunter2"));
}
