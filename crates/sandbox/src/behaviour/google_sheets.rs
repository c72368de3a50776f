//! Cells: ranges in A1 notation are read, written, appended to and cleared.
//!
//! Each row is an object of the collection that bears the sheet's name: `{spreadsheet, row, values}`.

use model::Timestamp;
use serde_json::{Value, json};

use crate::account::{Account, Object};
use crate::request::Incoming;
use crate::simulate::Reply;

/// The sheet of a range that names none.
const FIRST_SHEET: &str = "Sheet1";
const MOST_COLUMNS: usize = 702;

/// `'Leads'!A2:C9`, rows and columns counted from 0, ends included; nothing: to the end.
#[derive(Debug, PartialEq)]
struct Range {
    sheet: String,
    columns: (usize, Option<usize>),
    rows: (usize, Option<usize>),
}

pub(super) fn answer(
    account: &mut Account,
    incoming: &Incoming,
    spreadsheet: &str,
    range: &str,
    now: Timestamp,
    doubles: bool,
) -> Option<Reply> {
    let (range, verb) = match (range.strip_suffix(":append"), range.strip_suffix(":clear")) {
        (Some(range), _) => (range, "append"),
        (_, Some(range)) => (range, "clear"),
        _ => (range, incoming.method.as_str()),
    };
    let Some(at) = read(range) else {
        let message = format!("Unable to parse range: {range}");
        return Some(Reply::json(400, json!({ "error": { "code": 400, "message": message, "status": "INVALID_ARGUMENT" } })));
    };
    let mut sheet = Sheet { account, spreadsheet, name: &at.sheet, now };
    let sent = incoming.body.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
    Some(match verb {
        "GET" => {
            // A sheet without a first row has the columns of the recorded one.
            let has_header = sheet.rows().any(|(row, _)| row == 0);
            if !has_header && at.rows == (0, Some(0)) {
                return None;
            }
            let mut values = sheet.values(&at);
            if incoming.query.get("majorDimension").is_some_and(|major| major == "COLUMNS") {
                values = columns(&values);
            } else if doubles {
                values = values.into_iter().flat_map(|row| [row.clone(), row]).collect();
            }
            let mut body = json!({ "range": range, "majorDimension": "ROWS" });
            // An empty range has no values at all.
            if !values.is_empty() {
                body["values"] = Value::Array(values);
            }
            Reply::json(200, body)
        }
        "append" => {
            let first = sheet.last().map_or(1, |last| last + 1);
            sheet.write(first, 0, &sent);
            let updated = format!("'{}'!A{}:{}{}", at.sheet, first + 1, letters(width(&sent)), first + sent.len());
            let updates = updates(spreadsheet, &updated, &sent);
            Reply::json(200, json!({ "spreadsheetId": spreadsheet, "tableRange": range, "updates": updates }))
        }
        "clear" => {
            sheet.clear(&at);
            Reply::json(200, json!({ "spreadsheetId": spreadsheet, "clearedRange": range }))
        }
        "PUT" => {
            sheet.write(at.rows.0, at.columns.0, &sent);
            Reply::json(200, updates(spreadsheet, range, &sent))
        }
        _ => return None,
    })
}

fn updates(spreadsheet: &str, range: &str, sent: &[Value]) -> Value {
    let cells: usize = sent.iter().filter_map(Value::as_array).map(Vec::len).sum();
    json!({
        "spreadsheetId": spreadsheet, "updatedRange": range, "updatedRows": sent.len(), "updatedColumns": width(sent),
        "updatedCells": cells,
    })
}

struct Sheet<'a> {
    account: &'a mut Account,
    spreadsheet: &'a str,
    name: &'a str,
    now: Timestamp,
}

