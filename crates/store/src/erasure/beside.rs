//! What stands beside runs and events: simulated accounts, tables that are being run, and why something failed.

use sea_orm::Value;

use super::{
    Pass,
    parts::{ROWS, count},
};
use crate::{Error, Store, masking::MASK, sql};

/// Somebody may write a simulated account at the same moment.
const TRIES: usize = 5;

/// Texts of a table in which the value is replaced. Names of tables and columns are ours.
struct Texts {
    table: &'static str,
    /// They narrow the rows; the text itself says which of them it is.
    key: &'static [&'static str],
    /// The workflow a row is about, or `NULL`.
    workflow: &'static str,
    texts: &'static [&'static str],
}

const TEXTS: [Texts; 4] = [
    Texts {
        table: "telling",
        key: &["alert_id", "channel_id"],
        workflow: "(SELECT a.workflow_id FROM alert a WHERE a.id = telling.alert_id)",
        texts: &["error"],
    },
    Texts { table: "channel", key: &["id"], workflow: "CAST(NULL AS BIGINT)", texts: &["error"] },
    Texts { table: "poll", key: &["workflow_id"], workflow: "workflow_id", texts: &["error_message", "left_out_why", "note"] },
    Texts { table: "subscription", key: &["id"], workflow: "workflow_id", texts: &["error"] },
];

impl Store {
    /// The value is replaced in what a simulated account remembers; one that is no document without it is forgotten as a whole.
    pub(super) async fn sandboxes_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT connection_id FROM sandbox_account WHERE workspace_id = $1 AND connection_id > $2 ORDER BY connection_id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, ROWS).await?;
        for row in &rows {
            if self.sandbox(pass, sql::get(row, 0)?).await? {
                count(pass, None).samples += 1;
            }
        }
        Ok(last)
    }

    /// Whether it holds, or held, the value.
    async fn sandbox(&self, pass: &Pass, connection: i64) -> Result<bool, Error> {
        for _ in 0..TRIES {
            let sql = "SELECT revision, state FROM sandbox_account WHERE connection_id = $1";
            let Some(row) = sql::one(&self.shared.read, sql, vec![connection.into()]).await? else { return Ok(false) };
            let (revision, state): (i64, Vec<u8>) = (sql::get(&row, 0)?, sql::get(&row, 1)?);
            if !pass.needle.is_in(&state) {
                return Ok(false);
            }
            if !pass.erases {
                return Ok(true);
            }
            let masked = std::str::from_utf8(&state).ok().and_then(|text| pass.needle.out_of(text, MASK));
            let masked = masked.filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
            let mut values: Vec<Value> = vec![connection.into(), revision.into()];
            let sql = match masked {
                Some(text) => {
                    values.push(text.into_bytes().into());
                    "UPDATE sandbox_account SET revision = revision + 1, state = $3 WHERE connection_id = $1 AND revision = $2"
                }
                None => "DELETE FROM sandbox_account WHERE connection_id = $1 AND revision = $2",
            };
            if sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0 {
                return Ok(true);
            }
        }
        Err(Error::Unavailable("a simulated account is written all the time".into()))
    }

    /// Rows of tables that are being run become runs within minutes: as runs under way they are told and stay.
    pub(super) async fn tables_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT id, done + skipped + failed, rows FROM bulk WHERE workspace_id = $1 AND id > $2 AND rows IS NOT NULL
                   AND finished_at IS NULL ORDER BY id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, 1).await?;
        for row in &rows {
            let (begun, lines): (i64, Vec<u8>) = (sql::get(row, 1)?, sql::get(row, 2)?);
            let left = lines.split(|byte| *byte == b'\n').skip(usize::try_from(begun).unwrap_or(0));
            let found = left.filter(|line| pass.needle.is_in(line)).count() as u64;
            if found > 0 {
                count(pass, None).live_runs += found;
            }
        }
        Ok(last)
    }

    /// That something failed stays; the value in its words is replaced. All of it in one piece: there are as many rows as triggers,
    /// channels and messages of the last alerts.
    pub(super) async fn texts(&self, pass: &mut Pass) -> Result<(), Error> {
        for Texts { table, key, workflow, texts } in TEXTS {
            let any: Vec<String> = texts.iter().map(|text| format!("{text} IS NOT NULL")).collect();
            let sql = format!(
                "SELECT {workflow}, {}, {} FROM {table} WHERE workspace_id = $1 AND ({})",
                key.join(", "),
                texts.join(", "),
                any.join(" OR ")
            );
            for row in sql::all(&self.shared.read, sql, vec![pass.workspace.0.into()]).await? {
                let mut changes = Vec::new();
                for (at, text) in texts.iter().enumerate() {
                    let said: Option<String> = sql::get(&row, 1 + key.len() + at)?;
                    changes.extend(said.and_then(|said| Some((text, said.clone(), pass.needle.out_of(&said, MASK)?))));
                }
                if changes.is_empty() {
                    continue;
                }
                count(pass, sql::get::<Option<i64>>(&row, 0)?).alerts += 1;
                if !pass.erases {
                    continue;
                }
                for (text, said, masked) in changes {
                    let mut values: Vec<Value> = vec![masked.into(), said.into()];
                    let mut own = Vec::new();
                    for (at, column) in key.iter().enumerate() {
                        values.push(sql::get::<i64>(&row, 1 + at)?.into());
                        own.push(format!("{column} = ${}", values.len()));
                    }
                    // What somebody has written since is not overwritten with the former words.
                    let sql = format!("UPDATE {table} SET {text} = $1 WHERE {text} = $2 AND {}", own.join(" AND "));
                    sql::exec(&self.shared.write, sql, values).await?;
                }
            }
        }
        Ok(())
    }
}
