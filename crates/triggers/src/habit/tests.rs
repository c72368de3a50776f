use jiff::{ToSpan, civil, tz::TimeZone};
use proptest::prelude::*;

use super::*;

/// One quarter a day, at a wall time of the zone, on the days that are wanted.
fn at_wall(
    zone: &str,
    from: civil::Date,
    days: i64,
    time: (i8, i8),
    wanted: impl Fn(civil::Date) -> bool,
    events: u64,
) -> Vec<Quarter> {
    let zone = TimeZone::get(zone).unwrap();
    let days = (0..days).map(|day| from.checked_add(day.days()).unwrap()).filter(|day| wanted(*day));
    let quarter = |day: civil::Date| {
        let at = day.at(time.0, time.1, 0, 0).to_zoned(zone.clone()).unwrap().timestamp().as_millisecond();
        Quarter { at: Timestamp(at - at.rem_euclid(QUARTER_MS)), events }
    };
    days.map(quarter).collect()
}

fn is_weekday(day: civil::Date) -> bool {
    !matches!(day.weekday(), civil::Weekday::Saturday | civil::Weekday::Sunday)
}

fn now(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

fn found(zone: &str, past: &[Quarter], until: &str) -> Option<(String, u32)> {
    suggest(zone, past, now(until)).unwrap().map(|found| (found.expects.by, found.expects.events))
}

#[test]
fn each_rhythm_is_found() {
    let from = civil::date(2026, 5, 4);
    let until = "2026-06-21T12:00:00Z";
    let berlin = |wanted: &dyn Fn(civil::Date) -> bool| at_wall("Europe/Berlin", from, 49, (7, 20), wanted, 12);
    assert_eq!(found("Europe/Berlin", &berlin(&|_| true), until), Some(("0 8 * * *".into(), 5)));
    assert_eq!(found("Europe/Berlin", &berlin(&is_weekday), until), Some(("0 8 * * 1-5".into(), 5)));
    let thursdays = berlin(&|day| day.weekday() == civil::Weekday::Thursday);
    assert_eq!(found("Europe/Berlin", &thursdays, until), Some(("0 8 * * 4".into(), 5)));
    let hourly: Vec<Quarter> =
        (0..49 * 24).map(|hour| Quarter { at: now("2026-05-04T00:15:00Z").plus_ms(hour * 3_600_000), events: 4 }).collect();
    // It comes a quarter past, so that half an hour's leeway takes in the whole hour.
    assert_eq!(found("Europe/Berlin", &hourly, until), Some(("0 * * * *".into(), 2)));
    assert_eq!(suggest("Europe/Berlin", &[], now(until)), Ok(None));
    assert!(suggest("Europe/Nowhere", &hourly, now(until)).is_err());
}

#[test]
fn the_zone_decides_what_a_day_is() {
    // Friday 20:00 in New York is Saturday in Berlin.
    let past = at_wall("America/New_York", civil::date(2026, 5, 4), 49, (20, 0), is_weekday, 3);
    assert_eq!(found("America/New_York", &past, "2026-06-22T12:00:00Z"), Some(("0 21 * * 1-5".into(), 2)));
    let elsewhere = found("Europe/Berlin", &past, "2026-06-22T12:00:00Z");
    assert_ne!(elsewhere.map(|(by, _)| by), Some("0 21 * * 1-5".into()));
    // Half an hour beside everybody else.
    let past = at_wall("Asia/Kolkata", civil::date(2026, 5, 4), 49, (9, 10), |_| true, 1);
    assert_eq!(found("Asia/Kolkata", &past, "2026-06-21T12:00:00Z"), Some(("0 10 * * *".into(), 1)));
}

#[test]
fn a_change_of_the_clock_is_no_irregularity() {
    // Around the change of March, and that of October; the wall time stays.
    for (from, until) in [(civil::date(2026, 3, 2), "2026-04-20T12:00:00Z"), (civil::date(2026, 10, 1), "2026-11-19T12:00:00Z")] {
        for hour in [0, 2, 7, 23] {
            let past = at_wall("Europe/Berlin", from, 50, (hour, 20), |_| true, 1);
            let (by, events) = found("Europe/Berlin", &past, until).unwrap();
            assert_eq!((by, events), (format!("0 {} * * *", (hour + 1) % 24), 1), "{from}, {hour} o'clock");
        }
    }
}

const ZONES: [&str; 6] = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Santiago"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// What is suggested is checked as the alert checks it, time by time of the schedule.
    #[test]
    fn the_alert_would_hardly_have_spoken(
        zone in 0..ZONES.len(),
        start in 0i64..364,
        noise in prop::collection::vec((0i64..56 * 96, 1u64..30), 0..300),
        hour in 0i8..24,
        weekdays in any::<bool>(),
        count in 0u64..40,
    ) {
        let zone = ZONES[zone];
        let first = civil::date(2026, 1, 1).checked_add(start.days()).unwrap();
        let mut quarters = std::collections::BTreeMap::<i64, u64>::new();
        for quarter in at_wall(zone, first, 58, (hour, 30), |day| !weekdays || is_weekday(day), count) {
            if count > 0 {
                *quarters.entry(quarter.at.ms()).or_default() += quarter.events;
            }
        }
        let begin = first.at(0, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_millisecond();
        for (place, count) in noise {
            *quarters.entry(begin + place * QUARTER_MS).or_default() += count;
        }
        let until = Timestamp(begin + 56 * 96 * QUARTER_MS);
        let quarters = quarters.into_iter().filter(|(at, _)| *at < until.ms());
        let past: Vec<Quarter> = quarters.map(|(at, events)| Quarter { at: Timestamp(at), events }).collect();
        let Some(found) = suggest(zone, &past, until).unwrap() else {
            prop_assert!(count == 0, "what comes each day, or on each weekday, is found");
            return Ok(());
        };
        let schedule = ScheduleTrigger { cron: found.expects.by.clone(), time_zone: None, late: LatePolicy::default() };
        let plan = Plan::new(&schedule, zone).unwrap();
        let known = until.plus_ms(-past::LEEWAY_MS);
        let (mut spans, mut missed, mut to) = (0, 0, plan.last(known).unwrap());
        while let Some(from) = plan.last(to.plus_ms(-1)).filter(|from| *from >= past[0].at) {
            let came: u64 = past.iter().filter(|quarter| quarter.at >= from && quarter.at < to).map(|quarter| quarter.events).sum();
            (spans, missed) = (spans + 1, missed + usize::from(came < u64::from(found.expects.events)));
            to = from;
        }
        prop_assert_eq!(spans, found.spans);
        prop_assert!(missed <= found.missed && missed * 20 <= spans, "{} of {} missed: {:?}", missed, spans, found);
    }
}
