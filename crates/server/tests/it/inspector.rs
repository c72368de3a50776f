//! What a webhook got, shown to its makers.

use axum::http::Method;
use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn every_request_is_listed_with_what_became_of_it() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["triggers"][0]["filter"] = json!({ "expr": "event.body.n != 3" });
    def["triggers"][0]["dedupe"] = json!({ "key": { "expr": "event.body.n" } });
    let (workflow, hook) = app.import(def).await;
    let accepted = app
        .post(&format!("{hook}?token=t0ps3cret&a=1"))
        .header("authorization", "Bearer s3cret")
        .json(json!({ "n": 1 }))
        .send()
        .await;
    let receipt = accepted.ok();
    app.post(&hook).json(json!({ "n": 1 })).send().await.ok();
    app.post(&hook).json(json!({ "n": 3 })).send().await.ok();
    app.post(&hook).header("content-type", "application/json").header("x-api-key", "s3cret").body("{").send().await.error(400);
    app.request(Method::PUT, &hook).send().await.error(405);
    app.post(&format!("{hook}/test")).json(json!({ "n": 9 })).send().await.ok();
    let path = format!("/api/v1/workflows/{workflow}/triggers/hook/requests");
    let list = app.get(&path).owner().send().await.ok();
    let items = list["items"].as_array().unwrap();
    let outcomes: Vec<&str> = items.iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["test", "refused", "refused", "filtered", "duplicate", "accepted"], "newest first");
    assert_eq!((items[1]["status"].as_u64(), items[1]["method"].as_str()), (Some(405), Some("PUT")));
    assert!(items[2]["reason"].as_str().unwrap().contains("not valid JSON"), "{}", items[2]);
    assert_eq!((&items[2]["body"], &items[2]["bytes"]), (&json!("{"), &json!(1)));
    assert_eq!((&items[5]["event"], &items[5]["run"]), (&receipt["event"], &receipt["run"]));
    let text = list.to_string();
    assert!(!text.contains("s3cret") && text.contains("a=1"), "credentials are masked: {text}");
    // "Use as sample": of one that was refused it cannot be read, of others it is the event.
    let sample =
        |at: usize| app.post(&format!("{path}/{}/sample", items[at]["id"].as_str().unwrap())).owner().json(json!({})).send();
    sample(2).await.error(422);
    let made = sample(5).await.ok();
    assert_eq!((&made["event"]["body"], made["origin"].as_str()), (&json!({ "n": 1 }), Some("live")));
    sample(4).await.error(409);
    assert_eq!(sample(0).await.ok()["event"]["body"], json!({ "n": 9 }));
    app.post(&format!("{path}/req_0000000000000/sample")).owner().json(json!({})).send().await.error(404);
    app.get(&format!("/api/v1/workflows/{workflow}/triggers/form/requests")).owner().send().await.error(404);
}

#[tokio::test]
async fn a_flood_of_refusals_leaves_the_last_ones_and_no_more() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    for n in 0..60 {
        app.post(&hook).header("content-type", "application/json").body(format!("{{{n}")).send().await.error(400);
    }
    let list = app.get(&format!("/api/v1/workflows/{workflow}/triggers/hook/requests")).owner().send().await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 20);
}

#[tokio::test]
async fn a_trigger_says_how_it_is_reached() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["triggers"][0]["kind"]["verify"] = json!({ "type": "hmac", "header": "X-Sig", "prefix": "sha256=" });
    let (workflow, hook) = app.import(def).await;
    let path = format!("/api/v1/workflows/{workflow}/triggers/hook/subscription");
    let told = app.get(&path).owner().send().await.ok();
    assert_eq!((told["state"].as_str(), told["reachable"].as_str()), (Some("active"), Some("no")), "{told}");
    let url = format!("http://127.0.0.1:8080{hook}");
    assert_eq!((&told["address"], &told["test_address"]), (&json!(url), &json!(format!("{url}/test"))));
    assert_eq!((&told["needs_secret"], &told["has_secret"]), (&json!(true), &json!(false)));
    let curl = told["curl"].as_str().unwrap();
    assert!(curl.starts_with(&format!("curl -X POST {url} ")) && curl.contains("openssl dgst -sha256"), "{curl}");
    app.put(&format!("/api/v1/workflows/{workflow}/triggers/hook/secret"))
        .owner()
        .json(json!({ "secret": "x" }))
        .send()
        .await
        .ok();
    assert_eq!(app.get(&path).owner().send().await.ok()["has_secret"], true);
    app.post(&format!("/api/v1/workflows/{workflow}/state")).owner().json(json!({ "state": "off" })).send().await.ok();
    assert_eq!(app.get(&path).owner().send().await.ok()["state"], "off");
    app.get(&format!("/api/v1/workflows/{workflow}/triggers/form/subscription")).owner().send().await.error(404);
    app.post(&format!("{path}/retry")).owner().json(json!({})).send().await.error(422);
}
