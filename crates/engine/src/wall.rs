//! Clocks on walls: the next time they show an hour on a weekday, over changes of summer time.

use std::sync::LazyLock;

use jiff::{
    civil::{self, Weekday},
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};
use model::{Timestamp, run::StepError, step::NextTime};

use crate::{moment, values::bad_input};

/// The zones that come with Patchbay, never those of the machine: every process decides the same.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The first moment after `now` at which a clock in `time_zone` shows the time on one of the days. One that does not exist is the first
/// moment after the gap, one that occurs twice the first of the two.
pub(crate) fn next(next: &NextTime, time_zone: &str, now: Timestamp) -> Result<Timestamp, Box<StepError>> {
    let zone = ZONES.get(time_zone).map_err(|_| {
        let shown: String = time_zone.chars().take(80).collect();
        Box::new(bad_input("next.time_zone", "delay.time_zone", format!("There is no time zone `{shown}`.")))
    })?;
    let at = time(&next.at).ok_or_else(|| {
        let shown: String = next.at.chars().take(80).collect();
        Box::new(bad_input("next.at", "delay.time", format!("`{shown}` is no time of day: use 00:00 to 23:59.")))
    })?;
    let out_of_range = || Box::new(bad_input("next", "delay.moment", "That moment lies beyond the calendar."));
    let today = jiff::Timestamp::from_millisecond(now.ms()).map_err(|_| out_of_range())?.to_zoned(zone.clone()).date();
    let days = next.days.iter().filter_map(|day| Weekday::from_monday_one_offset(i8::try_from(*day).ok()?).ok());
    let days: Vec<Weekday> = days.collect();
    if days.is_empty() {
        let message = "Choose at least one day of the week: 1 (Monday) to 7 (Sunday).";
        return Err(Box::new(bad_input("next.days", "delay.days", message)));
    }
    let mut day = today;
    // The day of today comes once more in a week.
    for _ in 0..=8 {
        if days.contains(&day.weekday()) {
            let moment = instant(&zone, day.to_datetime(at)).ok_or_else(out_of_range)?;
            if moment > now && moment <= moment::LAST {
                return Ok(moment);
            }
        }
        day = day.tomorrow().map_err(|_| out_of_range())?;
    }
    Err(out_of_range())
}

/// `09:05`.
fn time(text: &str) -> Option<civil::Time> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<i8>().ok())?;
    civil::Time::new(number(hour)?, number(minute)?, 0, 0).ok()
}

fn instant(zone: &TimeZone, wall: civil::DateTime) -> Option<Timestamp> {
    let at = |offset: Offset| offset.to_timestamp(wall).ok();
    let moment = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } | AmbiguousOffset::Fold { before: offset, .. } => at(offset)?,
        // Read with the offset that holds after the gap, it lies before the gap.
        AmbiguousOffset::Gap { after, .. } => zone.following(at(after)?).next()?.timestamp(),
    };
    Some(Timestamp(moment.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use model::run::ErrorClass;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        moment::parse(text).unwrap()
    }

    fn days(days: &[u8], at: &str) -> NextTime {
        NextTime { days: days.to_vec(), at: at.to_owned(), time_zone: None }
    }

    #[test]
    fn shows_the_time_on_one_of_the_days() {
        let weekdays = [1, 2, 3, 4, 5];
        for (now, which, at, zone, expected) in [
            ("2026-01-30T07:59:59Z", &weekdays[..], "09:00", "Europe/Berlin", "2026-01-30T08:00:00Z"),
            ("2026-01-30T08:00:00Z", &weekdays, "09:00", "Europe/Berlin", "2026-02-02T08:00:00Z"),
            ("2026-01-30T08:00:00Z", &[5], "09:00", "Europe/Berlin", "2026-02-06T08:00:00Z"),
            ("2026-01-31T23:30:00Z", &[7], "00:15", "Asia/Tokyo", "2026-02-07T15:15:00Z"),
            ("2026-01-31T10:00:00Z", &[6], "23:59", "UTC", "2026-01-31T23:59:00Z"),
            // Summer time begins on 29 March 2026 in Europe, on 8 March in New York; it ends on 25 October and 1 November.
            ("2026-03-28T12:00:00Z", &[7], "02:30", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-03-28T12:00:00Z", &[7], "03:00", "Europe/Berlin", "2026-03-29T01:00:00Z"),
            ("2026-03-29T01:00:00Z", &[7], "02:30", "Europe/Berlin", "2026-04-05T00:30:00Z"),
            ("2026-10-24T12:00:00Z", &[7], "02:30", "Europe/Berlin", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", &[7], "02:30", "Europe/Berlin", "2026-11-01T01:30:00Z"),
            ("2026-03-08T05:00:00Z", &[7], "02:00", "America/New_York", "2026-03-08T07:00:00Z"),
            ("2026-11-01T00:00:00Z", &[7], "01:30", "America/New_York", "2026-11-01T05:30:00Z"),
            // Half an hour of summer time.
            ("2026-10-03T12:00:00Z", &[7], "02:10", "Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
            // A day that Samoa left out.
            ("2011-12-29T12:00:00Z", &[5], "09:00", "Pacific/Apia", "2011-12-30T10:00:00Z"),
        ] {
            let found = next(&days(which, at), zone, moment(now)).unwrap();
            assert_eq!(found.rfc3339(), moment(expected).rfc3339(), "after {now}: {at} {zone}");
        }
    }

    #[test]
    fn refuses_what_no_clock_shows() {
        let now = moment("2026-01-30T08:00:00Z");
        for (what, zone, code) in [
            (days(&[1], "09:00"), "Mars/Olympus", "delay.time_zone"),
            (days(&[1], "09:00"), "", "delay.time_zone"),
            (days(&[1], "24:00"), "UTC", "delay.time"),
            (days(&[1], "9:00"), "UTC", "delay.time"),
            (days(&[1], "+9:00"), "UTC", "delay.time"),
            (days(&[], "09:00"), "UTC", "delay.days"),
            (days(&[0, 8, 255], "09:00"), "UTC", "delay.days"),
        ] {
            let error = next(&what, zone, now).unwrap_err();
            assert_eq!((error.class, error.code.as_str()), (ErrorClass::Input, code), "{what:?} {zone}");
        }
        assert!(next(&days(&[1], "09:00"), "UTC", Timestamp(i64::MAX)).is_err());
        assert!(next(&days(&[1, 2, 3, 4, 5, 6, 7], "23:59"), "UTC", moment::LAST).is_err());
    }
}
