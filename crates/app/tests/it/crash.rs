//! What was acknowledged is carried out, whatever happens to the process.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use http::Method;
use serde_json::{Value, json};
use testkit::{Behaviour, Upstream};
use tokio::sync::Mutex;

use crate::instance::{Instance, lead, workflow};

const SENDERS: usize = 8;
const EVENTS: usize = 40;

/// Sends events from several senders, kills the process in the middle, starts it again. Gives back the acknowledged runs.
async fn killed_in_the_middle(patchbay: &mut Instance, upstream: &Upstream, hook: &str) -> BTreeSet<String> {
    let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
    upstream.behave(Behaviour::Delay(Duration::from_millis(30)));
    {
        let mut senders = Vec::new();
        for sender in 0..SENDERS {
            let patchbay = &*patchbay;
            let acknowledged = Arc::clone(&acknowledged);
            senders.push(async move {
                for n in 0..EVENTS {
                    let body = lead(sender * EVENTS + n);
                    let Ok(answer) = patchbay.try_send(Method::POST, hook, Some(&body)).await else { return };
                    if answer.status == 200 {
                        let receipt: Value = serde_json::from_slice(&answer.body).unwrap();
                        acknowledged.lock().await.insert(receipt["run"].as_str().unwrap().to_owned());
                    }
                }
            });
        }
        let mut all = std::pin::pin!(futures(senders));
        tokio::select! {
            () = &mut all => {}
            () = async {
                while acknowledged.lock().await.len() < SENDERS * EVENTS / 3 {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            } => {}
        }
    }
    patchbay.kill();
    upstream.behave(Behaviour::Echo);
    patchbay.start().await;
    let runs = acknowledged.lock().await.clone();
    assert!(runs.len() >= SENDERS * EVENTS / 3);
    runs
}

async fn futures(all: Vec<impl Future<Output = ()>>) {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|cx| {
        all.retain_mut(|f| f.as_mut().poll(cx).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

#[tokio::test]
async fn a_kill_loses_nothing_and_repeats_with_the_same_key() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (id, hook) = patchbay.publish("Repeatable", &workflow("w1.json", &upstream.url("/echo"))).await;
    let acknowledged = killed_in_the_middle(&mut patchbay, &upstream, &hook).await;
    for run in &acknowledged {
        assert_eq!(patchbay.settled(run).await["run"]["status"], "succeeded");
    }
    // Some were stored but their senders never heard: they run too.
    for run in patchbay.runs(&id).await {
        patchbay.settled(run["id"].as_str().unwrap()).await;
    }
    let runs = patchbay.runs(&id).await;
    assert!(runs.iter().all(|run| run["status"] == "succeeded"));
    let by_key = upstream.calls_by_key();
    assert_eq!(by_key.len(), runs.len(), "one key for each run, however often it was sent");
    assert!(by_key.values().all(|count| *count <= 2), "{by_key:?}");
}

#[tokio::test]
async fn a_kill_never_repeats_what_must_not_be_repeated() {
    let upstream = Upstream::start().await;
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let mut definition = workflow("w1.json", &upstream.url("/echo"));
    definition["steps"]["send"]["kind"]["input"]["repeatable"] = json!({ "literal": false });
    let (id, hook) = patchbay.publish("Unrepeatable", &definition).await;
    let acknowledged = killed_in_the_middle(&mut patchbay, &upstream, &hook).await;
    let (mut finished, mut unknown) = (0, Vec::new());
    for run in patchbay.runs(&id).await {
        let run = patchbay.settled(run["id"].as_str().unwrap()).await["run"].clone();
        match (run["status"].as_str().unwrap(), run["hold"].as_str()) {
            ("succeeded", _) => finished += 1,
            ("waiting", Some("unknown")) => unknown.push(run["id"].as_str().unwrap().to_owned()),
            other => panic!("{other:?}"),
        }
    }
    assert!(finished + unknown.len() >= acknowledged.len());
    let calls = upstream.calls().len();
    assert!(calls <= finished + unknown.len(), "{calls} calls for {finished} finished and {} unknown", unknown.len());
    assert!(!unknown.is_empty(), "the kill came in the middle of calls");

    // A person settles: one happened, one is run again.
    let settle = |run: &str| format!("/api/v1/runs/{run}/settle");
    patchbay.post(&settle(&unknown[0]), &json!({ "path": "send", "choice": { "happened": { "output": { "ok": true } } } })).await;
    let mut detail = patchbay.settled(&unknown[0]).await;
    for _ in 0..200 {
        if detail["run"]["status"] == "succeeded" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
        detail = patchbay.settled(&unknown[0]).await;
    }
    assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
    assert_eq!(upstream.calls().len(), calls, "nothing was sent for it");
    if let Some(second) = unknown.get(1) {
        patchbay.post(&settle(second), &json!({ "path": "send", "choice": "run_again" })).await;
        upstream.wait_for_calls(calls + 1).await;
    }
}

#[tokio::test]
async fn a_stop_hands_work_back_in_time() {
    let upstream = Upstream::start().await;
    upstream.behave(Behaviour::Delay(Duration::from_secs(2)));
    let mut patchbay = Instance::new();
    patchbay.start().await;
    let (_, hook) = patchbay.publish("Leads", &workflow("w1.json", &upstream.url("/echo"))).await;
    let mut runs = Vec::new();
    for n in 0..5 {
        runs.push(patchbay.post(&hook, &lead(n)).await["run"].as_str().unwrap().to_owned());
    }
    upstream.wait_for_calls(5).await;
    assert!(patchbay.stop().await < Duration::from_secs(12));
    patchbay.start().await;
    for run in &runs {
        assert_eq!(patchbay.settled(run).await["run"]["status"], "succeeded");
    }
    assert_eq!(upstream.calls().len(), 5, "calls under way were allowed to finish");
}
