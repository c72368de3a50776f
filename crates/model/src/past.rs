//! What came in the past, as an expectation for the future.
//!
//! A rhythm is a few plans that differ only in their hour. Of each, the past is cut into spans from one of its times to the next, as the
//! alert will cut the future; the plan is suggested only where nearly every span of the past would have passed.

use crate::{Timestamp, definition::Expectation};

/// Of so many spans one may have failed.
const ONE_OF: usize = 20;
/// So many spans at the end all have to have passed: what has changed lately is no habit.
const LATELY: usize = 2;
/// Events may come so much earlier or later, in milliseconds, without a span failing for it.
pub const LEEWAY_MS: i64 = 30 * 60_000;

/// Events that came within a quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter {
    /// When it began.
    pub at: Timestamp,
    pub events: u64,
}

/// Times at which something may be expected to have come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// A cron expression of five fields.
    pub by: String,
    /// Its times in the past, rising. Spans lie between them.
    pub times: Vec<Timestamp>,
}

/// An expectation that the past has met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub expects: Expectation,
    /// So many spans were looked at ...
    pub spans: usize,
    /// ... and in so many of them fewer events came.
    pub missed: usize,
}

/// The plan that would tell soonest of those that the past has met. `past`: rising. Nothing where no plan has `least` spans, or events
/// came too irregularly for any.
pub fn best(plans: &[Plan], least: usize, past: &[Quarter]) -> Option<Suggestion> {
    let sums = Sums::new(past);
    let met = plans.iter().filter_map(|plan| {
        let suggestion = met(plan, least, &sums)?;
        Some((sums.delay(plan, u64::from(suggestion.expects.events)), suggestion))
    });
    met.min_by_key(|(delay, _)| *delay).map(|(_, suggestion)| suggestion)
}

fn met(plan: &Plan, least: usize, sums: &Sums<'_>) -> Option<Suggestion> {
    let counts: Vec<u64> = plan.times.windows(2).map(|span| sums.least_between(span[0], span[1])).collect();
    if counts.len() < least.max(LATELY) {
        return None;
    }
    let mut sorted = counts.clone();
    sorted.sort_unstable();
    // The leanest span but for those that may fail.
    let lean = *sorted.get(counts.len() / ONE_OF)?;
    let events = rounded(lean.div_ceil(2));
    let lately = counts.iter().rev().take(LATELY).all(|count| *count >= u64::from(events));
    if events == 0 || !lately {
        return None;
    }
    let missed = counts.iter().filter(|count| **count < u64::from(events)).count();
    Some(Suggestion { expects: Expectation { events, by: plan.by.clone() }, spans: counts.len(), missed })
}

/// Down to a number that people say: 1, 2, 5, 10, 20, 50 ...
fn rounded(events: u64) -> u32 {
    let events = u32::try_from(events.min(1_000_000)).unwrap_or(u32::MAX);
    let mut found = 0;
    let mut ten: u32 = 1;
    while ten <= events {
        for step in [1, 2, 5] {
            if ten * step <= events {
                found = ten * step;
            }
        }
        ten *= 10;
    }
    found
}

/// Quarters with how many events came before each of them.
struct Sums<'a> {
    past: &'a [Quarter],
    /// One more than there are quarters.
    before: Vec<u64>,
}

impl<'a> Sums<'a> {
    fn new(past: &'a [Quarter]) -> Self {
        let mut before = vec![0];
        let mut sum: u64 = 0;
        for quarter in past {
            sum = sum.saturating_add(quarter.events);
            before.push(sum);
        }
        Sums { past, before }
    }

    /// Events in the quarters that began before then.
    fn until(&self, at: Timestamp) -> u64 {
        let place = self.past.partition_point(|quarter| quarter.at < at);
        self.before.get(place).copied().unwrap_or_default()
    }

    fn between(&self, from: Timestamp, to: Timestamp) -> u64 {
        self.until(to).saturating_sub(self.until(from))
    }

    /// What would have been counted in the span, had all come a little earlier or later.
    fn least_between(&self, from: Timestamp, to: Timestamp) -> u64 {
        let shifted = [-LEEWAY_MS, 0, LEEWAY_MS].map(|ms| self.between(from.plus_ms(ms), to.plus_ms(ms)));
        shifted.into_iter().min().unwrap_or_default()
    }

    /// How long after the event that met the expectation its time came, in milliseconds, added up over all spans: the shorter, the
    /// sooner somebody hears that one is missing.
    fn delay(&self, plan: &Plan, events: u64) -> i64 {
        plan.times.windows(2).map(|span| self.delay_in(span[0], span[1], events)).sum()
    }

