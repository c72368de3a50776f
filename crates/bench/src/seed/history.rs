//! What happened when.

use model::{
    Timestamp,
    ids::{RunId, StepPath},
    run::{ErrorClass, Hold, RunError, RunStatus},
};
use store::seed::{SeedCall, SeedRun, Seeder};

use super::dice::Dice;
use super::journal;
use super::site::{Flow, Site};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How far back it goes.
const DAYS: i64 = 90;
/// Events of each hour of a working day, of its busiest.
const RHYTHM: [f64; 24] = [
    0.10, 0.07, 0.06, 0.06, 0.08, 0.12, 0.25, 0.45, 0.75, 0.95, 1.0, 0.95, 0.80, 0.85, 1.0, 0.98, 0.90, 0.70, 0.50, 0.40, 0.35,
    0.28, 0.20, 0.14,
];
/// On a day at the weekend there is so much of a working day.
const WEEKEND: f64 = 0.3;
/// Runs that wait for somebody's word.
const UNKNOWN: usize = 40;
/// Runs that wait for an account.
const FOR_CONNECTION: usize = 60;

struct Trouble {
    class: ErrorClass,
    code: &'static str,
    message: &'static str,
}

const TROUBLES: &[Trouble] = &[
    Trouble { class: ErrorClass::Rejected, code: "http.status", message: "Slack said channel_not_found" },
    Trouble { class: ErrorClass::Rejected, code: "http.status", message: "The contact 4711 already exists" },
    Trouble { class: ErrorClass::Transient, code: "http.status", message: "The service answered with 503" },
    Trouble { class: ErrorClass::TimedOut, code: "http.timeout", message: "No answer within 30 s" },
    Trouble { class: ErrorClass::Input, code: "expr.missing", message: "The field email is missing" },
    Trouble { class: ErrorClass::Permission, code: "http.status", message: "The account may not write contacts" },
];

/// The moments of `count` events, oldest first.
pub fn moments(dice: &mut Dice, now: Timestamp, count: u64) -> Vec<Timestamp> {
    let first = now.ms() - DAYS * DAY;
    let weights: Vec<f64> = (0..DAYS * 24)
        .map(|hour| {
            let at = first + hour * HOUR;
            // 1 January 1970 was a Thursday.
            let weekday = (at.div_euclid(DAY) + 3).rem_euclid(7);
            let of_day = RHYTHM[usize::try_from(at.rem_euclid(DAY) / HOUR).unwrap_or(0)];
            of_day * if weekday >= 5 { WEEKEND } else { 1.0 }
        })
        .collect();
    let sum: f64 = weights.iter().sum();
    let mut owed = 0.0;
    let mut all = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    for (hour, weight) in weights.iter().enumerate() {
        owed += count as f64 * weight / sum;
        let from = all.len();
        while owed >= 1.0 {
            owed -= 1.0;
            let at = first + hour as i64 * HOUR + (dice.share() * HOUR as f64) as i64;
            // The last minutes belong to what runs now.
            all.push(Timestamp(at.min(now.ms() - 120_000)));
        }
        all[from..].sort_unstable();
    }
    all
}

/// An event's run, and its replay where somebody mended it.
pub fn event(dice: &mut Dice, site: &Site, seeder: &Seeder, at: Timestamp, now: Timestamp, runs: &mut Vec<(RunId, SeedRun)>) {
    let flow = pick(dice, site);
    let bad = is_bad_time(flow, at);
    let fails = dice.chance(if bad { 0.5 } else { flow.failing });
    let status = match () {
        () if dice.chance(flow.filtering) => RunStatus::Filtered,
        () if fails => RunStatus::Failed,
        () if dice.chance(0.0004) => RunStatus::Cancelled,
        () => RunStatus::Succeeded,
    };
    let id = RunId(seeder.id_at(at));
    let mut run = make(dice, flow, at, now, status, bad);
    let mended = status == RunStatus::Failed && dice.chance(0.35);
    let again = run.finished_at.map(|end| end.plus_ms(600_000 + (dice.share() * 6.0 * HOUR as f64) as i64));
    match again.filter(|again| mended && again.ms() < now.ms() - 300_000) {
        Some(again) => {
            let mut replay = make(dice, flow, again, now, RunStatus::Succeeded, false);
            replay.of = Some(id);
            run.recovered_at = replay.finished_at;
            runs.push((id, run));
            runs.push((RunId(seeder.id_at(again)), replay));
        }
        None => runs.push((id, run)),
    }
}

