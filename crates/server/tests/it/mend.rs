//! From a run that failed to a draft that can be mended with its data.

use model::{Role, run::RunEventKind};
use serde_json::{Value, json};
use store::Then;

use crate::{
    app::{TestApp, definition},
    runs::{Runner, finished, start},
};

fn two_steps() -> Value {
    let mut definition = definition();
    definition["steps"]["send"] = json!({ "slug": "send", "label": "Send it", "kind": { "type": "set", "fields": [] } });
    definition["body"] = json!(["name", "send"]);
    definition
}

#[tokio::test]
async fn a_failed_run_leaves_its_data_to_the_editor() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(two_steps()).await;
    let mut runs = Vec::new();
    for message in ["The order 17 was refused", "The order 4711 was refused", "gone"] {
        runs.push(start(&app, &hook).await);
        let mut runner = Runner::claim(&app).await;
        runner.write(vec![RunEventKind::RunStarted, finished("name", json!({ "who": "Ada" }))], Then::Continue).await;
        runner.fail("send", "http.status", message).await;
    }
    let path = format!("/api/v1/runs/{}/mend", runs[0]);
    let viewer = app.token(Role::Viewer).await;
    assert_eq!(app.post(&path).bearer(&viewer).json(json!({})).send().await.status, 403);
    let mend = app.post(&path).owner().json(json!({})).send().await.ok();
    assert_eq!((mend["step"].as_str(), mend["left_out"].as_u64()), (Some("send"), Some(0)));
    let samples = app.get(&format!("/api/v1/workflows/{workflow}/samples")).owner().send().await.ok();
    assert_eq!(samples["triggers"][0]["id"], mend["sample"]);
    assert_eq!(samples["triggers"][0]["event"]["body"]["n"], 1);
    assert_eq!(
        samples["steps"][0],
        json!({
            "id": samples["steps"][0]["id"], "step": "name", "at": samples["steps"][0]["at"], "output": { "who": "Ada" },
        })
    );

    // What it says is alike is what a bulk action and the groups take.
    let alike = &mend["alike"];
    let bulk = json!({ "action": "replay", "filter": alike, "from_step": "send", "newest": true });
    app.post("/api/v1/bulk").owner().json(bulk).send().await.ok();
    let query: String = alike
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| {
            format!(
                "{key}={}&",
                value.as_str().map_or(value.to_string(), |text| text.replace(' ', "%20").replace('…', "%E2%80%A6"))
            )
        })
        .collect();
    let groups = app.get(&format!("/api/v1/runs/groups?{query}")).owner().send().await.ok();
    assert_eq!((groups["items"].as_array().unwrap().len(), &groups["items"][0]["count"]), (1, &json!(2)));
}

#[tokio::test]
async fn what_is_gone_is_left_out() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(two_steps()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    let big = json!({ "text": "x".repeat(1_000_100) });
    runner.write(vec![RunEventKind::RunStarted, finished("name", big)], Then::Continue).await;
    runner.fail("send", "http.status", "no").await;
    // The draft has lost the step it failed at, and its trigger.
    let rev = app.get(&format!("/api/v1/workflows/{workflow}")).owner().send().await.ok()["draft_rev"].clone();
    let mut draft = definition();
    draft["triggers"] = json!([{ "id": "other", "label": "Other", "kind": { "type": "manual" } }]);
    let saved = json!({ "rev": rev, "definition": draft });
    app.put(&format!("/api/v1/workflows/{workflow}/draft")).owner().json(saved).send().await.ok();
    let mend = app.post(&format!("/api/v1/runs/{run}/mend")).owner().json(json!({})).send().await.ok();
    assert_eq!((mend.get("step"), mend.get("sample"), &mend["left_out"]), (None, None, &json!(1)));

    let test = json!({ "definition": definition(), "trigger": "hook", "event": {} });
    let test = app.post(&format!("/api/v1/workflows/{workflow}/test")).owner().json(test).send().await.ok();
    let path = format!("/api/v1/runs/{}/mend", test["run"].as_str().unwrap());
    assert_eq!(app.post(&path).owner().json(json!({})).send().await.error(422), "invalid");
    assert_eq!(app.post("/api/v1/runs/run_0000000000001/mend").owner().json(json!({})).send().await.error(404), "not_found");
}
