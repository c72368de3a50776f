//! A table that was pasted or chosen: its columns, and its rows as values of a form.

use csv::ReaderBuilder;
use model::{
    api::NewRows,
    definition::{FormField, fill_form},
};
use serde_json::{Map, Value};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Why a text is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// The first line names the columns; there is none below it.
    NoRows,
    TooMany(usize),
    /// A quote that never ends, say.
    Broken,
}

/// Reads a table whose first line names its columns. Spreadsheets put tabs between cells, files commas or semicolons: whichever the first
/// line has most of.
pub fn read(text: &str) -> Result<Table, Unreadable> {
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    let most = |mark: &&u8| head.bytes().filter(|byte| byte == *mark).count();
    let delimiter = b",;\t".iter().max_by_key(most).copied().unwrap_or(b',');
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| Unreadable::Broken)?;
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            lines.push(cells);
        }
    }
    let mut lines = lines.into_iter();
    let columns = lines.next().ok_or(Unreadable::NoRows)?;
    let rows: Vec<_> = lines.collect();
    match rows.len() {
        0 => Err(Unreadable::NoRows),
        count if count > NewRows::MOST => Err(Unreadable::TooMany(count)),
        _ => Ok(Table { columns, rows }),
    }
}

/// For each field the column of its name, if there is one.
pub fn matching(columns: &[String], fields: &[FormField]) -> Vec<Option<usize>> {
    let plain = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let named = |name: &str| columns.iter().position(|column| plain(column) == plain(name));
    fields.iter().map(|field| named(&field.label).or_else(|| named(&field.key))).collect()
}

/// The values of a row, or what is wrong with it, in words. `from`: the column of each field.
pub fn values(cells: &[String], fields: &[FormField], from: &[Option<usize>]) -> Result<Map<String, Value>, String> {
    let mut values = Map::new();
    for (field, column) in fields.iter().zip(from) {
        if let Some(cell) = column.and_then(|column| cells.get(column)) {
            values.insert(field.key.clone(), field.kind.read(cell));
        }
    }
    fill_form(fields, &values).map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use model::definition::FormFieldKind;
    use serde_json::json;

    use super::*;

    fn field(key: &str, label: &str, kind: FormFieldKind, required: bool) -> FormField {
        FormField {
            key: key.into(),
            label: label.into(),
            kind,
            required,
            default: None,
            choices: Vec::new(),
            help: String::new(),
        }
    }

    #[test]
    fn tables_come_with_commas_semicolons_and_tabs() {
        let cells = |text: &str| read(text).map(|table| (table.columns, table.rows));
        let wanted = Ok((vec!["Name".to_owned(), "Note".to_owned()], vec![vec!["Ada".to_owned(), "a, b; c".to_owned()]]));
        assert_eq!(cells("Name,Note\nAda,\"a, b; c\"\n"), wanted);
        assert_eq!(cells("\u{feff}Name;Note\r\nAda;\"a, b; c\"\r\n\r\n"), wanted);
        assert_eq!(cells("Name\tNote\n Ada \ta, b; c"), wanted);
        assert_eq!(cells("Name,Note"), Err(Unreadable::NoRows));
        assert_eq!(cells(""), Err(Unreadable::NoRows));
        let many = format!("n\n{}", "1\n".repeat(NewRows::MOST + 1));
        assert_eq!(cells(&many), Err(Unreadable::TooMany(NewRows::MOST + 1)));
    }

    #[test]
    fn columns_find_their_fields_by_name() {
        let fields = [
            field("e_mail", "E-mail", FormFieldKind::Email, true),
            field("count", "How many", FormFieldKind::Number, false),
            field("news", "News", FormFieldKind::Switch, false),
        ];
        let columns = ["COUNT", "email", "other"].map(str::to_owned);
        let from = matching(&columns, &fields);
        assert_eq!(from, [Some(1), Some(0), None]);
        let row = |cells: [&str; 3]| values(&cells.map(str::to_owned), &fields, &from).map(Value::Object);
        assert_eq!(row(["3", "ada@example.com", "x"]), Ok(json!({ "e_mail": "ada@example.com", "count": 3 })));
        assert_eq!(row(["", "ada@example.com", ""]), Ok(json!({ "e_mail": "ada@example.com" })));
        assert_eq!(row(["many", "ada@example.com", ""]), Err("“How many” must be a number.".into()));
        assert_eq!(row(["3", "", ""]), Err("“E-mail” is required.".into()));
        // A line that is shorter than the first.
        assert_eq!(values(&["3".to_owned()], &fields, &from), Err("“E-mail” is required.".into()));
    }
}
