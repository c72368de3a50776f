//! Places in line: runs with equal order keys go one after the other, and begins are spaced out where a workflow asks for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::{Timestamp, run::RunKind};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Value};
use sha2::{Digest, Sha256};

use super::{NewEvent, runs::NewRun};
use crate::{
    Error,
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// Longer keys, in bytes, stand in indexes as their hash.
const LONGEST_KEY: usize = 300;

/// Where a new run stands.
pub(super) struct Place {
    pub lane: Option<String>,
    pub position: Option<i64>,
    /// Nobody of its lane is before it.
    pub first: bool,
    /// Absent: at once.
    pub begins_at: Option<Timestamp>,
}

/// A key as indexes hold it, and give it back: not every database keeps the character 0.
pub(crate) fn short_key(key: &str) -> String {
    let is_kept = key.len() <= LONGEST_KEY && !key.contains('\0');
    if is_kept { key.to_owned() } else { format!("sha256:{}", hex::encode(Sha256::digest(key.as_bytes()))) }
}

/// Takes places at the ends of lanes; the rows stay locked, so that whoever leaves a lane meanwhile sees the new run or waits.
const ENTER: Bulk = Bulk {
    head: "WITH v (v_workflow, v_key, v_workspace, v_count) AS (VALUES ",
    tail: ") INSERT INTO lane (workflow_id, order_key, workspace_id, tail, head)
            SELECT v_workflow, v_key, v_workspace, v_count, 0 FROM v WHERE v_workflow IS NOT NULL
            ON CONFLICT (workflow_id, order_key) DO UPDATE SET tail = lane.tail + excluded.tail
            RETURNING workflow_id, order_key, tail, head",
    columns: &[Kind::Int, Kind::Text, Kind::Int, Kind::Int],
};

pub(super) async fn places(tx: &DatabaseTransaction, shared: &Shared, runs: &[NewRun<'_>]) -> Result<Vec<Place>, Error> {
    let nowhere = || Place { lane: None, position: None, first: true, begins_at: None };
    let mut places: Vec<Place> = runs.iter().map(|_| nowhere()).collect();
    // In the order of their keys, so that two processes never wait for each other.
    let mut lanes: BTreeMap<(i64, String), Vec<usize>> = BTreeMap::new();
    let mut spaced: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate().filter(|(_, run)| !matches!(run.new.kind, RunKind::Test { .. })) {
        if let Some(lane) = lane_of(run.new) {
            lanes.entry(lane).or_default().push(at);
        }
        if run.limits.gap_ms > 0 {
            spaced.entry(run.new.workflow.0).or_default().push(at);
        }
    }
    if !lanes.is_empty() {
        let values = lanes.iter().flat_map(|((workflow, key), members)| {
            [Value::from(*workflow), key.clone().into(), runs[members[0]].new.workspace.0.into(), (members.len() as i64).into()]
        });
        for row in ENTER.query(tx, values.collect()).await? {
            let lane = (sql::get(&row, 0)?, sql::get::<String>(&row, 1)?);
            let (tail, head): (i64, i64) = (sql::get(&row, 2)?, sql::get(&row, 3)?);
            let Some(members) = lanes.get(&lane) else { continue };
            let before = tail - members.len() as i64;
            for (n, at) in (0..).zip(members) {
                places[*at].lane = Some(lane.1.clone());
                places[*at].position = Some(before + n);
                places[*at].first = before + n == head;
            }
        }
    }
    for (workflow, members) in spaced {
        let begins = space(tx, shared, workflow, runs[members[0]].limits.gap_ms, members.len()).await?;
        for (at, begins_at) in members.into_iter().zip(begins) {
            places[at].begins_at = Some(begins_at);
        }
    }
    Ok(places)
}

/// The next times at which runs of a workflow may begin.
async fn space(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workflow: i64,
    gap_ms: i64,
    count: usize,
) -> Result<Vec<Timestamp>, Error> {
    let now = shared.now();
    // Touched first: the row is there and locked when it is read.
    let touch = "INSERT INTO gate (workflow_id, next_at) VALUES ($1, $2)
                 ON CONFLICT (workflow_id) DO UPDATE SET next_at = gate.next_at RETURNING next_at";
    let row = sql::one(tx, touch, vec![workflow.into(), now.ms().into()]).await?;
    let mut next = row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0);
    if next > now.ms().saturating_add(gap_ms) {
        next -= close_up(tx, workflow, gap_ms, now, next).await?;
    }
    let first = Timestamp(next.max(now.ms()));
    let begins: Vec<Timestamp> = (0..count as i64).map(|n| first.plus_ms(n.saturating_mul(gap_ms))).collect();
    let next = first.plus_ms((count as i64).saturating_mul(gap_ms));
    sql::exec(tx, "UPDATE gate SET next_at = $2 WHERE workflow_id = $1", vec![workflow.into(), next.ms().into()]).await?;
    Ok(begins)
}

/// Begins lie close together. Where they do not, because the clock was ahead for a while when they were given out or because others that
/// stood before them are gone, they are brought forward by what is returned, in milliseconds. Runs that have begun keep the times they
/// wait for.
async fn close_up(tx: &DatabaseTransaction, workflow: i64, gap_ms: i64, now: Timestamp, next: i64) -> Result<i64, Error> {
    let first = "SELECT MIN(available_at) FROM job WHERE queue = 'run' AND workflow_id = $1 AND blocked = 0 AND epoch = 0
                 AND available_at > $2 AND available_at < $3";
    let row = sql::one(tx, first, vec![workflow.into(), now.ms().into(), super::NEVER.into()]).await?;
    let first = row.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten();
    let by = first.unwrap_or(next) - now.ms().saturating_add(gap_ms);
    if by <= gap_ms {
        return Ok(0);
    }
    tracing::info!(workflow.id = workflow, by_ms = by, "runs that wait to begin are brought forward");
    let shift = "UPDATE job SET available_at = available_at - $3 WHERE queue = 'run' AND workflow_id = $1 AND epoch = 0
                 AND available_at > $2 AND available_at < $4";
    sql::exec(tx, shift, vec![workflow.into(), now.ms().into(), by.into(), super::NEVER.into()]).await?;
    Ok(by)
}

/// A run that leaves its lane: it has ended, or lets others pass. `was_first`: it was not behind another one.
pub(crate) struct Leaving {
    pub workflow: i64,
    pub lane: String,
    pub was_first: bool,
}

/// PostgreSQL: in the order of their keys, so that two flushes never wait for each other.
const LOCK: Bulk = Bulk {
    head: "WITH v (v_workflow, v_key) AS (VALUES ",
    tail: ") SELECT 1 FROM lane l WHERE (l.workflow_id, l.order_key) IN (SELECT v_workflow, v_key FROM v)
            ORDER BY l.workflow_id, l.order_key FOR UPDATE",
    columns: &[Kind::Int, Kind::Text],
};

/// PostgreSQL: locks all lanes a transaction is to enter or leave before it takes anything else but their workflows. One after the other,
/// as they come up, two transactions would wait for each other.
pub(crate) async fn lock_ahead(
    tx: &DatabaseTransaction,
    entering: impl IntoIterator<Item = (i64, String)>,
    leaving: &[i64],
) -> Result<(), Error> {
    if tx.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let mut lanes: BTreeSet<(i64, String)> = entering.into_iter().collect();
    let head = "SELECT workflow_id, lane FROM job WHERE lane IS NOT NULL AND id IN ";
    for row in sql::all_in(tx, head, "", leaving).await? {
        lanes.insert((sql::get(&row, 0)?, sql::get(&row, 1)?));
    }
    let keys = lanes.into_iter().flat_map(|(workflow, lane)| [Value::from(workflow), lane.into()]);
    LOCK.query(tx, keys.collect()).await.map(drop)
}

/// The lane of a new run.
pub(super) fn lane_of(new: &NewEvent) -> Option<(i64, String)> {
    let key = new.order_key.as_deref().filter(|key| !key.is_empty())?;
    (!matches!(new.kind, RunKind::Test { .. })).then(|| (new.workflow.0, short_key(key)))
}

const LEAVE: Bulk = Bulk {
    head: "WITH v (v_workflow, v_key, v_count) AS (VALUES ",
    tail: ") UPDATE lane SET head = head + v_count FROM v WHERE lane.workflow_id = v_workflow AND lane.order_key = v_key",
    columns: &[Kind::Int, Kind::Text, Kind::Int],
};

/// Who is next in each lane.
const NEXT: Bulk = Bulk {
    head: "WITH v (v_workflow, v_key) AS (VALUES ",
    tail: ") SELECT (SELECT j.id FROM job j WHERE j.workflow_id = v_workflow AND j.lane = v_key AND j.blocked IN (1, 3)
            ORDER BY j.position LIMIT 1) FROM v WHERE v_workflow IS NOT NULL",
    columns: &[Kind::Int, Kind::Text],
};

