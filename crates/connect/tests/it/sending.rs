use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Json;
use axum::routing::any;
use serde_json::{Value, json};

use crate::upstream::{call, serve};

/// Answers with what arrived.
async fn mirror(method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Json<Value> {
    let header = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Json(json!({
        "method": method.as_str(),
        "uri": uri.to_string(),
        "body": String::from_utf8_lossy(&body),
        "key": header("idempotency-key"),
        "type": header("content-type"),
        "agent": header("user-agent"),
        "name": header("x-name"),
    }))
}

async fn arrived(mut input: Value) -> Value {
    let address = serve(Router::new().route("/{*path}", any(mirror))).await;
    input["url"] = json!(format!("http://{address}{}", input["url"].as_str().unwrap_or("/x")));
    call(input).await.outcome.unwrap()["body"].take()
}

#[tokio::test]
async fn a_request_arrives_as_prepared() {
    let seen = arrived(json!({
        "method": "POST", "url": "/contacts?a=1", "query": {"q": "x y"}, "headers": {"X-Name": "Zoë", "User-Agent": "mine"},
        "body_kind": "json", "body": {"name": "Ada"},
    }))
    .await;
    assert_eq!((&seen["method"], &seen["uri"]), (&json!("POST"), &json!("/contacts?a=1&q=x+y")));
    assert_eq!((&seen["body"], &seen["type"]), (&json!(r#"{"name":"Ada"}"#), &json!("application/json")));
    assert_eq!((&seen["name"], &seen["agent"]), (&json!("Zoë"), &json!("mine")));
    assert_eq!(seen["key"], Value::Null, "no key where the receiver was not said to honour one");
}

#[tokio::test]
async fn the_key_goes_along_where_the_maker_says_it_is_honoured() {
    for method in ["POST", "PATCH"] {
        let seen = arrived(json!({ "method": method, "repeatable": true })).await;
        assert_eq!(seen["key"], "key-1", "{method}");
    }
    let own = json!({ "method": "POST", "repeatable": true, "headers": {"Idempotency-Key": "order-7"} });
    assert_eq!(arrived(own).await["key"], "order-7");
    assert_eq!(arrived(json!({ "method": "PUT" })).await["key"], Value::Null);
}

#[tokio::test]
async fn any_method_may_have_a_body() {
    for method in ["GET", "DELETE", "PATCH"] {
        let seen = arrived(json!({ "method": method, "body_kind": "form", "body": {"a": "ä&b"} })).await;
        assert_eq!((&seen["method"], &seen["body"]), (&json!(method), &json!("a=%C3%A4%26b")));
    }
}

#[tokio::test]
async fn an_answer_to_head_has_no_body() {
    let address = serve(Router::new().route("/", any(|| async { "text" }))).await;
    let output = call(json!({ "method": "HEAD", "url": format!("http://{address}/"), "answer": "json" })).await.outcome.unwrap();
    assert_eq!((&output["status"], &output["body"]), (&json!(200), &Value::Null));
    assert_eq!(output["headers"]["content-length"], "4");
}
