//! Operations on dates. A date without a time stays one; a moment is written with its offset from UTC (RFC 3339).

use super::argument::{Argument, Choice, Preset};
use super::table::{Group, Kind, Operation, Work};

pub(crate) mod pattern;
#[cfg(feature = "dates")]
mod when;
#[cfg(feature = "dates")]
mod work;

#[cfg(not(feature = "dates"))]
mod work {
    pub(super) use crate::operation::run::left_out as add;
    pub(super) use crate::operation::run::left_out as difference;
    pub(super) use crate::operation::run::left_out as end;
    pub(super) use crate::operation::run::left_out as format;
    pub(super) use crate::operation::run::left_out as parse;
    pub(super) use crate::operation::run::left_out as part;
    pub(super) use crate::operation::run::left_out as start;
    pub(super) use crate::operation::run::left_out as zone;
}

/// How dates are written: proposals, in place of which any pattern may stand.
const READABLE: &[Choice] = &[
    Choice { value: "iso", label: "2026-01-31, with or without time and offset" },
    Choice { value: "DD/MM/YYYY", label: "31/01/2026 (day first)" },
    Choice { value: "MM/DD/YYYY", label: "01/31/2026 (month first)" },
    Choice { value: "DD.MM.YYYY", label: "31.01.2026" },
    Choice { value: "DD/MM/YYYY HH:mm", label: "31/01/2026 17:30 (day first)" },
    Choice { value: "MM/DD/YYYY hh:mm A", label: "01/31/2026 05:30 PM (month first)" },
    Choice { value: "DD.MM.YYYY HH:mm", label: "31.01.2026 17:30" },
    Choice { value: "MMMM D, YYYY", label: "January 31, 2026" },
    Choice { value: "D MMM YYYY", label: "31 Jan 2026" },
    Choice { value: "unix_seconds", label: "1769880600 (seconds since 1970)" },
    Choice { value: "unix_milliseconds", label: "1769880600000 (milliseconds since 1970)" },
];

/// Also proposed for the formatter `date`.
pub const WRITABLE: &[Choice] = &[
    Choice { value: "YYYY-MM-DD", label: "2026-01-31" },
    Choice { value: "DD/MM/YYYY", label: "31/01/2026" },
    Choice { value: "MM/DD/YYYY", label: "01/31/2026" },
    Choice { value: "DD.MM.YYYY", label: "31.01.2026" },
    Choice { value: "dddd, MMMM D", label: "Saturday, January 31" },
    Choice { value: "D MMM YYYY", label: "31 Jan 2026" },
    Choice { value: "DD.MM.YYYY HH:mm", label: "31.01.2026 17:30" },
    Choice { value: "MM/DD/YYYY hh:mm A", label: "01/31/2026 05:30 PM" },
    Choice { value: "HH:mm", label: "17:30" },
    Choice { value: "iso", label: "2026-01-31T17:30:00+00:00" },
    Choice { value: "unix_seconds", label: "1769880600 (seconds since 1970)" },
    Choice { value: "unix_milliseconds", label: "1769880600000 (milliseconds since 1970)" },
];

const SPANS: &[Choice] = &[
    Choice { value: "years", label: "Years" },
    Choice { value: "months", label: "Months" },
    Choice { value: "weeks", label: "Weeks" },
    Choice { value: "days", label: "Days" },
    Choice { value: "hours", label: "Hours" },
    Choice { value: "minutes", label: "Minutes" },
    Choice { value: "seconds", label: "Seconds" },
];

const PERIODS: &[Choice] = &[
    Choice { value: "year", label: "Year" },
    Choice { value: "quarter", label: "Quarter" },
    Choice { value: "month", label: "Month" },
    Choice { value: "week", label: "Week, from Monday" },
    Choice { value: "day", label: "Day" },
    Choice { value: "hour", label: "Hour" },
];

const PARTS: &[Choice] = &[
    Choice { value: "year", label: "Year" },
    Choice { value: "quarter", label: "Quarter" },
    Choice { value: "month", label: "Month" },
    Choice { value: "week", label: "Week of the year (ISO 8601)" },
    Choice { value: "day", label: "Day of the month" },
    Choice { value: "weekday", label: "Day of the week (1 is Monday)" },
    Choice { value: "hour", label: "Hour" },
    Choice { value: "minute", label: "Minute" },
    Choice { value: "second", label: "Second" },
];

const fn date(name: &'static str, label: &'static str, gives: Kind, work: Work) -> Operation {
    Operation::new(name, label, Group::Date, Kind::Date, gives, work)
}

pub(super) const TABLE: &[Operation] = &[
    Operation::new("date_parse", "Read a date from text", Group::Date, Kind::Text, Kind::Date, Work::Own(work::parse))
        .with(&[Argument::text("format", "Written like").proposing(READABLE).required(), Argument::zone()]),
    date("date_format", "Write a date", Kind::Text, Work::Own(work::format))
        .with(&[Argument::text("format", "Like").proposing(WRITABLE).required(), Argument::zone()]),
    date("date_add", "Add or take time", Kind::Date, Work::Own(work::add)).with(&[
        Argument::whole("amount", "How many (negative: earlier)", -10_000_000, 10_000_000).required(),
        Argument::choice("unit", "Unit", SPANS).required(),
        Argument::zone(),
    ]),
    date("date_difference", "Time until another date", Kind::Number, Work::Own(work::difference)).with(&[
        Argument::text("to", "Until").required(),
        Argument::choice("unit", "In whole", SPANS).preset(Preset::Text("days")),
        Argument::zone(),
    ]),
    date("date_start", "Start of", Kind::Date, Work::Own(work::start))
        .with(&[Argument::choice("of", "Period", PERIODS).required(), Argument::zone()]),
    date("date_end", "End of", Kind::Date, Work::Own(work::end))
        .with(&[Argument::choice("of", "Period", PERIODS).required(), Argument::zone()]),
    date("date_zone", "In another time zone", Kind::Date, Work::Own(work::zone)).with(&[Argument::zone().required()]),
    date("date_part", "Part of a date", Kind::Number, Work::Own(work::part))
        .with(&[Argument::choice("part", "Part", PARTS).required(), Argument::zone()]),
];
