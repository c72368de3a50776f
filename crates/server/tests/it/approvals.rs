//! People answer waits.

use model::{
    Role,
    ids::{RunId, StepPath, WorkspaceId},
    run::{Datum, RunEventKind},
};
use serde_json::{Value, json};
use store::Then;

use crate::{
    app::{EMAIL, PASSWORD, TestApp, TestRequest},
    callbacks::{link, waiting},
    runs::{Runner, start},
};

const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=y>\" onload='z";

/// A run that has come to its question.
async fn asked(app: &TestApp, people: &[&str]) -> (RunId, String) {
    let (run, link, _) = asking(app, people).await;
    (run, link)
}

async fn asking<'a>(app: &'a TestApp, people: &[&str]) -> (RunId, String, Runner<'a>) {
    let until = json!({
        "type": "approval", "question": { "literal": "?" }, "people": people,
        "shown": [{ "name": "Order", "value": { "expr": "event.body" } }],
    });
    let (_, hook) = app.import(waiting(until)).await;
    let run = start(app, &hook).await;
    let path = StepPath::from("ask");
    let input = json!({ "question": format!("May we pay {HOSTILE}?"), "people": people, "shown": [
        { "name": HOSTILE, "value": { "lines": [HOSTILE, 3], "paid": false } }, { "name": "Gone" },
    ] });
    let ready = RunEventKind::StepReady { path: path.clone(), input: Datum::new(input), notes: Vec::new() };
    let until = Some(app.store.now().plus_ms(60_000));
    let waiting = RunEventKind::StepWaiting { path, until };
    let mut runner = Runner::claim(app).await;
    runner.write(vec![RunEventKind::RunStarted, ready, waiting], Then::Continue).await;
    (run, link(app, run, "ask"), runner)
}

fn decide<'a>(app: &'a TestApp, link: &str, form: &str) -> TestRequest<'a> {
    let request = app.post(link).header("content-type", "application/x-www-form-urlencoded").header("accept", "text/html");
    request.header("sec-fetch-site", "same-origin").body(form.to_owned())
}

async fn answers(app: &TestApp, run: RunId) -> Vec<Value> {
    app.store.signals(run).await.unwrap().into_iter().map(|signal| signal.body).collect()
}

#[tokio::test]
async fn the_page_shows_the_question_and_runs_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (_, link) = asked(&app, &[]).await;
    let page = app.get(&link).header("accept", "text/html").send().await;
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    for hostile in ["<script", "<img", "onload='z", "\" onload"] {
        assert!(!text.contains(hostile), "{hostile} in {text}");
    }
    assert!(text.contains("May we pay &lt;script&gt;") && text.contains("missing") && text.contains("Orders"), "{text}");
    assert!(text.contains(&format!("action=\"{}\"", link.rsplit('/').next().unwrap())));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'nonce-") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("script-src") && !policy.contains("unsafe"), "{policy}");
    for (name, value) in [("x-robots-tag", "noindex, nofollow"), ("referrer-policy", "no-referrer"), ("x-frame-options", "DENY")]
    {
        assert_eq!(page.header(name), value);
    }
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.session().is_none());
}

#[tokio::test]
async fn looking_decides_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = asked(&app, &[]).await;
    for query in ["", "?decision=approve"] {
        assert_eq!(app.get(&format!("{link}{query}")).send().await.status, 200);
        let head = app.request(axum::http::Method::HEAD, &format!("{link}{query}")).send().await;
        assert_eq!(head.status, 200);
    }
    let ahead = [("purpose", "prefetch"), ("sec-purpose", "prefetch"), ("sec-purpose", "prefetch;prerender")];
    for (name, value) in ahead {
        app.get(&link).header(name, value).send().await;
        assert_eq!(decide(&app, &link, "decision=approve").header(name, value).send().await.status, 403);
    }
    assert_eq!(app.put(&link).json(json!({ "approved": true })).send().await.status, 405);
    assert!(answers(&app, run).await.is_empty());
}

#[tokio::test]
async fn a_form_decides_once_and_the_page_says_how() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = asked(&app, &[]).await;
    let sent = decide(&app, &link, "decision=reject&comment=Too+dear%0D%0A%3Cb%3E").send().await;
    assert_eq!((sent.status, sent.header("location")), (303, link.rsplit('/').next().unwrap()));
    assert_eq!(answers(&app, run).await, [json!({ "approved": false, "comment": "Too dear\n<b>", "by": null })]);
    let page = app.get(&link).header("accept", "text/html").send().await;
    let text = page.text();
    assert!(page.status == 200 && text.contains("<h1>Rejected</h1>") && text.contains("somebody who had the link"), "{text}");
    assert!(text.contains("Too dear") && text.contains("&lt;b&gt;") && text.contains("UTC"), "{text}");
    let second = decide(&app, &link, "decision=approve").send().await;
    assert!(second.status == 409 && second.text().contains("<h1>Rejected</h1>"), "{}", second.text());
    assert_eq!(answers(&app, run).await.len(), 1);
}

