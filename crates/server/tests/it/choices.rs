//! What a form offers to choose from, read from the account.

use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};

use crate::app::TestApp;

fn rooms(vendor: &Upstream, names: &[&str]) {
    let rooms: Vec<Value> = names.iter().map(|name| json!({ "id": name.to_lowercase(), "name": name })).collect();
    vendor.behave(Behaviour::json(200, &json!({ "rooms": rooms })));
}

#[tokio::test]
async fn choices_are_kept_for_a_while_and_asked_for_anew_on_request() {
    let app = TestApp::init().await.with_owner().await;
    let vendor = Upstream::start().await;
    let values = json!({ "port": vendor.address().port().to_string(), "key": "a-k3y" });
    let new = json!({ "connector": "vend", "method": "key", "label": "Vend", "values": values });
    let made = app.post("/api/v1/connections").owner().json(new).send().await.ok();
    let path = format!("/api/v1/connections/{}/options", made["id"].as_str().unwrap());
    let ask = async |more: Value| -> Vec<String> {
        let mut question = json!({ "form": "post", "field": "room", "input": {} });
        question.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = app.post(&path).owner().json(question).send().await.ok();
        answer["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    rooms(&vendor, &["Lobby"]);
    let before = vendor.calls().len();
    assert_eq!(ask(json!({})).await, ["Lobby"]);
    rooms(&vendor, &["Lobby", "<img onerror=alert(1)>"]);
    assert_eq!(ask(json!({})).await, ["Lobby"], "kept");
    assert_eq!(vendor.calls().len() - before, 1);

    assert_eq!(ask(json!({ "fresh": true })).await, ["Lobby", "<img onerror=alert(1)>"]);
    assert_eq!(vendor.calls().len() - before, 2);
    assert_eq!(ask(json!({})).await, ["Lobby", "<img onerror=alert(1)>"], "the new answer takes the old one's place");
    assert_eq!(vendor.calls().len() - before, 2);

    // Asked anew and refused: said, and what was known before is not lost.
    vendor.behave(Behaviour::status(503));
    let question = json!({ "form": "post", "field": "room", "input": {}, "fresh": true });
    assert_eq!(app.post(&path).owner().json(question).send().await.error(502), "account.unavailable");
    assert_eq!(ask(json!({})).await.len(), 2);
}
