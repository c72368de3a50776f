//! Documents in text: CSV, JSON, XML.

use serde_json::Value;

use super::argument::{Argument, ArgumentKind, Arguments, Choice, Preset};
use super::run::Run;
use super::table::{Group, Kind, Operation, Work};
use super::text::spelled;
use crate::error::EvalError;

#[cfg(feature = "documents")]
mod csv;
#[cfg(feature = "documents")]
mod xml;

#[cfg(not(feature = "documents"))]
mod csv {
    pub(super) use crate::operation::run::left_out as parse;
    pub(super) use crate::operation::run::left_out as print;
}
#[cfg(not(feature = "documents"))]
mod xml {
    pub(super) use crate::operation::run::left_out as parse;
    pub(super) use crate::operation::run::left_out as print;
}

const DELIMITERS: &[Choice] = &[
    Choice { value: ",", label: "Comma" },
    Choice { value: ";", label: "Semicolon" },
    Choice { value: "tab", label: "Tab" },
    Choice { value: "|", label: "Bar" },
];

const DELIMITER: Argument = Argument::choice("delimiter", "Between fields", DELIMITERS).preset(Preset::Text(","));

const fn document(name: &'static str, label: &'static str, takes: Kind, gives: Kind, work: Work) -> Operation {
    Operation::new(name, label, Group::Document, takes, gives, work)
}

pub(super) const TABLE: &[Operation] = &[
    document("csv_parse", "Read CSV", Kind::Text, Kind::List, Work::Own(csv::parse))
        .with(&[DELIMITER, Argument::flag("header", "The first row holds the names", true)]),
    document("csv_print", "Write CSV", Kind::List, Kind::Text, Work::Own(csv::print)).with(&[
        DELIMITER,
        Argument::new("columns", "Columns", ArgumentKind::Fields),
        Argument::flag("header", "A first row with the names", true),
    ]),
    document("json_parse", "Read JSON", Kind::Text, Kind::Any, Work::Own(json_parse)),
    document("json_print", "Write JSON", Kind::Any, Kind::Text, Work::Own(json_print))
        .with(&[Argument::flag("pretty", "Over several lines", false)])
        .takes_null(),
    document("xml_parse", "Read XML", Kind::Text, Kind::Object, Work::Own(xml::parse)),
    document("xml_print", "Write XML", Kind::Object, Kind::Text, Work::Own(xml::print))
        .with(&[Argument::text("root", "Name of the outermost element")]),
];

/// What one value takes at most besides its text, in bytes: short ones weigh most.
pub(super) const VALUE_BYTES: usize = 32;

fn json_parse(value: Value, _: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let text = text.trim_start_matches('\u{feff}');
    // Paid before it is built; signs within texts are counted, too.
    let values = text.bytes().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    run.meter.grow(text.len() + values * VALUE_BYTES)?;
    let parsed: Value = serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        EvalError::type_(format!("This is not JSON: line {}, column {}: {what}.", error.line(), error.column()))
    })?;
    run.meter.charge(&parsed)?;
    Ok(Some(parsed))
}

fn json_print(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = if arguments.flag("pretty") { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
    let text = text.map_err(|_| EvalError::type_("This cannot be written as JSON."))?;
    run.meter.grow(text.len())?;
    Ok(Some(text.into()))
}
