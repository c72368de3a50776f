//! A look is one commit: the events it found, the keys it knows from now on, and where the next one begins. Whoever looked at the same
//! time, or before an edit, finds another `seq` and writes nothing.

use model::{
    api::WorkflowState,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::Value as Json;

use super::{PollState, poll_key};
use crate::{
    Accepted, Error, NewEvent, Store, audit,
    dialect::for_share,
    sql::{self, Bulk, Kind},
    store::{Shared, transaction},
};

/// What one look leaves behind.
#[derive(Debug, Clone)]
pub struct PollLook {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    /// The version whose trigger looked.
    pub version: u32,
    /// Of the row the look began with; absent: there was none.
    pub seq: Option<i64>,
    pub state: PollState,
    /// SHA-256 of keys that are known from now on. Not those of events that run or are held: they bring their own.
    pub known: Vec<[u8; 32]>,
    /// For how long, in milliseconds; 0: for ever.
    pub keep_ms: u64,
    /// For the list of what was done.
    pub told: Option<Told>,
}

/// A line of the activity list.
#[derive(Debug, Clone)]
pub struct Told {
    pub action: &'static str,
    pub detail: Json,
}

impl Store {
    /// Writes a look and its events, all or nothing. Nothing is given back where nothing was written because the workflow, or where
    /// the trigger stands, changed since the look began: look again.
    pub async fn commit_look(&self, look: PollLook, events: Vec<NewEvent>) -> Result<Option<Vec<Accepted>>, Error> {
        if !events.is_empty() {
            let accepted = self.accept_look(look, events).await?;
            let has_moved = accepted.iter().any(|accepted| matches!(accepted, Accepted::Moved));
            return Ok((!has_moved).then_some(accepted));
        }
        let shared = &self.shared;
        let stands = transaction!(shared, |tx| {
            let sql = format!(
                "SELECT state, live_version FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL{}",
                for_share(shared.backend)
            );
            let row = sql::one(tx, sql, vec![look.workflow.0.into(), look.workspace.0.into()]).await?;
            let Some(row) = row else { return Ok(false) };
            let state: String = sql::get(&row, 0)?;
            let is_live = WorkflowState::parse(&state).is_some_and(|state| state != WorkflowState::Off)
                && sql::get::<Option<i64>>(&row, 1)? == Some(i64::from(look.version));
            if !is_live {
                return Ok(false);
            }
            apply(tx, shared, &look).await
        })?;
        if !stands {
            shared.cache.forget_workflow(look.workflow);
        }
        Ok(stands.then(Vec::new))
    }
}

const KNOWN: Bulk = Bulk {
    head: "WITH v (v_workspace, v_scope, v_hash, v_event, v_seen, v_expires) AS (VALUES ",
    tail: ") INSERT INTO dedupe (workspace_id, trigger_scope, hash, event_id, seen_at, expires_at)
            SELECT * FROM v WHERE v_workspace IS NOT NULL ON CONFLICT (workspace_id, trigger_scope, hash) DO UPDATE SET
            seen_at = excluded.seen_at, expires_at = excluded.expires_at",
    columns: &[Kind::Int, Kind::Text, Kind::Bytes, Kind::Int, Kind::Int, Kind::Int],
};

/// Within the transaction that holds the workflow's row. False: somebody else has changed where the trigger stands.
pub(crate) async fn apply(tx: &DatabaseTransaction, shared: &Shared, look: &PollLook) -> Result<bool, Error> {
    if !put(tx, shared, look).await? {
        return Ok(false);
    }
    let now = shared.now();
    let expires = match look.keep_ms {
        0 => None,
        ms => Some(now.plus_ms(i64::try_from(ms).unwrap_or(i64::MAX)).ms()),
    };
    let mut hashes = look.known.clone();
    // Sorted, so that two processes never wait for each other; a statement may not write one row twice.
    hashes.sort_unstable();
    hashes.dedup();
    let scope = poll_key(look.workflow, &look.trigger);
    let row = |hash: &[u8; 32]| {
        [
            Value::from(look.workspace.0),
            scope.as_str().into(),
            hash.to_vec().into(),
            // No event: it was there before, or makes none.
            0_i64.into(),
            now.ms().into(),
            expires.into(),
        ]
    };
    KNOWN.exec(tx, hashes.iter().flat_map(row).collect()).await?;
    if let Some(told) = &look.told {
        audit::write(tx, shared, look.workspace, "system", told.action, &look.workflow.to_string(), &told.detail).await?;
    }
    Ok(true)
}

async fn put(tx: &DatabaseTransaction, shared: &Shared, look: &PollLook) -> Result<bool, Error> {
    let state = &look.state;
    let error = state.error.as_ref();
    let mut values: Vec<Value> = vec![
        look.workflow.0.into(),
        look.trigger.as_str().into(),
        look.workspace.0.into(),
        shared.next_id().into(),
        state.phase.as_str().into(),
        state.fingerprint.as_str().into(),
        state.connection.map(|id| id.0).into(),
        state.cursor.clone().into(),
        i64::from(state.is_whole).into(),
        state.last_at.map(|at| at.ms()).into(),
        state.next_at.map(|at| at.ms()).into(),
        number(state.found),
        number(state.waiting),
        number(state.left_out),
        state.left_out_why.clone().into(),
        error.map(|error| error.class.as_str().to_owned()).into(),
        error.map(|error| error.code.clone()).into(),
        error.map(|error| error.message.clone()).into(),
        i64::from(state.failures).into(),
        state.note.clone().into(),
        state.note_at.map(|at| at.ms()).into(),
    ];
    let sql = match look.seq {
        None => {
            "INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, connection_id, cursor, is_whole, last_at,
             next_at, found, waiting, left_out, left_out_why, error_class, error_code, error_message, failures, note, note_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
             ON CONFLICT (workflow_id, trigger_id) DO NOTHING"
        }
        Some(seq) => {
            values.push(seq.into());
            "UPDATE poll SET seq = $4, phase = $5, fingerprint = $6, connection_id = $7, cursor = $8, is_whole = $9, last_at = $10,
             next_at = $11, found = $12, waiting = $13, left_out = $14, left_out_why = $15, error_class = $16, error_code = $17,
             error_message = $18, failures = $19, note = $20, note_at = $21
             WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3 AND seq = $22"
        }
    };
    Ok(sql::exec(tx, sql, values).await?.rows_affected() == 1)
}

fn number(count: u64) -> Value {
    i64::try_from(count).unwrap_or(i64::MAX).into()
}
