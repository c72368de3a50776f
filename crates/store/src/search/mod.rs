//! Finding runs and events among millions by what no index knows: the search goes back window by window, each bounded in rows, so that a
//! rare match costs neither a long statement nor an answer that never comes.

mod events;
mod filter;
mod keys;
#[cfg(test)]
mod plans;
mod runs;

pub use events::FoundEvent;
pub(crate) use filter::{Narrowed, SLOW_MS, escaped};

use model::ids::WorkspaceId;
use sea_orm::{DbBackend, Value};

use crate::{Error, sql, store::Shared};

/// Rows looked through by one statement.
pub(crate) const WINDOW: usize = 20_000;
/// Windows per page; what was found until then is answered, with a cursor to go on.
pub(crate) const WINDOWS: usize = 20;

impl Shared {
    /// The id at which a window of `rows` rows before `before` ends; nothing when fewer are left. `table`: `run r`, with its conditions; an
    /// index may be named after it.
    pub(crate) async fn window(
        &self,
        table: &str,
        conditions: &str,
        values: &[Value],
        before: i64,
        (order, rows): (&str, usize),
    ) -> Result<Option<i64>, Error> {
        let alias = table.split(' ').nth(1).unwrap_or(table);
        let sql = format!(
            "SELECT {alias}.id FROM {table} WHERE {conditions} AND {alias}.id < {before} ORDER BY {order} LIMIT 1 OFFSET {}",
            rows.saturating_sub(1)
        );
        sql::one(&self.read, sql, values.to_vec()).await?.map(|row| sql::get(&row, 0)).transpose()
    }
}

/// Put after the table's name and alias: SQLite, which knows nothing of how many rows have which value, takes this index. PostgreSQL knows
/// and chooses by itself.
pub(crate) fn indexed(backend: DbBackend, index: &str) -> String {
    if backend == DbBackend::Postgres { String::new() } else { format!(" INDEXED BY {index}") }
}

/// `workspace_id` as the first parameter of every search.
fn own(workspace: WorkspaceId) -> Vec<Value> {
    vec![workspace.0.into()]
}
