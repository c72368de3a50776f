//! What writing rows costs at the least, for measurements: the rows one database holds, written once more by nothing but a loop. Not in
//! the product.

use sea_orm::{QueryResult, TransactionTrait, Value};

use crate::{Error, Store, sql};

/// The tables that accepting an event fills.
const TABLES: [&str; 4] = ["event", "run", "journal", "job"];

/// The rows of one table, oldest first, and the statement that writes one.
struct Table {
    insert: String,
    rows: Vec<Vec<Value>>,
}

/// Rows of a database, to be written elsewhere.
pub struct Rows {
    tables: Vec<Table>,
    /// The commits that wrote them.
    pub commits: usize,
}

impl Rows {
    pub async fn of(store: &Store) -> Result<Rows, Error> {
        let db = &store.shared.read;
        let mut tables = Vec::new();
        for name in TABLES {
            let key = if name == "journal" { "run_id" } else { "id" };
            let found = sql::all(db, format!("SELECT * FROM {name} ORDER BY {key}"), Vec::new()).await?;
            let columns = found.first().map(QueryResult::column_names).unwrap_or_default();
            let places: Vec<String> = (1..=columns.len()).map(|n| format!("${n}")).collect();
            let insert = format!("INSERT INTO {name} ({}) VALUES ({})", columns.join(", "), places.join(", "));
            let rows = found.iter().map(|row| (0..columns.len()).map(|at| value(row, at)).collect()).collect::<Result<_, _>>()?;
            tables.push(Table { insert, rows });
        }
        let commits = sql::one(db, "SELECT COUNT(DISTINCT commit_id) FROM journal", Vec::new()).await?;
        let commits = commits.as_ref().map_or(Ok(0), |row| sql::get::<i64>(row, 0))?;
        Ok(Rows { tables, commits: usize::try_from(commits).unwrap_or_default() })
    }

    pub fn count(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }

    /// Writes them, one statement for each row, in as many commits.
    pub async fn write(self, to: &Store) -> Result<(), Error> {
        let commits = self.commits.max(1);
        let mut left: Vec<_> =
            self.tables.into_iter().map(|table| (table.insert, table.rows.len(), table.rows.into_iter())).collect();
        for n in 1..=commits {
            let tx = to.shared.write.begin().await?;
            for (insert, all, rows) in &mut left {
                let end = *all * n / commits;
                let written = *all - rows.len();
                for row in rows.by_ref().take(end - written) {
                    sql::exec(&tx, insert.as_str(), row).await?;
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

/// A cell, whatever it holds.
fn value(row: &QueryResult, at: usize) -> Result<Value, Error> {
    if let Ok(number) = sql::get::<Option<i64>>(row, at) {
        return Ok(number.into());
    }
    match sql::get::<Option<String>>(row, at) {
        Ok(text) => Ok(text.into()),
        Err(_) => Ok(sql::get::<Option<Vec<u8>>>(row, at)?.into()),
    }
}
