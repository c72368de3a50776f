//! Connectors that are data, against a real server: what no recorded case can show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Json};
use axum::routing::{any, get, post};
use connect::{AuthMethod, CallResult, Connect, Credential};
use manifest::{Connector, parse_folder};
use model::run::{EffectClass, ErrorClass};
use serde_json::{Value, json};
use testkit::CONNECTOR;

use crate::upstream::{connect, serve};

/// A connector with one operation, given by what its file says beside labels.
fn connector(operation: &str) -> Connector {
    let head = "label = \"Do\"\ndescription = \"Does it.\"\nchecked = { by = \"unchecked\" }\n";
    let files = [
        ("local/connector.toml".to_owned(), CONNECTOR.to_owned()),
        ("local/operations/do.toml".to_owned(), format!("{head}{operation}\n[output]\nsample = {{ a = 1 }}\n")),
    ];
    parse_folder(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn with(connector: Connector) -> Connect {
    connect().with_connectors(Arc::new(vec![connector]))
}

fn credential(base: &str) -> Credential {
    let values = [("base", base), ("key", "hunter22-key")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    Credential { method: AuthMethod::Manifest("key".into()), values: values.into(), allowed_hosts: Vec::new() }
}

async fn call(connect: &Connect, base: &str, input: Value) -> CallResult {
    let prepared = connect.prepare("local", "do", &input).unwrap();
    let stored = serde_json::to_string(&prepared.request).unwrap();
    assert!(!stored.contains("hunter22"), "{stored}");
    let request = serde_json::from_str(&stored).unwrap();
    connect.perform(&request, "key-1", Some(&credential(base)), Duration::from_secs(5)).await
}

const ECHO: &str = r#"
effect = "read"
idempotency = { class = "safe" }
[[fields]]
key = "id"
label = "Id"
kind = "text"
[[fields]]
key = "note"
label = "Note"
kind = "text"
[[requests]]
path = "/things/{input.id}"
query = { note = "{input.note}" }
headers = { X-Note = "{input.note}" }
"#;

async fn echo(uri: Uri, headers: HeaderMap) -> Json<Value> {
    let header = |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Json(json!({ "uri": uri.to_string(), "key": header("x-key").map(|key| key.len()), "note": header("x-note") }))
}

#[tokio::test]
async fn values_stay_in_their_place() {
    let base = format!("http://{}", serve(Router::new().fallback(any(echo))).await);
    let connect = with(connector(ECHO));
    let cases = [
        ("a/b", "/things/a%2Fb"),
        ("../admin", "/things/..%2Fadmin"),
        ("a?x=1#y", "/things/a%3Fx%3D1%23y"),
        ("%2e%2e", "/things/%252e%252e"),
        ("\\..\\x", "/things/%5C..%5Cx"),
        ("{connection.key}", "/things/%7Bconnection.key%7D"),
        ("@evil.example", "/things/%40evil.example"),
    ];
    for (id, path) in cases {
        let output = call(&connect, &base, json!({ "id": id })).await.outcome.unwrap();
        assert_eq!((&output["uri"], &output["key"]), (&json!(path), &json!(12)), "{id}");
    }
    for id in [".", "..", "", " "] {
        let error = connect.prepare("local", "do", &json!({ "id": id })).unwrap_err();
        assert_eq!((error.class, error.field.as_deref()), (ErrorClass::Input, Some("input.id")), "{id}");
    }
    // The key's name in data is text, in headers and queries alike.
    let output = call(&connect, &base, json!({ "id": "1", "note": "{connection.key}&b=1" })).await.outcome.unwrap();
    assert_eq!(output["uri"], "/things/1?note=%7Bconnection.key%7D%26b%3D1");
    assert_eq!(output["note"], "{connection.key}&b=1");
    let error = connect.prepare("local", "do", &json!({ "id": "1", "note": "a\r\nX-Evil: 1" })).unwrap_err();
    assert_eq!((error.code(), error.field.as_deref()), ("http.header_value", Some("input.note")));
}

#[tokio::test]
async fn only_the_connectors_hosts_are_called() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let other = serve(Router::new().fallback(any(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }))).await;
    let connect = with(connector(ECHO));
    let good = format!("http://{}", serve(Router::new().fallback(any(echo))).await);
    assert!(call(&connect, &good, json!({ "id": "1" })).await.outcome.is_ok());
    // A connection whose own list of hosts is narrower.
    let narrow = Credential { allowed_hosts: vec!["api.example.com".into()], ..credential(&good) };
    let request = connect.prepare("local", "do", &json!({ "id": "1" })).unwrap().request;
    let error = connect.perform(&request, "k", Some(&narrow), Duration::from_secs(5)).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Permission, "connect.host"));
    // A record that was tampered with.
    let mut forged = request.clone();
    forged.url = format!("http://{other}/things/1");
    let error = connect.perform(&forged, "k", Some(&credential(&good)), Duration::from_secs(5)).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Permission, "connect.host"));
    for base in ["ftp://127.0.0.1", "http://user:pw@127.0.0.1", "no address", "javascript:alert(1)"] {
        let error = call(&connect, base, json!({ "id": "1" })).await.outcome.unwrap_err();
        assert_eq!((error.class, error.code()), (ErrorClass::Permission, "connect.host"), "{base}");
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
    let error = connect.perform(&request, "k", None, Duration::from_secs(5)).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Input, "connection.missing"));
}

