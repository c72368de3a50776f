//! Statements with bound parameters, and reading rows. Parameters written by hand are `$1`, `$2` ... on both databases.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, DbBackend, ExecResult, QueryResult, Statement, TryGetable, Value};

use crate::Error;

/// Rows of one statement: its text stays the same for each of these counts, so that prepared statements are used again.
const BUCKETS: [usize; 8] = [128, 64, 32, 16, 8, 4, 2, 1];
/// SQLite and PostgreSQL both take more; beyond this a statement gets slow to bind.
const MAX_PARAMETERS: usize = 30_000;

/// One statement with its parameters.
pub(crate) async fn exec(db: &impl ConnectionTrait, sql: impl Into<String>, values: Vec<Value>) -> Result<ExecResult, Error> {
    Ok(db.execute_raw(statement(db, sql, values)).await?)
}

pub(crate) async fn all(
    db: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<Vec<QueryResult>, Error> {
    Ok(db.query_all_raw(statement(db, sql, values)).await?)
}

pub(crate) async fn one(
    db: &impl ConnectionTrait,
    sql: impl Into<String>,
    values: Vec<Value>,
) -> Result<Option<QueryResult>, Error> {
    Ok(db.query_one_raw(statement(db, sql, values)).await?)
}

/// PostgreSQL's texts cannot hold the character 0, which may come in from outside; it is replaced by the usual mark.
fn statement(db: &impl ConnectionTrait, sql: impl Into<String>, mut values: Vec<Value>) -> Statement {
    let backend = db.get_database_backend();
    if backend == DbBackend::Postgres {
        for value in &mut values {
            if let Value::String(Some(text)) = value
                && text.contains('\0')
            {
                *text = text.replace('\0', "\u{fffd}");
            }
        }
    }
    Statement::from_sql_and_values(backend, sql, values)
}

/// Reads a column by its place in the select list.
pub(crate) fn get<T: TryGetable>(row: &QueryResult, index: usize) -> Result<T, Error> {
    Ok(row.try_get_by_index(index)?)
}

/// The type of a column in a list of rows; PostgreSQL needs it said where no table says it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Int,
    Text,
    Bytes,
}

/// A statement over many rows: `head`, the rows as `($1, $2), ($3, $4)`, `tail`.
///
/// Run in as few pieces as the buckets allow. `tail` may use no parameters of its own; put constants into the rows or the text.
pub(crate) struct Bulk {
    pub head: &'static str,
    pub tail: &'static str,
    pub columns: &'static [Kind],
}

impl Bulk {
    pub(crate) async fn exec(&self, db: &impl ConnectionTrait, values: Vec<Value>) -> Result<(), Error> {
        for (sql, values) in self.pieces(db.get_database_backend(), values) {
            exec(db, sql, values).await?;
        }
        Ok(())
    }

    /// For statements that give rows back.
    pub(crate) async fn query(&self, db: &impl ConnectionTrait, values: Vec<Value>) -> Result<Vec<QueryResult>, Error> {
        let mut found = Vec::new();
        for (sql, values) in self.pieces(db.get_database_backend(), values) {
            found.append(&mut all(db, sql, values).await?);
        }
        Ok(found)
    }

    fn pieces(&self, backend: DbBackend, values: Vec<Value>) -> Vec<(String, Vec<Value>)> {
        let width = self.columns.len();
        debug_assert_eq!(values.len() % width, 0, "whole rows");
        let mut left = values.len() / width;
        let mut values = values.into_iter();
        let mut pieces = Vec::new();
        while left > 0 {
            let rows = bucket(left, width);
            pieces.push((self.text(backend, rows), values.by_ref().take(rows * width).collect()));
            left -= rows;
        }
        pieces
    }

