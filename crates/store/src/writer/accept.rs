use std::{collections::HashMap, sync::atomic::Ordering};

use model::{
    api::{EventState, WorkflowState},
    ids::{EventId, RunId},
    run::{RunKind, RunStatus},
};
use sea_orm::{DatabaseTransaction, Value};

use super::{
    Accepted, Disposition, Lease, NewEvent,
    lanes::{lane_of, lock_ahead},
    prepare::PreparedEvent,
    runs::{NewRun, PAYLOADS, insert_runs},
};
use crate::{
    Claimed, Error, RunChange, audit,
    dialect::for_share,
    polls,
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

pub(super) struct Live {
    pub workspace: i64,
    pub name: String,
    pub state: WorkflowState,
    pub version: Option<i64>,
}

/// Writes events, and for those that are to run, run, journal and job. One outcome per event, in order. `leaving`: runs that leave
/// their lanes in the same transaction.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    groups: &[Vec<PreparedEvent>],
    leaving: &[i64],
) -> Result<Vec<Outcome>, Error> {
    let events: Vec<&PreparedEvent> = groups.iter().flatten().collect();
    let live = live(tx, shared, &events).await?;
    let entering = events.iter().filter(|event| event.run.is_some()).filter_map(|event| lane_of(&event.new));
    lock_ahead(tx, entering, leaving).await?;
    let mut judged: Vec<bool> = events.iter().map(|event| stands(&event.new, live.get(&event.new.workflow.0))).collect();
    looks(tx, shared, groups, &live, &mut judged).await?;
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
            // A run that may have to wait for others takes the way through the queue.
            let free = event.new.lease_ms.is_some() && !backlog && event.limits.hands_over() && event.new.order_key.is_none();
            Outcome::Run { leased: free, workflow_name }
        } else {
            Outcome::Stored
        };
        outcomes.push(outcome);
    }
    insert_events(tx, &events, &outcomes).await?;
    let mut runs = Vec::with_capacity(events.len());
    for (event, outcome) in events.iter().zip(&outcomes) {
        let (Outcome::Run { leased, .. }, Some(run)) = (outcome, &event.run) else { continue };
        runs.push(NewRun {
            run,
            new: &event.new,
            event: Some(event.event),
            limits: event.limits,
            leased: *leased,
            paused: false,
        });
        if let Some(by) = &event.by {
            let detail = serde_json::json!({ "run": run.run, "of": of(&event.new.kind) });
            audit::write(tx, shared, event.new.workspace, by, "run.replayed", &run.run.to_string(), &detail).await?;
        }
    }
    insert_runs(tx, shared, commit, &runs).await?;
    Ok(outcomes)
}

/// The run a replay goes through again.
fn of(kind: &RunKind) -> Option<RunId> {
    match kind {
        RunKind::Replay { of, .. } => Some(*of),
        _ => None,
    }
}

/// The state of the workflows concerned; on PostgreSQL it cannot change before the commit.
pub(super) async fn live(
    tx: &DatabaseTransaction,
    shared: &Shared,
    events: &[&PreparedEvent],
) -> Result<HashMap<i64, Live>, Error> {
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

/// Writes the looks at lists that events came from. Where one does not stand, none of its events does.
async fn looks(
    tx: &DatabaseTransaction,
    shared: &Shared,
    groups: &[Vec<PreparedEvent>],
    live: &HashMap<i64, Live>,
    judged: &mut [bool],
) -> Result<(), Error> {
    let mut looks = Vec::new();
    let mut at = 0;
    for group in groups {
        if let Some(look) = group.first().and_then(|first| first.look.as_deref()) {
            looks.push((look, at..at + group.len()));
        }
        at += group.len();
    }
    // In one order, so that two processes never wait for each other.
    looks.sort_by(|(one, _), (other, _)| (one.workflow, &one.trigger).cmp(&(other.workflow, &other.trigger)));
    for (look, events) in looks {
        let is_live = live
            .get(&look.workflow.0)
            .is_some_and(|live| live.state != WorkflowState::Off && live.version == Some(i64::from(look.version)));
        let all_stand = is_live && judged[events.clone()].iter().all(|judged| *judged);
        if !all_stand || !polls::apply(tx, shared, look).await? {
            judged[events].fill(false);
        }
    }
    Ok(())
}

/// Whether the workflow is still as the caller judged it to be.
fn stands(new: &NewEvent, live: Option<&Live>) -> bool {
    let Some(live) = live.filter(|live| live.workspace == new.workspace.0) else { return false };
    let same_version = live.version == Some(i64::from(new.version));
    match (&new.kind, &new.disposition) {
        (RunKind::Test { .. } | RunKind::Replay { .. }, _) | (_, Disposition::Refused { .. }) => true,
        // These begin with commits of other runs and never come here.
        (RunKind::Child { .. } | RunKind::Collected { .. }, _) => false,
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

pub(super) async fn insert_events(
    tx: &DatabaseTransaction,
    events: &[&PreparedEvent],
    outcomes: &[Outcome],
) -> Result<(), Error> {
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
                    snapshot: None,
                    journal: run.events,
                    signals: Vec::new(),
                    newer: 0,
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