#[tokio::test]
async fn other_websites_and_other_bodies_decide_nothing() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = asked(&app, &[]).await;
    let form = |headers: &[(&str, &str)], body: &str| {
        let mut request = app.post(&link).header("content-type", "application/x-www-form-urlencoded").body(body.to_owned());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        request
    };
    let yes = "decision=approve";
    for foreign in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site"), ("origin", "null")],
        &[("origin", "https://evil.example.com")],
    ] {
        assert_eq!(form(foreign, yes).send().await.status, 403, "{foreign:?}");
    }
    let own = &[("sec-fetch-site", "same-origin")];
    for bad in ["", "decision=maybe", "decision=approve&decision=reject", "comment=x", "decision=approve&by=ada"] {
        assert_eq!(form(own, bad).send().await.status, 400, "{bad}");
    }
    let long = format!("decision=approve&comment={}", "x".repeat(2_001));
    assert_eq!(form(own, &long).send().await.status, 422);
    assert_eq!(form(own, &"x".repeat(70_000)).send().await.status, 413);
    let request = app.post(&link).header("sec-fetch-site", "same-origin").json(json!({ "decision": "approve" }));
    assert_eq!(request.send().await.status, 415);
    assert!(answers(&app, run).await.is_empty());
    // Over plain http a page without a referrer sends no more than this.
    assert_eq!(form(&[("origin", "null")], yes).send().await.status, 303);
}

#[tokio::test]
async fn over_https_a_form_without_an_origin_is_refused() {
    let app = TestApp::with(|options| options.public_url = Some("https://patchbay.example.com".parse().unwrap())).await;
    let app = app.with_owner().await;
    let (run, link) = asked(&app, &[]).await;
    let form = app.post(&link).header("content-type", "application/x-www-form-urlencoded").header("origin", "null");
    assert_eq!(form.body("decision=approve").send().await.status, 403);
    assert!(answers(&app, run).await.is_empty());
}

#[tokio::test]
async fn named_people_have_to_be_signed_in_members() {
    let app = TestApp::init().await.with_owner().await;
    let (run, link) = asked(&app, &["ADA@example.com", "carol@example.com"]).await;
    let stranger = app.get(&link).header("accept", "text/html").send().await;
    assert!(stranger.status == 401 && stranger.text().contains("Sign in"), "{}", stranger.text());
    assert!(!stranger.text().contains("May we pay"), "the question is not told");
    assert_eq!(decide(&app, &link, "decision=approve").send().await.status, 401);
    let workspace: WorkspaceId = app.store.workspace_of_run(run).await.unwrap().unwrap();
    let bob = person(&app, workspace, "bob@example.com").await;
    for request in [app.get(&link), decide(&app, &link, "decision=approve")] {
        let answer = request.header("cookie", &bob).header("accept", "text/html").send().await;
        assert!(answer.status == 403 && !answer.text().contains("May we pay"), "{}", answer.text());
    }
    // Named, but of another workspace.
    let ada = app.store.user_by_email(EMAIL).await.unwrap().unwrap().user;
    let other = app.store.create_workspace(ada.id, "Next door", "UTC").await.unwrap();
    let carol = person(&app, other.id, "carol@example.com").await;
    assert_eq!(decide(&app, &link, "decision=approve").header("cookie", &carol).send().await.status, 403);
    assert!(answers(&app, run).await.is_empty());
    let page = app.get(&link).owner().send().await;
    assert!(page.status == 200 && page.text().contains("You decide as ada@example.com"), "{}", page.text());
    let foreign = app.post(&link).owner().header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(foreign.header("sec-fetch-site", "cross-site").body("decision=approve").send().await.status, 403);
    assert_eq!(decide(&app, &link, "decision=approve").owner().send().await.status, 303);
    assert_eq!(answers(&app, run).await, [json!({ "approved": true, "comment": "", "by": EMAIL })]);
    let told = app.get(&link).owner().send().await.text();
    assert!(told.contains("<h1>Approved</h1>") && told.contains(EMAIL), "{told}");
}

async fn person(app: &TestApp, workspace: WorkspaceId, email: &str) -> String {
    let hash = server::hash_password(PASSWORD).unwrap();
    app.store.create_user(workspace, Role::Operator, email, "Somebody", &hash).await.unwrap();
    let answer = app.post("/api/v1/sign-in").json(json!({ "email": email, "password": PASSWORD })).send().await;
    answer.ok();
    answer.session().unwrap()
}

#[tokio::test]
async fn a_question_that_is_not_asked_or_over_says_so() {
    let app = TestApp::init().await.with_owner().await;
    let until = json!({ "type": "approval", "question": { "literal": "Really?" } });
    let (_, hook) = app.import(waiting(until)).await;
    let run = start(&app, &hook).await;
    let early = link(&app, run, "ask");
    let page = app.get(&early).send().await;
    assert!(page.status == 200 && page.text().contains("Not asked yet"), "{}", page.text());
    assert_eq!(decide(&app, &early, "decision=approve").send().await.status, 409);
    assert!(answers(&app, run).await.is_empty(), "whoever answers has seen the question");
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    for request in [app.get(&early), decide(&app, &early, "decision=approve")] {
        let page = request.header("accept", "text/html").send().await;
        assert!(page.status == 410 && page.text().contains("Nobody waits"), "{}", page.text());
    }
    let (_, late, mut runner) = asking(&app, &[]).await;
    runner.close("ask").await;
    let page = app.get(&late).send().await;
    assert!(page.status == 410 && page.text().contains("The time for this is up"), "{}", page.text());
    let forged = app.get(&format!("{}x", &late[..late.len() - 1])).header("accept", "text/html").send().await;
    assert!(forged.status == 404 && forged.text().contains("This link does not work"), "{}", forged.text());
}
