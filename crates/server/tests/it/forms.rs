//! Hosted forms as browsers without scripts see them.

use axum::{body::Body, http::Method};
use model::ids::WorkflowId;
use serde_json::{Value, json};

use crate::app::{TestApp, TestRequest, TestResponse, definition};

const HOSTILE: &str = "<script>alert(1)</script>\" onload='z";

fn form(more: Value) -> Value {
    let mut kind = json!({
        "type": "form", "title": "Sign up", "about": "First.\n\nSecond.", "submit": "Join", "thanks": "You are in.",
        "fields": [
            { "key": "email", "label": "E-mail", "kind": "email", "required": true, "help": "Where we write to." },
            { "key": "seats", "label": "Seats", "kind": "number", "default": 2 },
            { "key": "size", "label": "Size", "kind": "choice", "choices": ["S", "L"] },
            { "key": "rules", "label": "I agree", "kind": "switch", "required": true },
            { "key": "cv", "label": "CV", "kind": "file" },
        ],
    });
    kind.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    let mut def = definition();
    def["triggers"] = json!([{ "id": "form", "label": "Form", "kind": kind }]);
    def
}

async fn published(app: &TestApp, more: Value) -> (WorkflowId, String) {
    let (workflow, _) = app.import(form(more)).await;
    let shown = app.get(&format!("/api/v1/workflows/{workflow}")).owner().send().await.ok();
    let url = shown["hooks"][0]["url"].as_str().unwrap();
    (workflow, url[url.find("/forms/").unwrap()..].to_owned())
}

fn token(page: &TestResponse) -> String {
    let text = page.text();
    let at = text.find("name=\"token\" value=\"").expect("a token") + 20;
    text[at..at + 32].to_owned()
}

