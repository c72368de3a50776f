//! The formatter `date`: dates written as people read them.
//!
//! It needs no time zone database, which the browser does without: a moment is written in the offset it says itself, or in one that is
//! given (`UTC`, `+02:00`). For zones with a name there is the operation "Write a date" of a transform step. Patterns are read as that
//! operation reads them.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

use super::{Applied, owned, wrong};
use crate::error::EvalError;
use crate::limits::Meter;
use crate::operation::date::pattern;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAY_S: i64 = 86_400;
/// The longest has nanoseconds and an offset.
const LONGEST: usize = 45;

/// A day, with a time where it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct When {
    year: i64,
    /// From 1.
    month: usize,
    /// From 1.
    day: i64,
    time: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Time {
    /// Since midnight.
    second: i64,
    nanosecond: u32,
    /// From UTC, in seconds; none where the value does not say it.
    offset: Option<i64>,
}

pub(super) fn date<'a>(value: Cow<'a, Value>, args: &[Value], meter: &mut Meter) -> Applied<'a> {
    let Value::String(text) = &*value else { return Err(wrong("date", "a date such as 2026-01-31", &value)) };
    let when = When::read(text.trim()).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        EvalError::type_(format!(
            "\"{shown}\" is not a date such as 2026-01-31 or 2026-01-31T09:00:00+01:00: a Transform step reads others."
        ))
    })?;
    let format = args.first().and_then(Value::as_str).unwrap_or_default();
    let when = match args.get(1) {
        None => when,
        Some(Value::String(offset)) if offset.trim().is_empty() => when,
        Some(offset) => when.shifted(read_offset_argument(offset)?)?,
    };
    let written = when.write(format)?;
    if let Value::String(text) = &written {
        meter.grow(text.len())?;
    }
    owned(written)
}

fn read_offset_argument(given: &Value) -> Result<i64, EvalError> {
    let found = given.as_str().map(str::trim).and_then(|text| match text {
        "UTC" | "utc" => Some(0),
        text => offset_of(text).filter(|(_, rest)| rest.is_empty()).map(|(offset, _)| offset),
    });
    found.ok_or_else(|| {
        EvalError::type_(
            "The offset of `date` is UTC, or one such as +02:00. For a time zone with a name, write the date in a Transform step.",
        )
    })
}

/// As many digits as `count` at the beginning.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let all = head.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| head.parse().ok()).flatten().map(|number| (number, rest))
}

/// `Z`, `+02`, `+0200` or `+02:00` at the beginning, in seconds.
fn offset_of(text: &str) -> Option<(i64, &str)> {
    if let Some(rest) = text.strip_prefix(['Z', 'z']) {
        return Some((0, rest));
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, rest) = digits(&text[1..], 2)?;
    let (minutes, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => digits(rest, 2).unwrap_or((0, rest)),
    };
    (hours <= 23 && minutes <= 59).then_some((sign * (hours * 3600 + minutes * 60), rest))
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: usize) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days of all years before this one, from the year 0.
fn days_before(year: i64) -> i64 {
    let before = year - 1;
    if year <= 0 { 0 } else { year * 365 + before / 4 - before / 100 + before / 400 + 1 }
}

/// Days since the first of the year 0, and the other way round for the years 0 to 9999.
fn number_of(year: i64, month: usize, day: i64) -> i64 {
    days_before(year) + (1..month).map(|month| days_in(year, month)).sum::<i64>() + day - 1
}

fn day_of(number: i64) -> Option<(i64, usize, i64)> {
    if number < 0 {
        return None;
    }
    // Never too late a year: none has more than 366 days.
    let mut year = number / 366;
    while days_before(year + 1) <= number {
        year += 1;
    }
    let mut left = number - days_before(year);
    let mut month = 1;
    while left >= days_in(year, month) {
        left -= days_in(year, month);
        month += 1;
    }
    (year <= 9999).then_some((year, month, left + 1))
}

