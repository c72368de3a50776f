//! What a workflow's past suggests to expect of it: rhythms that people know, with times as schedules have them.

use model::{
    Timestamp,
    definition::{LatePolicy, ScheduleTrigger},
    past::{self, Quarter, Suggestion},
};

use crate::schedule::Plan;

/// So far back is looked, in milliseconds: eight weeks.
pub const BACK_MS: i64 = 56 * 24 * 3_600_000;
/// A quarter of an hour, in milliseconds.
const QUARTER_MS: i64 = 900_000;

/// A rhythm: its plans, and how many spans of the past it takes to believe in it.
struct Rhythm {
    plans: Vec<String>,
    least: usize,
}

/// From those that would tell soonest to those that would tell last.
fn rhythms() -> [Rhythm; 4] {
    let hours = |rest: &str| (0..24).map(|hour| format!("0 {hour} * * {rest}")).collect::<Vec<_>>();
    let weekly = (0..7).flat_map(|day| hours(&day.to_string())).collect();
    [
        Rhythm { plans: vec!["0 * * * *".to_owned()], least: 7 * 24 },
        Rhythm { plans: hours("*"), least: 14 },
        Rhythm { plans: hours("1-5"), least: 10 },
        Rhythm { plans: weekly, least: 4 },
    ]
}

/// What has come regularly until `now`, in the days of a zone. `past`: rising, within [`BACK_MS`]. Nothing where there is too little of it or
/// no rhythm in it; the error says that there is no such zone.
pub fn suggest(zone: &str, past: &[Quarter], now: Timestamp) -> Result<Option<Suggestion>, String> {
    // Said of a zone that nobody knows, even where there is no past.
    plan("0 * * * *".to_owned(), zone)?;
    let Some(first) = past.iter().find(|quarter| quarter.events > 0) else { return Ok(None) };
    // Later events would count as well, and nobody knows them yet.
    let known = now.ms() - past::LEEWAY_MS;
    let end = Timestamp(known - known.rem_euclid(QUARTER_MS));
    for rhythm in rhythms() {
        let mut plans = Vec::new();
        for by in rhythm.plans {
            let times = times(&plan(by.clone(), zone)?, first.at, end);
            plans.push(past::Plan { by, times });
        }
        if let Some(found) = past::best(&plans, rhythm.least, past) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn plan(by: String, zone: &str) -> Result<Plan, String> {
    Plan::new(&ScheduleTrigger { cron: by, time_zone: None, late: LatePolicy::default() }, zone)
}

/// The times of a plan between which everything is known; found backwards, as the alert finds them.
fn times(plan: &Plan, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
    let mut times = Vec::new();
    let mut last = plan.last(to);
    while let Some(at) = last.filter(|at| *at >= from) {
        times.push(at);
        last = plan.last(at.plus_ms(-1)).filter(|before| *before < at);
    }
    times.reverse();
    times
}

#[cfg(test)]
mod tests;
