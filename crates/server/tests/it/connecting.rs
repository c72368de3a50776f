//! What follows connecting, and the end of a connection, against a vendor that answers as it is told.

use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};
use url::Url;

use crate::app::{TestApp, TestResponse};

async fn world() -> (TestApp, Upstream) {
    (TestApp::init().await.with_owner().await, Upstream::start().await)
}

fn sites(names: &[&str]) -> Behaviour {
    let sites: Vec<Value> = names.iter().map(|name| json!({ "id": format!("id-{name}"), "name": name })).collect();
    Behaviour::json(200, &json!({ "sites": sites }))
}

fn me() -> Behaviour {
    Behaviour::json(200, &json!({ "id": "u1", "name": "Ada" }))
}

async fn create(app: &TestApp, vendor: &Upstream, method: &str, key: &str) -> TestResponse {
    let values = json!({ "port": vendor.address().port().to_string(), "key": key });
    let body = json!({ "connector": "sites", "method": method, "label": "Ours", "values": values });
    app.post("/api/v1/connections").owner().json(body).send().await
}

fn path(connection: &Value, more: &str) -> String {
    format!("/api/v1/connections/{}{more}", connection["id"].as_str().unwrap())
}

fn paths(vendor: &Upstream) -> Vec<String> {
    vendor.calls().into_iter().map(|call| call.path).collect()
}

