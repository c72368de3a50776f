//! Apps, consents and what comes of them, against a vendor that answers as it is told.

use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};
use url::Url;

use crate::app::{TestApp, TestResponse};

async fn world() -> (TestApp, Upstream) {
    let app = TestApp::init().await.with_owner().await;
    let body = json!({ "client_id": "our-client", "client_secret": "our-app-s3cret" });
    let put = app.put("/api/v1/apps/vend").owner().json(body).send().await;
    assert!(!put.text().contains("s3cret") && put.ok()["has_secret"] == true);
    (app, Upstream::start().await)
}

/// The state of a new consent.
async fn begin(app: &TestApp, vendor: &Upstream, more: Value) -> String {
    let mut body = json!({ "connector": "vend", "method": "oauth", "values": { "port": vendor.address().port().to_string() } });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let url = app.post("/api/v1/connections/consent").owner().json(body).send().await.ok()["url"].as_str().unwrap().to_owned();
    let url = Url::parse(&url).unwrap();
    let value =
        |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap_or_default();
    assert_eq!(value("redirect_uri"), "http://127.0.0.1:8080/oauth/callback");
    assert_eq!((value("client_id").as_str(), value("scope").as_str()), ("our-client", "read write"));
    value("state")
}

fn tokens(vendor: &Upstream, id: &str) {
    vendor.behave_next([
        Behaviour::json(
            200,
            &json!({ "access_token": "an-access-t0ken", "refresh_token": "a-refresh-t0ken", "expires_in": 3600 }),
        ),
        Behaviour::json(200, &json!({ "id": id, "name": format!("{id} <b>Ltd</b>") })),
    ]);
}

async fn come_back(app: &TestApp, query: &str, cookie: &str) -> TestResponse {
    app.get(&format!("/oauth/callback?{query}")).header("cookie", cookie).send().await
}