const EMPTY: Bulk = Bulk {
    head: "WITH v (v_workflow, v_key) AS (VALUES ",
    tail: ") DELETE FROM lane WHERE head >= tail AND (workflow_id, order_key) IN (SELECT v_workflow, v_key FROM v)",
    columns: &[Kind::Int, Kind::Text],
};

/// Lets the next of each lane begin. The jobs of those that leave are deleted, or out of the lane, already. True: somebody may begin.
pub(crate) async fn leave_lanes(tx: &DatabaseTransaction, leaving: &[Leaving]) -> Result<bool, Error> {
    let mut lanes: BTreeMap<(i64, &str), (i64, bool)> = BTreeMap::new();
    for one in leaving {
        let (count, freed) = lanes.entry((one.workflow, one.lane.as_str())).or_default();
        *count += 1;
        *freed |= one.was_first;
    }
    if lanes.is_empty() {
        return Ok(false);
    }
    let key = |(workflow, lane): &(i64, &str)| [Value::from(*workflow), (*lane).into()];
    if tx.get_database_backend() == DbBackend::Postgres {
        LOCK.query(tx, lanes.keys().flat_map(key).collect()).await?;
    }
    let left = lanes.iter().flat_map(|(lane, (count, _))| key(lane).into_iter().chain([Value::from(*count)]));
    LEAVE.exec(tx, left.collect()).await?;
    let freed: Vec<Value> = lanes.iter().filter(|(_, (_, freed))| *freed).flat_map(|(lane, _)| key(lane)).collect();
    let mut next = Vec::new();
    for row in NEXT.query(tx, freed).await? {
        next.extend(sql::get::<Option<i64>>(&row, 0)?);
    }
    sql::exec_in(tx, "UPDATE job SET blocked = blocked - 1 WHERE blocked IN (1, 3) AND id IN ", "", &next).await?;
    // Whoever comes first now may still wait for a paused workflow.
    let hold = "UPDATE run SET hold = (SELECT CASE WHEN job.blocked = 2 THEN 'paused' END FROM job WHERE job.id = run.id)
                WHERE hold = 'lane' AND id IN ";
    sql::exec_in(tx, hold, "", &next).await?;
    EMPTY.exec(tx, lanes.keys().flat_map(key).collect()).await?;
    Ok(!next.is_empty())
}

/// Takes those of the parked runs whose lanes allow it out of them, so that the next ones go on. True: somebody may begin.
pub(crate) async fn let_others_pass(tx: &DatabaseTransaction, parked: &[i64]) -> Result<bool, Error> {
    let head = "SELECT id, workflow_id, lane FROM job WHERE lane IS NOT NULL AND lane_pass = 1 AND id IN ";
    let mut leaving = Vec::new();
    let mut passed = HashMap::new();
    for row in sql::all_in(tx, head, "", parked).await? {
        let lane: String = sql::get(&row, 2)?;
        // Lists of ids may name one twice.
        if passed.insert(sql::get::<i64>(&row, 0)?, ()).is_none() {
            leaving.push(Leaving { workflow: sql::get(&row, 1)?, lane, was_first: true });
        }
    }
    let passed: Vec<i64> = passed.into_keys().collect();
    sql::exec_in(tx, "UPDATE job SET lane = NULL WHERE id IN ", "", &passed).await?;
    leave_lanes(tx, &leaving).await
}