    fn text(&self, backend: DbBackend, rows: usize) -> String {
        let mut sql = String::with_capacity(self.head.len() + self.tail.len() + rows * self.columns.len() * 8);
        sql.push_str(self.head);
        let mut n = 0;
        for row in 0..rows {
            sql.push_str(if row == 0 { "(" } else { ", (" });
            for (at, kind) in self.columns.iter().enumerate() {
                n += 1;
                let comma = if at == 0 { "" } else { ", " };
                let cast = match kind {
                    Kind::Int => "::bigint",
                    Kind::Text => "::text",
                    Kind::Bytes => "::bytea",
                };
                // Writing to a String cannot fail.
                let _ = match backend {
                    DbBackend::Postgres => write!(sql, "{comma}${n}{cast}"),
                    // SQLite looks a numbered parameter up by its name, one by one: thousands of them take longer than the rest.
                    _ => write!(sql, "{comma}?"),
                };
            }
            sql.push(')');
        }
        sql.push_str(self.tail);
        sql
    }
}

fn bucket(left: usize, width: usize) -> usize {
    BUCKETS.into_iter().find(|size| *size <= left && size * width <= MAX_PARAMETERS).unwrap_or(1)
}

/// `head ($1, $2 ...) tail` for a list of ids, in pieces; the rows of all of them.
pub(crate) async fn all_in(db: &impl ConnectionTrait, head: &str, tail: &str, ids: &[i64]) -> Result<Vec<QueryResult>, Error> {
    all_in_with(db, head, tail, &[], ids).await
}

/// The same with parameters of its own, which come first: `$1` ... in `head` and `tail`.
pub(crate) async fn all_in_with(
    db: &impl ConnectionTrait,
    head: &str,
    tail: &str,
    own: &[Value],
    ids: &[i64],
) -> Result<Vec<QueryResult>, Error> {
    let mut found = Vec::new();
    for (sql, values) in in_list(db.get_database_backend(), head, tail, own, ids) {
        found.append(&mut all(db, sql, values).await?);
    }
    Ok(found)
}

pub(crate) async fn exec_in(db: &impl ConnectionTrait, head: &str, tail: &str, ids: &[i64]) -> Result<u64, Error> {
    let mut changed = 0;
    for (sql, values) in in_list(db.get_database_backend(), head, tail, &[], ids) {
        changed += exec(db, sql, values).await?.rows_affected();
    }
    Ok(changed)
}

fn in_list(backend: DbBackend, head: &str, tail: &str, own: &[Value], ids: &[i64]) -> Vec<(String, Vec<Value>)> {
    let numbered = backend == DbBackend::Postgres || !own.is_empty();
    let mut left = ids;
    let mut pieces = Vec::new();
    while !left.is_empty() {
        let (now, rest) = left.split_at(bucket(left.len(), 1));
        let mut sql = String::with_capacity(head.len() + tail.len() + now.len() * 5);
        sql.push_str(head);
        sql.push('(');
        for n in 1..=now.len() {
            let comma = if n == 1 { "" } else { ", " };
            let _ = if numbered { write!(sql, "{comma}${}", n + own.len()) } else { write!(sql, "{comma}?") };
        }
        sql.push(')');
        sql.push_str(tail);
        pieces.push((sql, own.iter().cloned().chain(now.iter().map(|id| Value::from(*id))).collect()));
        left = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_repeat_for_the_same_counts() {
        let bulk = Bulk { head: "INSERT INTO t (a, b) VALUES ", tail: "", columns: &[Kind::Int, Kind::Text] };
        let values = |rows: i64| (0..rows).flat_map(|n| [Value::from(n), Value::from("x")]).collect::<Vec<_>>();
        let pieces = bulk.pieces(DbBackend::Sqlite, values(5));
        assert_eq!(pieces.len(), 2);
        assert_eq!(pieces[1].0, "INSERT INTO t (a, b) VALUES (?, ?)");
        assert_eq!(pieces[0].1.len() + pieces[1].1.len(), 10);
        assert_eq!(bulk.pieces(DbBackend::Sqlite, values(4))[0].0, pieces[0].0);
        assert_eq!(bulk.text(DbBackend::Postgres, 1), "INSERT INTO t (a, b) VALUES ($1::bigint, $2::text)");
    }
}
