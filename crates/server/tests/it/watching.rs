//! Lists as people narrow them: groups, exports, what waits, who did what.

use model::{Role, api::RunSummary};
use serde_json::{Value, json};

use crate::{
    app::{TestApp, definition},
    runs::{Runner, start},
};

async fn failed(app: &TestApp, hook: &str, message: &str) -> String {
    let run = start(app, hook).await;
    Runner::claim(app).await.fail("send", "http.status", message).await;
    run.to_string()
}

fn ids(page: &Value) -> Vec<String> {
    let items: Vec<RunSummary> = serde_json::from_value(page["items"].clone()).unwrap();
    items.into_iter().map(|run| run.id.to_string()).collect()
}

#[tokio::test]
async fn filters_are_query_parameters() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let one = failed(&app, &hook, "no").await;
    start(&app, &hook).await;
    let list = async |query: &str| ids(&app.get(&format!("/api/v1/runs?{query}")).owner().send().await.ok());
    assert_eq!(list("error_class=rejected&error_step=send&version=1&trigger=hook").await, [one.as_str()]);
    assert_eq!(list("held=false&shorter_than_ms=60000").await.len(), 2);
    assert!(list("held=true").await.is_empty() && list("error_code=other").await.is_empty());
    for bad in ["error_class=odd", "held=perhaps", "version=-1", "longer_than_ms=x", "colour=red", "parent=wf_1"] {
        assert_eq!(app.get(&format!("/api/v1/runs?{bad}")).owner().send().await.error(400), "query.invalid", "{bad}");
    }
    assert_eq!(app.get("/api/v1/runs?version=1&cursor=x").owner().send().await.error(422), "invalid");
}

#[tokio::test]
async fn equal_failures_are_gathered() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    failed(&app, &hook, "Order 1 was refused").await;
    let newest = failed(&app, &hook, "Order 22 was refused").await;
    let groups = app.get(&format!("/api/v1/runs/groups?workflow={workflow}")).owner().send().await.ok();
    assert_eq!((&groups["searched"], groups["items"].as_array().unwrap().len()), (&json!(2), 1));
    let group = &groups["items"][0];
    assert_eq!((&group["count"], &group["sample"], &group["step"]), (&json!(2), &json!(newest), &json!("send")));
}

#[tokio::test]
async fn lists_are_exported_whole_and_harmless() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = failed(&app, &hook, "=HYPERLINK(\"http://evil.example.com\")").await;
    for _ in 0..210 {
        start(&app, &hook).await;
    }
    let csv = app.get("/api/v1/runs/export.csv?version=1").owner().send().await;
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    let rows: Vec<&str> = text.split("\r\n").filter(|row| !row.is_empty()).collect();
    assert_eq!((csv.status, rows.len()), (200, 212), "more than a page, and the head");
    assert!(
        rows[211].starts_with(&run) && rows[211].ends_with("\"'=HYPERLINK(\"\"http://evil.example.com\"\")\""),
        "{}",
        rows[211]
    );
    assert_eq!(csv.header("content-disposition"), "attachment; filename=\"runs.csv\"");
    let lines = app.get("/api/v1/runs/export.jsonl?status=failed").owner().send().await;
    let found: RunSummary = serde_json::from_slice(&lines.body).unwrap();
    assert_eq!(found.id.to_string(), run);
    let events = app.get("/api/v1/events/export.jsonl").owner().send().await;
    let text = String::from_utf8(events.body.to_vec()).unwrap();
    assert_eq!(text.lines().count(), 211);
    let first: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!((&first["event"]["state"], &first["data"]["body"]["n"]), (&json!("accepted"), &json!(1)));
    let none = app.get("/api/v1/events/export.csv?state=held").owner().send().await;
    assert_eq!(String::from_utf8(none.body.to_vec()).unwrap(), "event,workflow,trigger,state,reason,received_at,bytes,run\r\n");
    assert_eq!(app.get("/api/v1/runs/export.csv?status=odd").owner().send().await.error(422), "invalid");
}

