//! Sandbox connections through the API.

use http::Method;
use serde_json::{Value, json};

use crate::instance::Instance;

async fn refused(patchbay: &Instance, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = patchbay.send(method, path, Some(&body)).await;
    assert_eq!(status, 422, "{answer}");
    answer["error"]["details"]["path"].clone()
}

#[tokio::test]
async fn a_sandbox_is_made_looked_into_and_emptied_and_stays_one() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let new = json!({ "connector": "slack", "method": "bot_token", "label": "Try it", "sandbox": true });
    let made = patchbay.post("/api/v1/connections", &new).await;
    assert_eq!(
        (&made["sandbox"], &made["status"], &made["account"]),
        (&json!(true), &json!("active"), &json!("Slack sandbox")),
        "{made}"
    );
    let path = format!("/api/v1/connections/{}", made["id"].as_str().unwrap());
    let sandbox = format!("{path}/sandbox");

    // What is real does not get in, and it does not become real.
    let token = json!({ "token": "xoxb-real-token" });
    let mut odd = new.clone();
    odd["values"] = token.clone();
    assert_eq!(refused(&patchbay, Method::POST, "/api/v1/connections", odd).await, "values");
    let mut odd = new.clone();
    odd["hosts"] = json!(["slack.com"]);
    assert_eq!(refused(&patchbay, Method::POST, "/api/v1/connections", odd).await, "hosts");
    assert_eq!(refused(&patchbay, Method::PUT, &path, json!({ "values": token })).await, "values");
    assert_eq!(refused(&patchbay, Method::PUT, &path, json!({ "hosts": ["slack.com"] })).await, "hosts");
    let slack = json!({ "answer": { "status": 200, "body": {} } });
    assert_eq!(refused(&patchbay, Method::PUT, &sandbox, slack).await, "answer");

    // Menus are filled from the simulated account.
    let (status, tested) = patchbay.send(Method::POST, &format!("{path}/test"), Some(&json!({}))).await;
    assert_eq!(status, 200, "{tested}");
    let account = patchbay.get(&sandbox).await;
    assert!(!account["calls"].as_array().unwrap().is_empty(), "{account}");

    for odd in [
        json!({ "misbehaviour": { "kind": "slow", "ms": 0 } }),
        json!({ "misbehaviour": { "kind": "rate_limited", "retry_after_s": 100_000 } }),
        json!({ "misbehaviour": { "kind": "dropped" }, "calls": 0 }),
        json!({ "calls": 3 }),
    ] {
        refused(&patchbay, Method::PUT, &sandbox, odd).await;
    }
    let (status, _) = patchbay.send(Method::PUT, &sandbox, Some(&json!({ "misbehaviour": { "kind": "explode" } }))).await;
    assert!((400..500).contains(&status), "{status}");
    let behaviour = json!({ "misbehaviour": { "kind": "dropped" }, "calls": 2 });
    let (status, answer) = patchbay.send(Method::PUT, &sandbox, Some(&behaviour)).await;
    assert_eq!((status, &answer["behaviour"]), (200, &behaviour), "{answer}");

    // It is kept over a restart, and gone when it is emptied.
    patchbay.kill();
    patchbay.start().await;
    assert_eq!(patchbay.get(&sandbox).await["behaviour"], behaviour);
    let (status, _) = patchbay.send(Method::DELETE, &sandbox, None).await;
    assert_eq!(status, 200);
    let account = patchbay.get(&sandbox).await;
    assert_eq!((&account["calls"], &account["behaviour"]), (&json!([]), &json!({})), "{account}");

    let real =
        json!({ "connector": "http", "method": "bearer", "label": "x", "hosts": ["a.example.com"], "values": { "token": "t" } });
    let real = patchbay.post("/api/v1/connections", &real).await;
    let path = format!("/api/v1/connections/{}/sandbox", real["id"].as_str().unwrap());
    assert_eq!(patchbay.send(Method::GET, &path, None).await.0, 422);
    assert_eq!(patchbay.send(Method::GET, "/api/v1/connections/con_0000000000000/sandbox", None).await.0, 404);
}

