//! Other systems answer waits.

use axum::http::Method;
use model::{
    ids::{RunId, StepPath},
    run::SignalKind,
};
use serde_json::{Value, json};
use store::{Append, Then};

use crate::{
    app::{TestApp, TestRequest},
    runs::{Runner, start},
};

/// A webhook, and a wait for a callback.
pub fn waiting(until: Value) -> Value {
    json!({
        "schema": 1,
        "triggers": [{ "id": "hook", "label": "Order arrives", "kind": { "type": "webhook" } }],
        "steps": { "ask": { "slug": "ask", "label": "Ask", "kind": { "type": "wait", "until": until } } },
        "body": ["ask"],
    })
}

/// The link of a wait without its host.
pub fn link(app: &TestApp, run: RunId, path: &str) -> String {
    let url = app.links.url(run, &StepPath::from(path));
    url[url.find("/wait/").unwrap()..].to_owned()
}

async fn waits(app: &TestApp) -> (RunId, String) {
    let (_, hook) = app.import(waiting(json!({ "type": "callback" }))).await;
    let run = start(app, &hook).await;
    (run, link(app, run, "ask"))
}

async fn answer_of(app: &TestApp, run: RunId) -> Value {
    let signals = app.store.signals(run).await.unwrap();
    assert_eq!(signals.iter().map(|signal| signal.kind).collect::<Vec<_>>(), [SignalKind::Answered]);
    signals[0].body.clone()
}

#[tokio::test]
async fn json_forms_and_text_are_answers() {
    let app = TestApp::init().await.with_owner().await;
    let kinds = [
        ("application/json", r#"{"ok":true}"#, json!({ "ok": true })),
        ("application/x-www-form-urlencoded", "a=1&a=2&b=x+y", json!({ "a": ["1", "2"], "b": "x y" })),
        ("text/plain", "done", json!("done")),
    ];
    for (content_type, body, expected) in kinds {
        let (run, link) = waits(&app).await;
        let request =
            app.post(&format!("{link}?from=bank")).header("content-type", content_type).header("cookie", "patchbay=stolen");
        let answer = request.header("x-trace", "7").body(body).send().await;
        assert_eq!(answer.ok(), json!({ "answered": true, "run": run }));
        let kept = answer_of(&app, run).await;
        assert_eq!((&kept["body"], &kept["query"], &kept["method"]), (&expected, &json!({ "from": "bank" }), &json!("POST")));
        assert_eq!((&kept["headers"]["x-trace"], kept["headers"].get("cookie")), (&json!("7"), None));
        assert!(answer.session().is_none(), "no session is begun");
    }
    let (run, link) = waits(&app).await;
    app.put(&link).send().await.ok();
    assert_eq!(answer_of(&app, run).await["body"], Value::Null);
}

#[tokio::test]
async fn the_first_answer_counts() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = waits(&app).await;
    app.post(&link).json(json!(1)).send().await.ok();
    let second = app.post(&link).json(json!(2)).send().await;
    assert_eq!(second.error(409), "wait.answered");
    assert_eq!(answer_of(&app, run).await["body"], 1);
}

#[tokio::test]
async fn an_answer_after_the_time_or_the_end_is_told_so() {
    let app = TestApp::init().await.with_owner().await;
    let (_, late) = waits(&app).await;
    let mut runner = Runner::claim(&app).await;
    runner.close("ask").await;
    assert_eq!(app.post(&late).json(json!(1)).send().await.error(409), "wait.timed_out");
    let (run, ended) = waits(&app).await;
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    assert_eq!(app.post(&ended).json(json!(1)).send().await.error(410), "wait.ended");
}

#[tokio::test]
async fn forged_links_are_all_answered_alike() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = waits(&app).await;
    let (other, _) = waits(&app).await;
    let signature = link.rsplit('/').next().unwrap();
    let last = if signature.ends_with('A') { "B" } else { "A" };
    let forged = [
        format!("/wait/{run}/ask/{}{last}", &signature[..42]),
        format!("/wait/{run}/ask/{}", &signature[..20]),
        format!("/wait/{run}/ask/{signature}="),
        format!("/wait/{run}/name/{signature}"),
        format!("/wait/{other}/ask/{signature}"),
        format!("/wait/{}/ask/{signature}", RunId(5)),
        format!("/wait/run_x/ask/{signature}"),
        format!("/wait/{run}/..%2Fask/{signature}"),
        format!("/wait/{run}/%ff/{signature}"),
        // Signed, but of a run and a step that do not exist.
        self::link(&app, RunId(7), "ask"),
        self::link(&app, run, "ghost"),
    ];
    let mut texts = Vec::new();
    for path in &forged {
        let answer = app.post(path).json(json!(1)).send().await;
        assert_eq!(answer.error(404), "wait.unknown", "{path}");
        texts.push(answer.text());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:#?}");
    assert!(app.store.signals(run).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_only_looks_answers_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = waits(&app).await;
    for method in [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::PATCH] {
        let answer = app.request(method.clone(), &link).send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, "POST, PUT"), "{method}");
    }
    let ahead = |name: &'static str, value: &'static str| -> TestRequest<'_> { app.post(&link).header(name, value) };
    for (name, value) in [("purpose", "prefetch"), ("sec-purpose", "prefetch;prerender"), ("x-moz", "prefetch")] {
        assert_eq!(ahead(name, value).json(json!(1)).send().await.error(403), "wait.prefetch", "{name}");
    }
    assert!(app.store.signals(run).await.unwrap().is_empty());
}

#[tokio::test]
async fn huge_and_broken_answers_are_refused_and_the_wait_stays_open() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = waits(&app).await;
    let huge = app.post(&link).header("content-type", "text/plain").body("x".repeat(1024 * 1024 + 1)).send().await;
    assert_eq!(huge.error(413), "too_large");
    let nested = "[".repeat(120) + &"]".repeat(120);
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/json", nested.as_str()),
        ("application/octet-stream", "\u{1}"),
        (
            "multipart/form-data; boundary=X",
            "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nA\r\n--X--\r\n",
        ),
    ] {
        let answer = app.post(&link).header("content-type", content_type).body(body.to_owned()).send().await;
        assert_eq!(answer.error(400), "wait.malformed", "{content_type}");
    }
    app.post(&link).json(json!(1)).send().await.ok();
    assert_eq!(answer_of(&app, run).await["body"], 1);
}

#[tokio::test]
async fn the_link_is_kept_from_others() {
    let app = TestApp::init().await.with_owner().await;
    let (_, link) = waits(&app).await;
    let answer = app.post(&link).json(json!(1)).send().await;
    for (name, value) in [
        ("x-robots-tag", "noindex, nofollow"),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
}

impl Runner<'_> {
    /// Nobody answered in time.
    pub async fn close(&mut self, path: &str) {
        let path = StepPath::from(path);
        let kinds = vec![model::run::RunEventKind::TimedOut { path: path.clone() }];
        self.commit(kinds, Then::Continue, |append: &mut Append| append.closes.push(path)).await;
    }
}
