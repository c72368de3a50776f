use std::sync::Arc;

use crate::store::transaction;
use model::{
    Role, Timestamp,
    api::WorkflowState,
    ids::{EventId, TriggerId, WorkflowId, WorkspaceId},
    run::RunKind,
};
use sea_orm::{DatabaseTransaction, Value};

use super::{publish, row};
use crate::{
    Disposition, Error, NewEvent, Scope, Store,
    dialect::for_update,
    sql::{self, Bulk, Kind},
    store::Shared,
    writer::{Outcome, PreparedEvent, created, insert_runs},
};

/// Held events turned into runs at a time.
const SLICE: usize = 500;

const RELEASED: Bulk = Bulk {
    head: "WITH v (v_id, v_run, v_version) AS (VALUES ",
    tail: ") UPDATE event SET state = 'accepted', reason = NULL, run_id = v_run, version = v_version FROM v WHERE event.id = v_id",
    columns: &[Kind::Int, Kind::Int, Kind::Int],
};

impl Store {
    /// On, off or paused. Going on releases held events, oldest first, into runs of the version that is live then.
    /// `schedules`: the next slot of every schedule trigger of the live version, for on and paused.
    pub async fn set_state(
        &self,
        scope: &Scope,
        id: WorkflowId,
        state: WorkflowState,
        schedules: &[(TriggerId, Timestamp)],
    ) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let row = row(tx, scope.workspace, id, for_update(shared.backend)).await?;
            let live = sql::get::<Option<i64>>(&row, 3)?.and_then(|version| u32::try_from(version).ok());
            let Some(live) = live else {
                return if state == WorkflowState::Off {
                    Ok(())
                } else {
                    Err(Error::Invalid("the workflow was never published; publish it first".into()))
                };
            };
            enter(tx, shared, scope.workspace, id, state, live).await?;
            publish::schedule(tx, shared, scope.workspace, id, state, schedules).await
        })?;
        shared.cache.forget_workflow(id);
        shared.announce_work();
        Ok(())
    }
}

/// Writes the state, and what it means for held events. The workflow's row is locked by the caller.
pub(super) async fn enter(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workspace: WorkspaceId,
    id: WorkflowId,
    state: WorkflowState,
    live: u32,
) -> Result<(), Error> {
    let sql = "UPDATE workflow SET state = $2, updated_at = $3 WHERE id = $1";
    sql::exec(tx, sql, vec![id.0.into(), state.as_str().into(), shared.now().ms().into()]).await?;
    // Turned off, held events stay held: nothing that was acknowledged is dropped.
    if state == WorkflowState::On { release(tx, shared, workspace, id, live).await } else { Ok(()) }
}

/// Runs for the held events, in the order they were accepted in.
async fn release(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workspace: WorkspaceId,
    id: WorkflowId,
    live: u32,
) -> Result<(), Error> {
    let nothing = Arc::new(serde_json::Value::Null);
    loop {
        let sql = format!(
            "SELECT id, trigger_id, order_key, received_at FROM event
             WHERE workflow_id = $1 AND state = 'held' AND state <> 'accepted' ORDER BY id LIMIT {SLICE}"
        );
        let rows = sql::all(tx, sql, vec![id.0.into()]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            let event = EventId(sql::get(row, 0)?);
            let new = NewEvent {
                workspace,
                workflow: id,
                trigger: TriggerId(sql::get(row, 1)?),
                version: live,
                kind: RunKind::Live,
                dedupe: None,
                payload: nothing.clone(),
                files: Vec::new(),
                received_at: Timestamp(sql::get(row, 3)?),
                order_key: sql::get(row, 2)?,
                disposition: Disposition::Run,
                definition: None,
                given: Vec::new(),
                lease_ms: None,
                reply: false,
            };
            let run = Some(created(shared, &new, event)?);
            events.push(PreparedEvent { new, event, run, payload: Vec::new(), dedupe: None, bytes: 0 });
        }
        let outcomes: Vec<Outcome> =
            events.iter().map(|_| Outcome::Run { leased: false, workflow_name: String::new() }).collect();
        insert_runs(tx, shared, shared.next_id(), &events.iter().collect::<Vec<_>>(), &outcomes).await?;
        let released = events.iter().filter_map(|event| event.run.as_ref().map(|run| (event, run)));
        let values = released.flat_map(|(event, run)| [Value::from(event.event.0), run.run.0.into(), i64::from(live).into()]);
        RELEASED.exec(tx, values.collect()).await?;
    }
}
