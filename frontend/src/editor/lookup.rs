//! What a lookup table gives with the sample, and rows out of a sheet.

use expr::{Data, Outcome, evaluate, parse_text};
use model::{
    Mapped,
    step::{Lookup, LookupRow},
};
use serde_json::{Value, json};

use super::data::limits;

/// The step's output; nothing where the value is not known or the step would fail.
pub fn found(lookup: &Lookup, data: &Data) -> Option<Value> {
    let Outcome::Value(value) = evaluate(&lookup.value, data, &limits()).ok()?.outcome else { return None };
    let text = match value {
        Value::String(text) => text,
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
        other => other.to_string(),
    };
    let row = lookup.rows.iter().find(|row| same(&row.from, &text, lookup.loose));
    let gives = row.map(|row| &row.to).or(lookup.otherwise.as_ref())?;
    let value = match evaluate(gives, data, &limits()).ok()?.outcome {
        Outcome::Value(value) => value,
        Outcome::Missing => Value::Null,
    };
    Some(json!({ "value": value, "matched": row.is_some() }))
}

fn same(one: &str, other: &str, loose: bool) -> bool {
    if loose { one.trim().to_lowercase() == other.trim().to_lowercase() } else { one == other }
}

/// Rows out of text that was copied in a spreadsheet: two columns, with tabs; or with semicolons or commas.
pub fn rows(text: &str, names: &expr::Names) -> Vec<LookupRow> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            let cut = ['\t', ';', ','].into_iter().find_map(|mark| line.split_once(mark));
            let (from, to) = cut.unwrap_or((line, ""));
            // A third column is not part of the table.
            let to = to.split('\t').next().unwrap_or_default();
            LookupRow { from: unquoted(from), to: value(&unquoted(to), names) }
        })
        .collect()
}

fn unquoted(cell: &str) -> String {
    let cell = cell.trim();
    let inner = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(|| cell.to_owned(), |inner| inner.replace("\"\"", "\""))
}

/// What a cell stands for: text, also where it looks like a number.
fn value(cell: &str, names: &expr::Names) -> Mapped {
    parse_text(cell, names)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn table(loose: bool, otherwise: Option<Mapped>) -> Lookup {
        let names = expr::Names::new();
        Lookup {
            value: parse_text("{{ event.body.c }}", &names),
            rows: rows("DE\tGermany\nAT\tAustria\n", &names),
            otherwise,
            loose,
        }
    }

    fn given(value: Value) -> Data {
        let mut data = Data::new();
        data.set_event(Arc::new(json!({"body": {"c": value}})));
        data
    }

    #[test]
    fn finds_rows_as_the_step_will() {
        assert_eq!(found(&table(false, None), &given(json!("AT"))), Some(json!({"value": "Austria", "matched": true})));
        assert_eq!(found(&table(false, None), &given(json!("at "))), None);
        assert_eq!(found(&table(true, None), &given(json!("at "))), Some(json!({"value": "Austria", "matched": true})));
        let otherwise = Some(Mapped::text("elsewhere"));
        assert_eq!(found(&table(true, otherwise), &given(json!(7))), Some(json!({"value": "elsewhere", "matched": false})));
    }

    #[test]
    fn reads_what_a_sheet_copies() {
        let names = expr::Names::new();
        let read = |text: &str| rows(text, &names).into_iter().map(|row| (row.from, row.to)).collect::<Vec<_>>();
        assert_eq!(read("a\tb\tc\r\n\r\nd\te"), [("a".into(), Mapped::text("b")), ("d".into(), Mapped::text("e"))]);
        assert_eq!(read("a;\"b \"\"x\"\"\""), [("a".into(), Mapped::text("b \"x\""))]);
        assert_eq!(read("only"), [("only".into(), Mapped::text(""))]);
    }
}
