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
use sea_orm::{DatabaseTransaction, DbBackend};
use serde_json::Value;

use super::{Claimed, Inbox, MOST_CLAIMS, Signal};
use crate::{Error, Lease, Snapshot, Store, dialect::skip_locked, failpoint, payload, sql, store::Shared};

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
    snapshot: Option<i64>,
}

/// A workflow with runs to claim. `most`: runs it may have under way at once.
struct Ready {
    workflow: i64,
    most: Option<u32>,
}

impl Store {
    /// Takes up to `max` runs, round the workflows. Each is the caller's for `lease_ms` from now.
    pub async fn claim_runs(&self, max: usize, lease_ms: i64) -> Result<Vec<Claimed>, Error> {
        let shared = &self.shared;
        shared.move_leases().await?;
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
    /// Workflows with a run to claim: those of higher priority first, equal ones beginning after the one that had its turn last.
    async fn ready(&self) -> Result<Vec<Ready>, Error> {
        let now = self.now();
        let mut ready = Vec::new();
        for row in sql::all(&self.read, WAITING, Vec::new()).await? {
            let available: Option<i64> = sql::get(&row, 1)?;
            let workflow: i64 = sql::get(&row, 0)?;
            let shut = self.gates.shut_until(WorkflowId(workflow), now).is_some();
            if available.is_some_and(|at| at <= now.ms()) && !shut {
                ready.push(workflow);
            }
        }
        let turn = self.turn.load(Ordering::Relaxed);
        let first = ready.partition_point(|workflow| *workflow <= turn);
        ready.rotate_left(first);
        let settings = self.live_settings_of(&ready).await?;
        let of = |workflow: &i64| settings.get(workflow);
        // Stable: within a priority the turns stay.
        ready.sort_by_key(|workflow| std::cmp::Reverse(of(workflow).map_or(0, |settings| settings.priority)));
        ready.truncate(WORKFLOWS);
        Ok(ready.iter().map(|id| Ready { workflow: *id, most: of(id).and_then(|settings| settings.concurrency) }).collect())
    }

    /// Reads what the claimed runs need, outside the transaction that claimed them.
    async fn load(&self, taken: Vec<Taken>) -> Result<Vec<Claimed>, Error> {
        let runs: Vec<i64> = taken.iter().map(|taken| taken.lease.run.0).collect();
        let mut journals: HashMap<i64, Vec<RunEvent>> = HashMap::new();
        // The others go on.
        let mut unreadable: HashSet<i64> = HashSet::new();
        let seqs: HashMap<i64, i64> = taken.iter().map(|taken| (taken.lease.run.0, taken.lease.seq)).collect();
        let mut snapshots = self.snapshots(&taken).await?;
        let (long, whole): (Vec<i64>, Vec<i64>) = runs.iter().partition(|run| snapshots.contains_key(run));
        let tail = " ORDER BY run_id, seq";
        let head = "SELECT run_id, seq, format, events FROM journal WHERE run_id IN ";
        let mut rows = sql::all_in(&self.read, head, tail, &whole).await?;
        for run in long {
            let after = snapshots.get(&run).map_or(-1, |snapshot| snapshot.seq);
            let sql = "SELECT run_id, seq, format, events FROM journal WHERE run_id = $1 AND seq > $2 ORDER BY seq";
            rows.append(&mut sql::all(&self.read, sql, vec![run.into(), after.into()]).await?);
        }
        for row in rows {
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
        let mut inboxes = self.inboxes(&signalled).await?;
        for taken in taken.iter().filter(|taken| unreadable.contains(&taken.lease.run.0)) {
            // It is left to its lease's end, and so to a newer worker; where none comes, to people.
            if taken.claims > MOST_CLAIMS {
                let words = "What is stored of this run cannot be read: it was written by a newer release, or is damaged. Look at the log, \
                             upgrade or restore a backup, then let it go on.";
                self.hold(taken.lease, "run.unreadable", words).await?;
            }
        }
        let mut workflows: Vec<i64> = taken.iter().map(|taken| taken.lease.workflow.0).collect();
        workflows.sort_unstable();
        workflows.dedup();
        let mut names: HashMap<i64, String> = HashMap::new();
        for row in sql::all_in(&self.read, "SELECT id, name FROM workflow WHERE id IN ", "", &workflows).await? {
            names.insert(sql::get(&row, 0)?, sql::get(&row, 1)?);
        }
        let nothing = Arc::new(Value::Null);
        let mut inbox = |run: i64| inboxes.remove(&run).unwrap_or_default();
        let readable = taken.into_iter().filter(|taken| !unreadable.contains(&taken.lease.run.0));
        let claimed = readable.map(|taken| (inbox(taken.lease.run.0), taken)).map(|(inbox, taken)| Claimed {
            lease: taken.lease,
            workspace: taken.lease.workspace,
            workflow: taken.lease.workflow,
            workflow_name: names.get(&taken.lease.workflow.0).cloned().unwrap_or_default(),
            version: taken.version,
            event: taken.event.and_then(|event| payloads.get(&event)).unwrap_or(&nothing).clone(),
            snapshot: snapshots.remove(&taken.lease.run.0),
            journal: journals.remove(&taken.lease.run.0).unwrap_or_default(),
            signals: inbox.signals,
            newer: inbox.newer,
            claims: taken.claims,
        });
        Ok(claimed.collect())
    }

    /// Those of the long runs among the claimed ones.
    async fn snapshots(&self, taken: &[Taken]) -> Result<HashMap<i64, Snapshot>, Error> {
        let long: HashMap<i64, i64> =
            taken.iter().filter_map(|taken| Some((taken.lease.run.0, taken.snapshot?.min(taken.lease.seq)))).collect();
        let ids: Vec<i64> = long.keys().copied().collect();
        let mut found = HashMap::new();
        for row in sql::all_in(&self.read, "SELECT run_id, seq, format, state FROM snapshot WHERE run_id IN ", "", &ids).await? {
            let (run, seq): (i64, i64) = (sql::get(&row, 0)?, sql::get(&row, 1)?);
            // One that is newer than the claim belongs to somebody who has taken the run since.
            if long.get(&run).is_some_and(|last| seq <= *last) {
                let state: Vec<u8> = sql::get(&row, 3)?;
                found.insert(run, Snapshot { seq, format: sql::get(&row, 2)?, state: state.into() });
            }
        }
        Ok(found)
    }

    /// What waits, by run.
    pub(super) async fn inboxes(&self, runs: &[i64]) -> Result<HashMap<i64, Inbox>, Error> {
        let mut inboxes: HashMap<i64, Inbox> = HashMap::new();
        let head = "SELECT run_id, id, kind, path, body, sent_by FROM signal WHERE run_id IN ";
        for row in sql::all_in(&self.read, head, " ORDER BY id", runs).await? {
            let inbox = inboxes.entry(sql::get(&row, 0)?).or_default();
            let (kind, body): (String, Vec<u8>) = (sql::get(&row, 2)?, sql::get(&row, 4)?);
            let (Some(kind), Ok(body)) = (SignalKind::parse(&kind), payload::from_json(&body)) else {
                inbox.newer += 1;
                continue;
            };
            inbox.signals.push(Signal {
                id: model::ids::SignalId(sql::get(&row, 1)?),
                kind,
                path: sql::get::<Option<String>>(&row, 3)?.map(model::ids::StepPath),
                body,
                by: sql::get(&row, 5)?,
            });
        }
        Ok(inboxes)
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

/// How many more runs a limited workflow may have under way. Its row in `gate` is locked until the transaction ends, so that two processes
/// do not count at once; none while another one does.
async fn free(tx: &DatabaseTransaction, shared: &Shared, workflow: i64, most: u32, now: Timestamp) -> Result<usize, Error> {
    if shared.backend == DbBackend::Postgres {
        let touch = "INSERT INTO gate (workflow_id, next_at) VALUES ($1, 0) ON CONFLICT (workflow_id) DO NOTHING";
        sql::exec(tx, touch, vec![workflow.into()]).await?;
        let sql = format!("SELECT 1 FROM gate WHERE workflow_id = $1{}", skip_locked(shared.backend));
        if sql::one(tx, sql, vec![workflow.into()]).await?.is_none() {
            return Ok(0);
        }
    }
    let sql = "SELECT COUNT(*) FROM job WHERE queue = 'run' AND blocked = 0 AND workflow_id = $1 AND available_at > $2
               AND lease_by IS NOT NULL";
    let row = sql::one(tx, sql, vec![workflow.into(), now.ms().into()]).await?;
    let under_way = row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0);
    Ok(usize::try_from((i64::from(most) - under_way).max(0)).unwrap_or(0))
}

/// Leases jobs and raises the epochs of their runs in the same transaction.
async fn take(
    tx: &DatabaseTransaction,
    shared: &Shared,
    workflows: &[Ready],
    max: usize,
    lease_ms: i64,
) -> Result<Vec<Taken>, Error> {
    let now = shared.now();
    let mut jobs: Vec<i64> = Vec::new();
    let mut free_of: HashMap<i64, usize> = HashMap::new();
    // First an equal share for each; then, round again, what the others did not use.
    for share in [max.div_ceil(workflows.len()), max] {
        for Ready { workflow, most } in workflows {
            let mut share = share.min(max - jobs.len());
            if share == 0 {
                break;
            }
            if let Some(most) = most {
                let free = match free_of.get(workflow) {
                    Some(free) => *free,
                    None => free(tx, shared, *workflow, *most, now).await?,
                };
                free_of.insert(*workflow, free);
                share = share.min(free);
                if share == 0 {
                    shared.gates.shut(WorkflowId(*workflow), now);
                    continue;
                }
            }
            let known: usize = if workflows.len() == 1 { 0 } else { jobs.len() };
            let found = ready(tx, shared, *workflow, now, share + known.min(max)).await?;
            let new: Vec<i64> = found.into_iter().filter(|job| !jobs.contains(job)).take(share).collect();
            if let Some(free) = free_of.get_mut(workflow) {
                *free -= new.len();
            }
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
    let tail = " RETURNING id, workspace_id, workflow_id, version, event_id, epoch, seq, snapshot_seq";
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
            snapshot: sql::get(&row, 7)?,
        });
    }
    // A job whose run is gone or has ended has nothing left to do.
    let live: HashSet<i64> = taken.iter().map(|taken| taken.lease.run.0).collect();
    let orphans: Vec<i64> = jobs.iter().copied().filter(|job| !live.contains(job)).collect();
    sql::exec_in(tx, "DELETE FROM job WHERE id IN ", "", &orphans).await?;
    let order: HashMap<i64, usize> = workflows.iter().enumerate().map(|(at, ready)| (ready.workflow, at)).collect();
    failpoint::reach("claim.before_commit");
    taken.sort_by_key(|taken| (order.get(&taken.lease.workflow.0).copied(), taken.lease.run));
    Ok(taken)
}
