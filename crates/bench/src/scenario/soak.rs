//! W1 a million times: memory must not grow with the number of runs that were carried out.

use super::{Setting, runs};
use crate::instance::Instance;
use crate::load::{self, Load, Until};
use crate::process;
use crate::report::{Limit, Report};
use anyhow::{Result, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two looks at the memory.
const PARTS: u64 = 10;
const DRAIN: Duration = Duration::from_secs(120);
const MEGABYTE: f64 = 1e6;

pub async fn measure(setting: &Setting, events: u64, report: &mut Report) -> Result<()> {
    println!("==> {events} runs of W1");
    let instance = Instance::create(&setting.binary, &setting.output.join("soak")).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(Duration::ZERO);
    let (mut memory, mut cpu_ms, mut first) = (Vec::new(), Vec::new(), 0);
    for part in 1..=PARTS {
        let (started, before) = (Instant::now(), process::cpu_time(running.id()?)?);
        let outcome = load::send(Load {
            address: running.address,
            hook: workflow.hook.clone(),
            connections: setting.connections,
            until: Until::Acknowledged(events / PARTS),
            first,
            acknowledged: Arc::default(),
        })
        .await;
        if outcome.refused > 0 || outcome.broken > 0 {
            bail!("{} events were refused and {} connections broke", outcome.refused, outcome.broken);
        }
        first = outcome.next;
        runs::wait_until_settled(&instance, &workflow, DRAIN).await?;
        // The book of calls is the bench's own, and would grow.
        setting.upstream.reset(Duration::ZERO);
        memory.push(process::resident_bytes(running.id()?)? as f64 / MEGABYTE);
        let cpu = process::cpu_time(running.id()?)? - before;
        cpu_ms.push(cpu.as_secs_f64() * 1_000.0 / outcome.acknowledged as f64);
        println!(
            "    {} runs: {:.0} MB, {:.3} ms CPU per run, {:.0} runs/s with their end",
            part * (events / PARTS),
            memory[memory.len() - 1],
            cpu_ms[cpu_ms.len() - 1],
            outcome.acknowledged as f64 / started.elapsed().as_secs_f64(),
        );
    }
    let finished = runs::finished(&instance, &workflow).await?;
    running.stop().await?;

    let highest = memory.iter().copied().fold(0.0, f64::max);
    report.add("soak: runs that finished", finished as f64, "", Limit::AtLeast(first as f64));
    report.add("soak: memory after the first tenth", memory[0], "MB", Limit::None);
    report.add("soak: memory at the end", memory[memory.len() - 1], "MB", Limit::AtMost(120.0));
    report.add("soak: highest memory between tenths", highest, "MB", Limit::AtMost(120.0));
    report.add("soak: CPU per run, first tenth", cpu_ms[0], "ms", Limit::None);
    report.add("soak: CPU per run, last tenth", cpu_ms[cpu_ms.len() - 1], "ms", Limit::None);
    Ok(())
}
