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
    let http = json!({ "connector": "http", "method": "bearer", "label": "x", "sandbox": true });
    assert_eq!(refused(&patchbay, Method::POST, "/api/v1/connections", http).await, "connector");

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