impl Sheet<'_> {
    fn rows(&self) -> impl Iterator<Item = (usize, &Vec<Value>)> {
        let own = self.account.objects(self.name).iter().filter(|object| object.value["spreadsheet"] == self.spreadsheet);
        own.filter_map(|object| Some((usize::try_from(object.value["row"].as_u64()?).ok()?, object.value["values"].as_array()?)))
    }

    fn last(&self) -> Option<usize> {
        self.rows().map(|(row, _)| row).max()
    }

    /// Without the empty rows and cells at the end, as the API answers.
    fn values(&self, at: &Range) -> Vec<Value> {
        let mut found: Vec<(usize, Vec<Value>)> = self
            .rows()
            .filter(|(row, _)| *row >= at.rows.0 && at.rows.1.is_none_or(|end| *row <= end))
            .map(|(row, values)| {
                let take = at.columns.1.map_or(usize::MAX, |end| end.saturating_sub(at.columns.0) + 1);
                let mut cells: Vec<Value> = values.iter().skip(at.columns.0).take(take).map(shown).collect();
                while cells.last().is_some_and(|cell| cell == "") {
                    cells.pop();
                }
                (row, cells)
            })
            .collect();
        found.sort_by_key(|(row, _)| *row);
        while found.last().is_some_and(|(_, cells)| cells.is_empty()) {
            found.pop();
        }
        let Some(end) = found.last().map(|(row, _)| *row) else { return Vec::new() };
        let cells_of = |row| found.iter().find(|(known, _)| *known == row).map(|(_, cells)| cells.clone()).unwrap_or_default();
        (at.rows.0..=end).map(|row| Value::Array(cells_of(row))).collect()
    }

    /// Null leaves a cell as it is.
    fn write(&mut self, first: usize, column: usize, sent: &[Value]) {
        for (offset, cells) in sent.iter().filter_map(Value::as_array).enumerate() {
            let row = first + offset;
            let mut values = self.rows().find(|(known, _)| *known == row).map(|(_, values)| values.clone()).unwrap_or_default();
            for (at, cell) in cells.iter().take(MOST_COLUMNS).enumerate() {
                if values.len() <= column + at {
                    values.resize(column + at + 1, Value::from(""));
                }
                if !cell.is_null() {
                    values[column + at] = cell.clone();
                }
            }
            let id = format!("{}:{}", self.spreadsheet, row + 1);
            let value = json!({ "spreadsheet": self.spreadsheet, "row": row, "values": values });
            self.account.put(self.name, Object { id, at: self.now, value });
        }
    }

    fn clear(&mut self, at: &Range) {
        let rows: Vec<usize> = self.rows().map(|(row, _)| row).collect();
        for row in rows.into_iter().filter(|row| *row >= at.rows.0 && at.rows.1.is_none_or(|end| *row <= end)) {
            let id = format!("{}:{}", self.spreadsheet, row + 1);
            if let Some(found) = self.account.find(self.name, &[], &id) {
                self.account.remove(self.name, found);
            }
        }
    }
}

/// Numbers and switches are read as the text a sheet shows.
fn shown(cell: &Value) -> Value {
    match cell {
        Value::Null => Value::from(""),
        Value::Bool(switch) => Value::from(if *switch { "TRUE" } else { "FALSE" }),
        Value::Number(number) => Value::from(number.to_string()),
        other => other.clone(),
    }
}

fn columns(rows: &[Value]) -> Vec<Value> {
    let cell = |row: &Value, at: usize| row.get(at).cloned().unwrap_or_else(|| Value::from(""));
    (0..width(rows)).map(|at| rows.iter().map(|row| cell(row, at)).collect()).collect()
}

fn width(rows: &[Value]) -> usize {
    rows.iter().filter_map(Value::as_array).map(Vec::len).max().unwrap_or_default()
}

fn read(text: &str) -> Option<Range> {
    let (sheet, cells) = match text.rsplit_once('!') {
        Some((sheet, cells)) => (sheet.trim_matches('\'').replace("''", "'"), cells),
        None if text.contains(':') || cell(text).is_some_and(|(_, row)| row.is_some()) => (FIRST_SHEET.to_owned(), text),
        None => (text.trim_matches('\'').replace("''", "'"), "A:ZZ"),
    };
    let (from, to) = cells.split_once(':').unwrap_or((cells, cells));
    let ((left, top), (right, bottom)) = (cell(from)?, cell(to)?);
    Some(Range { sheet, columns: (left.unwrap_or(0), right), rows: (top.unwrap_or(0), bottom) })
}

/// `B7`, `B` or `7`.
fn cell(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let text = text.replace('$', "").to_ascii_uppercase();
    let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
    let letters = &text[..text.len() - digits.len()];
    if letters.len() > 2 || (letters.is_empty() && digits.is_empty()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter - b'A') + 1).checked_sub(1);
    let row = match digits {
        "" => None,
        digits => Some(digits.parse::<usize>().ok().filter(|row| *row <= 1_000_000)?.checked_sub(1)?),
    };
    Some((column, row))
}

/// The last column of so many: `A`, `AB`.
fn letters(columns: usize) -> String {
    let at = columns.clamp(1, MOST_COLUMNS) - 1;
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap_or_default());
    if at < 26 { letter(at).to_string() } else { [letter(at / 26 - 1), letter(at)].iter().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let range = |sheet: &str, columns, rows| Some(Range { sheet: sheet.to_owned(), columns, rows });
        assert_eq!(read("'It''s'!A2:Z"), range("It's", (0, Some(25)), (1, None)));
        assert_eq!(read("Leads!1:1"), range("Leads", (0, None), (0, Some(0))));
        assert_eq!(read("B2:AA3"), range("Sheet1", (1, Some(26)), (1, Some(2))));
        assert_eq!(read("'It''s'"), range("It's", (0, Some(701)), (0, None)));
        assert_eq!(read("Leads"), range("Leads", (0, Some(701)), (0, None)));
        assert_eq!(read("'L'!C5"), range("L", (2, Some(2)), (4, Some(4))));
        for odd in ["'L'!A0", "'L'!ABC1", "'L'!", "'L'!A99999999999999999999"] {
            assert_eq!(read(odd), None, "{odd}");
        }
        assert_eq!([letters(1), letters(26), letters(27), letters(703)], ["A", "Z", "AA", "ZZ"]);
    }
}
