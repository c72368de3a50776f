use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};

use crate::store::transaction;
use model::{
    Timestamp,
    ids::{RunId, WorkflowId, WorkspaceId},
    run::{RunEvent, SignalKind},
};
use sea_orm::DatabaseTransaction;
use serde_json::Value;

use super::{Claimed, Signal};
use crate::{Error, Lease, Store, dialect::skip_locked, failpoint, payload, sql, store::Shared};

/// Workflows looked at in one claim; the next claim goes on with those after them.
const WORKFLOWS: usize = 16;

/// Every workflow with runs in the queue and when its first one is available, by steps through the index instead of reading
/// every job.
pub(super) const WAITING: &str = "
    WITH RECURSIVE w (id) AS (
        SELECT MIN(workflow_id) FROM job WHERE queue = 'run' AND blocked = 0
        UNION ALL
        SELECT (SELECT MIN(j.workflow_id) FROM job j WHERE j.queue = 'run' AND j.blocked = 0 AND j.workflow_id > w.id)
        FROM w WHERE w.id IS NOT NULL
    )
    SELECT w.id, (SELECT MIN(j.available_at) FROM job j WHERE j.queue = 'run' AND j.blocked = 0 AND j.workflow_id = w.id)
        AS available FROM w WHERE w.id IS NOT NULL";

struct Taken {
    lease: Lease,
    version: u32,
    event: Option<i64>,
    claims: u32,
    signalled: bool,
}

impl Store {
    /// Takes up to `max` runs, round the workflows. Each is the caller's for `lease_ms` from now.
    pub async fn claim_runs(&self, max: usize, lease_ms: i64) -> Result<Vec<Claimed>, Error> {
        let shared = &self.shared;
        let workflows = shared.ready().await?;
        if workflows.is_empty() || max == 0 {
            shared.backlog.store(!workflows.is_empty(), Ordering::Relaxed);
            return Ok(Vec::new());
        }
        let taken = transaction!(shared, |tx| take(tx, shared, &workflows, max, lease_ms).await)?;
        if !taken.is_empty() {
            failpoint::reach("claim.after_commit");
        }
        shared.backlog.store(taken.len() >= max, Ordering::Relaxed);
        if let Some(last) = taken.last() {
            shared.turn.store(last.lease.workflow.0, Ordering::Relaxed);
        }
        shared.load(taken).await
    }
}

impl Shared {
    /// Workflows with a run to claim, beginning after the one that had its turn last.
    async fn ready(&self) -> Result<Vec<i64>, Error> {
        let now = self.now().ms();
        let mut ready = Vec::new();
        for row in sql::all(&self.read, WAITING, Vec::new()).await? {
            let available: Option<i64> = sql::get(&row, 1)?;
            if available.is_some_and(|at| at <= now) {
                ready.push(sql::get::<i64>(&row, 0)?);
            }
        }
        let turn = self.turn.load(Ordering::Relaxed);
        let first = ready.partition_point(|workflow| *workflow <= turn);
        ready.rotate_left(first);
        ready.truncate(WORKFLOWS);
        Ok(ready)
    }

