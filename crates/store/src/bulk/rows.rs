//! The rows of a table that is run: one line of JSON each, in a column that only the pieces read.

use model::{api::NewRows, ids::JobId};
use sea_orm::{ConnectionTrait, Value};
use serde_json::{Map, Value as Json};

use super::Request;
use crate::{Error, Store, payload, sql};

/// JSON writes no line break, so a piece finds its lines without reading the others.
pub(super) fn lines(rows: &[Map<String, Json>]) -> Result<Vec<u8>, Error> {
    let mut lines = Vec::new();
    for row in rows {
        lines.append(&mut payload::json(row)?);
        lines.push(b'\n');
    }
    Ok(lines)
}

/// A row with its place in the table.
type Placed = (usize, Map<String, Json>);

/// Up to `most` rows from `first` on.
pub(super) fn piece(lines: &[u8], first: usize, most: usize) -> Result<Vec<Placed>, Error> {
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.enumerate().skip(first).take(most).map(|(at, line)| Ok((at, payload::from_json(line)?))).collect()
}

/// Which rows a piece takes.
pub(super) struct Due {
    pub first: usize,
    pub most: usize,
}

impl Due {
    /// As many as are due in a second.
    pub fn of(before: i64, per_minute: u32, most: u32) -> Due {
        Due { first: usize::try_from(before).unwrap_or_default(), most: per_minute.div_ceil(60).min(most) as usize }
    }

    /// Where the next piece begins.
    pub fn next(&self, total: u64) -> Option<i64> {
        let end = self.first.saturating_add(self.most);
        ((end as u64) < total).then_some(end as i64)
    }
}

impl Store {
    /// Nothing where they are forgotten.
    pub(super) async fn bulk_rows(&self, id: JobId) -> Result<Option<Vec<u8>>, Error> {
        let row = sql::one(&self.shared.read, "SELECT rows FROM bulk WHERE id = $1", vec![id.0.into()]).await?;
        Ok(row.map(|row| sql::get(&row, 0)).transpose()?.flatten())
    }
}

/// The rows of a table that is over are people's data nobody needs any more; their events have them.
pub(super) async fn forget_rows(tx: &impl ConnectionTrait, id: JobId) -> Result<(), Error> {
    let own = || vec![Value::from(id.0)];
    let row = sql::one(tx, "UPDATE bulk SET rows = NULL WHERE id = $1 RETURNING request", own()).await?;
    let Some(row) = row else { return Ok(()) };
    // Of before there was the column.
    if let Request::Rows { workflow, table, total } = payload::from_json(&sql::get::<Vec<u8>>(&row, 0)?)? {
        let table = NewRows { rows: Vec::new(), ..table };
        let kept = payload::json(&Request::Rows { workflow, table, total })?;
        sql::exec(tx, "UPDATE bulk SET request = $2 WHERE id = $1", vec![id.0.into(), kept.into()]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_piece_reads_its_own_lines() {
        let row = |value: &str| json!({ "note": value }).as_object().unwrap().clone();
        let rows = [row("one\ntwo"), row("<img onerror=x>"), Map::new(), row("\u{2028}\u{202e}\0")];
        let all = lines(&rows).unwrap();
        assert_eq!(piece(&all, 1, 2).unwrap(), [(1, rows[1].clone()), (2, rows[2].clone())]);
        assert_eq!(piece(&all, 3, 9).unwrap(), [(3, rows[3].clone())]);
        assert!(piece(&all, 4, 9).unwrap().is_empty() && piece(&[], 0, 9).unwrap().is_empty());
        // What another row says is none of a piece's business.
        let torn = [b"{}\n".as_slice(), b"{ torn\n".as_slice()].concat();
        assert_eq!(piece(&torn, 0, 1).unwrap().len(), 1);
        assert!(piece(&torn, 1, 1).is_err());
    }
}
