use std::sync::Arc;

use crate::store::transaction;
use model::{
    Role, Timestamp, WorkflowDefinition,
    api::WorkflowState,
    definition::Settings,
    ids::{EventId, RunId, TriggerId, WorkflowId, WorkspaceId},
    run::RunKind,
};
use sea_orm::{DatabaseTransaction, Value};

use super::{publish, row};
use crate::{
    Disposition, Error, NewEvent, Scope, Store, audit,
    connections::access,
    dialect::{for_share, for_update},
    limits::Limits,
    payload, polls,
    sql::{self, Bulk, Kind},
    store::Shared,
    subscriptions,
    writer::{NewRun, created, insert_runs},
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
    /// `schedules`: the next slot of every schedule trigger of the live version, for on and paused. One that was off is turned on only
    /// by whoever may use the connections it acts through, `Error::NotAllowed`; pausing and going on change nothing of what was allowed.
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
            let before: String = sql::get(&row, 2)?;
            let definition = live_definition(tx, id, live).await?;
            if before == "off" && state != WorkflowState::Off {
                access::check(tx, scope, &definition.through(), for_share(shared.backend)).await?;
            }
            if before != state.as_str() {
                let action = match state {
                    WorkflowState::Off => "workflow.turned_off",
                    WorkflowState::Paused => "workflow.paused",
                    WorkflowState::On if before == "paused" => "workflow.resumed",
                    WorkflowState::On => "workflow.turned_on",
                };
                audit::by(tx, shared, scope, action, id, serde_json::json!({ "version": live })).await?;
            }
            enter(tx, shared, scope.workspace, id, state, live).await?;
            publish::schedule(tx, shared, scope.workspace, id, state, schedules).await?;
            polls::plan(tx, shared, scope.workspace, id, state, live).await?;
            subscriptions::plan(tx, shared, scope.workspace, id, &definition).await
        })?;
        shared.cache.forget_workflow(id);
        shared.announce_work();
        Ok(())
    }
}

async fn live_definition(tx: &DatabaseTransaction, id: WorkflowId, live: u32) -> Result<WorkflowDefinition, Error> {
    let sql = "SELECT definition FROM workflow_version WHERE workflow_id = $1 AND version = $2";
    let row = sql::one(tx, sql, vec![id.0.into(), i64::from(live).into()]).await?;
    let bytes: Vec<u8> = sql::get(&row.ok_or(Error::NotFound("the version"))?, 0)?;
    payload::from_json(&bytes)
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
    match state {
        WorkflowState::On => {
            go_on(tx, id).await?;
            release(tx, shared, workspace, id, live).await
        }
        WorkflowState::Paused => hold_back(tx, id).await,
        // Turned off, held events and runs stay held: nothing that was acknowledged is dropped.
        WorkflowState::Off => Ok(()),
    }
}

/// Runs of a paused workflow that have not begun do not; those a person asked for do.
async fn hold_back(tx: &DatabaseTransaction, id: WorkflowId) -> Result<(), Error> {
    let waiting = "SELECT j.id FROM job j JOIN run r ON r.id = j.run_id WHERE j.queue = 'run' AND j.blocked IN (0, 1) AND j.workflow_id = $1
                   AND j.epoch = 0 AND r.kind NOT IN ('test', 'replay')";
    sql::exec(
        tx,
        format!("UPDATE run SET hold = 'paused' WHERE hold IS NULL AND epoch = 0 AND id IN ({waiting})"),
        vec![id.0.into()],
    )
    .await?;
    // The conditions once more: one that was just claimed has begun.
    let block = format!("UPDATE job SET blocked = blocked + 2 WHERE blocked IN (0, 1) AND epoch = 0 AND id IN ({waiting})");
    sql::exec(tx, block, vec![id.0.into()]).await?;
    Ok(())
}

async fn go_on(tx: &DatabaseTransaction, id: WorkflowId) -> Result<(), Error> {
    let held = "SELECT j.id FROM job j WHERE j.queue = 'run' AND j.blocked IN (2, 3) AND j.workflow_id = $1";
    sql::exec(tx, format!("UPDATE run SET hold = NULL WHERE hold = 'paused' AND id IN ({held})"), vec![id.0.into()]).await?;
    sql::exec(tx, format!("UPDATE job SET blocked = blocked - 2 WHERE id IN ({held})"), vec![id.0.into()]).await?;
    Ok(())
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
    // Of the transaction's own view: it may have just published them.
    let limits = limits(tx, id).await?;
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
            let run = created(shared, &new, Some(event), RunId(shared.next_id()))?;
            events.push((event, new, run));
        }
        let runs: Vec<NewRun<'_>> = events
            .iter()
            .map(|(event, new, run)| NewRun { run, new, event: Some(*event), limits, leased: false, paused: false })
            .collect();
        insert_runs(tx, shared, shared.next_id(), &runs).await?;
        let values = events.iter().flat_map(|(event, _, run)| [Value::from(event.0), run.run.0.into(), i64::from(live).into()]);
        RELEASED.exec(tx, values.collect()).await?;
    }
}

async fn limits(tx: &DatabaseTransaction, id: WorkflowId) -> Result<Limits, Error> {
    let row = sql::one(tx, "SELECT live_settings FROM workflow WHERE id = $1", vec![id.0.into()]).await?;
    let bytes = row.map(|row| sql::get::<Option<Vec<u8>>>(&row, 0)).transpose()?.flatten();
    Ok(Limits::of(&bytes.map_or(Ok(Settings::default()), |bytes| payload::from_json(&bytes))?))
}
