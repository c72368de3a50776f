//! New runs: their row, first journal row, job and place in line.

use model::{ids::EventId, run::RunKind};
use sea_orm::{DatabaseTransaction, Value};

use super::{
    NewEvent,
    lanes::{self, Place},
    prepare::PreparedRun,
};
use crate::{
    Error,
    limits::Limits,
    payload::FORMAT,
    queue::{BEHIND, PAUSED},
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// A run to insert. `leased`: as the caller's, who asked for it. `paused`: its workflow is, and it begins when that goes on.
pub(crate) struct NewRun<'a> {
    pub run: &'a PreparedRun,
    pub new: &'a NewEvent,
    pub event: Option<EventId>,
    pub limits: Limits,
    pub leased: bool,
    pub paused: bool,
}

const RUNS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_order, v_created, v_epoch, v_bytes) AS (VALUES ",
    tail: ") INSERT INTO run (id, workspace_id, workflow_id, version, event_id, trigger_id, kind, of_run, order_key, created_at, epoch,
            bytes, status, control, seq, notes, retries, priority)
            SELECT v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_order, v_created, v_epoch, v_bytes,
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
        Kind::Int,
    ],
};

/// What only children have.
const FAMILY: Bulk = Bulk {
    head: "WITH v (v_id, v_parent, v_path) AS (VALUES ",
    tail: ") UPDATE run SET parent_run_id = v_parent, parent_path = v_path,
            root_run_id = COALESCE((SELECT p.root_run_id FROM run p WHERE p.id = v_parent), v_parent) FROM v WHERE run.id = v_id",
    columns: &[Kind::Int, Kind::Int, Kind::Text],
};

pub(crate) const JOURNAL: Bulk = Bulk {
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

/// Jobs that have a place in a lane or wait for their workflow; apart from the others, which are most.
const PLACED: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_available, v_blocked, v_lane, v_position, v_pass) AS (VALUES ",
    tail: ") INSERT INTO job (id, workspace_id, workflow_id, available_at, blocked, lane, position, lane_pass, run_id, queue, kind,
            priority, epoch, claims, signalled, attempts, claimed_seq)
            SELECT v_id, v_workspace, v_workflow, v_available, v_blocked, v_lane, v_position, v_pass, v_id, 'run', 'run', 0, 0, 0, 0, 0, 0
            FROM v WHERE v_id IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Text, Kind::Int, Kind::Int],
};

pub(super) const PAYLOADS: Bulk = Bulk {
    head: "WITH v (v_owner, v_hash, v_bytes, v_body) AS (VALUES ",
    tail: ") INSERT INTO payload (owner, hash, bytes, body) SELECT * FROM v WHERE v_owner IS NOT NULL ON CONFLICT (owner, hash) DO NOTHING",
    columns: &[Kind::Int, Kind::Text, Kind::Int, Kind::Bytes],
};

/// Run, first journal row and job of each, in the order they are to begin in.
pub(crate) async fn insert_runs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    new_runs: &[NewRun<'_>],
) -> Result<(), Error> {
    let places = lanes::places(tx, shared, new_runs).await?;
    let (mut runs, mut journal, mut jobs, mut payloads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut family, mut placed, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    let now = shared.now();
    for (NewRun { run, new, event, limits, leased, paused }, place) in new_runs.iter().zip(places) {
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
            event.map(|event| event.0).into(),
            new.trigger.0.clone().into(),
            new.kind.name().into(),
            of.into(),
            new.order_key.clone().into(),
            run.created_at.ms().into(),
            epoch.into(),
            (run.bytes() as i64).into(),
        ]);
        if let RunKind::Child { parent, path, waits, .. } = &new.kind {
            family.extend([Value::from(run.run.0), parent.0.into(), waits.then(|| path.0.clone()).into()]);
        }
        journal.extend([
            Value::from(run.run.0),
            0_i64.into(),
            run.created_at.ms().into(),
            FORMAT.into(),
            commit.into(),
            run.journal.clone().into(),
        ]);
        let Place { lane, position, first, begins_at } = place;
        if lane.is_some() || *paused || begins_at.is_some() {
            let blocked = if first { 0 } else { BEHIND } + if *paused { PAUSED } else { 0 };
            if !first {
                behind.push(run.run.0);
            }
            placed.extend([
                Value::from(run.run.0),
                new.workspace.0.into(),
                new.workflow.0.into(),
                begins_at.unwrap_or(now).ms().into(),
                blocked.into(),
                lane.into(),
                position.into(),
                i64::from(limits.let_others_pass).into(),
            ]);
        } else {
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
        }
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
    FAMILY.exec(tx, family).await?;
    JOURNAL.exec(tx, journal).await?;
    JOBS.exec(tx, jobs).await?;
    PLACED.exec(tx, placed).await?;
    PAYLOADS.exec(tx, payloads).await?;
    sql::exec_in(tx, "UPDATE run SET hold = 'lane' WHERE id IN ", "", &behind).await?;
    Ok(())
}
