//! Pages of lists. A cursor names the last row of the page before.

use model::api::{Cursor, Page};

use crate::Error;

const DEFAULT: u32 = 50;
const MOST: u32 = 200;

/// Rows asked of the database: one more than shown, to know whether there are more.
pub(crate) fn limit(asked: Option<u32>) -> usize {
    asked.unwrap_or(DEFAULT).clamp(1, MOST) as usize
}

/// The id after which a page begins.
pub(crate) fn after(cursor: Option<&Cursor>) -> Result<Option<i64>, Error> {
    cursor.map(|cursor| cursor.0.parse().map_err(|_| Error::Invalid("the cursor is not one of ours".into()))).transpose()
}

/// Cuts the row too many off and names the last one.
pub(crate) fn page<T>(mut items: Vec<T>, limit: usize, id: impl Fn(&T) -> i64) -> Page<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(|last| Cursor(id(last).to_string()));
    Page { items, next }
}