    /// Reads what the claimed runs need, outside the transaction that claimed them.
    async fn load(&self, taken: Vec<Taken>) -> Result<Vec<Claimed>, Error> {
        let runs: Vec<i64> = taken.iter().map(|taken| taken.lease.run.0).collect();
        let mut journals: HashMap<i64, Vec<RunEvent>> = HashMap::new();
        // A run this version cannot read is left to its lease's end, and to a newer worker; the others go on.
        let mut unreadable: HashSet<i64> = HashSet::new();
        let seqs: HashMap<i64, i64> = taken.iter().map(|taken| (taken.lease.run.0, taken.lease.seq)).collect();
        let tail = " ORDER BY run_id, seq";
        for row in
            sql::all_in(&self.read, "SELECT run_id, seq, format, events FROM journal WHERE run_id IN ", tail, &runs).await?
        {
            let (run, seq): (i64, i64) = (sql::get(&row, 0)?, sql::get(&row, 1)?);
            if seqs.get(&run).is_some_and(|last| seq <= *last) {
                let events: Vec<u8> = sql::get(&row, 3)?;
                match payload::decode(sql::get(&row, 2)?, &events) {
                    Ok(events) => journals.entry(run).or_default().extend(events),
                    Err(error) => {
                        tracing::error!(run.id = %RunId(run), error = %error, "a run cannot be read and is not driven");
                        unreadable.insert(run);
                    }
                }
            }
        }
        let events: Vec<i64> = taken.iter().filter_map(|taken| taken.event).collect();
        let mut payloads: HashMap<i64, Arc<Value>> = HashMap::new();
        for row in
            sql::all_in(&self.read, "SELECT id, payload FROM event WHERE payload IS NOT NULL AND id IN ", "", &events).await?
        {
            let bytes: Vec<u8> = sql::get(&row, 1)?;
            let event: i64 = sql::get(&row, 0)?;
            match payload::from_json(&bytes) {
                Ok(value) => {
                    payloads.insert(event, Arc::new(value));
                }
                Err(error) => {
                    tracing::error!(event.id = event, error = %error, "an event cannot be read and its runs are not driven");
                    let of = |taken: &&Taken| taken.event == Some(event);
                    unreadable.extend(taken.iter().filter(of).map(|taken| taken.lease.run.0));
                }
            }
        }
        let signalled: Vec<i64> = taken.iter().filter(|taken| taken.signalled).map(|taken| taken.lease.run.0).collect();
        let mut signals = self.signals_of(&signalled).await?;
        let mut workflows: Vec<i64> = taken.iter().map(|taken| taken.lease.workflow.0).collect();
        workflows.sort_unstable();
        workflows.dedup();
        let mut names: HashMap<i64, String> = HashMap::new();
        for row in sql::all_in(&self.read, "SELECT id, name FROM workflow WHERE id IN ", "", &workflows).await? {
            names.insert(sql::get(&row, 0)?, sql::get(&row, 1)?);
        }
        let nothing = Arc::new(Value::Null);
        let readable = taken.into_iter().filter(|taken| !unreadable.contains(&taken.lease.run.0));
        let claimed = readable.map(|taken| Claimed {
            lease: taken.lease,
            workspace: taken.lease.workspace,
            workflow: taken.lease.workflow,
            workflow_name: names.get(&taken.lease.workflow.0).cloned().unwrap_or_default(),
            version: taken.version,
            event: taken.event.and_then(|event| payloads.get(&event)).unwrap_or(&nothing).clone(),
            journal: journals.remove(&taken.lease.run.0).unwrap_or_default(),
            signals: signals.remove(&taken.lease.run.0).unwrap_or_default(),
            claims: taken.claims,
        });
        Ok(claimed.collect())
    }

    /// Signals by run, oldest first.
    pub(super) async fn signals_of(&self, runs: &[i64]) -> Result<HashMap<i64, Vec<Signal>>, Error> {
        let mut signals: HashMap<i64, Vec<Signal>> = HashMap::new();
        let head = "SELECT run_id, id, kind, path, body, sent_by FROM signal WHERE run_id IN ";
        for row in sql::all_in(&self.read, head, " ORDER BY id", runs).await? {
            let kind: String = sql::get(&row, 2)?;
            let Some(kind) = SignalKind::parse(&kind) else { continue };
            let body: Vec<u8> = sql::get(&row, 4)?;
            signals.entry(sql::get(&row, 0)?).or_default().push(Signal {
                id: model::ids::SignalId(sql::get(&row, 1)?),
                kind,
                path: sql::get::<Option<String>>(&row, 3)?.map(model::ids::StepPath),
                body: payload::from_json(&body)?,
                by: sql::get(&row, 5)?,
            });
        }
        Ok(signals)
    }
}

