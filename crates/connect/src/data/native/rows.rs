//! Rows of a spreadsheet by the names in its first row.

use serde_json::{Map, Value, json};

/// The first row holds the names -> `{<name>: <cell>, ..., values, row}` of each other one. Rows are counted as in the sheet: from 1.
/// Empty rows are left out.
pub(super) fn items(rows: Vec<Value>) -> Vec<Value> {
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    let names = names(&header);
    let numbered = rows.enumerate().filter(|(_, row)| row.as_array().is_some_and(|cells| !cells.is_empty()));
    let item = |(at, row): (usize, Value)| {
        let mut item = named(&names, &row);
        item.insert("row".to_owned(), Value::from(at + 2));
        Value::Object(item)
    };
    numbered.map(item).collect()
}

/// `{header, items, ...}` -> the rest, with the cells of each item by their names.
pub(super) fn named_rows(mut value: Value) -> Value {
    let names = names(&value["header"]);
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("header");
        if let Some(items) = fields.get_mut("items").and_then(Value::as_array_mut) {
            items.iter_mut().for_each(|row| *row = Value::Object(named(&names, row)));
        }
    }
    value
}

/// `{header, values, ...}` -> the rest, with the cells of that one row by their names.
pub(super) fn named_row(mut value: Value) -> Value {
    let names = names(&value["header"]);
    if let Some(fields) = value.as_object_mut() {
        fields.shift_remove("header");
        if let Some(row) = fields.get_mut("values").filter(|row| row.is_array()) {
            *row = Value::Object(named(&names, row));
        }
    }
    value
}

/// What each column is called: what stands in the first row, or its letters where that is nothing or taken.
fn names(header: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, cell) in header.as_array().into_iter().flatten().enumerate() {
        let name = match cell {
            Value::String(text) => text.trim().to_owned(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let is_free = !name.is_empty() && !["values", "row"].contains(&name.as_str()) && !names.contains(&name);
        names.push(if is_free { name } else { unnamed(&names, at) });
    }
    names
}

/// A cell for each name, empty ones as empty text, and one for each cell beyond the names; `values` has them all in order.
fn named(names: &[String], row: &Value) -> Map<String, Value> {
    let cells = row.as_array().map(Vec::as_slice).unwrap_or_default();
    let name = |at: usize| names.get(at).cloned().unwrap_or_else(|| unnamed(names, at));
    let cell = |at: usize| cells.get(at).cloned().unwrap_or_else(|| json!(""));
    let mut named: Map<String, Value> = (0..names.len().max(cells.len())).map(|at| (name(at), cell(at))).collect();
    named.insert("values".to_owned(), Value::Array(cells.to_vec()));
    named
}

/// Of a column without a name of its own: its letters, where no other column is called so.
fn unnamed(taken: &[String], at: usize) -> String {
    let name = letters(at);
    if taken.contains(&name) { format!("Column {name}") } else { name }
}

/// `A` is column 0, `AA` column 26.
fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        letters.push(char::from(b'A' + u8::try_from(left % 26).unwrap_or_default()));
        left /= 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_names_of_the_first_row() {
        let rows =
            json!([["Name", " Email ", "", "Name", "values"], ["Ada", "ada@example.com", "x", "y", "z", 7], [], ["Eve"], "odd"]);
        let found = items(rows.as_array().unwrap().clone());
        let ada = json!({
            "Name": "Ada", "Email": "ada@example.com", "C": "x", "D": "y", "E": "z", "F": 7,
            "values": ["Ada", "ada@example.com", "x", "y", "z", 7], "row": 2,
        });
        let eve = json!({ "Name": "Eve", "Email": "", "C": "", "D": "", "E": "", "values": ["Eve"], "row": 4 });
        assert_eq!(found, [ada, eve]);
        let lettered = json!([["Name", "C"], ["Ada", "x", "y"]]);
        let named = json!({ "Name": "Ada", "C": "x", "Column C": "y", "values": ["Ada", "x", "y"], "row": 2 });
        assert_eq!(items(lettered.as_array().unwrap().clone()), [named], "a column may be called like another one's letters");
        let lettered = json!([["B", ""], ["x", "y"]]);
        let named = json!({ "B": "x", "Column B": "y", "values": ["x", "y"], "row": 2 });
        assert_eq!(items(lettered.as_array().unwrap().clone()), [named]);
        assert!(items(Vec::new()).is_empty() && items(vec![json!(["Name"])]).is_empty());
    }

    #[test]
    fn wide_sheets_lose_nothing() {
        let header: Vec<Value> = (0..800).map(|at| json!(format!("Column {at}"))).collect();
        let row: Vec<Value> = (0..800).map(Value::from).collect();
        let found = items(vec![Value::Array(header), Value::Array(row)]);
        assert_eq!((&found[0]["Column 26"], &found[0]["Column 799"]), (&json!(26), &json!(799)));
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn outputs_are_named_in_place() {
        let many = json!({ "header": ["Name"], "items": [["Ada"], []], "first_row": 2, "more": false });
        let named = json!({
            "items": [{ "Name": "Ada", "values": ["Ada"] }, { "Name": "", "values": [] }], "first_row": 2, "more": false,
        });
        assert_eq!(named_rows(many), named);
        let one = json!({ "found": true, "header": ["Name"], "values": ["Ada"], "row": 5 });
        assert_eq!(named_row(one), json!({ "found": true, "values": { "Name": "Ada", "values": ["Ada"] }, "row": 5 }));
        let none = json!({ "found": false, "header": ["Name"], "row": null });
        assert_eq!(named_row(none), json!({ "found": false, "row": null }));
        assert_eq!((named_rows(json!(null)), named_row(json!([1]))), (json!(null), json!([1])));
    }
}