    fn delay_in(&self, from: Timestamp, to: Timestamp, events: u64) -> i64 {
        let wanted = self.until(from).saturating_add(events);
        // The first quarter with whose end so many have come.
        let place = self.before.partition_point(|sum| *sum < wanted).checked_sub(1);
        let met = place.and_then(|place| self.past.get(place)).map(|quarter| quarter.at).filter(|at| *at < to);
        to.since(met.unwrap_or(from))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: i64 = 3_600_000;
    const QUARTER: i64 = 900_000;

    fn at(hours: i64) -> Timestamp {
        Timestamp(hours * HOUR)
    }

    /// Every day at each hour, from the second day on.
    fn daily(days: i64) -> Vec<Plan> {
        let plan = |hour: i64| Plan { by: format!("0 {hour} * * *"), times: (1..=days).map(|day| at(day * 24 + hour)).collect() };
        (0..24).map(plan).collect()
    }

    fn quarter(ms: i64, events: u64) -> Quarter {
        Quarter { at: Timestamp(ms), events }
    }

    #[test]
    fn what_comes_in_the_night_is_expected_soon_after() {
        let past: Vec<Quarter> = (0..30).map(|day| quarter(at(day * 24 + 2).ms() + QUARTER, 1)).collect();
        let found = best(&daily(29), 14, &past).unwrap();
        assert_eq!((found.expects.by.as_str(), found.expects.events, found.missed), ("0 3 * * *", 1, 0));
        assert_eq!(found.spans, 28);
    }

    #[test]
    fn what_comes_all_day_is_expected_in_the_evening_and_in_part() {
        let hours = (0..30).flat_map(|day| (9..18).map(move |hour| quarter(at(day * 24 + hour).ms(), 7 + (day as u64) % 3)));
        let past: Vec<Quarter> = hours.collect();
        let found = best(&daily(29), 14, &past).unwrap();
        // 63 on the leanest day: half of that, in round numbers.
        assert_eq!(found.expects.events, 20);
        assert!(["0 16 * * *", "0 17 * * *", "0 18 * * *"].contains(&found.expects.by.as_str()), "{found:?}");
    }

    #[test]
    fn too_little_and_too_irregular_suggest_nothing() {
        let each_day = |days: std::ops::Range<i64>| days.map(|day| quarter(at(day * 24 + 2).ms(), 5)).collect::<Vec<_>>();
        assert_eq!(best(&daily(13), 14, &each_day(0..13)), None, "too short");
        assert_eq!(best(&daily(29), 14, &[]), None, "nothing");
        let gaps: Vec<Quarter> = each_day(0..30).into_iter().filter(|quarter| quarter.at.ms() / (24 * HOUR) % 7 < 5).collect();
        assert_eq!(best(&daily(29), 14, &gaps), None, "not every day");
        assert_eq!(best(&daily(29), 14, &each_day(0..27)), None, "no longer");
        let missing: Vec<Quarter> = each_day(0..30).into_iter().filter(|quarter| quarter.at.ms() / (24 * HOUR) != 11).collect();
        assert_eq!(best(&daily(29), 14, &missing).unwrap().missed, 1, "once is no habit");
    }

    #[test]
    fn numbers_are_round_and_never_larger() {
        let cases = [(0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 5), (9, 5), (10, 10), (49, 20), (50, 50), (1_234, 1_000)];
        for (events, wanted) in cases {
            assert_eq!(rounded(events), wanted);
        }
        assert_eq!(rounded(u64::MAX), 1_000_000);
    }

    proptest! {
        #[test]
        fn what_comes_every_day_is_found(hours in prop::collection::btree_set(0i64..24, 1..24), place in 0i64..96, count in 1u64..40) {
            let past: Vec<Quarter> = (0..41).map(|day| quarter((day * 96 + place) * QUARTER, count)).collect();
            let plans: Vec<Plan> = daily(40).into_iter().enumerate().filter(|(hour, _)| hours.contains(&(*hour as i64))).map(|(_, plan)| plan).collect();
            // What comes within the leeway of a plan's time may count for the day before or after.
            let apart = |hour: i64| (hour * 4 - place).rem_euclid(96).min((place - hour * 4).rem_euclid(96));
            if hours.iter().any(|hour| apart(*hour) > 2) {
                prop_assert!(best(&plans, 14, &past).is_some());
            }
        }

        #[test]
        fn the_past_would_have_passed_it(
            events in prop::collection::vec((0i64..40 * 96, 1u64..50), 0..400),
            hours in prop::collection::btree_set(0i64..24, 1..24),
            regular in prop::option::of((0i64..96, 1u64..40)),
        ) {
            let mut quarters = std::collections::BTreeMap::<i64, u64>::new();
            for (at, count) in events {
                *quarters.entry(at * QUARTER).or_default() += count;
            }
            if let Some((place, count)) = regular {
                (0..41).for_each(|day| *quarters.entry((day * 96 + place) * QUARTER).or_default() += count);
            }
            let past: Vec<Quarter> = quarters.into_iter().map(|(ms, events)| quarter(ms, events)).collect();
            let plans: Vec<Plan> = daily(40).into_iter().enumerate().filter(|(hour, _)| hours.contains(&(*hour as i64))).map(|(_, plan)| plan).collect();
            let found = best(&plans, 14, &past);
            if let Some(found) = found {
                let plan = plans.iter().find(|plan| plan.by == found.expects.by).unwrap();
                // Counted anew, span by span.
                let count = |from: Timestamp, to: Timestamp| {
                    past.iter().filter(|quarter| quarter.at >= from && quarter.at < to).map(|quarter| quarter.events).sum::<u64>()
                };
                let missed = plan.times.windows(2).filter(|span| count(span[0], span[1]) < u64::from(found.expects.events)).count();
                prop_assert!(missed <= found.missed && found.missed * ONE_OF <= found.spans, "{missed} of {found:?}");
                prop_assert!(found.expects.events > 0 && found.spans >= 14);
            }
        }
    }
}