/// Jobs of a workflow that are available, oldest first.
async fn ready(tx: &DatabaseTransaction, shared: &Shared, workflow: i64, now: Timestamp, most: usize) -> Result<Vec<i64>, Error> {
    let sql = format!(
        "SELECT id FROM job WHERE queue = 'run' AND blocked = 0 AND workflow_id = $1 AND available_at <= $2
         ORDER BY available_at, id LIMIT $3{}",
        skip_locked(shared.backend)
    );
    let rows = sql::all(tx, sql, vec![workflow.into(), now.ms().into(), (most as i64).into()]).await?;
    rows.iter().map(|row| sql::get(row, 0)).collect()
}

/// Leases jobs and raises the epochs of their runs in the same transaction.
async fn take(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workflows: &[i64],
    max: usize,
    lease_ms: i64,
) -> Result<Vec<Taken>, Error> {
    let now = shared.now();
    let mut jobs: Vec<i64> = Vec::new();
    // First an equal share for each; then, round again, what the others did not use.
    for share in [max.div_ceil(workflows.len()), max] {
        for workflow in workflows {
            let most = share.min(max - jobs.len());
            if most == 0 {
                break;
            }
            let found = ready(tx, shared, *workflow, now, share).await?;
            let new: Vec<i64> = found.into_iter().filter(|job| !jobs.contains(job)).take(most).collect();
            jobs.extend(new);
        }
        if workflows.len() == 1 {
            break;
        }
    }
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    jobs.sort_unstable();
    let head = "UPDATE job SET lease_by = $1, available_at = $2, epoch = epoch + 1,
                claims = CASE WHEN claimed_seq = (SELECT seq FROM run WHERE run.id = job.id) THEN claims + 1 ELSE 1 END,
                claimed_seq = COALESCE((SELECT seq FROM run WHERE run.id = job.id), 0) WHERE id IN ";
    let own = [shared.node.id.into(), now.plus_ms(lease_ms).ms().into()];
    let mut leased: HashMap<i64, (i64, i64)> = HashMap::new();
    for row in sql::all_in_with(tx, head, " RETURNING id, claims, signalled", &own, &jobs).await? {
        leased.insert(sql::get(&row, 0)?, (sql::get(&row, 1)?, sql::get(&row, 2)?));
    }
    let head = "UPDATE run SET epoch = epoch + 1 WHERE status NOT IN ('succeeded', 'filtered', 'failed', 'cancelled') AND id IN ";
    let tail = " RETURNING id, workspace_id, workflow_id, version, event_id, epoch, seq";
    let mut taken = Vec::with_capacity(jobs.len());
    for row in sql::all_in(tx, head, tail, &jobs).await? {
        let run: i64 = sql::get(&row, 0)?;
        let (claims, signalled) = leased.get(&run).copied().unwrap_or((1, 0));
        taken.push(Taken {
            lease: Lease {
                run: RunId(run),
                workspace: WorkspaceId(sql::get(&row, 1)?),
                workflow: WorkflowId(sql::get(&row, 2)?),
                epoch: sql::get(&row, 5)?,
                seq: sql::get(&row, 6)?,
            },
            version: u32::try_from(sql::get::<i64>(&row, 3)?).unwrap_or(0),
            event: sql::get(&row, 4)?,
            claims: u32::try_from(claims).unwrap_or(u32::MAX),
            signalled: signalled > 0,
        });
    }
    // A job whose run is gone or has ended has nothing left to do.
    let live: HashSet<i64> = taken.iter().map(|taken| taken.lease.run.0).collect();
    let orphans: Vec<i64> = jobs.iter().copied().filter(|job| !live.contains(job)).collect();
    sql::exec_in(tx, "DELETE FROM job WHERE id IN ", "", &orphans).await?;
    let order: HashMap<i64, usize> = workflows.iter().enumerate().map(|(at, workflow)| (*workflow, at)).collect();
    failpoint::reach("claim.before_commit");
    taken.sort_by_key(|taken| (order.get(&taken.lease.workflow.0).copied(), taken.lease.run));
    Ok(taken)
}
