//! From what a person asks for to buckets that begin and end where their clock's hours and days do.

use jiff::{
    Zoned,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use model::{Timestamp, api::DashboardQuery};

use crate::error::ApiError;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// More bars than this nobody tells apart.
const MOST_BUCKETS: i64 = 120;
const SHORTEST: i64 = 5 * MINUTE;
const LONGEST: i64 = 90 * DAY;
/// Figures by the minute are kept for two days; an hour of that is left for the window's own edges.
const MINUTES_FOR: i64 = 47 * HOUR;
/// Lengths of buckets. All that are shorter than a day divide it, and all from 15 minutes on suit every zone's offset.
const STEPS: [i64; 12] =
    [MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, DAY];

/// Where buckets begin and, last, where the last one ends.
#[derive(Debug)]
pub(super) struct Window {
    pub edges: Vec<Timestamp>,
    pub until: Timestamp,
    pub step_ms: i64,
}

impl Window {
    pub fn read(query: &DashboardQuery, zone: &str, now: Timestamp) -> Result<Window, ApiError> {
        let zone = TimeZone::get(zone)
            .map_err(|_| ApiError::field("zone", format!("`{zone}` is no time zone; write it like Europe/Berlin.")))?;
        let (since, until) = match (&query.window, query.since) {
            (Some(_), Some(_)) => {
                return Err(ApiError::field("window", "Give either `window` or `since`, not both."));
            }
            (None, Some(since)) => (since, query.until.unwrap_or(now.ms()).min(now.ms())),
            (window, None) => {
                let until = query.until.unwrap_or(now.ms()).min(now.ms());
                (until.saturating_sub(length(window.as_deref().unwrap_or("24h"))?), until)
            }
        };
        let length = until.saturating_sub(since);
        if !(SHORTEST..=LONGEST).contains(&length) {
            return Err(ApiError::field("since", "A dashboard shows between 5 minutes and 90 days, up to now."));
        }
        let finest = if since < now.ms() - MINUTES_FOR { 15 * MINUTE } else { MINUTE };
        let step = STEPS.into_iter().find(|step| *step >= finest && length / step <= MOST_BUCKETS).unwrap_or(DAY);
        let edges = edges(since, until, step, &zone)
            .ok_or_else(|| ApiError::field("since", "That time is outside of what a calendar can say."))?;
        Ok(Window { edges, until: Timestamp(until), step_ms: step })
    }
}

/// `90m`, `24h`, `7d`, in milliseconds.
fn length(text: &str) -> Result<i64, ApiError> {
    let unit = match text.chars().last() {
        Some('m') => MINUTE,
        Some('h') => HOUR,
        Some('d') => DAY,
        _ => 0,
    };
    let count = text.get(..text.len().saturating_sub(1)).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match count.and_then(|digits| digits.parse::<i64>().ok()) {
        Some(count) if unit > 0 => Ok(count.saturating_mul(unit)),
        _ => Err(ApiError::field("window", format!("`{text}` is no length of time; write it like 1h, 24h, 7d or 30d."))),
    }
}

/// Every edge from the last one at or before `since` to the first one after `until`. Short buckets go by the clock of the world, which
/// suits every zone; longer ones by the zone's own, whose days may have 23 or 25 hours.
fn edges(since: i64, until: i64, step: i64, zone: &TimeZone) -> Option<Vec<Timestamp>> {
    let mut edges = Vec::new();
    if step <= 15 * MINUTE {
        let mut at = since - since.rem_euclid(step);
        edges.push(Timestamp(at));
        while at <= until {
            at += step;
            edges.push(Timestamp(at));
        }
        return Some(edges);
    }
    let local = |at: i64| Some(jiff::Timestamp::from_millisecond(at).ok()?.to_zoned(zone.clone()));
    // A step back first: where the clock is put back, an earlier wall time may be the later instant.
    let mut wall = floor(local(since.checked_sub(step)?)?.datetime(), step)?;
    loop {
        let at = instant(wall, zone)?;
        // Where the clock is put forward, two edges may fall on the same instant.
        if edges.last().is_none_or(|last: &Timestamp| last.ms() < at) {
            edges.push(Timestamp(at));
        }
        if at > until {
            break;
        }
        wall = next(wall, step)?;
    }
    let first = edges.partition_point(|edge| edge.ms() <= since).checked_sub(1)?;
    edges.drain(..first);
    Some(edges)
}

/// The last edge of the day at or before a wall time.
fn floor(wall: DateTime, step: i64) -> Option<DateTime> {
    let of_day = (i64::from(wall.hour()) * 60 + i64::from(wall.minute())) * MINUTE;
    at(wall.date(), of_day - of_day.rem_euclid(step))
}

fn next(wall: DateTime, step: i64) -> Option<DateTime> {
    let of_day = (i64::from(wall.hour()) * 60 + i64::from(wall.minute())) * MINUTE + step;
    if of_day >= DAY { at(wall.date().tomorrow().ok()?, 0) } else { at(wall.date(), of_day) }
}

fn at(date: Date, ms: i64) -> Option<DateTime> {
    let minutes = ms / MINUTE;
    Some(date.at(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0))
}

/// A wall time that does not exist stands for the first instant after the gap, one that occurs twice for its first.
fn instant(wall: DateTime, zone: &TimeZone) -> Option<i64> {
    let zoned: Zoned = zone.to_ambiguous_zoned(wall).compatible().ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    fn window(window: &str, zone: &str, now: &str) -> Window {
        let query = DashboardQuery { window: Some(window.into()), ..DashboardQuery::default() };
        Window::read(&query, zone, Timestamp(ms(now))).unwrap_or_else(|_| panic!("{window}"))
    }

    #[test]
    fn every_window_has_few_enough_bars_and_covers_what_was_asked() {
        let now = "2026-11-21T20:13:35Z";
        for zone in ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Apia"] {
            for (asked, step) in
                [("1h", MINUTE), ("24h", 15 * MINUTE), ("7d", 2 * HOUR), ("30d", 6 * HOUR), ("90d", DAY), ("5m", MINUTE)]
            {
                let window = window(asked, zone, now);
                assert_eq!(window.step_ms, step, "{asked}");
                assert!(window.edges.len() as i64 <= MOST_BUCKETS + 3, "{asked} in {zone}: {}", window.edges.len());
                assert!(window.edges.is_sorted_by(|a, b| a.ms() < b.ms()), "{asked} in {zone}");
                assert!(window.edges[0].ms() <= ms(now) - length(asked).unwrap_or(0));
                assert!(window.edges[1].ms() > ms(now) - length(asked).unwrap_or(0));
                assert!(window.edges.last().unwrap().ms() > ms(now));
                let unit = if step < 15 * MINUTE { MINUTE } else { 15 * MINUTE };
                assert!(window.edges.iter().all(|edge| edge.ms() % unit == 0), "whole rows of the figures");
            }
        }
    }

    #[test]
    fn days_are_the_zones_own_also_when_the_clock_changes() {
        let days = window("90d", "Europe/Berlin", "2026-11-21T20:13:35Z");
        let lengths: Vec<i64> = days.edges.windows(2).map(|pair| pair[1].ms() - pair[0].ms()).collect();
        assert_eq!(lengths.iter().filter(|length| **length == 25 * HOUR).count(), 1, "25 October has 25 hours");
        assert!(lengths.iter().all(|length| [DAY, 25 * HOUR].contains(length)));
        assert!(days.edges.iter().any(|edge| edge.ms() == ms("2026-10-24T22:00:00Z")), "midnight in summer");
        assert!(days.edges.iter().any(|edge| edge.ms() == ms("2026-10-25T23:00:00Z")), "midnight in winter");
        let spring = window("7d", "America/New_York", "2026-03-10T12:00:00Z");
        let short: Vec<i64> =
            spring.edges.windows(2).map(|pair| pair[1].ms() - pair[0].ms()).filter(|ms| *ms != 2 * HOUR).collect();
        assert_eq!(short, [HOUR], "02:00 to 04:00 lasts an hour on 8 March");
        // There was no 30 December 2011 in Apia.
        let query = DashboardQuery {
            since: Some(ms("2011-12-27T00:00:00Z")),
            until: Some(ms("2012-01-05T00:00:00Z")),
            ..DashboardQuery::default()
        };
        let apia = Window::read(&query, "Pacific/Apia", Timestamp(ms("2012-01-06T00:00:00Z"))).unwrap_or_else(|_| panic!());
        assert!(apia.edges.is_sorted_by(|a, b| a.ms() < b.ms()));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        let now = Timestamp(ms("2026-11-21T20:00:00Z"));
        let refused = |query: DashboardQuery, zone: &str| Window::read(&query, zone, now).is_err();
        for window in ["", "h", "1", "1y", "-1h", "1.5h", "91d", "1m", "99999999999999999999d", "é"] {
            assert!(refused(DashboardQuery { window: Some(window.into()), ..DashboardQuery::default() }, "UTC"), "{window}");
        }
        assert!(refused(DashboardQuery::default(), "Mars/Base"));
        assert!(!refused(DashboardQuery::default(), "UTC"));
        let both = DashboardQuery { window: Some("1h".into()), since: Some(0), ..DashboardQuery::default() };
        assert!(refused(both, "UTC"));
        for (since, until) in
            [(0, None), (i64::MIN, Some(i64::MAX)), (now.ms(), None), (now.ms() + DAY, None), (i64::MIN, Some(i64::MIN))]
        {
            assert!(refused(DashboardQuery { since: Some(since), until, ..DashboardQuery::default() }, "UTC"), "{since}");
        }
        let old = DashboardQuery {
            since: Some(now.ms() - 80 * DAY),
            until: Some(now.ms() - 80 * DAY + HOUR),
            ..DashboardQuery::default()
        };
        assert_eq!(
            Window::read(&old, "UTC", now).map(|window| window.step_ms).ok(),
            Some(15 * MINUTE),
            "minutes are not kept so long"
        );
    }
}
