//! CSV (RFC 4180), with the delimiters that spreadsheets use. Every field stays text: numbers are read by an operation of their own.

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use serde_json::{Map, Value};

use super::VALUE_BYTES;
use crate::compare::scalar_text;
use crate::error::EvalError;
use crate::operation::argument::{Arguments, wrong};
use crate::operation::list::items;
use crate::operation::run::Run;
use crate::operation::text::spelled;
use crate::path::kind;

const MOST_COLUMNS: usize = 2_000;

fn delimiter(arguments: &Arguments<'_>) -> u8 {
    match &*arguments.text_or_empty("delimiter") {
        "tab" => b'\t',
        other => other.bytes().next().unwrap_or(b','),
    }
}

fn unreadable(error: &csv::Error) -> EvalError {
    let line = error.position().map_or_else(String::new, |position| format!(" at line {}", position.line()));
    EvalError::type_(format!("The CSV cannot be read{line}."))
}

/// A list of objects by the first row's names, else a list of lists. Fields that a short row lacks are left out; those a long row has
/// too many are named by their place, `column_7`.
pub(crate) fn parse(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let text = spelled(value);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter(arguments)).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut names = None;
    let mut rows = Vec::new();
    while reader.read_record(&mut record).map_err(|error| unreadable(&error))? {
        if record.len() > MOST_COLUMNS {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(EvalError::limit(format!("Line {line} of the CSV has more than {MOST_COLUMNS} fields.")));
        }
        run.meter.grow(VALUE_BYTES + record.iter().map(|field| field.len() + VALUE_BYTES).sum::<usize>())?;
        match &names {
            None if arguments.flag("header") => names = Some(header(&record)),
            None => rows.push(record.iter().map(Value::from).collect::<Vec<_>>().into()),
            Some(names) => {
                run.meter.grow(names.iter().take(record.len()).map(String::len).sum())?;
                let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| format!("column_{}", at + 1));
                let row: Map<String, Value> = record.iter().enumerate().map(|(at, field)| (name(at), field.into())).collect();
                rows.push(Value::Object(row));
            }
        }
    }
    Ok(Some(rows.into()))
}

/// A column without a name, or with one that another has, is named by its place.
fn header(record: &StringRecord) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let name = |(at, field): (usize, &str)| {
        let name = field.trim();
        if name.is_empty() || !seen.insert(name.to_owned()) { format!("column_{}", at + 1) } else { name.to_owned() }
    };
    record.iter().enumerate().map(name).collect()
}

/// Objects by their fields, in the order in which they first come, or by the columns asked for; lists as they are.
pub(crate) fn print(value: Value, arguments: &Arguments<'_>, run: &mut Run<'_>) -> Result<Option<Value>, EvalError> {
    let rows = items(value);
    let columns = match arguments.fields("columns") {
        Some(columns) => columns,
        None => columns_of(&rows)?,
    };
    let mut writer = WriterBuilder::new().delimiter(delimiter(arguments)).flexible(true).from_writer(Vec::new());
    let broken = |_| EvalError::type_("This cannot be written as CSV.");
    if !columns.is_empty() && arguments.flag("header") {
        writer.write_record(&columns).map_err(broken)?;
    }
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<Option<&Value>> = match row {
            Value::Object(fields) => columns.iter().map(|name| fields.get(name)).collect(),
            Value::Array(cells) => cells.iter().map(Some).collect(),
            other => {
                let message = format!("Row {} is {}, but rows of CSV are objects or lists.", at + 1, kind(other));
                return Err(EvalError::type_(message));
            }
        };
        let mut texts = Vec::with_capacity(cells.len());
        for cell in cells {
            let text = match cell {
                None | Some(Value::Null) => String::new(),
                Some(cell) => scalar_text(cell).map_or_else(|| cell.to_string(), std::borrow::Cow::into_owned),
            };
            // Every sign could be a quotation mark that is doubled.
            run.meter.grow(text.len() * 2 + 3)?;
            texts.push(text);
        }
        writer.write_record(&texts).map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|_| EvalError::type_("This cannot be written as CSV."))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned().into()))
}

fn columns_of(rows: &[Value]) -> Result<Vec<String>, EvalError> {
    let mut names: Map<String, Value> = Map::new();
    for name in rows.iter().filter_map(Value::as_object).flat_map(Map::keys) {
        if !names.contains_key(name) {
            names.insert(name.clone(), Value::Null);
        }
        if names.len() > MOST_COLUMNS {
            return Err(wrong("columns", format!("The rows have more than {MOST_COLUMNS} fields: name the columns.")));
        }
    }
    Ok(names.into_iter().map(|(name, _)| name).collect())
}