fn send<'a>(app: &'a TestApp, path: &str, token: &str, parts: &[(&str, &str)]) -> TestRequest<'a> {
    let mut body = String::new();
    for (name, value) in [("token", token), ("homepage", "")].iter().chain(parts) {
        body.push_str(&format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    let file =
        "Content-Disposition: form-data; name=\"field.cv\"; filename=\"../cv.txt\"\r\nContent-Type: text/plain\r\n\r\nhello";
    body.push_str(&format!("--X\r\n{file}\r\n--X--\r\n"));
    app.post(path).header("content-type", "multipart/form-data; boundary=X").body(body)
}

const GOOD: &[(&str, &str)] =
    &[("field.email", "ada@example.com"), ("field.seats", "3"), ("field.size", "L"), ("field.rules", "yes")];

/// Those that were taken: duplicates are listed as such.
async fn events(app: &TestApp) -> Vec<Value> {
    in_state(app, "accepted").await
}

async fn in_state(app: &TestApp, state: &str) -> Vec<Value> {
    app.get(&format!("/api/v1/events?state={state}")).owner().send().await.ok()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_page_is_shown_sent_and_thanked_for() {
    let app = TestApp::init().await.with_owner().await;
    let (_, path) = published(&app, json!({})).await;
    let page = app.get(&path).send().await;
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    for part in [
        "<title>Sign up · Patchbay</title>",
        "<h1>Sign up</h1><p class=\"about\">First.</p><p class=\"about\">Second.</p>",
        "<label for=\"f0\">E-mail <span class=\"need\">required</span></label>",
        "id=\"f0-help\">Where we write to.</p>",
        "aria-describedby=\"f0-help\"",
        "value=\"2\"",
        "<legend>Size</legend>",
        "type=\"file\" name=\"field.cv\"",
        ">Join</button>",
        "enctype=\"multipart/form-data\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("<script"), "{text}");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && !policy.contains("script-src"), "{policy}");
    assert_eq!((page.header("cache-control"), page.header("x-frame-options")), ("no-store", "DENY"));
    assert!(page.session().is_none());

    let token = token(&page);
    let sent = send(&app, &path, &token, GOOD).send().await;
    let key = path.rsplit('/').next().unwrap();
    assert_eq!((sent.status, sent.header("location")), (303, format!("{key}?sent").as_str()), "{}", sent.text());
    let thanks = app.get(&format!("{path}?sent")).send().await.text();
    assert!(thanks.contains("You are in.") && thanks.contains("href=\""), "{thanks}");
    assert_eq!(send(&app, &path, &token, GOOD).send().await.status, 303, "pressed twice");
    let events = events(&app).await;
    assert_eq!(events.len(), 1, "and one event");
    let event = app.get(&format!("/api/v1/events/{}", events[0]["id"].as_str().unwrap())).owner().send().await.ok();
    let body = &event["data"]["body"];
    assert_eq!(
        (&body["email"], &body["seats"], &body["size"], &body["rules"]),
        (&json!("ada@example.com"), &json!(3), &json!("L"), &json!(true))
    );
    assert_eq!((&body["cv"]["name"], &body["cv"]["media_type"]), (&json!("cv.txt"), &json!("text/plain")));
    let file = format!("/api/v1/events/{}/files/{}", events[0]["id"].as_str().unwrap(), body["cv"]["sha256"].as_str().unwrap());
    assert!(app.get(&file).owner().send().await.text().ends_with("hello"));
}

#[tokio::test]
async fn mistakes_stand_beside_their_fields_and_nothing_typed_is_lost() {
    let app = TestApp::init().await.with_owner().await;
    let (_, path) = published(&app, json!({})).await;
    let token = token(&app.get(&path).send().await);
    let parts = [("field.email", HOSTILE), ("field.seats", "many"), ("field.size", "XXL")];
    let answer = send(&app, &path, &token, &parts).send().await;
    let text = answer.text();
    assert_eq!(answer.status, 422, "{text}");
    for part in [
        "<title>Not sent yet: Sign up · Patchbay</title>",
        "role=\"alert\"",
        "<a href=\"#f0\">E-mail</a>",
        "id=\"f0-error\"",
        "aria-describedby=\"f0-help f0-error\" aria-invalid=\"true\"",
        "value=\"many\"",
        "Choose one of those offered.",
        "Tick this to go on.",
        "value=\"&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;z\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert_ne!(self::token(&answer), token, "a page of its own");
    assert!(events(&app).await.is_empty());
}

#[tokio::test]
async fn hostile_titles_and_labels_stay_text() {
    let app = TestApp::init().await.with_owner().await;
    let fields = json!([{ "key": "a\"><img src=x>", "label": HOSTILE, "help": HOSTILE, "kind": "choice", "choices": [HOSTILE] }]);
    let more = json!({ "title": HOSTILE, "about": HOSTILE, "submit": HOSTILE, "thanks": HOSTILE, "fields": fields });
    let (_, path) = published(&app, more).await;
    for page in [app.get(&path).send().await, app.get(&format!("{path}?sent")).send().await] {
        let text = page.text();
        assert_eq!(page.status, 200);
        assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("\" onload"), "{text}");
    }
}

#[tokio::test]
async fn programs_are_asked_again_and_people_lose_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (_, path) = published(&app, json!({})).await;
    let token = token(&app.get(&path).send().await);
    let filled = [GOOD, &[("homepage", "https://spam.example")]].concat();
    let answer = send(&app, &path, &token, &filled).send().await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("as if a program had filled it in") && answer.text().contains("value=\"ada@example.com\""));
    let answer = send(&app, &path, "", GOOD).send().await;
    assert!(answer.status == 422 && answer.text().contains("too old"), "{}", answer.text());
    for (kind, body) in [("application/json", "{}"), ("multipart/form-data", "x"), ("text/plain", "a=b")] {
        let answer = app.post(&path).header("content-type", kind).body(body).send().await;
        assert_eq!(answer.status, 422, "{kind}: {}", answer.text());
    }
    let cut = Body::from_stream(futures_util::stream::iter([Err::<axum::body::Bytes, _>(std::io::Error::other("cut"))]));
    assert_eq!(app.post(&path).header("content-type", "multipart/form-data; boundary=X").body(cut).send().await.status, 400);
    assert!(events(&app).await.is_empty());
}

#[tokio::test]
async fn one_address_sends_only_so_often() {
    let app = TestApp::with(|options| options.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()]).await.with_owner().await;
    let (_, path) = published(&app, json!({ "most_per_sender": 2 })).await;
    let page = app.get(&path).send().await;
    let one = token(&page);
    let sent = async |from: &str, token: &str, forwarded: &str| {
        let request = send(&app, &path, token, GOOD).from(from).header("x-forwarded-for", forwarded);
        request.send().await
    };
    let tokens: Vec<String> = (0..6).map(|n| format!("{n}{}", &one[1..])).collect();
    assert_eq!(sent("192.0.2.1", &tokens[0], "1.1.1.1").await.status, 303);
    assert_eq!(sent("192.0.2.1", &tokens[0], "1.1.1.1").await.status, 303, "the same page again does not count");
    assert_eq!(sent("192.0.2.1", &tokens[1], "2.2.2.2").await.status, 303);
    let refused = sent("192.0.2.1", &tokens[2], "3.3.3.3").await;
    assert_eq!(refused.status, 429, "what a stranger says of where it comes from counts for nothing");
    let text = refused.text();
    assert!(text.contains("Wait 10 minutes") && text.contains("value=\"ada@example.com\""), "{text}");
    assert!(!refused.header("retry-after").is_empty());
    assert_eq!(sent("10.0.0.9", &tokens[3], "192.0.2.7").await.status, 303, "what our own proxy says counts");
    assert_eq!(sent("10.0.0.9", &tokens[4], "192.0.2.1").await.status, 429);
    assert_eq!(events(&app).await.len(), 3);
}

