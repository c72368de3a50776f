//! An event's way, from the webhook to the other side and into the run's page.

use http::Method;
use serde_json::json;
use testkit::{Behaviour, Upstream};

use crate::instance::{Instance, lead, workflow};

#[tokio::test]
async fn an_event_is_carried_out_and_every_step_can_be_read() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (_, hook) = patchbay.publish("Leads", &workflow("w1.json", &upstream.url("/echo"))).await;

    let receipt = patchbay.post(&hook, &lead(1)).await;
    assert_eq!(receipt["duplicate"], false);
    let detail = patchbay.settled(receipt["run"].as_str().unwrap()).await;
    assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
    assert_eq!(detail["event"]["body"]["email"], "lead1@example.com");
    let step = |slug: &str| detail["steps"].as_array().unwrap().iter().find(|s| s["step"] == slug).unwrap()["state"].clone();
    assert_eq!(step("keep_large")["output"]["v"]["passed"], true);
    assert_eq!(
        step("shape")["output"]["v"],
        json!({ "name": "ADA LOVELACE", "title": "Ada Lovelace at Engines", "amount": 202 })
    );
    let send = step("send");
    assert_eq!(send["output"]["v"]["status"], 200);
    assert_eq!(send["attempts"].as_array().unwrap().len(), 1);

    let calls = upstream.wait_for_calls(1).await;
    assert_eq!(calls[0].json(), json!({ "name": "ADA LOVELACE", "title": "Ada Lovelace at Engines", "amount": 202 }));
    assert_eq!(calls[0].header("idempotency-key"), send["attempts"][0]["key"].as_str());

    // What the filter does not let through ends as filtered, and calls nobody.
    let receipt = patchbay.post(&hook, &json!({ "name": "x", "amount": 3 })).await;
    let detail = patchbay.settled(receipt["run"].as_str().unwrap()).await;
    assert_eq!(detail["run"]["status"], "filtered");
    assert_eq!(upstream.calls().len(), 1);
}

#[tokio::test]
async fn a_sender_that_waits_gets_the_last_steps_output() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (_, hook) = patchbay.publish("Echo", &workflow("w2.json", &upstream.url("/echo"))).await;
    let (status, answer) = patchbay.send(Method::POST, &hook, Some(&lead(5))).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["body"]["body"]["amount"], 210, "{answer}");

    upstream.behave(Behaviour::status(400));
    let (status, answer) = patchbay.send(Method::POST, &hook, Some(&lead(6))).await;
    assert_eq!(status, 500, "{answer}");
    assert_eq!(answer["error"]["code"], "run.failed");
}

#[tokio::test]
async fn a_cancel_takes_effect_within_a_call() {
    let upstream = Upstream::start().await;
    upstream.behave(Behaviour::Silence);
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (_, hook) = patchbay.publish("Slow", &workflow("w1.json", &upstream.url("/echo"))).await;
    let receipt = patchbay.post(&hook, &lead(1)).await;
    let run = receipt["run"].as_str().unwrap();
    upstream.wait_for_calls(1).await;
    patchbay.post(&format!("/api/v1/runs/{run}/cancel"), &json!({})).await;
    let detail = patchbay.settled(run).await;
    assert_eq!(detail["run"]["status"], "cancelled");
    // The call is aborted, and the worker has a place for the next run.
    upstream.behave(Behaviour::Echo);
    let receipt = patchbay.post(&hook, &lead(2)).await;
    assert_eq!(patchbay.settled(receipt["run"].as_str().unwrap()).await["run"]["status"], "succeeded");
    let (status, answer) = patchbay.send(Method::POST, &format!("/api/v1/runs/{run}/cancel"), Some(&json!({}))).await;
    assert_eq!(status, 409, "{answer}");
}

#[tokio::test]
async fn paused_keeps_and_off_refuses() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (workflow, hook) = patchbay.publish("Leads", &workflow("w1.json", &upstream.url("/echo"))).await;
    let switch = format!("/api/v1/workflows/{workflow}/state");

    patchbay.post(&switch, &json!({ "state": "paused" })).await;
    for n in 0..3 {
        let (status, answer) = patchbay.send(Method::POST, &hook, Some(&lead(n))).await;
        assert_eq!((status, &answer["held"]), (202, &json!(true)), "{answer}");
    }
    assert_eq!(patchbay.get(&format!("/api/v1/workflows/{workflow}")).await["held"], 3);
    assert!(upstream.calls().is_empty());
    patchbay.post(&switch, &json!({ "state": "on" })).await;
    let calls = upstream.wait_for_calls(3).await;
    assert_eq!(calls.len(), 3);

    patchbay.post(&switch, &json!({ "state": "off" })).await;
    let (status, answer) = patchbay.send(Method::POST, &hook, Some(&lead(9))).await;
    assert_eq!(status, 410, "{answer}");
    assert_eq!(answer["error"]["code"], "hook.refused");
    let refused = patchbay.get(&format!("/api/v1/events?workflow={workflow}&state=refused")).await;
    assert_eq!(refused["items"].as_array().unwrap().len(), 1);
}