impl When {
    /// ISO 8601: a day, or a day and a time, with or without an offset.
    fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let (year, rest) = digits(text, 4)?;
        let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
        let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
        let month = usize::try_from(month).ok().filter(|month| (1..=12).contains(month))?;
        if !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let time = if rest.is_empty() { None } else { Some(Time::read(rest.strip_prefix(['T', 't', ' '])?)?) };
        Some(When { year, month, day, time })
    }

    /// The same moment seen from another offset. A day without a time stays the day it is.
    fn shifted(self, to: i64) -> Result<Self, EvalError> {
        let Some(time) = self.time else { return Ok(self) };
        let from = time.offset.ok_or_else(no_offset)?;
        let second = time.second + to - from;
        let number = number_of(self.year, self.month, self.day) + second.div_euclid(DAY_S);
        let (year, month, day) =
            day_of(number).ok_or_else(|| EvalError::type_("The result lies beyond the years that dates can have."))?;
        Ok(When { year, month, day, time: Some(Time { second: second.rem_euclid(DAY_S), offset: Some(to), ..time }) })
    }

    /// Since 1970, in seconds.
    fn unix(&self) -> Result<(i64, u32), EvalError> {
        let time = self.time.ok_or_else(no_time)?;
        let offset = time.offset.ok_or_else(no_offset)?;
        let days = number_of(self.year, self.month, self.day) - number_of(1970, 1, 1);
        Ok((days * DAY_S + time.second - offset, time.nanosecond))
    }

    fn write(&self, format: &str) -> Result<Value, EvalError> {
        match format {
            "unix_seconds" => return self.unix().map(|(second, _)| second.into()),
            "unix_milliseconds" => {
                return self.unix().map(|(second, nanosecond)| (second * 1000 + i64::from(nanosecond / 1_000_000)).into());
            }
            _ => {}
        }
        let pattern = match (format, self.time) {
            ("iso", None) => pattern::read("YYYY-MM-DD")?,
            ("iso", Some(Time { nanosecond, offset, .. })) => {
                let fraction = if nanosecond < 1_000_000 { "" } else { ".SSS" };
                pattern::read(&format!("YYYY-MM-DDTHH:mm:ss{fraction}{}", if offset.is_some() { "Z" } else { "" }))?
            }
            _ => pattern::read(format)?,
        };
        if pattern.has_time && self.time.is_none() {
            return Err(no_time());
        }
        if pattern.has_offset && self.time.is_some_and(|time| time.offset.is_none()) {
            return Err(no_offset());
        }
        Ok(self.spelled(&pattern.c).into())
    }

    /// By a pattern of C, of which `pattern` uses a few signs.
    fn spelled(&self, c: &str) -> String {
        let time = self.time.unwrap_or(Time { second: 0, nanosecond: 0, offset: None });
        let (hour, minute, second) = (time.second / 3600, time.second / 60 % 60, time.second % 60);
        let hour_of_half = (hour + 11) % 12 + 1;
        let offset = time.offset.unwrap_or_default();
        let sign = if offset < 0 { '-' } else { '+' };
        let (off_h, off_m) = (offset.abs() / 3600, offset.abs() / 60 % 60);
        // The first of the year 0 was a Saturday.
        let weekday = WEEKDAYS[usize::try_from((number_of(self.year, self.month, self.day) + 5) % 7).unwrap_or_default()];
        let month = MONTHS[self.month - 1];
        let mut out = String::with_capacity(c.len() + 8);
        let mut rest = c;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let (plain, sign_of) = match rest.strip_prefix(['-', ':', '3']) {
                Some(after) => (false, after),
                None => (true, rest),
            };
            let Some(letter) = sign_of.chars().next() else { break };
            rest = &sign_of[letter.len_utf8()..];
            let _ = match (letter, plain) {
                ('Y', _) => write!(out, "{:04}", self.year),
                ('y', _) => write!(out, "{:02}", self.year % 100),
                ('B', _) => write!(out, "{month}"),
                ('b', _) => write!(out, "{}", &month[..3]),
                ('m', true) => write!(out, "{:02}", self.month),
                ('m', false) => write!(out, "{}", self.month),
                ('d', true) => write!(out, "{:02}", self.day),
                ('d', false) => write!(out, "{}", self.day),
                ('A', _) => write!(out, "{weekday}"),
                ('a', _) => write!(out, "{}", &weekday[..3]),
                ('H', true) => write!(out, "{hour:02}"),
                ('H', false) => write!(out, "{hour}"),
                ('I', true) => write!(out, "{hour_of_half:02}"),
                ('I', false) => write!(out, "{hour_of_half}"),
                ('M', _) => write!(out, "{minute:02}"),
                ('S', _) => write!(out, "{second:02}"),
                ('f', _) => write!(out, "{:03}", time.nanosecond / 1_000_000),
                ('p', _) => write!(out, "{}", if hour < 12 { "AM" } else { "PM" }),
                ('P', _) => write!(out, "{}", if hour < 12 { "am" } else { "pm" }),
                ('z', true) => write!(out, "{sign}{off_h:02}{off_m:02}"),
                ('z', false) => write!(out, "{sign}{off_h:02}:{off_m:02}"),
                (other, _) => write!(out, "{other}"),
            };
        }
        out.push_str(rest);
        out
    }
}