#[tokio::test]
async fn templates_use_the_sandboxes_there_are() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let listed = patchbay.get("/api/v1/templates").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 13);
    for template in ["lead_to_crm", "payments", "post_to_x"] {
        patchbay.post("/api/v1/workflows/from-template", &json!({ "template": template, "sandbox": true })).await;
    }
    let connections = patchbay.get("/api/v1/connections").await;
    let of =
        |connector: &str| connections["items"].as_array().unwrap().iter().filter(|one| one["connector"] == connector).count();
    assert_eq!((of("slack"), of("gmail"), of("stripe"), of("x")), (1, 1, 1, 1), "{connections:#}");

    // With real connections, what belongs to the sandbox is left to be chosen.
    let made = patchbay.post("/api/v1/workflows/from-template", &json!({ "template": "post_to_x", "name": "Ours" })).await;
    assert_eq!(made["name"], "Ours");
    assert!(!made["draft"].to_string().contains("C0SANDBOX"), "{made:#}");
    assert!(made["problems"].as_array().unwrap().iter().any(|one| one["severity"] == "error"), "{made:#}");
    let odd = json!({ "template": "nothing" });
    assert_eq!(refused(&patchbay, Method::POST, "/api/v1/workflows/from-template", odd).await, "template");
}

/// A workflow of one step, started by hand; gives back the end of its run.
async fn carried_out(patchbay: &Instance, action: Value) -> Value {
    let definition = json!({
        "schema": 1, "triggers": [{ "id": "hand", "label": "Hand", "kind": { "type": "manual", "fields": [] } }],
        "steps": { "do": { "slug": "do", "label": "Do it", "kind": action } }, "body": ["do"],
    });
    let (workflow, _) = patchbay.publish("One step", &definition).await;
    let receipt = patchbay.post(&format!("/api/v1/workflows/{workflow}/run"), &json!({ "trigger": "hand", "body": {} })).await;
    patchbay.settled(receipt["run"].as_str().unwrap()).await
}