async fn connections(app: &TestApp) -> Vec<Value> {
    let list = app.get("/api/v1/connections").owner().send().await;
    assert!(!list.text().contains("t0ken"), "{}", list.text());
    list.ok()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_consent_makes_a_connection_and_a_second_one_renews_it() {
    let (app, vendor) = world().await;
    let state = begin(&app, &vendor, json!({})).await;
    tokens(&vendor, "acme");
    let page = come_back(&app, &format!("state={state}&code=a-c0de"), &app.cookie).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(
        !page.text().contains("t0ken") && !page.text().contains("a-c0de") && !page.text().contains("<b>Ltd"),
        "{}",
        page.text()
    );
    let made = connections(&app).await.remove(0);
    assert_eq!((made["account"].as_str(), made["scopes"].clone()), (Some("acme <b>Ltd</b>"), json!(["read", "write"])));

    let again = come_back(&app, &format!("state={state}&code=a-c0de"), &app.cookie).await;
    assert!(again.status == 422 && again.text().contains("oauth.unknown_state"), "a replay: {}", again.text());

    // Another account does not take the connection over by itself.
    let renew = json!({ "connection": made["id"] });
    let state = begin(&app, &vendor, renew.clone()).await;
    tokens(&vendor, "other");
    let other = come_back(&app, &format!("state={state}&code=x"), &app.cookie).await;
    assert!(other.status == 409 && other.text().contains("oauth.other_account"), "{}", other.text());
    assert_eq!(connections(&app).await[0]["account"], made["account"]);

    let state = begin(&app, &vendor, renew).await;
    tokens(&vendor, "acme");
    assert_eq!(come_back(&app, &format!("state={state}&code=x"), &app.cookie).await.status, 200);
    let all = connections(&app).await;
    assert_eq!((all.len(), &all[0]["id"]), (1, &made["id"]));

    let state = begin(&app, &vendor, json!({ "connection": made["id"], "other_account": true })).await;
    tokens(&vendor, "other");
    assert_eq!(come_back(&app, &format!("state={state}&code=x"), &app.cookie).await.status, 200);
    assert_eq!(connections(&app).await[0]["account"], "other <b>Ltd</b>");
}

#[tokio::test]
async fn access_that_cannot_be_renewed_has_an_end() {
    let (app, vendor) = world().await;
    let grant = async |tokens: Value, more: Value| -> Value {
        let state = begin(&app, &vendor, more).await;
        vendor.behave_next([Behaviour::json(200, &tokens), Behaviour::json(200, &json!({ "id": "acme", "name": "Acme" }))]);
        assert_eq!(come_back(&app, &format!("state={state}&code=a-c0de"), &app.cookie).await.status, 200);
        connections(&app).await.remove(0)
    };
    let short = json!({ "access_token": "an-access-t0ken", "expires_in": 3600 });
    let made = grant(short, json!({})).await;
    assert!(made["ends_at"].is_i64() && made["ends_at"] == made["expires_at"], "{made}");
    let shown = app.get(&format!("/api/v1/connections/{}", made["id"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!(shown["connection"]["ends_at"], made["ends_at"]);
    // Connected again with a token to renew it by, it has none.
    let long = json!({ "access_token": "an-access-t0ken", "refresh_token": "a-refresh-t0ken", "expires_in": 3600 });
    let made = grant(long, json!({ "connection": made["id"] })).await;
    assert!(made["ends_at"].is_null() && made["expires_at"].is_i64(), "{made}");
}

#[tokio::test]
async fn only_the_browser_that_began_can_finish_and_only_with_a_code() {
    let (app, vendor) = world().await;
    let state = begin(&app, &vendor, json!({})).await;
    let elsewhere = app.sign_in().await;
    let good = format!("state={state}&code=x");
    assert_eq!(come_back(&app, &good, "").await.status, 401);
    for query in [good.as_str(), "state=made-up&code=x", "code=x", "", &"a=".repeat(20_000)] {
        let page = come_back(&app, query, &elsewhere).await;
        assert!(page.status == 422 && page.text().contains("oauth.unknown_state"), "{}", page.text());
    }
    let denied = format!("state={state}&error=access_denied&error_description=%3Cscript%3E");
    let page = come_back(&app, &denied, &app.cookie).await;
    assert!(page.status == 422 && page.text().contains("the access was not granted"), "{}", page.text());
    assert!(vendor.calls().is_empty() && connections(&app).await.is_empty());

    // Two windows at once: each finishes its own.
    let (one, other) = (begin(&app, &vendor, json!({})).await, begin(&app, &vendor, json!({})).await);
    for state in [other, one] {
        tokens(&vendor, "acme");
        assert_eq!(come_back(&app, &format!("state={state}&code=x"), &app.cookie).await.status, 200);
    }
    assert_eq!(connections(&app).await.len(), 2);
}

#[tokio::test]
async fn what_does_not_fit_is_said() {
    let (app, vendor) = world().await;
    let port = vendor.address().port().to_string();
    for (body, path) in [
        (json!({ "connector": "nobody", "method": "oauth" }), "connector"),
        (json!({ "connector": "http", "method": "bearer" }), "method"),
        (json!({ "connector": "vend", "method": "oauth" }), "values.port"),
        (json!({ "connector": "vend", "method": "oauth", "values": { "port": port }, "scopes": ["admin"] }), "scopes[0]"),
    ] {
        let answer = app.post("/api/v1/connections/consent").owner().json(body).send().await;
        assert_eq!((answer.error(422), answer.details()["path"].as_str()), ("invalid".into(), Some(path)), "{}", answer.text());
    }
    // The app's secret goes to the vendor, wherever a person would like to have it.
    let elsewhere = json!({ "connector": "vend", "method": "oauth", "values": { "port": "1@evil.example/" } });
    assert_eq!(app.post("/api/v1/connections/consent").owner().json(elsewhere).send().await.error(422), "oauth.value");
    app.delete("/api/v1/apps/vend").owner().send().await.ok();
    let body = json!({ "connector": "vend", "method": "oauth", "values": { "port": port } });
    assert_eq!(app.post("/api/v1/connections/consent").owner().json(body).send().await.error(409), "oauth.no_app");
    let shown = app.get("/api/v1/apps/vend").owner().send().await.ok();
    assert_eq!(shown["steps"], json!(["Enter http://127.0.0.1:8080/oauth/callback at Vend"]));
}

#[tokio::test]
async fn connectors_are_sent_once() {
    let app = TestApp::init().await.with_owner().await;
    let first = app.get("/api/v1/connectors").owner().send().await;
    assert!(first.ok()["items"].as_array().unwrap().iter().any(|connector| connector["id"] == "vend"));
    let again = app.get("/api/v1/connectors").owner().header("if-none-match", first.header("etag")).send().await;
    assert_eq!((again.status, again.body.len()), (304, 0));
}
