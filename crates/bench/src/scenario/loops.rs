//! W3: one event with a thousand elements, each shaped and sent on by an HTTP call, sixteen at a time.

use super::{Setting, median};
use crate::http::{self, Connection};
use crate::instance::{Instance, Published};
use crate::process;
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ITEMS: usize = 1_000;
const POLL: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(120);

pub async fn measure(setting: &Setting, rounds: usize, report: &mut Report) -> Result<()> {
    println!("==> W3: {rounds} runs of {ITEMS} elements, 16 at a time");
    let instance = Instance::create(&setting.binary, &setting.output.join("W3")).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w3.json")?).await?;
    setting.upstream.reset(Duration::ZERO);
    // The first one warms up.
    one_run(&instance, &workflow).await?;
    let (mut seconds, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let calls = setting.upstream.calls();
        let before = process::cpu_time(running.id()?)?;
        let took = one_run(&instance, &workflow).await?;
        let used = (process::cpu_time(running.id()?)? - before).as_secs_f64() * 1000.0;
        let arrived = setting.upstream.calls() - calls;
        if arrived != ITEMS as u64 {
            bail!("{arrived} calls arrived for {ITEMS} elements");
        }
        println!("    {:.2} s, {:.0} items/s, {:.3} ms CPU per item", took, ITEMS as f64 / took, used / ITEMS as f64);
        seconds.push(took);
        cpu.push(used / ITEMS as f64);
    }
    running.stop().await?;
    let took = median(seconds);
    report.add("W3: time per run", took, "s", Limit::None);
    report.add("W3: items", ITEMS as f64 / took, "items/s", Limit::None);
    report.add("W3: server CPU per item", median(cpu), "ms", Limit::None);
    Ok(())
}

/// An event with all the elements.
pub fn event() -> String {
    let item = |n: usize| json!({ "name": format!("Lead {n}"), "company": format!("Company {}", n % 50), "amount": 11 + n });
    json!({ "items": (0..ITEMS).map(item).collect::<Vec<_>>() }).to_string()
}

/// Sends one event; gives back the seconds from its acceptance to the durable end of its run, by the server's own clock.
async fn one_run(instance: &Instance, workflow: &Published) -> Result<f64> {
    let answer = Connection::open(instance.address()).await?.send(&http::post(&workflow.hook, &event())).await?;
    let id = answer.json()?["run"].as_str().context("the receipt names no run")?.to_owned();
    let list = format!("/api/v1/runs?workflow={}&limit=1", workflow.id);
    let started = Instant::now();
    while started.elapsed() < LONGEST {
        let page = instance.get(&list).await?;
        let run = &page["items"][0];
        if run["id"] == id.as_str()
            && let Some(seconds) = seconds(run)?
        {
            return Ok(seconds);
        }
        tokio::time::sleep(POLL).await;
    }
    bail!("the run {id} did not end within {} s", LONGEST.as_secs())
}

/// How long a run took, once it has ended well.
fn seconds(run: &Value) -> Result<Option<f64>> {
    match run["status"].as_str() {
        Some("succeeded") => {
            let ms = |name: &str| run[name].as_i64().with_context(|| format!("an ended run has no {name}"));
            Ok(Some((ms("finished_at")? - ms("created_at")?).max(1) as f64 / 1000.0))
        }
        Some("queued" | "running" | "waiting") => Ok(None),
        other => bail!("the run ended as {other:?}: {}", run["error"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_has_a_length_and_a_failure_is_one() {
        let run = |status: &str| json!({ "status": status, "created_at": 1_000, "finished_at": 3_500 });
        assert_eq!(seconds(&run("succeeded")).expect("ended"), Some(2.5));
        assert_eq!(seconds(&run("running")).expect("open"), None);
        assert!(seconds(&run("failed")).is_err());
        let event: Value = serde_json::from_str(&event()).expect("JSON");
        assert_eq!(event["items"].as_array().map(Vec::len), Some(ITEMS));
    }
}
