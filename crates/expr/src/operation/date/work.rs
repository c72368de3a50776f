use jiff::civil::{Date, Weekday, date};
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Unit, Zoned};
use serde_json::Value;

use super::pattern;
use super::when::{When, zone as zone_of};
use crate::error::EvalError;
use crate::number::Num;
use crate::operation::argument::{Arguments, wrong};
use crate::operation::run::Run;
use crate::operation::text::spelled;

type Result_ = Result<Option<Value>, EvalError>;

fn beyond(_: jiff::Error) -> EvalError {
    EvalError::type_("The result lies beyond the years that dates can have.")
}

fn read(value: Value, arguments: &Arguments<'_>, run: &Run<'_>) -> Result<(When, TimeZone), EvalError> {
    let zone = zone_of(arguments, run)?;
    Ok((When::read(&spelled(value), &zone)?, zone))
}

pub(super) fn parse(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let zone = zone_of(arguments, run)?;
    let format = arguments.text_or_empty("format");
    let text = spelled(value);
    let text = text.trim();
    let shown: String = text.chars().take(60).collect();
    let when = match &*format {
        "unix_seconds" => unix(text, 1000, &zone),
        "unix_milliseconds" => unix(text, 1, &zone),
        "iso" => When::iso(text, &zone).map(|(when, _)| when),
        format => match by_pattern(text, format, &zone)? {
            Some(when) => Some(when),
            None => {
                let other = pattern::swapped(format);
                let hint = match by_pattern(text, &other, &zone)? {
                    Some(_) if other != format => format!(": is it {other}?"),
                    _ => ".".to_owned(),
                };
                return Err(EvalError::type_(format!("\"{shown}\" does not read as {format}{hint}")));
            }
        },
    };
    when.map(|when| Some(when.write())).ok_or_else(|| EvalError::type_(format!("\"{shown}\" is not a date of this format.")))
}

fn unix(text: &str, ms_each: i64, zone: &TimeZone) -> Option<When> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and is then no moment")]
    let ms = match Num::of_text(text)? {
        Num::Int(int) => i64::try_from(int).ok()?.checked_mul(ms_each)?,
        Num::Float(float) => (float * ms_each as f64).round() as i64,
    };
    Timestamp::from_millisecond(ms).ok().map(|moment| When::Moment(moment.to_zoned(zone.clone())))
}

fn by_pattern(text: &str, format: &str, zone: &TimeZone) -> Result<Option<When>, EvalError> {
    let pattern = pattern::read(format)?;
    let Ok(read) = strtime::parse(&pattern.c, text) else { return Ok(None) };
    Ok(if !pattern.has_time {
        read.to_date().ok().map(When::Day)
    } else if pattern.has_offset {
        read.to_timestamp().ok().map(|moment| When::Moment(moment.to_zoned(zone.clone())))
    } else {
        read.to_datetime().ok().and_then(|local| local.to_zoned(zone.clone()).ok()).map(When::Moment)
    })
}

pub(super) fn format(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (when, _) = read(value, arguments, run)?;
    let format = arguments.text_or_empty("format");
    let no_time = || EvalError::type_("The date has no time, so it cannot be written with one.");
    match (&*format, &when) {
        ("iso", when) => return Ok(Some(when.write())),
        ("unix_seconds", When::Moment(moment)) => return Ok(Some(moment.timestamp().as_second().into())),
        ("unix_milliseconds", When::Moment(moment)) => return Ok(Some(moment.timestamp().as_millisecond().into())),
        ("unix_seconds" | "unix_milliseconds", When::Day(_)) => return Err(no_time()),
        _ => {}
    }
    let pattern = pattern::read(&format)?;
    let parts = match &when {
        When::Day(_) if pattern.has_time => return Err(no_time()),
        When::Day(day) => BrokenDownTime::from(*day),
        When::Moment(moment) => BrokenDownTime::from(moment),
    };
    let text = parts.to_string(&pattern.c).map_err(|_| wrong("format", "The date cannot be written like this."))?;
    Ok(Some(text.into()))
}

fn span(amount: i64, unit: &str) -> Result<(Span, bool), EvalError> {
    let span = Span::new();
    let span = match unit {
        "years" => span.try_years(amount),
        "months" => span.try_months(amount),
        "weeks" => span.try_weeks(amount),
        "days" => span.try_days(amount),
        "hours" => span.try_hours(amount),
        "minutes" => span.try_minutes(amount),
        _ => span.try_seconds(amount),
    };
    Ok((span.map_err(beyond)?, matches!(unit, "hours" | "minutes" | "seconds")))
}

pub(super) fn add(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (when, _) = read(value, arguments, run)?;
    let (span, of_time) = span(arguments.whole("amount").unwrap_or_default(), &arguments.text_or_empty("unit"))?;
    let later = match when {
        When::Day(_) if of_time => {
            return Err(wrong("unit", "The date has no time: only years, months, weeks and days can be added."));
        }
        When::Day(day) => When::Day(day.checked_add(span).map_err(beyond)?),
        When::Moment(moment) => When::Moment(moment.checked_add(span).map_err(beyond)?),
    };
    Ok(Some(later.write()))
}

