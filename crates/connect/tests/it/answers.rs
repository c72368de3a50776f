use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{any, get};
use connect::RECORD_BODY_BYTES;
use model::run::{CallOutcome, Datum, ErrorClass};
use serde_json::{Value, json};

use crate::upstream::{call, call_within, serve};

/// Serves one answer and calls it.
async fn answered(content_type: &'static str, body: &'static [u8], answer: &str) -> Result<Value, connect::CallError> {
    let router = Router::new().route("/", get(move || async move { ([(header::CONTENT_TYPE, content_type)], body) }));
    let address = serve(router).await;
    let result = call(json!({ "url": format!("http://{address}/"), "answer": answer })).await;
    result.outcome.map(|mut output| output["body"].take())
}

#[tokio::test]
async fn a_body_is_read_as_its_type_says() {
    let cases: [(&str, &[u8], &str, Value); 12] = [
        ("application/json", br#"{"id":9007199254740993}"#, "auto", json!({ "id": 9_007_199_254_740_993_u64 })),
        ("application/problem+json; charset=utf-8", b"[1]", "auto", json!([1])),
        ("application/json", b"\xef\xbb\xbf{}", "auto", json!({})),
        ("application/json", b"not json", "auto", json!("not json")),
        ("text/html", b"<p>", "auto", json!("<p>")),
        ("text/plain; charset=ISO-8859-1", b"Zo\xeb", "auto", json!("Zoë")),
        (
            "application/octet-stream",
            b"\x00\x01",
            "auto",
            json!({"name": "file", "media_type": "application/octet-stream", "bytes": 2, "base64": "AAE="}),
        ),
        ("application/octet-stream", b"plain", "auto", json!("plain")),
        ("text/plain", b"{}", "json", json!({})),
        ("application/json", b"{}", "text", json!("{}")),
        ("image/png", b"\x89PNG", "binary", json!({"name": "file", "media_type": "image/png", "bytes": 4, "base64": "iVBORw=="})),
        ("application/json", b"", "auto", Value::Null),
    ];
    for (content_type, body, answer, expected) in cases {
        assert_eq!(answered(content_type, body, answer).await.unwrap(), expected, "{content_type} as {answer}");
    }
}

#[tokio::test]
async fn an_answer_that_had_to_be_json_and_is_not_fails_for_good() {
    let error = answered("text/html", b"<p>", "json").await.unwrap_err();
    assert_eq!((error.class, error.code(), error.status), (ErrorClass::Permanent, "http.not_json", Some(200)));
    assert!(!error.indeterminate, "it was carried out: sending it again would do it twice");
}

#[tokio::test]
async fn the_output_has_status_headers_and_body() {
    let handler = || async {
        let mut answer =
            (StatusCode::CREATED, [("x-id", "7"), ("content-type", "application/json")], r#"{"ok":true}"#).into_response();
        answer.headers_mut().append("x-id", "8".parse().unwrap());
        answer.headers_mut().append("set-cookie", "session=hunter22".parse().unwrap());
        answer
    };
    let address = serve(Router::new().route("/", get(handler))).await;
    let result = call(json!({ "url": format!("http://{address}/") })).await;
    let output = result.outcome.clone().unwrap();
    assert_eq!(
        (&output["status"], &output["headers"]["x-id"], &output["body"]),
        (&json!(201), &json!("7, 8"), &json!({"ok": true}))
    );
    assert_eq!(output["headers"]["set-cookie"], "•••");
    let response = result.response.clone().unwrap();
    assert_eq!((response.status, response.body, response.bytes), (201, None, 11));
    assert!(!format!("{result:?}").contains("hunter22"));
    assert_eq!(result.into_outcome(), CallOutcome::Succeeded { output, response: None });
}

#[tokio::test]
async fn statuses_become_outcomes() {
    async fn answer(Path(status): Path<u16>) -> impl IntoResponse {
        (StatusCode::from_u16(status).unwrap(), [(header::RETRY_AFTER, "3")], r#"{"error":"no such customer"}"#)
    }
    let address = serve(Router::new().route("/{status}", any(answer))).await;
    let call = async |status: u16| call(json!({ "method": "POST", "url": format!("http://{address}/{status}") })).await;

    assert_eq!(call(204).await.outcome.unwrap()["body"], Value::Null);
    assert_eq!(call(304).await.outcome.unwrap()["status"], 304);
    for (status, class, indeterminate) in [
        (400, ErrorClass::Rejected, false),
        (401, ErrorClass::Auth, false),
        (403, ErrorClass::Permission, false),
        (404, ErrorClass::Rejected, false),
        (408, ErrorClass::Transient, false),
        (429, ErrorClass::RateLimited, false),
        (500, ErrorClass::Transient, true),
        (503, ErrorClass::Transient, true),
    ] {
        let result = call(status).await;
        let error = result.outcome.clone().unwrap_err();
        assert_eq!((error.class, error.indeterminate), (class, indeterminate), "{status}");
        assert_eq!((error.status, error.retry_after_ms, error.code()), (Some(status), Some(3000), "http.status"), "{status}");
        assert!(error.message.starts_with(&format!("The server at 127.0.0.1 answered {status} ")), "{error}");

        let CallOutcome::Failed { error, retry_after_ms, .. } = result.into_outcome() else { panic!("{status} succeeded") };
        assert_eq!(retry_after_ms, Some(3000));
        let Some(Datum::Inline(response)) = error.response else { panic!("{status}: the answer is not shown") };
        assert_eq!(response["body"], r#"{"error":"no such customer"}"#, "{status}");
    }
}

#[tokio::test]
async fn of_a_long_failure_only_the_beginning_is_kept() {
    let handler = || async { (StatusCode::BAD_REQUEST, "x".repeat(RECORD_BODY_BYTES + 1)) };
    let address = serve(Router::new().route("/", get(handler))).await;
    let response = call(json!({ "url": format!("http://{address}/") })).await.response.unwrap();
    assert_eq!(response.body.map(|body| body.len()), Some(RECORD_BODY_BYTES));
    assert_eq!((response.truncated, response.bytes), (true, RECORD_BODY_BYTES as u64 + 1));
}

#[tokio::test]
async fn limits_and_cut_connections() {
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(30)).await;
    };
    let cut = || async {
        let first = Ok::<_, std::io::Error>("begin");
        let stream = futures_util::stream::iter([first, Err(std::io::Error::other("gone"))]);
        Body::from_stream(stream)
    };
    let address =
        serve(Router::new().route("/slow", any(slow)).route("/big", any(|| async { "x".repeat(101) })).route("/cut", any(cut)))
            .await;
    let failed = async |path: &str| {
        let input = json!({ "method": "POST", "url": format!("http://{address}{path}"), "max_response_bytes": 100 });
        call_within(input, None, Duration::from_millis(200)).await.outcome.unwrap_err()
    };
    let error = failed("/slow").await;
    assert_eq!((error.class, error.indeterminate, error.code()), (ErrorClass::TimedOut, true, "egress.timeout"));
    let error = failed("/cut").await;
    assert_eq!((error.class, error.indeterminate, error.code()), (ErrorClass::Transient, true, "egress.reset"));
    let error = failed("/big").await;
    assert_eq!((error.class, error.indeterminate, error.code()), (ErrorClass::Permanent, false, "egress.too_large"));
    assert_eq!(error.status, Some(200));
}

#[tokio::test]
async fn what_surely_did_not_happen_is_definite() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = call(json!({ "method": "POST", "url": format!("http://{address}/") })).await.outcome.unwrap_err();
    assert_eq!((error.class, error.indeterminate, error.code()), (ErrorClass::Transient, false, "egress.connect"));

    let error = call(json!({ "method": "POST", "url": "http://169.254.169.254/" })).await.outcome.unwrap_err();
    assert_eq!((error.class, error.indeterminate, error.code()), (ErrorClass::Permanent, false, "egress.refused"));
    assert!(error.message.contains("metadata address"), "{error}");
}