/// Runs that have not ended.
pub fn waiting(dice: &mut Dice, site: &Site, seeder: &Seeder, now: Timestamp, runs: &mut Vec<(RunId, SeedRun)>) {
    for n in 0..UNKNOWN + FOR_CONNECTION {
        let at = now.plus_ms(-((dice.share() * 3.0 * DAY as f64) as i64) - 60_000);
        let flow = pick(dice, site);
        let mut run = make(dice, flow, at, now, RunStatus::Waiting, false);
        run.hold = Some(if n < UNKNOWN { Hold::Unknown } else { Hold::Connection });
        runs.push((RunId(seeder.id_at(at)), run));
    }
}

fn pick<'a>(dice: &mut Dice, site: &'a Site) -> &'a Flow {
    let mut left = dice.share();
    for flow in &site.flows {
        left -= flow.share;
        if left < 0.0 {
            return flow;
        }
    }
    &site.flows[0]
}

/// Every third Tuesday or so the first account of a workflow has a bad afternoon.
fn is_bad_time(flow: &Flow, at: Timestamp) -> bool {
    let (day, of_day) = (at.ms().div_euclid(DAY), at.ms().rem_euclid(DAY));
    let account = flow.calls.first().map_or(0, |(step, ..)| step.len() as i64);
    (day * 7 + account).rem_euclid(19) == 3 && (14 * HOUR..15 * HOUR).contains(&of_day)
}

fn make(dice: &mut Dice, flow: &Flow, at: Timestamp, now: Timestamp, status: RunStatus, bad: bool) -> SeedRun {
    let age = (now.ms() - at.ms()) as f64 / (DAYS * DAY) as f64;
    let version = flow.versions - ((age * f64::from(flow.versions)) as u32).min(flow.versions - 1);
    let begun = at.plus_ms(dice.spread(if bad { 400.0 } else { 6.0 }) as i64);
    let trouble = dice.one(TROUBLES);
    let (mut calls, mut clock, mut retries) = (Vec::new(), begun, 0);
    let called = if matches!(status, RunStatus::Filtered | RunStatus::Cancelled) { &[] } else { flow.calls.as_slice() };
    let failing_at = dice.below(called.len().max(1));
    for (n, (step, connection, usual)) in called.iter().enumerate() {
        let fails = status == RunStatus::Failed && n == failing_at;
        let mut attempts = if dice.chance(if bad { 0.3 } else { 0.01 }) { 2 } else { 1 };
        if fails && matches!(trouble.class, ErrorClass::Transient | ErrorClass::TimedOut) {
            attempts = 4;
        }
        for attempt in 1..=attempts {
            let ms = dice.spread(if fails && trouble.class == ErrorClass::TimedOut { 30_000.0 } else { *usual }) as u64;
            let limited = attempt < attempts && dice.chance(0.4);
            calls.push(SeedCall {
                step: step.clone(),
                at: clock,
                ms,
                connection: Some(*connection),
                limited,
                failed: fails && attempt == attempts,
            });
            clock = clock.plus_ms(i64::try_from(ms).unwrap_or(0) + if attempt < attempts { 1_000 << attempt } else { 2 });
            retries += u32::from(attempt > 1);
        }
        if fails {
            break;
        }
    }
    let ended = status.is_final();
    let error = (status == RunStatus::Failed).then(|| RunError {
        path: calls.last().map(|call| StepPath::from(call.step.as_str())),
        class: trouble.class,
        code: trouble.code.into(),
        message: trouble.message.into(),
    });
    let end = clock.plus_ms(1);
    SeedRun {
        workflow: flow.id,
        version,
        trigger: flow.trigger.clone(),
        of: None,
        status,
        hold: None,
        created_at: at,
        started_at: (status != RunStatus::Cancelled).then_some(begun),
        finished_at: ended.then_some(end),
        recovered_at: None,
        retries,
        payload: journal::payload(dice),
        commits: journal::commits(flow, version, at, begun, &calls, status, error.as_ref(), end),
        error,
        calls,
    }
}
