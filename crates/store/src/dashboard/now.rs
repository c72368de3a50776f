//! How things stand at the moment of asking. Every count stops somewhere, so that a flood does not make the dashboard slow just then.

use model::{
    Timestamp,
    api::{ConnectionName, DashboardNow, DashboardStorage, DeafTrigger, ScheduleSlot},
    ids::{ConnectionId, TriggerId, WorkflowId},
    run::{Hold, RunStatus},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value as Bound};

use crate::{
    Error,
    search::indexed,
    slots::{self, Slot},
    sql,
};

/// Live runs of a kind are counted up to here.
const MOST: u64 = 20_000;
const MOST_DEAF: usize = 20;
/// Entries of a list.
const SLOTS: usize = 5;

/// A condition on `alias.workflow_id`; only our own number gets into the statement.
fn only(workflow: Option<WorkflowId>, alias: &str) -> String {
    workflow.map_or(String::new(), |id| format!(" AND {alias}.workflow_id = {}", id.0))
}

pub(super) async fn read(
    tx: &DatabaseTransaction,
    workspace: i64,
    workflow: Option<WorkflowId>,
    at: Timestamp,
) -> Result<DashboardNow, Error> {
    let mut now = DashboardNow::default();
    let own = || -> Vec<Bound> { vec![workspace.into()] };
    let only_runs = only(workflow, "r");
    let backend = tx.get_database_backend();
    let (by_status, held) = (indexed(backend, "run_by_status"), indexed(backend, "run_held"));
    for (status, count) in
        [(RunStatus::Queued, &mut now.queued), (RunStatus::Running, &mut now.running), (RunStatus::Waiting, &mut now.waiting)]
    {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT r.id FROM run r{by_status} WHERE r.workspace_id = $1 AND r.status = '{}' AND r.kind <> 'test'{only_runs}
             LIMIT {MOST}) AS live",
            status.as_str()
        );
        *count = number(tx, sql, own()).await?;
    }
    let sql = format!(
        "SELECT live.hold, COUNT(*) FROM (SELECT r.hold FROM run r{held} WHERE r.workspace_id = $1 AND r.hold IS NOT NULL AND r.kind <> 'test'{only_runs}
         LIMIT {MOST}) AS live GROUP BY live.hold"
    );
    for row in sql::all(tx, sql, own()).await? {
        let count = sql::get::<i64>(&row, 1)?.unsigned_abs();
        let hold: String = sql::get(&row, 0)?;
        let place = match Hold::parse(&hold) {
            Some(Hold::Unknown) => &mut now.unknown,
            Some(Hold::Connection) => &mut now.for_connection,
            Some(Hold::Budget) => &mut now.for_budget,
            Some(Hold::Lane) => &mut now.in_order,
            Some(Hold::Paused) => &mut now.paused,
            Some(Hold::System) => &mut now.stopped,
            None => continue,
        };
        *place = count;
    }
    (now.backlog, now.backlog_age_ms) = backlog(tx, workspace, workflow, at).await?;
    let of = workflow.map_or("w.deleted_at IS NULL".to_owned(), |id| format!("w.id = {}", id.0));
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT e.id FROM event e WHERE e.state = 'held' AND e.state <> 'accepted' AND e.kind <> 'test'
         AND e.workflow_id IN (SELECT w.id FROM workflow w WHERE w.workspace_id = $1 AND {of}) LIMIT {MOST}) AS live"
    );
    now.held_events = number(tx, sql, own()).await?;
    let sql =
        "SELECT id, label, connector FROM connection WHERE workspace_id = $1 AND status = 'needs_reauth' ORDER BY id LIMIT 20";
    for row in sql::all(tx, sql, own()).await? {
        now.reconnect.push(ConnectionName {
            id: ConnectionId(sql::get(&row, 0)?),
            label: sql::get(&row, 1)?,
            connector: sql::get(&row, 2)?,
        });
    }
    now.deaf = deaf(tx, workspace, workflow).await?;
    Ok(now)
}

