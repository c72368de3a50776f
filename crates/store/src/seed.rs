//! History that never happened, for measurements: written in bulk, with the figures a recount of it would give. Not in the product.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};

use model::{
    Timestamp,
    ids::{ConnectionId, EventId, RunId, TriggerId, WorkflowId, WorkspaceId},
    run::{Hold, RunError, RunEvent, RunStatus},
};
use sea_orm::Value;

use crate::{
    Error, Store,
    dashboard::{Cell, Sums, add_sums, minute_of, spread_out},
    ids, payload,
    sql::{Bulk, Kind},
    store::transaction,
    writer::{Ended, JOURNAL, NEVER, keep},
};

/// Rows of figures written by one transaction.
const SLICE: usize = 2_000;

/// A run that is made up. Its event and its journal are its own.
#[derive(Debug, Clone)]
pub struct SeedRun {
    pub workflow: WorkflowId,
    pub version: u32,
    pub trigger: TriggerId,
    /// What it is a replay of.
    pub of: Option<RunId>,
    pub status: RunStatus,
    pub hold: Option<Hold>,
    pub created_at: Timestamp,
    pub started_at: Option<Timestamp>,
    pub finished_at: Option<Timestamp>,
    /// When a replay carried through what it failed at.
    pub recovered_at: Option<Timestamp>,
    pub retries: u32,
    pub error: Option<RunError>,
    /// JSON of its event.
    pub payload: Vec<u8>,
    /// The journal, one entry per commit.
    pub commits: Vec<(Timestamp, Vec<RunEvent>)>,
    pub calls: Vec<SeedCall>,
}

/// A call of a run.
#[derive(Debug, Clone)]
pub struct SeedCall {
    pub step: String,
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub ms: u64,
    pub connection: Option<ConnectionId>,
    /// The other side said "too many".
    pub limited: bool,
    /// The step failed with it.
    pub failed: bool,
}

const EVENTS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_version, v_trigger, v_payload, v_bytes, v_received, v_run) AS (VALUES ",
    tail: ") INSERT INTO event (id, workspace_id, workflow_id, version, trigger_id, payload, bytes, received_at, run_id, kind, state)
            SELECT v_id, v_workspace, v_workflow, v_version, v_trigger, v_payload, v_bytes, v_received, v_run, 'live', 'accepted'
            FROM v WHERE v_id IS NOT NULL",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Bytes,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

const RUNS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_status, v_hold, v_seq, v_created, v_started,
           v_finished, v_class, v_code, v_message, v_path, v_retries, v_bytes, v_recovered) AS (VALUES ",
    tail: ") INSERT INTO run (id, workspace_id, workflow_id, version, event_id, trigger_id, kind, of_run, status, hold, seq, created_at,
            started_at, finished_at, error_class, error_code, error_message, error_path, retries, bytes, recovered_at, control, epoch, notes,
            priority)
            SELECT v_id, v_workspace, v_workflow, v_version, v_event, v_trigger, v_kind, v_of, v_status, v_hold, v_seq, v_created, v_started,
            v_finished, v_class, v_code, v_message, v_path, v_retries, v_bytes, v_recovered, 'active', 1, 0, 0 FROM v WHERE v_id IS NOT NULL",
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
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

const JOBS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_available) AS (VALUES ",
    tail: ") INSERT INTO job (id, workspace_id, workflow_id, available_at, run_id, queue, kind, blocked, priority, epoch, signalled, attempts,
            claims, claimed_seq)
            SELECT v_id, v_workspace, v_workflow, v_available, v_id, 'run', 'run', 0, 0, 1, 0, 0, 0, 0 FROM v WHERE v_id IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

/// Writes runs and gathers their figures.
pub struct Seeder {
    store: Store,
    workspace: WorkspaceId,
    /// So that rows of one millisecond have ids of their own.
    next: AtomicI64,
    sums: Sums,
}

impl Seeder {
    pub fn new(store: Store, workspace: WorkspaceId) -> Self {
        Seeder { store, workspace, next: AtomicI64::new(0), sums: BTreeMap::new() }
    }

    /// A row id as of a past moment.
    pub fn id_at(&self, at: Timestamp) -> i64 {
        // The low 22 bits: a node's number and a sequence, where the row was made by a running store.
        ids::first_at(at) | self.next.fetch_add(1, Ordering::Relaxed) & 0x3f_ffff
    }

