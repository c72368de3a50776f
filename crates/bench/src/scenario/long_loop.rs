//! One event with 100,000 elements, and a `kill -9` after every 10,000 calls: each element must be called for under one key, the run must
//! end, and memory must not grow with the number of elements.

use super::Setting;
use crate::http::{self, Connection};
use crate::instance::{Instance, Running};
use crate::process;
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::time::{Duration, Instant};

const ITEMS: usize = 100_000;
const KILL_EVERY: u64 = 10_000;
/// The event is longer than a webhook takes unless told so.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
const POLL: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(900);

pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    println!("==> A loop of {ITEMS} elements, killed after every {KILL_EVERY} calls");
    let more = vec![("PATCHBAY_MAX_BODY_BYTES".to_owned(), MAX_BODY_BYTES.to_string())];
    let instance = Instance::create_with(&setting.binary, &setting.output.join("long-loop"), more).await?;
    let (mut running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w3.json")?).await?;
    setting.upstream.reset(Duration::ZERO);

    let answer = Connection::open(instance.address()).await?.send(&http::post(&workflow.hook, &event())).await?;
    let run = answer.json()?["run"].as_str().context("the receipt names no run")?.to_owned();
    let path = format!("/api/v1/runs?workflow={}&limit=1", workflow.id);
    let started = Instant::now();
    let (mut next_kill, mut kills, mut spent) = (KILL_EVERY, 0, Duration::ZERO);
    let mut highest = Highest::default();
    loop {
        if started.elapsed() > LONGEST {
            bail!("the run {run} did not end within {} s: {} calls arrived", LONGEST.as_secs(), setting.upstream.calls());
        }
        highest.look(&running)?;
        // The last ten thousand are left alone.
        if setting.upstream.calls() >= next_kill && next_kill < ITEMS as u64 {
            spent += process::cpu_time(running.id()?)?;
            running.kill().await?;
            (running, _) = instance.start().await?;
            next_kill = setting.upstream.calls().max(next_kill) + KILL_EVERY;
            kills += 1;
            println!("    killed after {} calls, {:.0} s", setting.upstream.calls(), started.elapsed().as_secs_f64());
        }
        let page = instance.get(&path).await?;
        match page["items"][0]["status"].as_str() {
            Some("succeeded") => break,
            Some("queued" | "running" | "waiting") => tokio::time::sleep(POLL).await,
            other => bail!("the run ended as {other:?}: {}", page["items"][0]["error"]),
        }
    }
    let took = started.elapsed();
    spent += process::cpu_time(running.id()?)?;
    running.stop().await?;
    let (distinct, repeated) = setting.upstream.distinct_and_repeated();

    report.add("long loop: elements", ITEMS as f64, "", Limit::None);
    report.add("long loop: kills", f64::from(kills), "", Limit::AtLeast(9.0));
    let none = Limit::AtMost(0.0);
    report.add("long loop: elements nobody called for", ITEMS.saturating_sub(distinct) as f64, "", none);
    report.add("long loop: calls repeated with another key", distinct.saturating_sub(ITEMS) as f64, "calls", none);
    report.add("long loop: calls repeated with the same key", repeated as f64, "calls", Limit::None);
    report.add("long loop: time with all restarts", took.as_secs_f64(), "s", Limit::None);
    report.add("long loop: server CPU per element", spent.as_secs_f64() * 1000.0 / ITEMS as f64, "ms", Limit::None);
    report.add("long loop: highest memory", highest.0 as f64 / 1_048_576.0, "MB", Limit::None);
    Ok(())
}

fn event() -> String {
    let item = |n: usize| json!({ "name": format!("L{n}"), "company": "C", "amount": 11 + n });
    json!({ "items": (0..ITEMS).map(item).collect::<Vec<_>>() }).to_string()
}

/// The most memory that was seen, in bytes.
#[derive(Default)]
struct Highest(u64);

impl Highest {
    fn look(&mut self, running: &Running) -> Result<()> {
        self.0 = self.0.max(process::resident_bytes(running.id()?)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_event_fits() {
        let event = event();
        assert!(event.len() < MAX_BODY_BYTES, "{} bytes", event.len());
        let event: serde_json::Value = serde_json::from_str(&event).expect("JSON");
        assert_eq!(event["items"].as_array().map(Vec::len), Some(ITEMS));
    }
}
