use serde_json::json;

use crate::app::{TestApp, definition};

#[tokio::test]
async fn samples_are_added_listed_and_forgotten() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, _) = app.import(definition()).await;
    let path = format!("/api/v1/workflows/{workflow}/samples");
    let sample = app.post(&path).owner().json(json!({ "trigger": "hook", "event": { "body": { "n": 1 } } })).send().await.ok();
    assert_eq!((sample["origin"].as_str(), &sample["event"]["body"]["n"]), (Some("edited"), &json!(1)));
    assert_eq!(app.get(&path).owner().send().await.ok()["triggers"].as_array().unwrap().len(), 1);
    let unknown = app.post(&path).owner().json(json!({ "trigger": "ghost", "event": {} })).send().await;
    assert_eq!((unknown.error(422), unknown.details()["path"].as_str()), ("invalid".into(), Some("trigger")));
    let one = format!("{path}/{}", sample["id"].as_str().unwrap());
    app.delete(&one).owner().send().await.ok();
    app.delete(&one).owner().send().await.error(404);
    assert_eq!(app.get(&path).owner().send().await.ok()["triggers"], json!([]));
}
