//! A run for each row of a table.

use model::api::{Bulk, BulkState};

use super::plural;
use crate::moment::number;

pub const OPEN: &str = "Run for many…";
pub const TITLE: &str = "Run for many";
pub const INTRO: &str = "One run of the published version for each row. Nothing begins before every row fits the form.";
pub const TABLE: &str = "Table";
pub const TABLE_HINT: &str = "Paste from a spreadsheet, or a CSV file’s text. The first line names the columns.";
pub const TABLE_EXAMPLE: &str = "Name,E-mail\nAda,ada@example.com";
pub const FILE: &str = "Choose a CSV file";
pub const NO_ROWS: &str = "There is no row below the line that names the columns.";
pub const BROKEN: &str = "This cannot be read as a table: a quote may be missing its end.";
pub const COLUMNS: &str = "Which column goes where";
pub const NO_COLUMN: &str = "Leave empty";
pub const PREVIEW: &str = "The first rows";
pub const ROW: &str = "Row";
pub const PACE: &str = "Pace";
pub const PACES: [(u32, &str); 4] =
    [(1_200, "As fast as it goes: 20 a second"), (60, "One a second"), (10, "Ten a minute"), (1, "One a minute")];
pub const SEE_RUNS: &str = "See the runs";
pub const STOP: &str = "Stop";
pub const ANOTHER: &str = "Another table";

pub fn too_many(rows: usize) -> String {
    format!("{} rows are too many at once: at most {} go.", number(rows as u64), number(model::api::NewRows::MOST as u64))
}

pub fn column_of(field: &str) -> String {
    format!("Column for {field}")
}

pub fn wrong_row(row: usize, why: &str) -> String {
    format!("Row {row}: {why}")
}

pub fn wrong_rows(rows: usize) -> String {
    format!("{} fit yet", plural(rows as u64, "row does not", "rows do not"))
}

pub fn start(rows: usize) -> String {
    match rows {
        0 => "Start".into(),
        rows => format!("Start {}", plural(rows as u64, "run", "runs")),
    }
}

/// How long all of it takes.
pub fn takes(rows: usize, per_minute: u32) -> String {
    match (rows as u64).div_ceil(u64::from(per_minute.max(1))) {
        0 | 1 => "They begin within a minute.".into(),
        minutes if minutes < 120 => format!("The last begins in about {}.", plural(minutes, "minute", "minutes")),
        minutes => format!("The last begins in about {}.", plural(minutes / 60, "hour", "hours")),
    }
}

pub fn progress(bulk: &Bulk) -> String {
    let behind = format!("{} of {} begun", number(bulk.done), plural(bulk.total.unwrap_or_default(), "run", "runs"));
    let refused = if bulk.failed > 0 { format!(", {} refused", number(bulk.failed)) } else { String::new() };
    let state = match bulk.state {
        BulkState::Running => "",
        BulkState::Finished => " Done.",
        BulkState::Stopped => " Stopped; what has begun goes on.",
        BulkState::Failed => " It could not go on.",
    };
    format!("{behind}{refused}.{state}")
}