impl Time {
    fn read(text: &str) -> Option<Self> {
        let (hour, rest) = digits(text, 2)?;
        let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
        let (second, rest) = match rest.strip_prefix(':') {
            Some(rest) => digits(rest, 2)?,
            None => (0, rest),
        };
        let (nanosecond, rest) = match rest.strip_prefix(['.', ',']) {
            Some(rest) => {
                let count = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (number, after) = digits(rest, count).filter(|_| (1..=9).contains(&count))?;
                let scale = 10_i64.pow(9 - u32::try_from(count).ok()?);
                (u32::try_from(number * scale).ok()?, after)
            }
            None => (0, rest),
        };
        let (offset, rest) = match offset_of(rest) {
            Some((offset, rest)) => (Some(offset), rest),
            None => (None, rest),
        };
        // A leap second is the last one of its minute, as elsewhere.
        let second = if second == 60 { 59 } else { second };
        let fits = hour <= 23 && minute <= 59 && second <= 59 && rest.is_empty();
        fits.then_some(Time { second: hour * 3600 + minute * 60 + second, nanosecond, offset })
    }
}

fn no_time() -> EvalError {
    EvalError::type_("The date has no time, so it cannot be written with one.")
}

fn no_offset() -> EvalError {
    EvalError::type_("The date does not say its offset from UTC: a Transform step reads it in a time zone.")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const EVERY: &str = "YYYY YY MMMM MMM MM M DD D dddd ddd HH H hh h mm ss SSS A a ZZ Z 100% [at]";

    #[test]
    fn days_are_counted_there_and_back() {
        for number in (0..3_652_425).step_by(97).chain([0, 59, 60, 365, 366, 36_524, 146_096, 146_097, 3_652_424]) {
            let (year, month, day) = day_of(number).unwrap();
            assert_eq!(number_of(year, month, day), number, "{year}-{month}-{day}");
        }
        assert_eq!((day_of(-1), day_of(3_652_425)), (None, None));
        assert_eq!(number_of(1970, 1, 1), 719_528);
    }

    proptest! {
        /// The calendar of the transform steps, which is another program, says the same.
        #[test]
        fn moments_are_written_as_by_the_transform_step(ms in -62_135_596_800_000_i64..253_402_207_200_000, offset in -1439_i32..1440) {
            let zone = jiff::tz::Offset::from_seconds(offset * 60).unwrap().to_time_zone();
            let moment = Timestamp::from_millisecond(ms).unwrap();
            let text = moment.to_string();
            let shifted = When::read(&text).unwrap().shifted(i64::from(offset) * 60);
            let zoned = moment.to_zoned(zone);
            if let Ok(shifted) = shifted {
                let c = pattern::read(EVERY).unwrap().c;
                prop_assert_eq!(shifted.spelled(&c), zoned.strftime(&c).to_string());
                prop_assert_eq!(shifted.write("unix_milliseconds").unwrap(), Value::from(ms));
                let again = When::read(shifted.write("iso").unwrap().as_str().unwrap()).unwrap();
                prop_assert_eq!(again.unix().unwrap().0, ms.div_euclid(1000));
            } else {
                prop_assert!(!(0..=9999).contains(&zoned.year()));
            }
        }

        #[test]
        fn nothing_makes_it_stumble(text in "\\PC{0,50}", format in "\\PC{0,120}") {
            if let Some(when) = When::read(&text) {
                let _ = when.write(&format);
            }
            let _ = When::read("2026-01-31T17:30:00Z").unwrap().write(&format);
            let _ = read_offset_argument(&Value::from(text));
        }
    }
}