#[tokio::test]
async fn credentials_do_not_follow_redirects_elsewhere() {
    let there = format!("http://{}/x", serve(Router::new().fallback(any(echo))).await);
    let found = there.clone();
    let first = Router::new().fallback(any(move || async move { (StatusCode::FOUND, [(header::LOCATION, found)]) }));
    let base = format!("http://{}", serve(first).await);
    let output = call(&with(connector(ECHO)), &base, json!({ "id": "1" })).await.outcome.unwrap();
    assert_eq!(output["key"], Value::Null);
    // A body is for one receiver: a write follows nobody.
    let write = r#"
effect = "write"
idempotency = { class = "unsafe" }
fields = []
[[requests]]
method = "POST"
path = "/x"
body = { kind = "json", value = { a = 1 } }
"#;
    let error = call(&with(connector(write)), &base, json!({})).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Rejected, "connect.redirect"));
}

const LIST: &str = r#"
effect = "read"
idempotency = { class = "safe" }
fields = []
[[requests]]
path = "/list"
paging = { kind = "next_url", items = "body.items", next = "body.next", most_pages = 3 }
"#;

#[tokio::test]
async fn a_next_page_elsewhere_is_refused() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let other = serve(Router::new().fallback(any(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }))).await;
    let page = Json(json!({ "items": [1], "next": format!("http://{other}/steal") }));
    let base = format!("http://{}", serve(Router::new().route("/list", get(|| async move { page.into_response() }))).await);
    let error = call(&with(connector(LIST)), &base, json!({})).await.outcome.unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Permission, "connect.host"));
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_list_without_an_end_ends() {
    async fn page(Query(query): Query<std::collections::HashMap<String, String>>) -> Json<Value> {
        let number: u32 = query.get("p").and_then(|p| p.parse().ok()).unwrap_or(0);
        Json(json!({ "items": [number], "next": format!("/list?p={}", number + 1) }))
    }
    let base = format!("http://{}", serve(Router::new().route("/list", get(page))).await);
    let output = call(&with(connector(LIST)), &base, json!({})).await.outcome.unwrap();
    assert_eq!(output, json!({ "items": [0, 1, 2], "more": true }));
    // The same address again and again is no next page.
    let page = || async { Json(json!({ "items": [1], "next": "/list?p=1" })) };
    let base = format!("http://{}", serve(Router::new().route("/list", get(page))).await);
    let output = call(&with(connector(LIST)), &base, json!({})).await.outcome.unwrap();
    assert_eq!(output, json!({ "items": [1, 1], "more": false }));
}

#[tokio::test]
async fn the_address_of_a_next_page_may_hold_braces() {
    async fn page(Query(query): Query<std::collections::HashMap<String, String>>) -> Json<Value> {
        match query.get("filter") {
            None => Json(json!({ "items": ["first"], "next": "/list?filter={\"of\":{\"id\":1}}&text={connection.token}" })),
            Some(filter) => Json(json!({ "items": [filter, query["text"]] })),
        }
    }
    let base = format!("http://{}", serve(Router::new().route("/list", get(page))).await);
    let output = call(&with(connector(LIST)), &base, json!({})).await.outcome.unwrap();
    assert_eq!(
        output["items"],
        json!(["first", "{\"of\":{\"id\":1}}", "{connection.token}"]),
        "and names no value of the connection"
    );
}

const SEVERAL: &str = r#"
effect = "write"
[idempotency]
class = "safe"
key = { in = "header", name = "Idempotency-Key" }
[[fields]]
key = "rows"
label = "Rows"
kind = "json"
[[requests]]
id = "sent"
method = "POST"
path = "/rows"
for_each_chunk = { of = "input.rows", size = 2 }
body = { kind = "json", value = "=chunk" }
[[requests]]
id = "job"
path = "/job"
when = "answers.sent is defined"
poll_until = { done = "body.done", every_ms = 200, most = 5 }
[[requests]]
method = "POST"
path = "/finish"
body = { kind = "json", value = { sums = "=answers.sent", job = "=answers.job.id" } }
"#;

