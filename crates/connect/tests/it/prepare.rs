use connect::BodyRecord;
use model::run::{EffectClass, ErrorClass};
use serde_json::{Value, json};

use crate::upstream::{connect, prepare};

fn with(extra: Value) -> Value {
    let mut input = json!({ "url": "https://api.example.com/x" });
    input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    input
}

fn refused(input: Value) -> (String, String) {
    let error = prepare(input.clone()).expect_err(&input.to_string());
    assert_eq!(error.class, ErrorClass::Input, "{input}: {error}");
    assert!(!error.indeterminate, "{input}");
    (error.field.unwrap_or_default(), error.message)
}

#[test]
fn the_same_input_gives_the_same_request() {
    let input = with(
        json!({ "method": "post", "query": {"b": 1, "a": [true, "x y"]}, "headers": {"X-A": "1"}, "body_kind": "json", "body": {"n": 1} }),
    );
    let first = prepare(input.clone()).unwrap();
    assert_eq!(first, prepare(input).unwrap());
    let request = &first.request;
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://api.example.com/x?b=1&a=true&a=x+y"));
    assert_eq!(request.headers, [("X-A".into(), "1".into()), ("Content-Type".into(), "application/json".into())]);
    assert_eq!(request.body, BodyRecord::Text(r#"{"n":1}"#.into()));
    assert_eq!((request.max_redirects, request.max_response_bytes, first.timeout_ms), (5, 10 * 1024 * 1024, 30_000));
}

#[test]
fn stored_requests_keep_their_format() {
    let stored = r#"{"method":"GET","url":"https://api.example.com/","max_response_bytes":10,"max_redirects":5}"#;
    let request: connect::RequestRecord = serde_json::from_str(stored).unwrap();
    assert_eq!((&request.body, request.answer), (&BodyRecord::None, connect::Answer::Auto));
    let again = serde_json::to_value(&request).unwrap();
    assert_eq!(again["answer"], "auto");
}

#[test]
fn addresses() {
    for url in [json!(null), json!(""), json!("  ")] {
        assert_eq!(refused(json!({ "url": url })).1, "The address is missing; it begins with https:// or http://");
    }
    assert_eq!(refused(Value::Null).0, "input.url");
    for url in
        ["api.example.com/x", "//api.example.com", "ftp://example.com", "https://", "http://[::1", "/x", "javascript:alert(1)"]
    {
        let (field, message) = refused(json!({ "url": url }));
        assert_eq!(field, "input.url");
        assert_eq!(message, "The address cannot be called; write it like https://api.example.com/contacts", "{url}");
    }
    let (_, message) = refused(json!({ "url": "https://me:hunter22@api.example.com/" }));
    assert!(message.ends_with("put them into a connection instead") && !message.contains("hunter22"), "{message}");
    let (_, message) = refused(with(json!({ "query": {"q": "x".repeat(20_000)} })));
    assert!(message.contains("longer than 16 kB"), "{message}");

    let url = |input: Value| prepare(input).unwrap().request.url;
    assert_eq!(url(json!({ "url": " https://api.example.com/a b?x=1#part " })), "https://api.example.com/a%20b?x=1");
    let input = json!({ "url": "https://api.example.com/?x=1", "query": {"a&b": "c=d", "none": null, "empty": ""} });
    assert_eq!(url(input), "https://api.example.com/?x=1&a%26b=c%3Dd&empty=");
}

#[test]
fn methods() {
    assert_eq!(prepare(with(json!({}))).unwrap().request.method, "GET");
    assert_eq!(prepare(with(json!({ "method": "purge" }))).unwrap().request.method, "PURGE");
    for method in ["CONNECT", "trace", "GET /x HTTP/1.1", "GET\r\n", "é"] {
        let result = prepare(with(json!({ "method": method })));
        // Space around a value is taken off first.
        if method == "GET\r\n" {
            assert_eq!(result.unwrap().request.method, "GET");
        } else {
            assert_eq!(result.unwrap_err().field.as_deref(), Some("input.method"), "{method}");
        }
    }
}

#[test]
fn what_may_be_sent_twice() {
    use EffectClass::{Safe, Unsafe};
    let cases = [
        ("GET", None, Safe, false),
        ("HEAD", None, Safe, false),
        ("PUT", None, Safe, false),
        ("DELETE", None, Safe, false),
        ("OPTIONS", None, Safe, false),
        ("POST", None, Unsafe, false),
        ("PATCH", None, Unsafe, false),
        ("PURGE", None, Unsafe, false),
        ("POST", Some(json!(true)), Safe, true),
        ("PATCH", Some(json!("true")), Safe, true),
        ("POST", Some(json!(false)), Unsafe, false),
        ("PUT", Some(json!(true)), Safe, false),
        ("DELETE", Some(json!(false)), Unsafe, false),
    ];
    for (method, repeatable, class, has_key) in cases {
        let prepared = prepare(with(json!({ "method": method, "repeatable": repeatable }))).unwrap();
        assert_eq!(prepared.class, class, "{method} {repeatable:?}");
        assert_eq!(prepared.request.idempotency_header.is_some(), has_key, "{method} {repeatable:?}");
    }
    // A key of the maker's own stays.
    let own = json!({ "method": "POST", "repeatable": true, "headers": {"idempotency-key": "order-7"} });
    assert_eq!(prepare(with(own)).unwrap().request.idempotency_header, None);
}

#[test]
fn bodies() {
    let cases = [
        (json!({}), BodyRecord::None, None),
        (json!({ "body": {"a": 1} }), BodyRecord::Text(r#"{"a":1}"#.into()), Some("application/json")),
        (json!({ "body_kind": "none", "body": {"a": 1} }), BodyRecord::None, None),
        (json!({ "body_kind": "json", "body": null }), BodyRecord::Text("null".into()), Some("application/json")),
        (json!({ "body_kind": "json", "body": "é\u{0}" }), BodyRecord::Text("\"é\\u0000\"".into()), Some("application/json")),
        (
            json!({ "body_kind": "json", "body": {"id": 9_007_199_254_740_993_u64} }),
            BodyRecord::Text(r#"{"id":9007199254740993}"#.into()),
            Some("application/json"),
        ),
        (
            json!({ "body_kind": "form", "body": {"a": "x&y", "b": [1, 2], "c": null, "d": ""} }),
            BodyRecord::Text("a=x%26y&b=1&b=2&d=".into()),
            Some("application/x-www-form-urlencoded"),
        ),
        (json!({ "body_kind": "text", "body": "hello" }), BodyRecord::Text("hello".into()), Some("text/plain; charset=utf-8")),
        (json!({ "body_kind": "text", "body": 12 }), BodyRecord::Text("12".into()), Some("text/plain; charset=utf-8")),
        (
            json!({ "body_kind": "file", "body": {"name": "a", "media_type": "text/csv", "text": "a;b"} }),
            BodyRecord::Text("a;b".into()),
            Some("text/csv"),
        ),
        (
            json!({ "body_kind": "file", "body": {"name": "a", "media_type": "image/png", "base64": "iVBORw=="} }),
            BodyRecord::Base64("iVBORw==".into()),
            Some("image/png"),
        ),
    ];
    for (input, body, content_type) in cases {
        let request = prepare(with(input.clone())).unwrap().request;
        assert_eq!(request.body, body, "{input}");
        assert_eq!(request.headers.first().map(|(_, value)| value.as_str()), content_type, "{input}");
    }
    let typed = json!({ "body_kind": "json", "body": {}, "headers": {"content-type": "application/vnd.api+json"} });
    let headers = prepare(with(typed)).unwrap().request.headers;
    assert_eq!(headers, [("content-type".to_owned(), "application/vnd.api+json".to_owned())]);

    assert_eq!(refused(with(json!({ "body_kind": "json" }))).0, "input.body");
    assert_eq!(refused(with(json!({ "body_kind": "yaml", "body": 1 }))).0, "input.body_kind");
    for (kind, body) in [("form", json!([1])), ("form", json!("a=b")), ("text", json!({}))] {
        assert_eq!(refused(with(json!({ "body_kind": kind, "body": body }))).0, "input.body", "{kind}");
    }
    assert_eq!(refused(with(json!({ "body_kind": "form", "body": {"a": {"b": 1}} }))).0, "input.body.a");
}

#[test]
fn forms_with_files() {
    let file = json!({ "name": "../x\"\r\ny.csv", "media_type": "text/csv\r\nX-Evil: 1", "text": "a;b" });
    let body = json!({ "title": "Zoë", "n": 2, "none": null, "files": [file, null], "odd\"\r\nname": "x" });
    let request = prepare(with(json!({ "body_kind": "multipart", "body": body }))).unwrap().request;
    let kind = &request.headers[0].1;
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let part = |head: &str, text: &str| format!("--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
    let parts = [
        part("name=\"title\"", "Zoë"),
        part("name=\"n\"", "2"),
        part("name=\"files\"; filename=\"x%22y.csv\"\r\nContent-Type: application/octet-stream", "a;b"),
        part("name=\"odd%22%0D%0Aname\"", "x"),
    ];
    let BodyRecord::Text(text) = &request.body else { panic!("{:?}", request.body) };
    for part in &parts {
        assert!(text.contains(part.as_str()), "{part}\n{text}");
    }
    assert_eq!(text.len(), parts.iter().map(String::len).sum::<usize>() + boundary.len() + 6);
    // A type that somebody wrote knows no boundary.
    let typed = json!({ "body_kind": "multipart", "body": {"a": 1}, "headers": {"content-TYPE": "multipart/form-data"} });
    let headers = prepare(with(typed)).unwrap().request.headers;
    assert_eq!(headers.len(), 1, "{headers:?}");
    assert!(headers[0].1.starts_with("multipart/form-data; boundary="), "{headers:?}");

    let gone = json!({ "name": "a", "media_type": "text/csv", "bytes": 3, "sha256": "a".repeat(64) });
    for (body, field) in [
        (json!({}), "input.body"),
        (json!({ "a": null }), "input.body"),
        (json!("a=b"), "input.body"),
        (json!({ "a": {"b": 1} }), "input.body.a"),
        (json!({ "a": [{"b": 1}] }), "input.body.a"),
        (json!({ "a": gone }), "input.body.a"),
    ] {
        assert_eq!(refused(with(json!({ "body_kind": "multipart", "body": body }))).0, field, "{body}");
    }
    for body in [json!(null), json!("text"), gone] {
        assert_eq!(refused(with(json!({ "body_kind": "file", "body": body }))).0, "input.body", "{body}");
    }
    let large = json!({ "name": "a", "text": "x".repeat(30 << 20) });
    for (kind, body) in [("file", large.clone()), ("multipart", json!({ "a": large }))] {
        assert!(refused(with(json!({ "body_kind": kind, "body": body }))).1.contains("larger than 25 MB"), "{kind}");
    }
}

#[test]
fn headers_that_cannot_be_sent() {
    let cases = [
        ("X-A", json!("a\r\nX-Evil: 1"), "line break"),
        ("X-A", json!("a\nb"), "line break"),
        ("X-A", json!("a\u{0}"), "no header can carry"),
        ("X-A\r\nX-Evil", json!("1"), "cannot be the name"),
        ("X A", json!("1"), "cannot be the name"),
        ("", json!("1"), "cannot be the name"),
        ("Content-Length", json!(3), "set by Patchbay itself"),
        ("transfer-encoding", json!("chunked"), "set by Patchbay itself"),
        ("Host", json!("other.example"), "set by Patchbay itself"),
        ("Authorization", json!("Bearer hunter22"), "put it into a connection"),
        ("x-api-key", json!("hunter22"), "put it into a connection"),
        ("Cookie", json!("s=hunter22"), "put it into a connection"),
        ("X-A", json!({}), "must be text"),
    ];
    for (name, value, part) in cases {
        let (field, message) = refused(with(json!({ "headers": {name: value} })));
        assert!(message.contains(part), "{name}: {message}");
        assert!(field.starts_with("input.headers"), "{name}: {field}");
        assert!(!message.contains("hunter22") && !message.contains('\n'), "{message}");
    }
    let kept = json!({ "headers": {"X-List": ["a", 2], "X-None": null, "X-Name": " Zoë "} });
    let headers = prepare(with(kept)).unwrap().request.headers;
    assert_eq!(headers, [("X-List", "a"), ("X-List", "2"), ("X-Name", "Zoë")].map(|(n, v)| (n.to_owned(), v.to_owned())));
}

#[test]
fn numbers_and_switches() {
    let prepared = prepare(with(json!({ "max_response_bytes": "10", "follow_redirects": "false", "answer": "" }))).unwrap();
    assert_eq!((prepared.request.max_response_bytes, prepared.request.max_redirects), (10, 0));
    for (field, value) in [
        ("max_response_bytes", json!(0)),
        ("max_response_bytes", json!("much")),
        ("max_response_bytes", json!(-1)),
        ("max_response_bytes", json!(1.5)),
        ("max_response_bytes", json!(1_000_000_000_000_u64)),
        ("follow_redirects", json!("maybe")),
        ("repeatable", json!(1)),
        ("answer", json!("xml")),
        ("query", json!([1])),
        ("headers", json!("X-A: 1")),
    ] {
        assert_eq!(refused(with(json!({ field: value }))).0, format!("input.{field}"), "{value}");
    }
}

#[test]
fn unknown_operations() {
    let error = connect().prepare("http", "fetch", &json!({})).unwrap_err();
    assert_eq!((error.class, error.code()), (ErrorClass::Permanent, "connect.unknown_operation"));
}