#[tokio::test]
async fn a_form_says_whether_it_is_open() {
    let app = TestApp::init().await.with_owner().await;
    for path in ["/forms/nothing", "/forms/nothing/test", "/forms/%ff%fe"] {
        let answer = app.get(path).send().await;
        assert!(answer.status == 404 && answer.text().contains("There is no form here"), "{path}");
    }
    let (workflow, path) = published(&app, json!({})).await;
    let token = token(&app.get(&path).send().await);
    let put = app.request(Method::PUT, &path).send().await;
    assert_eq!((put.status, put.header("allow")), (405, "GET, HEAD, POST"));
    assert_eq!(app.request(Method::HEAD, &path).send().await.status, 200);
    let switch =
        |state: &str| app.post(&format!("/api/v1/workflows/{workflow}/state")).owner().json(json!({ "state": state })).send();
    switch("paused").await.ok();
    assert!(app.get(&path).send().await.text().contains("What you send is kept"));
    let held = send(&app, &path, &token, GOOD).send().await;
    assert!(held.header("location").ends_with("?sent=held"), "{}", held.header("location"));
    assert!(app.get(&format!("{path}?sent=held")).send().await.text().contains("It is kept"));
    assert_eq!(in_state(&app, "held").await.len(), 1);
    switch("off").await.ok();
    let closed = app.get(&path).send().await;
    assert!(closed.status == 410 && closed.text().contains("“Sign up” is closed"), "{}", closed.text());
    assert_eq!(send(&app, &path, &token.replace('0', "1"), GOOD).send().await.status, 410);
    assert_eq!(app.post(&path.replace("/forms/", "/hooks/")).json(json!({})).send().await.status, 410, "it is no webhook");
    app.request(Method::DELETE, &format!("/api/v1/workflows/{workflow}")).owner().send().await.ok();
    assert_eq!(app.get(&path).send().await.status, 404);
}

#[tokio::test]
async fn the_test_address_keeps_an_example_and_starts_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({ "name": "Draft", "definition": form(json!({})), "publish": false });
    let import = app.post("/api/v1/workflows/import").owner().json(body).send().await.ok();
    let url = import["hook_url"].as_str().unwrap();
    let path = &url[url.find("/forms/").unwrap()..];
    assert_eq!(app.get(path).send().await.status, 404, "not published");
    let test = format!("{path}/test");
    let page = app.get(&test).send().await;
    assert!(page.text().contains("starts nothing") && page.text().contains("action=\"test\""), "{}", page.text());
    let sent = send(&app, &test, &token(&page), GOOD).send().await;
    assert_eq!((sent.status, sent.header("location")), (303, "test?sent"));
    let workflow = import["workflow_id"].as_str().unwrap();
    let samples = app.get(&format!("/api/v1/workflows/{workflow}/samples")).owner().send().await.ok();
    assert_eq!(samples["triggers"][0]["event"]["body"]["email"], "ada@example.com");
    assert!(events(&app).await.is_empty());
}

#[tokio::test]
async fn what_is_too_large_is_said_on_the_page() {
    let app = TestApp::with(|options| options.max_body_bytes = 2 * 1024 * 1024).await.with_owner().await;
    let (_, path) = published(&app, json!({})).await;
    let token = token(&app.get(&path).send().await);
    let large = "x".repeat(2 * 1024 * 1024);
    let answer = send(&app, &path, &token, &[("field.email", &large)]).send().await;
    assert!(answer.status == 413 && answer.text().contains("larger than 2 MB"), "{}", answer.status);
}
