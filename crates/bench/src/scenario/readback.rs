//! What is kept of a thousand runs: read back through the API, compared with what was sent and answered, and weighed.

use super::{Setting, runs};
use crate::http::{self, Connection};
use crate::instance::Instance;
use crate::load::{self, Load, Until};
use crate::report::{Limit, Report};
use anyhow::Result;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RUNS: u64 = 1_000;
const SETTLE: Duration = Duration::from_secs(60);

pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    println!("==> Read {RUNS} runs back and compare them with what was sent and answered");
    let instance = Instance::create(&setting.binary, &setting.output.join("readback")).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(Duration::ZERO);
    // Stopped for the weighing, so that the log is moved into the database.
    running.stop().await?;
    let empty = bytes(&instance.folder().join("data"))?;
    let (running, _) = instance.start().await?;
    let load = Load {
        address: running.address,
        hook: workflow.hook.clone(),
        connections: 8,
        until: Until::Acknowledged(RUNS),
        first: 0,
        acknowledged: Arc::default(),
    };
    let sent = load::send(load).await;
    runs::wait_until_settled(&instance, &workflow, SETTLE).await?;

    let started = Instant::now();
    let mut connection = Connection::open(running.address).await?;
    let (mut equal, mut example) = (0_u64, None);
    for run in &sent.runs {
        let detail = connection.send(&http::get(&format!("/api/v1/runs/{run}"), instance.token())).await?.json()?;
        match differences(&detail) {
            found if found.is_empty() => equal += 1,
            found => example = example.or(Some(format!("{run}: {}", found.join(", ")))),
        }
    }
    let each = started.elapsed().as_secs_f64() * 1000.0 / sent.runs.len().max(1) as f64;
    running.stop().await?;
    let grown = bytes(&instance.folder().join("data"))?.saturating_sub(empty);
    if let Some(example) = example {
        println!("    differs, for example {example}");
    }
    report.add("runs read back", sent.runs.len() as f64, "runs", Limit::AtLeast(RUNS as f64));
    report.add("of these, not as sent and answered", (sent.runs.len() as u64 - equal) as f64, "runs", Limit::AtMost(0.0));
    report.add("reading one run", each, "ms", Limit::None);
    report.add("bytes on disk per run", grown as f64 / sent.acknowledged.max(1) as f64, "B", Limit::None);
    Ok(())
}

/// The parts of a run of W1 that are not what its event and the upstream say.
fn differences(detail: &Value) -> Vec<&'static str> {
    let event = &detail["event"];
    let number = event["body"]["email"].as_str().and_then(|email| email.strip_prefix("lead")?.split('@').next()?.parse().ok());
    let Some(n) = number else { return vec!["the event has no number"] };
    let body: Value = serde_json::from_str(&load::event(n)).unwrap_or_default();
    let (name, company) = (body["name"].as_str().unwrap_or_default(), body["company"].as_str().unwrap_or_default());
    let shaped = json!({
        "name": name.to_uppercase(), "title": format!("{name} at {company}"), "amount": body["amount"].as_u64().unwrap_or_default() * 2,
    });
    let none = Value::Null;
    let steps = detail["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let step = |id: &str| steps.iter().find(|step| step["step"] == id).map_or(&none, |step| &step["state"]);
    let checks = [
        ("event body", event["body"] == body),
        ("event headers", event["headers"]["content-type"] == "application/json"),
        ("filter", step("keep_large")["output"]["v"]["passed"] == true),
        ("output of the shape step", step("shape")["output"]["v"] == shaped),
        ("input of the call", step("send")["input"]["v"]["body"] == shaped),
        // The upstream answers with what it got.
        ("answer of the call", step("send")["output"]["v"]["body"] == shaped),
        ("status of the call", step("send")["output"]["v"]["status"] == 200),
        ("status of the run", detail["run"]["status"] == "succeeded"),
    ];
    checks.into_iter().filter(|(_, holds)| !holds).map(|(what, _)| what).collect()
}

/// Of the files in a folder.
fn bytes(folder: &Path) -> Result<u64> {
    let mut sum = 0;
    for entry in folder.read_dir()? {
        sum += entry?.metadata()?.len();
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_compared() {
        let shaped = json!({ "name": "LEAD 3", "title": "Lead 3 at Company 3", "amount": 28 });
        let whole = json!({
            "run": { "status": "succeeded" },
            "event": { "headers": { "content-type": "application/json" },
                "body": { "email": "lead3@example.com", "name": "Lead 3", "company": "Company 3", "amount": 14 } },
            "steps": [
                { "step": "keep_large", "state": { "output": { "v": { "passed": true } } } },
                { "step": "shape", "state": { "output": { "v": shaped } } },
                { "step": "send", "state": { "input": { "v": { "body": shaped } }, "output": { "v": { "status": 200, "body": shaped } } } },
            ],
        });
        assert_eq!(differences(&whole), Vec::<&str>::new());
        for pointer in
            ["/event/body/amount", "/event/headers/content-type", "/steps/1/state/output/v/name", "/steps/2/state/output/v/body"]
        {
            let mut other = whole.clone();
            *other.pointer_mut(pointer).expect("it is there") = json!("other");
            assert_eq!(differences(&other).len(), 1, "{pointer}");
        }
    }
}