#[tokio::test]
async fn what_waits_is_told() {
    let app = TestApp::init().await.with_owner().await;
    let mut def = definition();
    def["settings"] = json!({ "order_key": { "expr": "event.body.customer" } });
    let (workflow, hook) = app.import(def).await;
    let send = async |customer: &str| app.post(&hook).json(json!({ "customer": customer })).send().await.ok()["run"].clone();
    let head = send("ada").await;
    for _ in 0..3 {
        send("ada").await;
    }
    send("bob").await;
    let lanes = app.get(&format!("/api/v1/workflows/{workflow}/lanes")).owner().send().await.ok();
    let lanes = lanes["items"].as_array().unwrap();
    assert_eq!(lanes.len(), 1, "{lanes:?}");
    assert_eq!((&lanes[0]["order_key"], &lanes[0]["head"]["id"], &lanes[0]["waiting"]), (&json!("ada"), &head, &json!(3)));
    let backlogs = app.get("/api/v1/backlogs").owner().send().await.ok();
    assert_eq!((&backlogs["items"][0]["runs"], &backlogs["items"][0]["workflow_name"]), (&json!(5), &json!("Orders")));
    let batches = app.get(&format!("/api/v1/workflows/{workflow}/batches")).owner().send().await.ok();
    assert_eq!(batches["items"], json!([]));
}

#[tokio::test]
async fn who_did_what_is_for_owners() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    let all = app.get("/api/v1/activity").owner().send().await.ok();
    let told = |action: &str, target: &str| {
        all["items"].as_array().unwrap().iter().any(|row| row["action"] == action && row["target"] == target)
    };
    assert!(told("workflow.published", &workflow.to_string()) && told("run.cancelled", &run.to_string()), "{all}");
    let only = app.get("/api/v1/activity?action=run.*&actor=ada%40example.com&limit=1").owner().send().await.ok();
    assert_eq!((only["items"].as_array().unwrap().len(), &only["items"][0]["target"]), (1, &json!(run)));
    let operator = app.token(Role::Operator).await;
    assert_eq!(app.get("/api/v1/activity").bearer(&operator).send().await.error(403), "forbidden");
}

#[tokio::test]
async fn many_runs_are_acted_on_at_once() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let begin = |body: Value| app.post("/api/v1/bulk").owner().json(body);
    let begun = begin(json!({ "action": "cancel", "filter": { "workflow": workflow, "status": "queued" } })).send().await.ok();
    assert_eq!(
        (&begun["state"], &begun["done"], &begun["created_by"]),
        (&json!("running"), &json!(0), &json!("ada@example.com"))
    );
    let path = format!("/api/v1/bulk/{}", begun["id"].as_str().unwrap());
    // The job runner's part, by hand.
    let job = app.store.claim_jobs(&[store::BULK], 1, 30_000).await.unwrap().pop().unwrap();
    let mut piece = app.store.bulk_next(&job, 10).await.unwrap().unwrap();
    let outcome = app.store.bulk_apply(&mut piece).await.unwrap();
    assert!(!app.store.bulk_advance(&piece, &outcome).await.unwrap());
    let ended = app.get(&path).owner().send().await.ok();
    assert_eq!((&ended["state"], &ended["done"]), (&json!("finished"), &json!(1)));
    assert_eq!(app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok()["run"]["status"], "cancelled");
    let second = begin(json!({ "action": "delete", "filter": { "status": "failed" } })).send().await.ok();
    let path = format!("/api/v1/bulk/{}", second["id"].as_str().unwrap());
    assert_eq!(app.delete(&path).owner().send().await.ok()["state"], "stopped");
    assert_eq!(app.delete(&path).owner().send().await.ok()["state"], "stopped", "twice is once");
    let queued = json!({ "status": "queued" });
    for (bad, status) in [
        (json!({ "action": "delete", "filter": {} }), 422),
        (json!({ "action": "cancel", "filter": { "status": "odd" } }), 422),
        (json!({ "action": "cancel", "filter": { "statsu": "queued" } }), 400),
        (json!({ "action": "explode", "filter": queued }), 400),
        (json!({ "action": "settle", "filter": queued }), 422),
        (json!({ "action": "cancel", "filter": { "status": "queued", "limit": 5 } }), 422),
    ] {
        assert_eq!(begin(bad.clone()).send().await.status, status, "{bad}");
    }
    let viewer = app.token(Role::Viewer).await;
    assert_eq!(app.delete(&path).bearer(&viewer).send().await.error(403), "forbidden");
}
