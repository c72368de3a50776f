use std::{collections::HashMap, sync::atomic::Ordering};

use model::{
    api::{EventState, WorkflowState},
    ids::{EventId, RunId},
    run::{RunKind, RunStatus},
};
use sea_orm::{DatabaseTransaction, Value};

use super::{Accepted, Disposition, Lease, NewEvent, prepare::PreparedEvent};
use crate::{
    Claimed, Error, RunChange,
    dialect::for_share,
    payload::FORMAT,
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// What the transaction made of one event.
pub(crate) enum Outcome {
    /// `leased`: inserted as the caller's.
    Run {
        leased: bool,
        workflow_name: String,
    },
    Duplicate {
        event: EventId,
        run: Option<RunId>,
    },
    Stored,
    Moved,
}

struct Live {
    workspace: i64,
    name: String,
    state: WorkflowState,
    version: Option<i64>,
}

/// Writes events, and for those that are to run, run, journal and job. One outcome per event, in order.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    groups: &[Vec<PreparedEvent>],
) -> Result<Vec<Outcome>, Error> {
    let events: Vec<&PreparedEvent> = groups.iter().flatten().collect();
    let live = live(tx, shared, &events).await?;
    let judged: Vec<bool> = events.iter().map(|event| stands(&event.new, live.get(&event.new.workflow.0))).collect();
    let duplicates = dedupe(tx, &events, &judged).await?;

    let backlog = shared.backlog.load(Ordering::Relaxed);
    let mut outcomes = Vec::with_capacity(events.len());
    for ((at, event), judged) in events.iter().enumerate().zip(&judged) {
        let outcome = if !judged {
            shared.cache.forget_workflow(event.new.workflow);
            Outcome::Moved
        } else if let Some(first) = duplicates.get(&at) {
            Outcome::Duplicate { event: first.0, run: first.1 }
        } else if event.run.is_some() {
            let workflow_name = live.get(&event.new.workflow.0).map(|live| live.name.clone()).unwrap_or_default();
            Outcome::Run { leased: event.new.lease_ms.is_some() && !backlog, workflow_name }
        } else {
            Outcome::Stored
        };
        outcomes.push(outcome);
    }
    insert_events(tx, &events, &outcomes).await?;
    insert_runs(tx, shared, commit, &events, &outcomes).await?;
    Ok(outcomes)
}