#[tokio::test]
async fn requests_follow_one_another() {
    type Seen = Arc<std::sync::Mutex<Vec<String>>>;
    async fn rows(State(seen): State<Seen>, headers: HeaderMap, Json(rows): Json<Vec<u64>>) -> Json<Value> {
        seen.lock().unwrap().push(headers["idempotency-key"].to_str().unwrap().to_owned());
        Json(json!(rows.iter().sum::<u64>()))
    }
    async fn job(State(seen): State<Seen>, headers: HeaderMap) -> Json<Value> {
        assert!(!headers.contains_key("idempotency-key"), "a read needs no key");
        let mut seen = seen.lock().unwrap();
        seen.push("job".into());
        Json(json!({ "id": 7, "done": seen.iter().filter(|one| *one == "job").count() >= 2 }))
    }
    async fn finish(State(seen): State<Seen>, headers: HeaderMap, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
        seen.lock().unwrap().push(headers["idempotency-key"].to_str().unwrap().to_owned());
        let status = if body["sums"].as_array().unwrap().len() > 2 { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        (status, Json(body))
    }
    let seen = Seen::default();
    let routes = Router::new().route("/rows", post(rows)).route("/job", get(job)).route("/finish", post(finish));
    let base = format!("http://{}", serve(routes.with_state(seen.clone())).await);
    let connect = with(connector(SEVERAL));
    let output = call(&connect, &base, json!({ "rows": [1, 2, 3] })).await.outcome.unwrap();
    assert_eq!(output, json!({ "sums": [3, 3], "job": 7 }));
    assert_eq!(*seen.lock().unwrap(), ["key-1", "key-1-0-1", "job", "job", "key-1-2-0"]);
    // A failure after something was done never looks as if nothing had happened.
    let error = call(&connect, &base, json!({ "rows": [1, 2, 3, 4, 5] })).await.outcome.unwrap_err();
    assert_eq!((error.class, error.indeterminate), (ErrorClass::Rejected, true));
    assert!(error.message.contains("3 earlier requests"), "{}", error.message);
}

#[tokio::test]
async fn what_was_recorded_is_sent_after_a_change_of_the_rules() {
    let base = format!("http://{}", serve(Router::new().fallback(any(echo))).await);
    let prepared = with(connector(ECHO)).prepare("local", "do", &json!({ "id": "1" })).unwrap();
    assert_eq!(prepared.class, EffectClass::Safe);
    let changed = with(connector(&ECHO.replace("/things/", "/others/")));
    let result = changed.perform(&prepared.request, "k", Some(&credential(&base)), Duration::from_secs(5)).await;
    assert_eq!(result.outcome.unwrap()["uri"], "/things/1");
    let gone = connect().with_connectors(Arc::new(Vec::new()));
    let result = gone.perform(&prepared.request, "k", Some(&credential(&base)), Duration::from_secs(5)).await;
    assert_eq!(result.outcome.unwrap_err().code(), "connect.unknown_operation");
}

#[test]
fn a_step_made_for_another_operation_is_refused() {
    let mut changed = connector(ECHO);
    changed.version = 3;
    changed.operations[0].version = 2;
    let connect = with(changed);
    assert_eq!((connect.check_version("local", "do", 2), connect.check_version("local", "do", 3)), (Ok(()), Ok(())));
    let error = connect.check_version("local", "do", 1).unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "connect.outdated_step"));
    assert!(error.message.contains("version 2"), "{}", error.message);
    // What there is not is said where it is called.
    assert_eq!((connect.check_version("local", "nope", 0), connect.check_version("nobody", "do", 0)), (Ok(()), Ok(())));
}

#[tokio::test]
async fn input_that_does_not_fit() {
    let connect = with(connector(ECHO));
    for (input, field) in [
        (json!({ "id": "1", "nope": 1 }), "input.nope"),
        (json!({ "id": ["1"] }), "input.id"),
        (json!({ "id": { "a": 1 } }), "input.id"),
    ] {
        let error = connect.prepare("local", "do", &input).unwrap_err();
        assert_eq!((error.class, error.field.as_deref()), (ErrorClass::Input, Some(field)), "{input}");
    }
    assert!(connect.prepare("local", "do", &json!([1])).is_err());
    let several = with(connector(SEVERAL));
    assert_eq!(several.prepare("local", "do", &json!({})).unwrap().request.method, "POST");
    assert_eq!(several.prepare("local", "do", &json!({ "rows": 3 })).unwrap_err().class, ErrorClass::Input);
}
