//! Batches of collect steps: joining them, and the run that goes on when one closes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use model::{
    ids::{RunId, StepId, TriggerId, WorkflowId, WorkspaceId},
    run::{Datum, RunEvent, RunEventKind, RunKind, RunStatus},
    step::Collect,
};
use sea_orm::{DatabaseTransaction, Value};
use serde_json::json;

use super::{CollectJoin, Disposition, Lease, NewEvent, lanes::short_key, prepare, prepare::PreparedAppend, runs};
use crate::{
    Error, NewJob, RunChange,
    dialect::for_share,
    limits::Limits,
    payload,
    queue::{COLLECT, put_job},
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// Bytes of JSON: a batch that grows beyond closes, whatever its count.
const MAX_BYTES: i64 = 32 * 1024 * 1024;

/// Locks the rows of the batches, made where there are none.
const LOCK: Bulk = Bulk {
    head: "WITH v (v_workflow, v_step, v_key, v_workspace, v_label, v_version, v_trigger) AS (VALUES ",
    tail: ") INSERT INTO collect (workflow_id, step, key, workspace_id, label, version, trigger_id, batch, count, bytes)
            SELECT v_workflow, v_step, v_key, v_workspace, v_label, v_version, v_trigger, 0, 0, 0 FROM v WHERE v_workflow IS NOT NULL
            ON CONFLICT (workflow_id, step, key) DO UPDATE SET version = excluded.version, trigger_id = excluded.trigger_id
            RETURNING workflow_id, step, key, batch, count, bytes",
    columns: &[Kind::Int, Kind::Text, Kind::Text, Kind::Int, Kind::Text, Kind::Int, Kind::Text],
};

const ITEMS: Bulk = Bulk {
    head: "WITH v (v_batch, v_position, v_run, v_item) AS (VALUES ",
    tail: ") INSERT INTO collect_item (batch, position, run_id, item) SELECT * FROM v WHERE v_batch IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Bytes],
};

const UPDATE: Bulk = Bulk {
    head: "WITH v (v_workflow, v_step, v_key, v_batch, v_count, v_bytes) AS (VALUES ",
    tail: ") UPDATE collect SET batch = v_batch, count = v_count, bytes = v_bytes FROM v
            WHERE collect.workflow_id = v_workflow AND collect.step = v_step AND collect.key = v_key",
    columns: &[Kind::Int, Kind::Text, Kind::Text, Kind::Int, Kind::Int, Kind::Int],
};

const DELETE: Bulk = Bulk {
    head: "WITH v (v_workflow, v_step, v_key) AS (VALUES ",
    tail: ") DELETE FROM collect WHERE (workflow_id, step, key) IN (SELECT v_workflow, v_step, v_key FROM v)",
    columns: &[Kind::Int, Kind::Text, Kind::Text],
};

/// A batch that is full or whose time has come.
pub(crate) struct Closing {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub step: StepId,
    /// In full.
    pub key: String,
    pub batch: i64,
    pub version: u32,
    pub trigger: TriggerId,
    /// `count`, `time` or `schedule`.
    pub by: &'static str,
}

/// What joining made of the commits.
#[derive(Default)]
pub(super) struct Joined {
    /// The events of runs that joined, with their places, and the same encoded.
    pub places: HashMap<i64, (Vec<RunEvent>, Vec<u8>)>,
    pub begun: Vec<RunChange>,
}

struct Open {
    batch: i64,
    count: i64,
    bytes: i64,
    /// Its first item came with this transaction, and names a time to close at.
    timed: Option<NewJob>,
}

type Key = (i64, String, String);

/// Adds the items to their batches, in the order of the runs, and begins the runs of those that are full.
pub(super) async fn join(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    appends: &[&PreparedAppend],
) -> Result<Joined, Error> {
    let mut joined = Joined::default();
    let mut groups: BTreeMap<Key, Vec<(&PreparedAppend, usize)>> = BTreeMap::new();
    for prepared in appends {
        for (at, join) in prepared.append.collect.iter().enumerate() {
            let key = (prepared.append.lease.workflow.0, join.step.0.clone(), short_key(&join.key));
            groups.entry(key).or_default().push((prepared, at));
        }
    }
    if groups.is_empty() {
        return Ok(joined);
    }
    let mut open = lock(tx, &groups).await?;
    let (mut items, mut closing, mut untimed) = (Vec::new(), Vec::new(), Vec::new());
    for (key, members) in &groups {
        let open = open.get_mut(key).ok_or_else(|| Error::Database("the row of a batch was not made".into()))?;
        for (prepared, at) in members {
            let (lease, join, item) = (&prepared.append.lease, &prepared.append.collect[*at], &prepared.items[*at]);
            if open.count == 0 {
                open.batch = shared.next_id();
                open.timed = timed(lease, join, open.batch);
            }
            open.count += 1;
            open.bytes += item.len() as i64;
            items.extend([Value::from(open.batch), open.count.into(), lease.run.0.into(), item.clone().into()]);
            let place = json!({ "batch": open.batch.to_string(), "position": open.count });
            let events = joined.places.entry(lease.run.0).or_insert_with(|| (prepared.append.events.clone(), Vec::new()));
            put_in_place(&mut events.0, join, place);
            let most = join.count.unwrap_or(Collect::MAX_ITEMS).min(Collect::MAX_ITEMS);
            if open.count >= i64::from(most) || open.bytes >= MAX_BYTES {
                if open.timed.take().is_none() {
                    untimed.push(open.batch);
                }
                closing.push((closing_of(lease, join, open.batch), prepared.limits));
                (open.count, open.bytes) = (0, 0);
            }
        }
    }
    ITEMS.exec(tx, items).await?;
    for (closing, limits) in &closing {
        joined.begun.push(close(tx, shared, commit, closing, *limits).await?);
    }
    for batch in untimed {
        sql::exec(tx, "DELETE FROM job WHERE kind = $1 AND key = $2", vec![COLLECT.into(), batch.to_string().into()]).await?;
    }
    for events in joined.places.values_mut() {
        events.1 = payload::row(&events.0)?;
    }
    keep(tx, shared, open).await?;
    Ok(joined)
}

async fn lock(
    tx: &DatabaseTransaction,
    groups: &BTreeMap<Key, Vec<(&PreparedAppend, usize)>>,
) -> Result<BTreeMap<Key, Open>, Error> {
    let mut values = Vec::new();
    for (key, members) in groups {
        let Some((prepared, at)) = members.last() else { continue };
        let (lease, join) = (&prepared.append.lease, &prepared.append.collect[*at]);
        values.extend([
            Value::from(key.0),
            key.1.clone().into(),
            key.2.clone().into(),
            lease.workspace.0.into(),
            join.key.clone().into(),
            i64::from(join.version).into(),
            join.trigger.0.clone().into(),
        ]);
    }
    let mut open = BTreeMap::new();
    for row in LOCK.query(tx, values).await? {
        let key: Key = (sql::get(&row, 0)?, sql::get(&row, 1)?, sql::get(&row, 2)?);
        open.insert(key, Open { batch: sql::get(&row, 3)?, count: sql::get(&row, 4)?, bytes: sql::get(&row, 5)?, timed: None });
    }
    Ok(open)
}

/// Writes how the batches stand now; rows of empty ones go.
async fn keep(tx: &DatabaseTransaction, shared: &Shared, open: BTreeMap<Key, Open>) -> Result<(), Error> {
    let (mut update, mut delete) = (Vec::new(), Vec::new());
    for ((workflow, step, key), open) in open {
        if open.count == 0 {
            delete.extend([Value::from(workflow), step.into(), key.into()]);
            continue;
        }
        update.extend([Value::from(workflow), step.into(), key.into(), open.batch.into(), open.count.into(), open.bytes.into()]);
        if let Some(job) = &open.timed {
            put_job(tx, shared, job).await?;
        }
    }
    UPDATE.exec(tx, update).await?;
    DELETE.exec(tx, delete).await
}

fn timed(lease: &Lease, join: &CollectJoin, batch: i64) -> Option<NewJob> {
    let by = if join.by_schedule { "schedule" } else { "time" };
    Some(NewJob {
        workspace: lease.workspace,
        workflow: Some(lease.workflow),
        kind: COLLECT.into(),
        key: batch.to_string(),
        available_at: join.closes_at?,
        body: json!({ "step": join.step, "key": short_key(&join.key), "by": by }),
    })
}

fn closing_of(lease: &Lease, join: &CollectJoin, batch: i64) -> Closing {
    Closing {
        workspace: lease.workspace,
        workflow: lease.workflow,
        step: join.step.clone(),
        key: join.key.clone(),
        batch,
        version: join.version,
        trigger: join.trigger.clone(),
        by: "count",
    }
}

fn put_in_place(events: &mut [RunEvent], join: &CollectJoin, place: serde_json::Value) {
    for event in events {
        if let RunEventKind::StepFinished { path, output, .. } = &mut event.kind
            && *path == join.path
        {
            *output = Datum::new(place.clone());
        }
    }
}

/// Begins the run that goes on with a batch. The batch's row is locked by the caller, who also takes it away.
pub(crate) async fn close(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    closing: &Closing,
    limits: Limits,
) -> Result<RunChange, Error> {
    let sql = "SELECT item FROM collect_item WHERE batch = $1 ORDER BY position";
    let mut items: Vec<serde_json::Value> = Vec::new();
    for row in sql::all(tx, sql, vec![closing.batch.into()]).await? {
        let item: Vec<u8> = sql::get(&row, 0)?;
        items.push(payload::from_json(&item)?);
    }
    // Without a key all items go into one batch.
    let key = Some(&closing.key).filter(|key| !key.is_empty());
    let output = json!({ "count": items.len(), "items": items, "key": key, "closed_by": closing.by });
    let new = NewEvent {
        workspace: closing.workspace,
        workflow: closing.workflow,
        trigger: closing.trigger.clone(),
        version: closing.version,
        kind: RunKind::Collected { step: closing.step.clone() },
        dedupe: None,
        payload: Arc::new(serde_json::Value::Null),
        files: Vec::new(),
        received_at: shared.now(),
        order_key: None,
        disposition: Disposition::Run,
        definition: None,
        given: vec![(closing.step.clone(), output.into())],
        lease_ms: None,
        reply: false,
    };
    let run = RunId(shared.next_id());
    let created = prepare::created(shared, &new, None, run)?;
    // Locked: whoever lets the workflow go on either sees the new run or is seen here.
    let sql = format!("SELECT state FROM workflow WHERE id = $1{}", for_share(shared.backend));
    let row = sql::one(tx, sql, vec![closing.workflow.0.into()]).await?;
    let state: Option<String> = row.map(|row| sql::get(&row, 0)).transpose()?;
    let paused = state.as_deref() == Some("paused");
    let new_run = runs::NewRun { run: &created, new: &new, event: None, limits, leased: false, paused };
    runs::insert_runs(tx, shared, commit, &[new_run]).await?;
    let members = "INSERT INTO collect_member (run_id, position, member_run_id)
                   SELECT $1, position, run_id FROM collect_item WHERE batch = $2";
    sql::exec(tx, members, vec![run.0.into(), closing.batch.into()]).await?;
    sql::exec(tx, "DELETE FROM collect_item WHERE batch = $1", vec![closing.batch.into()]).await?;
    Ok(RunChange { run, workspace: closing.workspace, workflow: closing.workflow, status: RunStatus::Queued, seq: 0 })
}
