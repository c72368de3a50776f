//! `kill -9` in the middle of acknowledged events, and a restart: nothing may be lost, and nothing silently done twice.

use super::{Setting, runs};
use crate::instance::Instance;
use crate::load::{self, Load, Outcome, Until};
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Before the upstream answers: so long that calls are in flight when the server is killed.
const UPSTREAM_DELAY: Duration = Duration::from_millis(20);
const SETTLE: Duration = Duration::from_secs(180);

/// What the HTTP step says about being sent twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    Repeatable,
    Unrepeatable,
}

impl Variant {
    fn name(self) -> &'static str {
        match self {
            Self::Repeatable => "repeatable",
            Self::Unrepeatable => "unrepeatable",
        }
    }
}

pub async fn measure(setting: &Setting, variant: Variant, events: u64, report: &mut Report) -> Result<()> {
    println!("==> Crash: {events} events, killed in the middle, HTTP step {}", variant.name());
    let instance = Instance::create(&setting.binary, &setting.output.join(format!("crash-{}", variant.name()))).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&workflow_file(setting, variant)?).await?;
    setting.upstream.reset(UPSTREAM_DELAY);

    // The first half ends with broken connections: what was not acknowledged then may or may not have been accepted.
    let acknowledged = Arc::new(AtomicU64::new(0));
    let load = |until, first, address, acknowledged| Load {
        address,
        hook: workflow.hook.clone(),
        connections: setting.connections,
        until,
        first,
        acknowledged,
    };
    let sending = tokio::spawn(load::send(load(Until::Acknowledged(events), 0, running.address, Arc::clone(&acknowledged))));
    while acknowledged.load(Ordering::Relaxed) < events / 2 || setting.upstream.calls() == 0 {
        if sending.is_finished() {
            bail!("the server could not be killed while events came in: see its log, or take more events");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    running.kill().await?;
    let before = sending.await?;
    let (running, restart) = instance.start().await?;
    let rest = events.saturating_sub(before.acknowledged);
    let after = load::send(load(Until::Acknowledged(rest), before.next, running.address, Arc::default())).await;
    let settled = runs::wait_until_settled(&instance, &workflow, SETTLE).await?;

    let all = runs::list(&instance, &workflow, "").await?;
    running.stop().await?;
    let verdict = judge(&before, &after, all);
    let (distinct, repeated) = setting.upstream.distinct_and_repeated();

    let name = |what: &str| format!("crash, {}: {what}", variant.name());
    let none = Limit::AtMost(0.0);
    report.add(&name("acknowledged"), (before.acknowledged + after.acknowledged) as f64, "events", Limit::AtLeast(events as f64));
    report.add(&name("acknowledged before the kill"), before.acknowledged as f64, "events", Limit::None);
    report.add(&name("lost"), verdict.lost as f64, "runs", none);
    report.add(&name("ended otherwise"), verdict.otherwise as f64, "runs", none);
    match variant {
        Variant::Repeatable => {
            report.add(&name("parked"), verdict.parked as f64, "runs", none);
            report.add(&name("calls repeated with the same key"), repeated as f64, "calls", Limit::AtLeast(1.0));
            // More keys than runs would mean that a repetition came under a new key.
            let new_keys = distinct.saturating_sub(verdict.succeeded);
            report.add(&name("calls repeated with another key"), new_keys as f64, "calls", none);
        }
        Variant::Unrepeatable => {
            report.add(&name("parked as unknown"), verdict.parked as f64, "runs", Limit::AtLeast(1.0));
            report.add(&name("sent again"), repeated as f64, "calls", none);
            // A parked run's call may or may not have arrived; every other call belongs to a run that succeeded.
            let unaccounted = distinct.saturating_sub(verdict.succeeded + verdict.parked);
            report.add(&name("calls without a run"), unaccounted as f64, "calls", none);
        }
    }
    report.add(&name("restart until /healthz answers"), restart.as_secs_f64(), "s", Limit::None);
    report.add(&name("all settled after"), settled.as_secs_f64(), "s", Limit::None);
    Ok(())
}

/// The workflow W1, with what the HTTP step says about being sent twice.
fn workflow_file(setting: &Setting, variant: Variant) -> Result<PathBuf> {
    let text = std::fs::read_to_string(setting.workflow("w1.json")?)?;
    let mut workflow: Value = serde_json::from_str(&text).context("w1.json is not JSON")?;
    let repeatable = workflow
        .pointer_mut("/definition/steps/send/kind/input/repeatable/literal")
        .context("the step `send` of w1.json does not say whether it is repeatable")?;
    *repeatable = Value::Bool(variant == Variant::Repeatable);
    let file = setting.output.join(format!("crash-{}.json", variant.name()));
    std::fs::write(&file, workflow.to_string())?;
    Ok(file)
}

#[derive(Debug, PartialEq, Eq, Default)]
struct Verdict {
    /// Acknowledged, and not there any more.
    lost: usize,
    succeeded: usize,
    /// Waiting for a person to say what happened to a call.
    parked: usize,
    otherwise: usize,
}

fn judge(before: &Outcome, after: &Outcome, all: Vec<runs::Run>) -> Verdict {
    let mut verdict = Verdict::default();
    let mut there: HashSet<String> = HashSet::new();
    for run in all {
        match (run.status.as_str(), run.hold.as_deref()) {
            ("succeeded", _) => verdict.succeeded += 1,
            ("waiting", Some("unknown")) => verdict.parked += 1,
            _ => verdict.otherwise += 1,
        }
        there.insert(run.id);
    }
    let acknowledged: HashSet<&String> = before.runs.iter().chain(&after.runs).collect();
    let receipts_without_run = (before.acknowledged + after.acknowledged) as usize - before.runs.len() - after.runs.len();
    verdict.lost = acknowledged.iter().filter(|id| !there.contains(id.as_str())).count() + receipts_without_run;
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(runs: &[&str]) -> Outcome {
        Outcome { runs: runs.iter().map(|id| (*id).to_owned()).collect(), acknowledged: runs.len() as u64, ..Outcome::default() }
    }

    fn run(id: &str, status: &str, hold: Option<&str>) -> runs::Run {
        runs::Run { id: id.to_owned(), status: status.to_owned(), hold: hold.map(str::to_owned) }
    }

    #[test]
    fn a_run_that_is_gone_is_lost() {
        let all = vec![run("a", "succeeded", None), run("b", "waiting", Some("unknown")), run("x", "failed", None)];
        let verdict = judge(&outcome(&["a", "gone"]), &outcome(&["b"]), all);
        assert_eq!(verdict, Verdict { lost: 1, succeeded: 1, parked: 1, otherwise: 1 });
    }

    #[test]
    fn a_receipt_without_a_run_is_a_loss() {
        let before = Outcome { acknowledged: 2, ..outcome(&["a"]) };
        assert_eq!(judge(&before, &outcome(&[]), vec![run("a", "succeeded", None)]).lost, 1);
    }
}
