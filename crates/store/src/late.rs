//! Facts that come after a run's end: they are added to its journal and change nothing else.

use model::{
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{RunEvent, RunStatus},
};

use crate::{
    Error, RunChange, Store,
    payload::{self, FORMAT},
    sql,
    store::transaction,
};

/// What the journal of an ended run says.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedRun {
    /// Of the last row.
    pub seq: i64,
    /// Long values stand as references.
    pub journal: Vec<RunEvent>,
}

const ENDED: &str = "status IN ('succeeded', 'filtered', 'failed', 'cancelled')";

impl Store {
    /// The journal of a run that has ended; none when it lives or is no longer kept.
    pub async fn ended_run(&self, run: RunId) -> Result<Option<EndedRun>, Error> {
        let read = &self.shared.read;
        let row = sql::one(read, format!("SELECT seq FROM run WHERE id = $1 AND {ENDED}"), vec![run.0.into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let seq = sql::get(&row, 0)?;
        let mut journal = Vec::new();
        let rows = "SELECT format, events FROM journal WHERE run_id = $1 AND seq <= $2 ORDER BY seq";
        for row in sql::all(read, rows, vec![run.0.into(), i64::into(seq)]).await? {
            let events: Vec<u8> = sql::get(&row, 1)?;
            journal.extend(payload::decode(sql::get(&row, 0)?, &events)?);
        }
        Ok(Some(EndedRun { seq, journal }))
    }

    /// Adds facts to the journal of an ended run, after its row `seq`. `Error::Conflict`: another row stands there meanwhile.
    pub async fn note_on_ended(&self, run: RunId, seq: i64, mut events: Vec<RunEvent>) -> Result<(), Error> {
        let shared = &self.shared;
        let at = events.last().map_or_else(|| shared.now(), |event| event.at);
        let (journal, payloads) = payload::encode(&mut events)?;
        let (commit, next) = (shared.next_id(), seq + 1);
        let change = transaction!(shared, |tx| {
            let update = format!(
                "UPDATE run SET seq = $3 WHERE id = $1 AND seq = $2 AND {ENDED} RETURNING workspace_id, workflow_id, status"
            );
            let row = sql::one(tx, update, vec![run.0.into(), seq.into(), next.into()]).await?;
            let row = row.ok_or(Error::Conflict { current: seq })?;
            let insert = "INSERT INTO journal (run_id, seq, at, format, commit_id, events) VALUES ($1, $2, $3, $4, $5, $6)";
            let values = vec![run.0.into(), next.into(), at.ms().into(), FORMAT.into(), commit.into(), journal.clone().into()];
            sql::exec(tx, insert, values).await?;
            for row in &payloads {
                let insert =
                    "INSERT INTO payload (owner, hash, bytes, body) VALUES ($1, $2, $3, $4) ON CONFLICT (owner, hash) DO NOTHING";
                let bytes = row.body.len() as i64;
                sql::exec(tx, insert, vec![run.0.into(), row.hash.clone().into(), bytes.into(), row.body.clone().into()]).await?;
            }
            let status: String = sql::get(&row, 2)?;
            Ok(RunChange {
                run,
                workspace: WorkspaceId(sql::get(&row, 0)?),
                workflow: WorkflowId(sql::get(&row, 1)?),
                status: RunStatus::parse(&status).unwrap_or_default(),
                seq: next,
            })
        })?;
        shared.announce(change);
        Ok(())
    }
}
