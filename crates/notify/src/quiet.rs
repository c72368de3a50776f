//! Hours in which messages wait.

use jiff::{Timestamp as Instant, civil::Time, tz::TimeZone};
use model::{Timestamp, api::QuietHours};

/// `22:00`; seconds are not taken.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    let part = |text: &str| text.parse::<i8>().ok().filter(|_| (1..=2).contains(&text.len()));
    Time::new(part(hour)?, part(minute)?, 0, 0).ok()
}

/// What is wrong with quiet hours, for a person.
pub(crate) fn check(quiet: &QuietHours) -> Result<(), (&'static str, String)> {
    for (field, text) in [("from", &quiet.from), ("to", &quiet.to)] {
        if time(text).is_none() {
            return Err((field, format!("“{text}” is no time of day; write it like 22:00.")));
        }
    }
    if TimeZone::get(&quiet.time_zone).is_err() {
        return Err(("time_zone", format!("“{}” is no time zone; write it like Europe/Berlin.", quiet.time_zone)));
    }
    Ok(())
}

/// The end of the quiet hours that `now` lies in; none: messages may go out.
pub(crate) fn end(quiet: &QuietHours, now: Timestamp) -> Option<Timestamp> {
    let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
    let zoned = Instant::from_millisecond(now.ms()).ok()?.to_zoned(TimeZone::get(&quiet.time_zone).ok()?);
    let at = zoned.time();
    let is_quiet = if from <= to { from <= at && at < to } else { from <= at || at < to };
    if !is_quiet {
        return None;
    }
    let day = if at < to { zoned.date() } else { zoned.date().tomorrow().ok()? };
    let end = day.to_datetime(to).to_zoned(zoned.time_zone().clone()).ok()?;
    Some(Timestamp(end.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(from: &str, to: &str) -> QuietHours {
        QuietHours { from: from.into(), to: to.into(), time_zone: "Europe/Berlin".into() }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<Instant>().map_or_else(|error| panic!("{error}"), |at| at.as_millisecond()))
    }

    #[test]
    fn nights_go_over_midnight_and_know_summer_time() {
        let cases = [
            ("22:00", "07:30", "2026-02-02T20:59:00Z", None),
            ("22:00", "07:30", "2026-02-02T21:00:00Z", Some("2026-02-03T06:30:00Z")),
            ("22:00", "07:30", "2026-02-03T06:29:00Z", Some("2026-02-03T06:30:00Z")),
            ("22:00", "07:30", "2026-02-03T06:30:00Z", None),
            // The clock is put forward in this night.
            ("22:00", "07:30", "2026-03-28T22:00:00Z", Some("2026-03-29T05:30:00Z")),
            ("12:00", "13:00", "2026-02-02T11:30:00Z", Some("2026-02-02T12:00:00Z")),
            ("12:00", "12:00", "2026-02-02T11:30:00Z", None),
        ];
        for (from, to, now, wanted) in cases {
            assert_eq!(end(&quiet(from, to), at(now)), wanted.map(at), "{from}-{to} at {now}");
        }
    }

    #[test]
    fn what_is_no_time_is_said() {
        for (from, to, field) in
            [("25:00", "07:00", "from"), ("22", "07:00", "from"), ("22:00", "7h", "to"), ("22:00", "007:00", "to")]
        {
            assert_eq!(check(&quiet(from, to)).map_err(|(field, _)| field), Err(field), "{from}-{to}");
        }
        assert!(check(&quiet("9:05", "10:00")).is_ok());
        let nowhere = QuietHours { time_zone: "Moon/Base".into(), ..quiet("9:05", "10:00") };
        assert_eq!(check(&nowhere).map_err(|(field, _)| field), Err("time_zone"));
    }
}