/// Whole units, towards zero. Between a day and a moment, the days count.
pub(super) fn difference(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (from, zone) = read(value, arguments, run)?;
    let to = When::read(&arguments.text_or_empty("to"), &zone).map_err(|error| EvalError { path: Some("to".into()), ..error })?;
    let unit = match &*arguments.text_or_empty("unit") {
        "years" => Unit::Year,
        "months" => Unit::Month,
        "weeks" => Unit::Week,
        "days" => Unit::Day,
        "hours" => Unit::Hour,
        "minutes" => Unit::Minute,
        _ => Unit::Second,
    };
    let span = match (&from, &to) {
        (When::Moment(from), When::Moment(to)) => from.until((unit, to)).map_err(beyond)?,
        _ if unit < Unit::Day => {
            return Err(wrong("unit", "One of the dates has no time: count years, months, weeks or days."));
        }
        _ => from.day().until((unit, to.day())).map_err(beyond)?,
    };
    let count = match unit {
        Unit::Year => i64::from(span.get_years()),
        Unit::Month => i64::from(span.get_months()),
        Unit::Week => i64::from(span.get_weeks()),
        Unit::Day => i64::from(span.get_days()),
        Unit::Hour => i64::from(span.get_hours()),
        Unit::Minute => span.get_minutes(),
        _ => span.get_seconds(),
    };
    Ok(Some(count.into()))
}

fn first_day(day: Date, period: &str) -> Date {
    match period {
        "year" => day.first_of_year(),
        "quarter" => date(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
        "month" => day.first_of_month(),
        "week" => {
            let back = i64::from(day.weekday().since(Weekday::Monday));
            day.checked_sub(back.days()).unwrap_or(day)
        }
        _ => day,
    }
}

fn length(period: &str) -> Span {
    match period {
        "year" => 1.year(),
        "quarter" => 3.months(),
        "month" => 1.month(),
        "week" => 1.week(),
        "day" => 1.day(),
        _ => 1.hour(),
    }
}

fn start_of(when: &When, period: &str, zone: &TimeZone) -> Result<When, EvalError> {
    match when {
        When::Day(_) if period == "hour" => Err(wrong("of", "The date has no time, so it is in no hour.")),
        When::Day(day) => Ok(When::Day(first_day(*day, period))),
        When::Moment(moment) if period == "hour" => {
            let into = i64::from(moment.minute()) * 60_000 + i64::from(moment.second()) * 1000 + i64::from(moment.millisecond());
            moment.checked_sub(into.milliseconds()).map(When::Moment).map_err(beyond)
        }
        // The first instant of the day: in some zones clocks skip midnight.
        When::Moment(moment) => first_day(moment.date(), period).to_zoned(zone.clone()).map(When::Moment).map_err(beyond),
    }
}

pub(super) fn start(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (when, zone) = read(value, arguments, run)?;
    start_of(&when, &arguments.text_or_empty("of"), &zone).map(|when| Some(when.write()))
}

/// The last day, or the last millisecond.
pub(super) fn end(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (when, zone) = read(value, arguments, run)?;
    let period = arguments.text_or_empty("of");
    let end = match start_of(&when, &period, &zone)? {
        When::Day(day) => When::Day(day.checked_add(length(&period)).and_then(|next| next.yesterday()).map_err(beyond)?),
        When::Moment(moment) => {
            let next = moment.checked_add(length(&period)).map_err(beyond)?;
            let next = if period == "hour" { next } else { start_of(&When::Moment(next), "day", &zone).map(moment_of)? };
            When::Moment(next.checked_sub(1.millisecond()).map_err(beyond)?)
        }
    };
    Ok(Some(end.write()))
}

fn moment_of(when: When) -> Zoned {
    match when {
        When::Moment(moment) => moment,
        When::Day(day) => day.to_zoned(TimeZone::UTC).unwrap_or_default(),
    }
}

pub(super) fn zone(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    match read(value, arguments, run)? {
        (When::Day(_), _) => Err(EvalError::type_("The date has no time, so it is the same in every time zone.")),
        (moment, _) => Ok(Some(moment.write())),
    }
}

pub(super) fn part(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result_ {
    let (when, _) = read(value, arguments, run)?;
    let day = when.day();
    let part = arguments.text_or_empty("part");
    let found = match (&*part, &when) {
        ("year", _) => i64::from(day.year()),
        ("quarter", _) => i64::from((day.month() - 1) / 3 + 1),
        ("month", _) => i64::from(day.month()),
        ("week", _) => i64::from(day.iso_week_date().week()),
        ("day", _) => i64::from(day.day()),
        ("weekday", _) => i64::from(day.weekday().to_monday_one_offset()),
        (_, When::Day(_)) => return Err(wrong("part", "The date has no time.")),
        ("hour", When::Moment(moment)) => i64::from(moment.hour()),
        ("minute", When::Moment(moment)) => i64::from(moment.minute()),
        (_, When::Moment(moment)) => i64::from(moment.second()),
    };
    Ok(Some(found.into()))
}