/// The state of the workflows concerned; on PostgreSQL it cannot change before the commit.
async fn live(tx: &DatabaseTransaction, shared: &Shared, events: &[&PreparedEvent]) -> Result<HashMap<i64, Live>, Error> {
    let mut ids: Vec<i64> = events.iter().map(|event| event.new.workflow.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let tail = format!(" AND deleted_at IS NULL ORDER BY id{}", for_share(shared.backend));
    let rows =
        sql::all_in(tx, "SELECT id, name, state, live_version, workspace_id FROM workflow WHERE id IN ", &tail, &ids).await?;
    let mut live = HashMap::new();
    for row in rows {
        let state: String = sql::get(&row, 2)?;
        let state = WorkflowState::parse(&state).unwrap_or(WorkflowState::Off);
        live.insert(
            sql::get(&row, 0)?,
            Live { workspace: sql::get(&row, 4)?, name: sql::get(&row, 1)?, state, version: sql::get(&row, 3)? },
        );
    }
    Ok(live)
}

/// Whether the workflow is still as the caller judged it to be.
fn stands(new: &NewEvent, live: Option<&Live>) -> bool {
    let Some(live) = live.filter(|live| live.workspace == new.workspace.0) else { return false };
    let same_version = live.version == Some(i64::from(new.version));
    match (&new.kind, &new.disposition) {
        (RunKind::Test { .. } | RunKind::Replay { .. }, _) | (_, Disposition::Refused { .. }) => true,
        (RunKind::Live, Disposition::Hold) => live.state == WorkflowState::Paused,
        (RunKind::Live, Disposition::Run) => live.state == WorkflowState::On && same_version,
        // A paused workflow holds what its filter lets pass, and nothing else.
        (RunKind::Live, Disposition::Filtered { .. }) => live.state != WorkflowState::Off && same_version,
    }
}

const DEDUPE: Bulk = Bulk {
    head: "WITH v (v_workspace, v_scope, v_hash, v_event, v_run, v_seen, v_expires) AS (VALUES ",
    // A key that has expired begins anew; one that has not is only seen again.
    tail: ") INSERT INTO dedupe (workspace_id, trigger_scope, hash, event_id, run_id, seen_at, expires_at)
            SELECT * FROM v WHERE v_workspace IS NOT NULL ON CONFLICT (workspace_id, trigger_scope, hash) DO UPDATE SET
            event_id = CASE WHEN dedupe.expires_at <= excluded.seen_at THEN excluded.event_id ELSE dedupe.event_id END,
            run_id = CASE WHEN dedupe.expires_at <= excluded.seen_at THEN excluded.run_id ELSE dedupe.run_id END,
            seen_at = excluded.seen_at, expires_at = excluded.expires_at
            RETURNING workspace_id, trigger_scope, hash, event_id, run_id",
    columns: &[Kind::Int, Kind::Text, Kind::Bytes, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

type Key<'a> = (i64, &'a str, &'a [u8]);

/// Finds the events that came before: by their place, the first one's event and run.
async fn dedupe(
    tx: &DatabaseTransaction,
    events: &[&PreparedEvent],
    judged: &[bool],
) -> Result<HashMap<usize, (EventId, Option<RunId>)>, Error> {
    let mut duplicates = HashMap::new();
    let mut firsts: HashMap<Key<'_>, usize> = HashMap::new();
    for (at, event) in events.iter().enumerate().filter(|(at, _)| judged[*at]) {
        let Some(key) = &event.dedupe else { continue };
        let key = (event.new.workspace.0, key.scope.as_str(), key.hash.as_slice());
        if let Some(first) = firsts.get(&key) {
            let first = events[*first];
            duplicates.insert(at, (first.event, first.run.as_ref().map(|run| run.run)));
        } else {
            firsts.insert(key, at);
        }
    }
    if firsts.is_empty() {
        return Ok(duplicates);
    }
    // Sorted, so that two processes never wait for each other.
    let mut keys: Vec<(Key<'_>, usize)> = firsts.iter().map(|(key, at)| (*key, *at)).collect();
    keys.sort_unstable();
    let values = keys.iter().flat_map(|((workspace, scope, hash), at)| {
        let event = events[*at];
        let (seen, expires) = event.dedupe.as_ref().map_or((0, None), |key| (key.seen_at.ms(), key.expires_at.map(|at| at.ms())));
        [
            Value::from(*workspace),
            (*scope).into(),
            hash.to_vec().into(),
            event.event.0.into(),
            event.run.as_ref().map(|run| run.run.0).into(),
            seen.into(),
            expires.into(),
        ]
    });
    let rows = DEDUPE.query(tx, values.collect()).await?;
    let mut earlier: Vec<(usize, EventId, Option<RunId>)> = Vec::new();
    for row in rows {
        let (scope, hash): (String, Vec<u8>) = (sql::get(&row, 1)?, sql::get(&row, 2)?);
        let Some(at) = firsts.get(&(sql::get(&row, 0)?, scope.as_str(), hash.as_slice())) else { continue };
        let event = EventId(sql::get(&row, 3)?);
        if event != events[*at].event {
            earlier.push((*at, event, sql::get::<Option<i64>>(&row, 4)?.map(RunId)));
        }
    }
    // The first one may have been held and got its run since.
    let held: Vec<i64> = earlier.iter().filter(|(_, _, run)| run.is_none()).map(|(_, event, _)| event.0).collect();
    let mut runs: HashMap<i64, i64> = HashMap::new();
    for row in sql::all_in(tx, "SELECT id, run_id FROM event WHERE run_id IS NOT NULL AND id IN ", "", &held).await? {
        runs.insert(sql::get(&row, 0)?, sql::get(&row, 1)?);
    }
    let found: HashMap<EventId, (EventId, Option<RunId>)> = earlier
        .into_iter()
        .map(|(at, event, run)| (events[at].event, (event, run.or_else(|| runs.get(&event.0).copied().map(RunId)))))
        .collect();
    // Those folded in this flush are duplicates of the same first one.
    for first in duplicates.values_mut() {
        if let Some(earlier) = found.get(&first.0) {
            *first = *earlier;
        }
    }
    for at in firsts.values() {
        if let Some(earlier) = found.get(&events[*at].event) {
            duplicates.insert(*at, *earlier);
        }
    }
    Ok(duplicates)
}

const EVENTS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_version, v_trigger, v_kind, v_state, v_reason, v_order, v_payload, v_bytes,
           v_received, v_run) AS (VALUES ",
    tail:
        ") INSERT INTO event (id, workspace_id, workflow_id, version, trigger_id, kind, state, reason, order_key, payload, bytes,
            received_at, run_id) SELECT * FROM v WHERE v_id IS NOT NULL",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Bytes,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

async fn insert_events(tx: &DatabaseTransaction, events: &[&PreparedEvent], outcomes: &[Outcome]) -> Result<(), Error> {
    let mut values = Vec::with_capacity(events.len() * EVENTS.columns.len());
    let mut files = Vec::new();
    for (event, outcome) in events.iter().zip(outcomes) {
        let new = &event.new;
        let (state, reason, run) = match (outcome, &new.disposition) {
            (Outcome::Moved, _) => continue,
            (Outcome::Duplicate { event, run }, _) => {
                (EventState::Duplicate, Some(format!("the same key came before, with {event}")), *run)
            }
            (Outcome::Run { .. }, _) => (EventState::Accepted, None, event.run.as_ref().map(|run| run.run)),
            (Outcome::Stored, Disposition::Filtered { reason }) => (EventState::Filtered, Some(reason.clone()), None),
            (Outcome::Stored, Disposition::Refused { reason }) => (EventState::Refused, Some(reason.clone()), None),
            (Outcome::Stored, _) => (EventState::Held, None, None),
        };
        // A duplicate's data is the first one's.
        let payload = (state != EventState::Duplicate).then(|| event.payload.clone());
        for file in new.files.iter().filter(|_| state != EventState::Duplicate) {
            files.extend([
                Value::from(event.event.0),
                file.sha256.clone().into(),
                (file.body.len() as i64).into(),
                file.body.to_vec().into(),
            ]);
        }
        values.extend([
            Value::from(event.event.0),
            new.workspace.0.into(),
            new.workflow.0.into(),
            i64::from(new.version).into(),
            new.trigger.0.clone().into(),
            new.kind.name().into(),
            state.as_str().into(),
            reason.into(),
            new.order_key.clone().into(),
            payload.into(),
            (event.payload.len() as i64).into(),
            new.received_at.ms().into(),
            run.map(|run| run.0).into(),
        ]);
    }
    EVENTS.exec(tx, values).await?;
    PAYLOADS.exec(tx, files).await
}

const RUNS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_order, v_created, v_epoch) AS (VALUES ",
    tail: ") INSERT INTO run (id, workspace_id, workflow_id, version, event_id, trigger_id, kind, of_run, order_key, created_at, epoch,
            status, control, seq, notes, retries, priority)
            SELECT v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_order, v_created, v_epoch,
            'queued', 'active', 0, 0, 0, 0 FROM v WHERE v_id IS NOT NULL",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Text,
        Kind::Int,
        Kind::Int,
    ],
};