#[tokio::test]
async fn one_part_of_an_account_is_taken_and_of_several_one_is_asked_for() {
    let (app, vendor) = world().await;
    vendor.behave_next([sites(&["north"]), me()]);
    let made = create(&app, &vendor, "key", "a-s3cret-key").await;
    assert!(!made.text().contains("s3cret"));
    let made = made.ok();
    assert_eq!((made["status"].as_str(), made["account"].as_str()), (Some("active"), Some("Ada")));
    assert_eq!(paths(&vendor), ["/sites", "/me/id-north"], "what was found is used at once");
    let nothing = app.get(&path(&made, "/question")).owner().send().await.ok();
    assert_eq!(nothing, json!({ "choices": [] }));

    vendor.behave_next([sites(&["north", "south"])]);
    let open = create(&app, &vendor, "key", "a-s3cret-key").await.ok();
    assert_eq!((open["status"].as_str(), open.get("account")), (Some("disabled"), None), "not used before something is chosen");
    vendor.behave(sites(&["south", "north", "west"]));
    let asked = app.get(&path(&open, "/question")).owner().send().await.ok();
    assert_eq!(asked["question"], "Which site is it for?");
    let labels: Vec<&str> = asked["choices"].as_array().unwrap().iter().map(|choice| choice["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["south", "north", "west"]);
    let wrong = app.post(&path(&open, "/question")).owner().json(json!({ "choice": "made-up" })).send().await;
    assert_eq!((wrong.error(422), wrong.details()["path"].as_str()), ("invalid".into(), Some("choice")));
    let tested = app.post(&path(&open, "/test")).owner().send().await.ok();
    assert_eq!(tested["works"], false, "it is not used meanwhile");

    vendor.behave_next([sites(&["north", "south"]), me()]);
    let south = asked["choices"][0]["value"].clone();
    let chosen = app.post(&path(&open, "/question")).owner().json(json!({ "choice": south })).send().await.ok();
    assert_eq!((chosen["status"].as_str(), chosen["account"].as_str()), (Some("active"), Some("Ada")));
    assert_eq!(paths(&vendor).last().map(String::as_str), Some("/me/id-south"));

    // New keys keep what was chosen, where it is still there.
    vendor.behave_next([sites(&["west", "south"]), me()]);
    let values = json!({ "port": vendor.address().port().to_string(), "key": "another-s3cret" });
    let renewed = app.put(&path(&open, "")).owner().json(json!({ "values": values })).send().await.ok();
    assert_eq!(renewed["status"], "active");
    assert_eq!(paths(&vendor).last().map(String::as_str), Some("/me/id-south"));
    vendor.behave_next([sites(&["west", "north"])]);
    let moved = app.put(&path(&open, "")).owner().json(json!({ "values": values })).send().await.ok();
    assert_eq!(moved["status"], "disabled");
}

#[tokio::test]
async fn an_account_with_nothing_in_it_or_out_of_reach_makes_no_connection() {
    let (app, vendor) = world().await;
    for (behaviour, status) in
        [(sites(&[]), 422), (Behaviour::status(401), 409), (Behaviour::status(503), 502), (Behaviour::Reset, 502)]
    {
        vendor.behave(behaviour);
        let refused = create(&app, &vendor, "key", "a-s3cret-key").await;
        assert!(refused.status == status && !refused.text().contains("s3cret"), "{}: {}", refused.status, refused.text());
    }
    let list = app.get("/api/v1/connections").owner().send().await.ok();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn a_test_account_is_told_from_one_that_counts_by_its_values() {
    let (app, vendor) = world().await;
    let values = |key: &str| json!({ "port": vendor.address().port().to_string(), "key": key });
    let body = json!({ "connector": "vend", "method": "key", "label": "Shop", "values": values("sk_test_s3cret") });
    let made = app.post("/api/v1/connections").owner().json(body).send().await.ok();
    assert_eq!(
        (&made["test_account"], &made["sandbox"]),
        (&json!(true), &json!(false)),
        "no simulation, but not the real one either"
    );
    let renamed = app.put(&path(&made, "")).owner().json(json!({ "label": "Ours" })).send().await.ok();
    assert_eq!(renamed["test_account"], true, "another name changes nothing");
    assert_eq!(app.get("/api/v1/connections").owner().send().await.ok()["items"][0]["test_account"], true);
    let real = app.put(&path(&made, "")).owner().json(json!({ "values": values("sk_live_s3cret") })).send().await;
    assert!(!real.text().contains("s3cret"));
    assert_eq!(real.ok().get("test_account"), None, "its values are others now");
}

#[tokio::test]
async fn a_key_is_exchanged_when_it_is_typed_in() {
    let (app, vendor) = world().await;
    vendor.behave_next([Behaviour::json(200, &json!({ "token": "a-t0ken", "expires_in": 600 })), sites(&["north"])]);
    let made = create(&app, &vendor, "exchanged", "a-s3cret-key").await;
    assert!(!made.text().contains("t0ken") && !made.text().contains("s3cret"));
    assert!(made.ok()["expires_at"].is_string() || made.ok()["expires_at"].is_number());
    let calls = vendor.calls();
    assert_eq!((calls[0].path.as_str(), calls[0].header("x-key")), ("/token", Some("a-s3cret-key")));
    assert_eq!(calls[1].header("authorization"), Some("Bearer a-t0ken"));
    vendor.behave_next([Behaviour::status(401)]);
    let refused = create(&app, &vendor, "exchanged", "a-s3cret-key").await;
    assert_eq!((refused.error(422), refused.details()["path"].as_str()), ("invalid".into(), Some("values")));
    let outside = create(&app, &vendor, "exchanged", "env:HOME").await;
    assert_eq!(outside.error(422), "invalid");
    assert!(outside.text().contains("PATCHBAY_SECRET_ENV"), "{}", outside.text());
    assert_eq!(vendor.calls().len(), 3, "nothing was sent for it");
}

/// A connection by a consent.
async fn consented(app: &TestApp, vendor: &Upstream) -> Value {
    let body = json!({ "client_id": "our-client", "client_secret": "our-app-s3cret" });
    app.put("/api/v1/apps/sites").owner().json(body).send().await.ok();
    let values = json!({ "port": vendor.address().port().to_string() });
    let body = json!({ "connector": "sites", "method": "oauth", "values": values });
    let url = app.post("/api/v1/connections/consent").owner().json(body).send().await.ok()["url"].as_str().unwrap().to_owned();
    let state = Url::parse(&url).unwrap().query_pairs().find(|(key, _)| key == "state").unwrap().1.into_owned();
    vendor.behave_next([Behaviour::json(200, &json!({ "access_token": "an-access-t0ken", "refresh_token": "a-refresh-t0ken" }))]);
    let page = app.get(&format!("/oauth/callback?state={state}&code=x")).header("cookie", &app.cookie).send().await;
    assert!(page.status == 200 && !page.text().contains("t0ken"), "{}", page.text());
    let all = app.get("/api/v1/connections").owner().send().await.ok()["items"].as_array().unwrap().clone();
    let mut made = all.last().unwrap().clone();
    made["page"] = json!(page.text());
    made
}

#[tokio::test]
async fn a_consent_may_leave_one_question() {
    let (app, vendor) = world().await;
    vendor.behave(sites(&["north", "south"]));
    let made = consented(&app, &vendor).await;
    assert_eq!(made["status"], "disabled");
    assert!(made["page"].as_str().unwrap().contains("One question is left: Which site is it for?"));
    let asked = app.get(&path(&made, "/question")).owner().send().await.ok();
    let choice = asked["choices"][1]["value"].clone();
    let chosen = app.post(&path(&made, "/question")).owner().json(json!({ "choice": choice })).send().await.ok();
    assert_eq!(chosen["status"], "active");
}

#[tokio::test]
async fn a_deleted_connection_gives_its_access_back_or_says_that_it_could_not() {
    let (app, vendor) = world().await;
    vendor.behave(sites(&["north"]));
    let made = consented(&app, &vendor).await;
    vendor.behave_next([Behaviour::status(200)]);
    assert_eq!(app.delete(&path(&made, "")).owner().send().await.ok(), json!({}));
    let last = vendor.calls().pop().unwrap();
    assert_eq!(
        (last.method.as_str(), last.path.as_str(), last.header("authorization")),
        ("POST", "/revoke", Some("Bearer an-access-t0ken"))
    );

    for behaviour in [Behaviour::status(400), Behaviour::status(503), Behaviour::Reset] {
        let made = consented(&app, &vendor).await;
        vendor.behave_next([behaviour]);
        let gone = app.delete(&path(&made, "")).owner().send().await;
        assert!(!gone.text().contains("t0ken"));
        assert!(gone.ok()["access_kept"].as_str().is_some_and(|reason| !reason.is_empty()), "{}", gone.text());
        app.get(&path(&made, "/question")).owner().send().await.error(404);
    }
    let activity = app.get("/api/v1/activity").owner().send().await;
    assert!(activity.text().contains("connection.access_kept") && !activity.text().contains("t0ken"), "{}", activity.text());
    // A key that a person made is theirs to take back.
    vendor.behave(sites(&["north"]));
    let typed = create(&app, &vendor, "key", "a-s3cret-key").await.ok();
    let calls = vendor.calls().len();
    assert_eq!(app.delete(&path(&typed, "")).owner().send().await.ok(), json!({}));
    assert_eq!(vendor.calls().len(), calls);
}
