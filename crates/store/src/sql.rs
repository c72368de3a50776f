//! Statements with bound parameters, and reading rows. Parameters written by hand are `$1`, `$2` ... on both databases.

use std::{borrow::Cow, fmt::Write as _};

use sea_orm::{ConnectionTrait, DbBackend, ExecResult, QueryResult, Statement, TryGetable, Value};

use crate::Error;

/// Rows of one statement. Fewer are filled up with rows of nulls, so that few texts are in use and stay prepared, and each set is
/// one statement.
const SIZES: [usize; 12] = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128];
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

fn statement(db: &impl ConnectionTrait, sql: impl Into<String>, mut values: Vec<Value>) -> Statement {
    let backend = db.get_database_backend();
    for value in &mut values {
        if let Value::String(Some(text)) = value
            && let Cow::Owned(kept) = kept(backend, text)
        {
            *text = kept;
        }
    }
    Statement::from_sql_and_values(backend, sql, values)
}

/// A text as the database keeps it and gives it back. PostgreSQL's cannot hold the character 0, which may come in from outside; it is
/// replaced by the usual mark.
pub(crate) fn kept(backend: DbBackend, text: &str) -> Cow<'_, str> {
    if backend == DbBackend::Postgres && text.contains('\0') { text.replace('\0', "\u{fffd}").into() } else { text.into() }
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

/// A statement over many rows: `head`, the rows as `(?, ?), (?, ?)`, `tail`.
///
/// The rows stand in a `WITH v (...) AS (VALUES ...)`; some may hold nothing but nulls, which `tail` must pass over. It may use no
/// parameters of its own.
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
            let size = size(left, width);
            let rows = size.min(left);
            let mut piece = Vec::with_capacity(size * width);
            piece.extend(values.by_ref().take(rows * width));
            for _ in rows..size {
                piece.extend(self.columns.iter().map(|kind| kind.null()));
            }
            pieces.push((self.text(backend, size), piece));
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

/// The smallest size that holds everything, or the largest there is.
fn size(left: usize, width: usize) -> usize {
    let fits = |size: &&usize| **size * width <= MAX_PARAMETERS;
    SIZES.iter().filter(fits).find(|size| **size >= left).or_else(|| SIZES.iter().rfind(fits)).copied().unwrap_or(1)
}

impl Kind {
    fn null(self) -> Value {
        match self {
            Kind::Int => Value::BigInt(None),
            Kind::Text => Value::String(None),
            Kind::Bytes => Value::Bytes(None),
        }
    }
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
    while let Some(last) = left.last() {
        let size = size(left.len(), 1);
        let (now, rest) = left.split_at(size.min(left.len()));
        let mut sql = String::with_capacity(head.len() + tail.len() + size * 5);
        sql.push_str(head);
        sql.push('(');
        for n in 1..=size {
            let comma = if n == 1 { "" } else { ", " };
            let _ = if numbered { write!(sql, "{comma}${}", n + own.len()) } else { write!(sql, "{comma}?") };
        }
        sql.push(')');
        sql.push_str(tail);
        // Naming an id twice changes nothing.
        let ids = now.iter().chain(std::iter::repeat(last)).take(size).map(|id| Value::from(*id));
        pieces.push((sql, own.iter().cloned().chain(ids).collect()));
        left = rest;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    const BULK: Bulk = Bulk { head: "WITH v (a, b) AS (VALUES ", tail: ") SELECT", columns: &[Kind::Int, Kind::Text] };

    fn values(rows: i64) -> Vec<Value> {
        (0..rows).flat_map(|n| [Value::from(n), Value::from("x")]).collect()
    }

    #[test]
    fn a_few_texts_serve_every_count() {
        let mut texts = std::collections::HashSet::new();
        for rows in 1..=300 {
            let pieces = BULK.pieces(DbBackend::Sqlite, values(rows));
            assert_eq!(pieces.len() as i64, (rows + 127) / 128);
            let filled = pieces
                .iter()
                .flat_map(|(_, values)| values)
                .filter(|value| **value != Value::BigInt(None) && **value != Value::String(None));
            assert!(filled.eq(values(rows).iter()), "every row once and in order");
            texts.extend(pieces.into_iter().map(|(sql, _)| sql));
        }
        assert!(texts.len() <= SIZES.len());
        assert_eq!(BULK.text(DbBackend::Postgres, 1), "WITH v (a, b) AS (VALUES ($1::bigint, $2::text)) SELECT");
        assert_eq!(BULK.text(DbBackend::Sqlite, 2), "WITH v (a, b) AS (VALUES (?, ?), (?, ?)) SELECT");
    }

    #[test]
    fn lists_name_every_id() {
        let ids: Vec<i64> = (0..131).collect();
        let pieces = in_list(DbBackend::Postgres, "x IN ", "", &["own".into()], &ids);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[1].0.ends_with("($2, $3, $4, $5)"));
        assert_eq!(pieces[1].1, vec!["own".into(), 128_i64.into(), 129_i64.into(), 130_i64.into(), 130_i64.into()]);
        assert!(in_list(DbBackend::Sqlite, "x IN ", "", &[], &[]).is_empty());
    }
}