#[tokio::test]
async fn mail_and_requests_stay_here() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let make = async |connector: &str, method: &str| {
        let new = json!({ "connector": connector, "method": method, "label": "Try it", "sandbox": true });
        patchbay.post("/api/v1/connections", &new).await["id"].as_str().unwrap().to_owned()
    };
    // What was sent is in the outbox; a mailbox that is not there refuses.
    let mail = make("email", "smtp").await;
    let send = |to: &str| {
        json!({ "type": "action", "connector": "email", "version": 1, "operation": "send", "connection": mail, "input": {
            "to": { "literal": to }, "subject": { "literal": "Welcome <b>" }, "text": { "literal": "Hello" } } })
    };
    let detail = carried_out(&patchbay, send("ada@example.com")).await;
    assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
    let account = patchbay.get(&format!("/api/v1/connections/{mail}/sandbox")).await;
    let outbox = &account["collections"][0];
    assert_eq!((&outbox["name"], &outbox["count"]), (&json!("outbox"), &json!(1)), "{account:#}");
    assert_eq!(outbox["items"][0]["value"]["recipients"], json!(["ada@example.com"]), "{account:#}");
    assert_eq!(outbox["items"][0]["value"]["subject"], "Welcome <b>");
    let detail = carried_out(&patchbay, send("unknown@example.com")).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");

    // A request is told back, or answered as a person wrote; its credentials are nowhere.
    let http = make("http", "bearer").await;
    let path = format!("/api/v1/connections/{http}/sandbox");
    let call = json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "connection": http, "input": {
        "method": { "literal": "POST" }, "url": { "literal": "https://api.example.com/things?a=1" },
        "body": { "object": [{ "key": { "literal": "name" }, "value": { "literal": "Ada" } }] } } });
    let detail = carried_out(&patchbay, call.clone()).await;
    assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
    let told = &detail["steps"][0]["state"]["output"]["v"]["body"];
    assert_eq!((&told["method"], &told["query"]["a"]), (&json!("POST"), &json!("1")), "{detail:#}");
    assert!(told["headers"].get("authorization").is_none(), "{told}");
    let written = json!({ "answer": { "status": 422, "headers": { "X-Why": "no" }, "body": { "error": "no such thing" } } });
    let (status, kept) = patchbay.send(Method::PUT, &path, Some(&written)).await;
    assert_eq!((status, &kept["behaviour"]["answer"]["status"]), (200, &json!(422)), "{kept}");
    let detail = carried_out(&patchbay, call.clone()).await;
    assert_eq!(
        (&detail["run"]["status"], &detail["run"]["error"]["class"]),
        (&json!("failed"), &json!("rejected")),
        "{detail:#}"
    );
    // Misbehaviour comes before it, and leaves it as it is.
    let (_, kept) = patchbay.send(Method::PUT, &path, Some(&json!({
        "misbehaviour": { "kind": "rate_limited", "retry_after_s": 1 }, "calls": 1, "answer": { "status": 200, "body": "ok" },
    }))).await;
    assert_eq!(kept["behaviour"]["calls"], 1, "{kept}");
    let detail = carried_out(&patchbay, call).await;
    assert!(["succeeded", "waiting"].contains(&detail["run"]["status"].as_str().unwrap()), "{detail:#}");
    let account = patchbay.get(&path).await;
    let met = |call: &&Value| call["status"] == 429 && call["note"] == "rate_limited";
    assert_eq!(account["calls"].as_array().unwrap().iter().filter(met).count(), 1, "{account:#}");
    assert!(account["behaviour"]["misbehaviour"].is_null(), "{account:#}");
    assert_eq!(account["behaviour"]["answer"], json!({ "status": 200, "body": "ok" }), "{account:#}");
    for odd in [
        json!({ "answer": { "status": 99 } }),
        json!({ "answer": { "status": 200, "headers": { "a b": "x" } } }),
        json!({ "answer": { "status": 200, "headers": { "a": "x\r\ny" } } }),
        json!({ "answer": { "status": 200, "body": "x".repeat(100_000) } }),
    ] {
        refused(&patchbay, Method::PUT, &path, odd).await;
    }
}

#[tokio::test]
async fn what_is_made_up_reaches_nobody_outside() {
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let new = json!({ "connector": "github", "method": "token", "label": "Try it", "sandbox": true });
    let github = patchbay.post("/api/v1/connections", &new).await["id"].clone();
    // Told by a webhook, and seen by a look.
    for trigger in ["pull_request", "new_issue"] {
        let kind = json!({ "type": "app", "connector": "github", "version": 1, "trigger": trigger, "connection": github,
                           "input": { "repository": { "literal": "octocat/hello-world" } } });
        let call = json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": {
            "method": { "literal": "GET" }, "url": { "literal": "https://api.example.com/things" } } });
        let mut definition = json!({
            "schema": 1, "triggers": [{ "id": "told", "label": "Told", "kind": kind }],
            "steps": {
                "call": { "slug": "call", "label": "Call it", "kind": call },
                "note": { "slug": "note", "label": "Note", "kind": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } },
            },
            "body": ["call", "note"],
        });
        let (workflow, _) = patchbay.publish("Outside", &definition).await;
        let happening = |workflow: &str| format!("/api/v1/workflows/{workflow}/triggers/told/happening");
        let (status, refused) = patchbay.send(Method::POST, &happening(&workflow), Some(&json!({ "way": "usual" }))).await;
        assert_eq!(status, 422, "{refused:#}");
        assert!(refused["error"]["message"].as_str().unwrap().contains("Call it"), "{refused:#}");

        // On the shelf it is never run.
        definition["body"] = json!(["note"]);
        definition["shelf"] = json!(["call"]);
        let (workflow, _) = patchbay.publish("Inside", &definition).await;
        patchbay.post(&happening(&workflow), &json!({ "way": "usual" })).await;
    }
}
