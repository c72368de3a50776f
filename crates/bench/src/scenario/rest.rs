//! An instance that has nothing to do: how soon it is there, and what it keeps in memory.

use super::{Setting, median};
use crate::instance::Instance;
use crate::load::{self, Load, Until};
use crate::process;
use crate::report::{Limit, Report};
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

const STARTS: usize = 5;
/// So that the existing database is not an empty one.
const EVENTS: u64 = 1_000;

pub async fn measure(setting: &Setting, idle_seconds: u64, report: &mut Report) -> Result<()> {
    println!("==> Start {STARTS} times on an existing database, then rest for {idle_seconds} s");
    let instance = Instance::create(&setting.binary, &setting.output.join("rest")).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(Duration::ZERO);
    let until = Until::Acknowledged(EVENTS);
    let (hook, acknowledged) = (workflow.hook.clone(), Arc::default());
    load::send(Load { address: running.address, hook, connections: 8, until, first: 0, acknowledged }).await;
    super::runs::wait_until_settled(&instance, &workflow, Duration::from_secs(30)).await?;
    running.stop().await?;

    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let (running, took) = instance.start().await?;
        starts.push(took.as_secs_f64());
        running.stop().await?;
    }
    let (running, _) = instance.start().await?;
    tokio::time::sleep(Duration::from_secs(idle_seconds)).await;
    let before = process::cpu_time(running.id()?)?;
    let memory = process::resident_bytes(running.id()?)?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle_cpu = (process::cpu_time(running.id()?)? - before).as_secs_f64() * 1000.0 / 5.0;
    running.stop().await?;

    report.add("start until /healthz answers", median(starts), "s", Limit::AtMost(0.3));
    report.add("idle memory", memory as f64 / 1e6, "MB", Limit::AtMost(50.0));
    report.add("idle CPU per second", idle_cpu, "ms", Limit::None);
    Ok(())
}