pub(super) const JOURNAL: Bulk = Bulk {
    head: "WITH v (v_run, v_seq, v_at, v_format, v_commit, v_events) AS (VALUES ",
    tail: ") INSERT INTO journal (run_id, seq, at, format, commit_id, events) SELECT * FROM v WHERE v_run IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Bytes],
};

const JOBS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_available, v_lease, v_epoch, v_claims) AS (VALUES ",
    tail: ") INSERT INTO job (id, workspace_id, workflow_id, available_at, lease_by, epoch, claims, run_id, queue, kind, blocked,
            priority, signalled, attempts, claimed_seq)
            SELECT v_id, v_workspace, v_workflow, v_available, v_lease, v_epoch, v_claims, v_id, 'run', 'run', 0, 0, 0, 0, 0 FROM v WHERE v_id IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

pub(super) const PAYLOADS: Bulk = Bulk {
    head: "WITH v (v_owner, v_hash, v_bytes, v_body) AS (VALUES ",
    tail: ") INSERT INTO payload (owner, hash, bytes, body) SELECT * FROM v WHERE v_owner IS NOT NULL ON CONFLICT (owner, hash) DO NOTHING",
    columns: &[Kind::Int, Kind::Text, Kind::Int, Kind::Bytes],
};

/// Run, first journal row and job of every event that runs.
pub(crate) async fn insert_runs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    events: &[&PreparedEvent],
    outcomes: &[Outcome],
) -> Result<(), Error> {
    let (mut runs, mut journal, mut jobs, mut payloads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let now = shared.now();
    for (event, outcome) in events.iter().zip(outcomes) {
        let (Outcome::Run { leased, .. }, Some(run), new) = (outcome, &event.run, &event.new) else { continue };
        let of = match &new.kind {
            RunKind::Replay { of, .. } => Some(of.0),
            _ => None,
        };
        let epoch = i64::from(*leased);
        runs.extend([
            Value::from(run.run.0),
            new.workspace.0.into(),
            new.workflow.0.into(),
            i64::from(new.version).into(),
            event.event.0.into(),
            new.trigger.0.clone().into(),
            new.kind.name().into(),
            of.into(),
            new.order_key.clone().into(),
            run.created_at.ms().into(),
            epoch.into(),
        ]);
        journal.extend([
            Value::from(run.run.0),
            0_i64.into(),
            run.created_at.ms().into(),
            FORMAT.into(),
            commit.into(),
            run.journal.clone().into(),
        ]);
        let lease_ms = new.lease_ms.filter(|_| *leased);
        jobs.extend([
            Value::from(run.run.0),
            new.workspace.0.into(),
            new.workflow.0.into(),
            now.plus_ms(lease_ms.unwrap_or(0)).ms().into(),
            lease_ms.map(|_| shared.node.id).into(),
            epoch.into(),
            epoch.into(),
        ]);
        for payload in &run.payloads {
            payloads.extend([
                Value::from(run.run.0),
                payload.hash.clone().into(),
                (payload.body.len() as i64).into(),
                payload.body.clone().into(),
            ]);
        }
    }
    RUNS.exec(tx, runs).await?;
    JOURNAL.exec(tx, journal).await?;
    JOBS.exec(tx, jobs).await?;
    PAYLOADS.exec(tx, payloads).await
}

/// After the commit: tells who watches, and makes the answers.
pub(super) fn finish(shared: &Shared, events: Vec<PreparedEvent>, outcomes: Vec<Outcome>, unleased: &mut bool) -> Vec<Accepted> {
    events.into_iter().zip(outcomes).map(|(event, outcome)| answer(shared, event, outcome, unleased)).collect()
}

fn answer(shared: &Shared, event: PreparedEvent, outcome: Outcome, unleased: &mut bool) -> Accepted {
    match (outcome, event.run) {
        (Outcome::Moved, _) => Accepted::Moved,
        (Outcome::Duplicate { event, run }, _) => Accepted::Duplicate { event: Some(event), run },
        (Outcome::Stored, _) | (Outcome::Run { .. }, None) => Accepted::Stored { event: event.event },
        (Outcome::Run { leased, workflow_name }, Some(run)) => {
            let new = event.new;
            if new.reply {
                shared.replies.expect(run.run);
            }
            let change =
                RunChange { run: run.run, workspace: new.workspace, workflow: new.workflow, status: RunStatus::Queued, seq: 0 };
            shared.announce(change);
            let lease = Lease { run: run.run, workspace: new.workspace, workflow: new.workflow, epoch: 1, seq: 0 };
            let claimed = leased.then(|| {
                Box::new(Claimed {
                    lease,
                    workspace: new.workspace,
                    workflow: new.workflow,
                    workflow_name,
                    version: new.version,
                    event: new.payload,
                    journal: run.events,
                    signals: Vec::new(),
                    claims: 1,
                })
            });
            if claimed.is_none() {
                *unleased = true;
                shared.backlog.store(true, Ordering::Relaxed);
            }
            Accepted::Run { event: event.event, run: run.run, lease: claimed }
        }
    }
}
