//! Events as fast as they are answered, over and over: accepted and completed runs, latency and CPU time.

use super::{Setting, median, runs};
use crate::instance::{Instance, Published, Running};
use crate::load::{self, Load, Until};
use crate::process;
use crate::report::{Limit, Report};
use anyhow::{Result, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// After the load has ended.
const DRAIN: Duration = Duration::from_secs(120);
const WARM_UP: Duration = Duration::from_secs(2);

/// A workflow to load, and what is asked of it.
pub struct Case {
    name: &'static str,
    file: &'static str,
    completed: Limit,
    cpu_ms: Limit,
    p99_ms: Limit,
    backlog_s: Limit,
}

/// Answered at once.
pub const W1: Case = Case {
    name: "W1",
    file: "w1.json",
    completed: Limit::AtLeast(5000.0),
    cpu_ms: Limit::AtMost(0.2),
    p99_ms: Limit::AtMost(20.0),
    backlog_s: Limit::AtMost(1.0),
};

/// Answered after the last step.
pub const W2: Case = Case {
    name: "W2",
    file: "w2.json",
    completed: Limit::None,
    cpu_ms: Limit::None,
    p99_ms: Limit::None,
    backlog_s: Limit::None,
};

struct Round {
    accepted: f64,
    completed: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms: f64,
    own_cpu_ms: f64,
    backlog_s: f64,
}

pub async fn measure(setting: &Setting, case: Case, seconds: u64, rounds: usize, report: &mut Report) -> Result<()> {
    println!("==> {}: {} connections, {rounds} rounds of {seconds} s", case.name, setting.connections);
    let instance = Instance::create(&setting.binary, &setting.output.join(case.name)).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow(case.file)?).await?;
    setting.upstream.reset(Duration::ZERO);
    let mut number = one_round(setting, &instance, &running, &workflow, 0, WARM_UP).await?.1;
    let mut measured = Vec::new();
    for _ in 0..rounds {
        let (round, next) = one_round(setting, &instance, &running, &workflow, number, Duration::from_secs(seconds)).await?;
        println!(
            "    {:.0} accepted/s, {:.0} completed/s, p50 {:.1} ms, p99 {:.1} ms, {:.3} ms CPU per run, backlog {:.2} s",
            round.accepted, round.completed, round.p50_ms, round.p99_ms, round.cpu_ms, round.backlog_s
        );
        measured.push(round);
        number = next;
    }
    let memory = process::resident_bytes(running.id()?)?;
    let unfinished = runs::list(&instance, &workflow, "failed,cancelled,filtered").await?;
    running.stop().await?;

    let middle = |value: fn(&Round) -> f64| median(measured.iter().map(value).collect());
    let name = case.name;
    report.add(&format!("{name}: accepted"), middle(|round| round.accepted), "events/s", Limit::None);
    report.add(&format!("{name}: completed"), middle(|round| round.completed), "runs/s", case.completed);
    report.add(&format!("{name}: acknowledgement p50"), middle(|round| round.p50_ms), "ms", Limit::None);
    report.add(&format!("{name}: acknowledgement p99"), middle(|round| round.p99_ms), "ms", case.p99_ms);
    report.add(&format!("{name}: server CPU per run"), middle(|round| round.cpu_ms), "ms", case.cpu_ms);
    report.add(&format!("{name}: load and upstream CPU per run"), middle(|round| round.own_cpu_ms), "ms", Limit::None);
    report.add(&format!("{name}: backlog at the end of the load"), middle(|round| round.backlog_s), "s", case.backlog_s);
    report.add(&format!("{name}: server memory afterwards"), memory as f64 / 1e6, "MB", Limit::None);
    report.add(&format!("{name}: runs that did not succeed"), unfinished.len() as f64, "", Limit::AtMost(0.0));
    Ok(())
}

/// One round of load, and its runs to the end. Returns the number after its last event, too.
async fn one_round(
    setting: &Setting,
    instance: &Instance,
    running: &Running,
    workflow: &Published,
    first: u64,
    time: Duration,
) -> Result<(Round, u64)> {
    let finished_before = runs::finished(instance, workflow).await?;
    let (server, own) = (running.id()?, std::process::id());
    let (server_before, own_before) = (process::cpu_time(server)?, process::cpu_time(own)?);
    let started = Instant::now();
    let outcome = load::send(Load {
        address: running.address,
        hook: workflow.hook.clone(),
        connections: setting.connections,
        until: Until::Elapsed(time),
        first,
        acknowledged: Arc::default(),
    })
    .await;
    // Asked right at the end of the load: what is not finished by now is the backlog.
    let finished = runs::finished(instance, workflow).await? - finished_before;
    let elapsed = started.elapsed().as_secs_f64();
    if outcome.refused > 0 || outcome.broken > 0 {
        let example = outcome.first_refusal.unwrap_or_default();
        bail!("{} events were refused and {} connections broke, for example {example}", outcome.refused, outcome.broken);
    }
    runs::wait_until_settled(instance, workflow, DRAIN).await?;
    let total = runs::finished(instance, workflow).await? - finished_before;
    if total != outcome.acknowledged {
        bail!("{} events were acknowledged but {total} runs finished", outcome.acknowledged);
    }
    let cpu = (process::cpu_time(server)? - server_before).as_secs_f64();
    let own_cpu = (process::cpu_time(own)? - own_before).as_secs_f64();
    let per_run_ms = |seconds: f64| seconds * 1000.0 / outcome.acknowledged as f64;
    let completed = finished as f64 / elapsed;
    let round = Round {
        accepted: outcome.acknowledged as f64 / outcome.elapsed.as_secs_f64(),
        completed,
        p50_ms: outcome.percentile(0.50).as_secs_f64() * 1000.0,
        p99_ms: outcome.percentile(0.99).as_secs_f64() * 1000.0,
        cpu_ms: per_run_ms(cpu),
        own_cpu_ms: per_run_ms(own_cpu),
        backlog_s: (outcome.acknowledged - finished.min(outcome.acknowledged)) as f64 / completed.max(1.0),
    };
    Ok((round, outcome.next))
}
