use std::sync::LazyLock;

use jiff::Zoned;
use jiff::civil::{Date, DateTime};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::Value;

use crate::error::EvalError;
use crate::operation::argument::{Arguments, wrong};
use crate::operation::run::Run;

/// The zones that come with Patchbay, never those of the machine: browser and server agree.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A day, or a moment seen from a time zone.
#[derive(Debug, Clone)]
pub(super) enum When {
    Day(Date),
    Moment(Zoned),
}

/// The zone given, else the workflow's.
pub(super) fn zone(arguments: &Arguments<'_>, run: &Run<'_>) -> Result<TimeZone, EvalError> {
    let name = arguments.text("zone");
    let name = name.as_deref().unwrap_or(run.zone);
    ZONES.get(name.trim()).map_err(|_| {
        let shown: String = name.chars().take(60).collect();
        wrong("zone", format!("There is no time zone \"{shown}\": use a name such as Europe/Berlin or America/New_York."))
    })
}

impl When {
    /// Reads `2026-01-31` or a moment with its offset.
    pub(super) fn read(text: &str, zone: &TimeZone) -> Result<Self, EvalError> {
        let read = Self::iso(text, zone);
        if let Some((when, true)) = read {
            return Ok(when);
        }
        let shown: String = text.chars().take(60).collect();
        Err(EvalError::type_(match read {
            Some(_) => format!("\"{shown}\" does not say its offset from UTC: put \"Read a date from text\" before this."),
            None => format!(
                "\"{shown}\" is not a date such as 2026-01-31 or 2026-01-31T09:00:00+01:00: put \"Read a date from text\" before this."
            ),
        }))
    }

    /// ISO 8601, and whether what it says is complete; a time without an offset is one of the zone.
    pub(super) fn iso(text: &str, zone: &TimeZone) -> Option<(Self, bool)> {
        let text = text.trim();
        // The longest has nanoseconds and an offset with seconds; names of zones in brackets are not read.
        if text.len() < 10 || text.len() > 45 || text.contains('[') {
            return None;
        }
        let parser = DateTimeParser::new();
        if let Ok(moment) = parser.parse_timestamp(text) {
            return Some((When::Moment(moment.to_zoned(zone.clone())), true));
        }
        if text.len() == 10 {
            return parser.parse_date(text).ok().map(|day| (When::Day(day), true));
        }
        let local: DateTime = parser.parse_datetime(text).ok()?;
        local.to_zoned(zone.clone()).ok().map(|moment| (When::Moment(moment), false))
    }

    pub(super) fn write(&self) -> Value {
        match self {
            When::Day(day) => day.to_string(),
            // Whole milliseconds, as everywhere in a run.
            When::Moment(moment) if moment.millisecond() == 0 => moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            When::Moment(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string(),
        }
        .into()
    }

    pub(super) fn day(&self) -> Date {
        match self {
            When::Day(day) => *day,
            When::Moment(moment) => moment.date(),
        }
    }
}