/// Triggers whose looks or webhooks fail, or that wait for a word.
async fn deaf(tx: &DatabaseTransaction, workspace: i64, workflow: Option<WorkflowId>) -> Result<Vec<DeafTrigger>, Error> {
    let on = format!("w.state = 'on' AND w.deleted_at IS NULL{}", only(workflow, "t"));
    let sql = format!(
        "SELECT t.workflow_id, w.name, t.trigger_id, t.failures, t.waiting, t.error_message FROM poll t JOIN workflow w ON w.id = t.workflow_id
         WHERE t.workspace_id = $1 AND (t.failures > 0 OR t.waiting > 0) AND {on}
         UNION ALL SELECT t.workflow_id, w.name, t.trigger_id, t.failures, CAST(0 AS BIGINT), t.error FROM subscription t JOIN workflow w ON w.id = t.workflow_id
         WHERE t.workspace_id = $1 AND t.failures > 0 AND {on} ORDER BY 4 DESC, 1 LIMIT {MOST_DEAF}"
    );
    let mut deaf = Vec::new();
    for row in sql::all(tx, sql, vec![workspace.into()]).await? {
        deaf.push(DeafTrigger {
            workflow: WorkflowId(sql::get(&row, 0)?),
            workflow_name: sql::get(&row, 1)?,
            trigger: TriggerId::from(sql::get::<String>(&row, 2)?.as_str()),
            failures: sql::get::<i64>(&row, 3)?.max(0).unsigned_abs(),
            waiting: sql::get::<i64>(&row, 4)?.max(0).unsigned_abs(),
            message: sql::get::<Option<String>>(&row, 5)?.unwrap_or_default(),
        });
    }
    Ok(deaf)
}

/// Runs that could be claimed, and for how many milliseconds the first one could.
async fn backlog(
    tx: &DatabaseTransaction,
    workspace: i64,
    workflow: Option<WorkflowId>,
    at: Timestamp,
) -> Result<(u64, i64), Error> {
    let ready = "j.queue = 'run' AND j.blocked = 0 AND j.available_at <= $2 AND j.lease_by IS NULL";
    let of = workflow.map_or("w.deleted_at IS NULL".to_owned(), |id| format!("w.id = {}", id.0));
    let count = format!(
        "SELECT COUNT(*) FROM (SELECT j.id FROM job j JOIN workflow w ON w.id = j.workflow_id
         WHERE w.workspace_id = $1 AND {of} AND {ready} LIMIT {MOST}) AS live"
    );
    // The first of each workflow through the index: no look at all of them.
    let oldest = format!(
        "SELECT MIN(first.at) FROM (SELECT (SELECT j.available_at FROM job j WHERE j.workflow_id = w.id AND {ready}
         ORDER BY j.available_at LIMIT 1) AS at FROM workflow w WHERE w.workspace_id = $1 AND {of}) AS first"
    );
    let values = || -> Vec<Bound> { vec![workspace.into(), at.ms().into()] };
    let count = number(tx, count, values()).await?;
    let oldest = sql::one(tx, oldest, values()).await?.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten();
    Ok((count, oldest.map_or(0, |oldest| (at.ms() - oldest).max(0))))
}

/// The next slots of schedules, and those that should have begun.
pub(super) async fn slots(
    tx: &DatabaseTransaction,
    workspace: i64,
    workflow: Option<WorkflowId>,
    at: Timestamp,
) -> Result<(Vec<ScheduleSlot>, Vec<ScheduleSlot>), Error> {
    let shown = |found: Vec<Slot>| {
        let shown = |Slot { workflow, workflow_name, trigger, at }| ScheduleSlot { workflow, workflow_name, trigger, at };
        found.into_iter().take(SLOTS).map(shown).collect()
    };
    let of = slots::Of { workspace, workflow, paused: false };
    Ok((shown(slots::next(tx, of, at, SLOTS).await?), shown(slots::late(tx, of, at).await?)))
}

pub(super) async fn storage(
    tx: &DatabaseTransaction,
    backend: DbBackend,
    workspace: i64,
    workflow: Option<WorkflowId>,
) -> Result<DashboardStorage, Error> {
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(r.succeeded + r.failed + r.filtered + r.cancelled), 0) AS BIGINT), CAST(COALESCE(SUM(r.bytes), 0) AS BIGINT)
         FROM rollup r WHERE r.width = 0 AND r.workflow_id IN (SELECT w.id FROM workflow w WHERE w.workspace_id = $1){}",
        only(workflow, "r")
    );
    let mut storage = DashboardStorage::default();
    if let Some(row) = sql::one(tx, sql, vec![workspace.into()]).await? {
        storage.runs = sql::get::<i64>(&row, 0)?.max(0).unsigned_abs();
        storage.run_bytes = sql::get::<i64>(&row, 1)?.max(0).unsigned_abs();
    }
    if workflow.is_none() {
        let sql = match backend {
            DbBackend::Postgres => "SELECT pg_database_size(current_database())",
            _ => "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        };
        storage.database_bytes = Some(number(tx, sql.to_owned(), Vec::new()).await?);
    }
    Ok(storage)
}

async fn number(tx: &DatabaseTransaction, sql: String, values: Vec<Bound>) -> Result<u64, Error> {
    let row = sql::one(tx, sql, values).await?;
    Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0).max(0).unsigned_abs())
}