    /// Writes runs in one transaction; `ids` are theirs, from [`Seeder::id_at`].
    pub async fn write(&mut self, runs: &[(RunId, SeedRun)]) -> Result<(), Error> {
        let workspace = self.workspace.0;
        let (mut events, mut rows, mut journal, mut jobs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut ended = Vec::new();
        let commit = self.store.next_id();
        for (id, run) in runs {
            let event = EventId(self.id_at(run.created_at));
            let mut bytes = run.payload.len();
            for (seq, (at, events)) in run.commits.iter().enumerate() {
                let (encoded, _) = payload::encode(&mut events.clone())?;
                bytes += encoded.len();
                journal.extend([
                    Value::from(id.0),
                    (seq as i64).into(),
                    at.ms().into(),
                    payload::FORMAT.into(),
                    commit.into(),
                    encoded.into(),
                ]);
            }
            events.extend([
                Value::from(event.0),
                workspace.into(),
                run.workflow.0.into(),
                i64::from(run.version).into(),
                run.trigger.as_str().into(),
                run.payload.clone().into(),
                (run.payload.len() as i64).into(),
                run.created_at.ms().into(),
                id.0.into(),
            ]);
            rows.extend(self.row(*id, event, run, bytes));
            match run.finished_at {
                None => jobs.extend([id.0, workspace, run.workflow.0, NEVER].map(Value::from)),
                Some(finished_at) => {
                    ended.push(Ended {
                        workspace,
                        workflow: run.workflow.0,
                        counts: true,
                        status: run.status,
                        created_at: run.created_at.ms(),
                        started_at: run.started_at.map(|at| at.ms()),
                        finished_at: finished_at.ms(),
                        retries: i64::from(run.retries),
                        bytes: bytes as i64,
                    });
                }
            }
            self.count(run);
        }
        let shared = &self.store.shared;
        transaction!(shared, |tx| {
            EVENTS.exec(tx, events.clone()).await?;
            RUNS.exec(tx, rows.clone()).await?;
            JOURNAL.exec(tx, journal.clone()).await?;
            JOBS.exec(tx, jobs.clone()).await?;
            // What happened is summed up here and written once, at the end.
            keep(tx, shared, &ended, 1).await
        })
    }

    fn row(&self, id: RunId, event: EventId, run: &SeedRun, bytes: usize) -> [Value; 21] {
        let error = run.error.as_ref();
        [
            id.0.into(),
            self.workspace.0.into(),
            run.workflow.0.into(),
            i64::from(run.version).into(),
            event.0.into(),
            run.trigger.as_str().into(),
            if run.of.is_some() { "replay" } else { "live" }.into(),
            run.of.map(|of| of.0).into(),
            run.status.as_str().into(),
            run.hold.map(|hold| hold.as_str()).into(),
            (run.commits.len() as i64 - 1).into(),
            run.created_at.ms().into(),
            run.started_at.map(|at| at.ms()).into(),
            run.finished_at.map(|at| at.ms()).into(),
            error.map(|error| error.class.as_str()).into(),
            error.map(|error| error.code.clone()).into(),
            error.map(|error| error.message.clone()).into(),
            error.and_then(|error| error.path.as_ref()).map(|path| path.0.clone()).into(),
            i64::from(run.retries).into(),
            (bytes as i64).into(),
            run.recovered_at.map(|at| at.ms()).into(),
        ]
    }

    fn count(&mut self, run: &SeedRun) {
        let (workspace, workflow, now) = (self.workspace.0, run.workflow.0, self.store.now().ms());
        let mut cells: BTreeMap<i64, Cell> = BTreeMap::new();
        if let Some(at) = run.finished_at {
            let cell = cells.entry(minute_of(at.ms())).or_default();
            let wait = run.started_at.map(|started| started.since(run.created_at));
            cell.ended(run.status, at.since(run.created_at), wait, u64::from(run.retries));
            cell.counts.recovered += u64::from(run.recovered_at.is_some());
        }
        for call in &run.calls {
            let cell = cells.entry(minute_of(call.at.ms())).or_default();
            let step = cell.step(workflow, &call.step);
            step.calls += 1;
            step.failures += u64::from(call.failed);
            step.timed += 1;
            step.ms += call.ms;
            step.longest_ms = step.longest_ms.max(call.ms);
            if let Some(connection) = call.connection {
                let count = cell.connection(connection);
                count.calls += 1;
                count.limited += u64::from(call.limited);
            }
        }
        for (minute, cell) in cells {
            spread_out(&mut self.sums, workspace, workflow, minute, &cell, now);
        }
    }

    /// Writes the figures; how many rows there were.
    pub async fn finish(mut self) -> Result<usize, Error> {
        let rows = self.sums.len();
        let shared = &self.store.shared;
        let mut left = std::mem::take(&mut self.sums).into_iter();
        loop {
            let slice: Sums = left.by_ref().take(SLICE).collect();
            if slice.is_empty() {
                return Ok(rows);
            }
            transaction!(shared, |tx| add_sums(tx, shared, slice.clone()).await)?;
        }
    }
}
