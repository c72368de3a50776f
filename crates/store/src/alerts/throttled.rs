//! Connections whose rate budget makes runs wait. A run that gets no permit is parked anew each time, so since when runs wait is kept
//! beside them.

use std::collections::HashMap;

use model::{
    Timestamp,
    ids::{ConnectionId, WorkspaceId},
};
use sea_orm::Value;

use crate::{Error, Store, search::indexed, sql, store::transaction};

/// Runs that wait are counted up to here.
const MOST: u64 = 20_000;
/// After so long without a run that waits, in milliseconds, it is over: between two permits nobody may be seen waiting.
const GAP_MS: i64 = 120_000;

/// A connection whose budget is used up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThrottledFact {
    pub connection: ConnectionId,
    pub label: String,
    pub connector: String,
    /// Runs that wait for it at this moment.
    pub waiting: u64,
    /// Since when runs have been waiting for it.
    pub since: Timestamp,
    /// How often the other side refused calls as too many, within the last hour.
    pub limited: u64,
}

impl Store {
    /// Connections that have made runs wait since `before` or longer. To be asked every few seconds: it is what keeps the time.
    pub async fn throttled(&self, workspace: WorkspaceId, before: Timestamp) -> Result<Vec<ThrottledFact>, Error> {
        let waiting = self.waiting_for_budgets(workspace).await?;
        self.note_throttled(workspace, &waiting).await?;
        let sql = "SELECT t.connection_id, c.label, c.connector, t.since FROM throttled t
                   JOIN connection c ON c.id = t.connection_id AND c.workspace_id = t.workspace_id
                   WHERE t.workspace_id = $1 AND t.since <= $2 ORDER BY t.connection_id";
        let mut facts = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into(), before.ms().into()]).await? {
            let connection = ConnectionId(sql::get(&row, 0)?);
            facts.push(ThrottledFact {
                connection,
                label: sql::get(&row, 1)?,
                connector: sql::get(&row, 2)?,
                waiting: waiting.get(&connection).copied().unwrap_or_default(),
                since: Timestamp(sql::get(&row, 3)?),
                limited: 0,
            });
        }
        if !facts.is_empty() {
            let limited = self.limited_last_hour(workspace).await?;
            for fact in &mut facts {
                fact.limited = limited.get(&fact.connection).copied().unwrap_or_default();
            }
        }
        Ok(facts)
    }

    /// Runs by the connection they wait for a permit of.
    async fn waiting_for_budgets(&self, workspace: WorkspaceId) -> Result<HashMap<ConnectionId, u64>, Error> {
        let shared = &self.shared;
        let sql = format!(
            "SELECT held.hold_ref, COUNT(*) FROM (SELECT r.hold_ref FROM run r{} WHERE r.workspace_id = $1 AND r.hold = 'budget'
             AND r.hold IS NOT NULL AND r.hold_ref IS NOT NULL AND r.kind <> 'test' LIMIT {MOST}) AS held GROUP BY held.hold_ref",
            indexed(shared.backend, "run_held")
        );
        let rows = sql::all(&shared.read, sql, vec![workspace.0.into()]).await?;
        rows.iter().map(|row| Ok((ConnectionId(sql::get(row, 0)?), sql::get::<i64>(row, 1)?.unsigned_abs()))).collect()
    }

    /// Remembers who makes runs wait now, and forgets who no longer does. Most of the time nothing is written.
    async fn note_throttled(&self, workspace: WorkspaceId, waiting: &HashMap<ConnectionId, u64>) -> Result<(), Error> {
        let (shared, now) = (&self.shared, self.now());
        let known = "SELECT connection_id FROM throttled WHERE workspace_id = $1 LIMIT 1";
        if waiting.is_empty() && sql::one(&shared.read, known, vec![workspace.0.into()]).await?.is_none() {
            return Ok(());
        }
        transaction!(shared, |tx| {
            // First, so that who waits again after a while begins anew.
            let forget = "DELETE FROM throttled WHERE workspace_id = $1 AND seen_at < $2";
            sql::exec(tx, forget, vec![workspace.0.into(), now.plus_ms(-GAP_MS).ms().into()]).await?;
            let note = "INSERT INTO throttled (connection_id, workspace_id, since, seen_at) VALUES ($1, $2, $3, $3)
                        ON CONFLICT (connection_id) DO UPDATE SET seen_at = excluded.seen_at";
            for connection in waiting.keys() {
                let values: Vec<Value> = vec![connection.0.into(), workspace.0.into(), now.ms().into()];
                sql::exec(tx, note, values).await?;
            }
            Ok(())
        })
    }
}
