//! How many runs a workflow may have, begin or leave waiting: the settings of live versions, and what of them is known at the moment.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::{Timestamp, definition::Settings, ids::WorkflowId, run::RunKind};
use sea_orm::DbBackend;

use crate::{Disposition, Error, payload, sql, store::Shared, writer::PreparedEvent};

/// Runs that may wait to begin where a workflow says nothing.
const BACKLOG: u64 = 100_000;
/// PostgreSQL: a count of waiting runs is good for so long, others add to them too; with a high limit for longer.
const COUNT_AGE: Duration = Duration::from_secs(1);
const LONG_COUNT_AGE: Duration = Duration::from_secs(10);
const HIGH_LIMIT: u64 = 10_000;
/// A full backlog is counted again at most this often.
const FULL_AGE: Duration = Duration::from_millis(100);
/// A workflow that has as many runs as it may is looked at again after so long, in milliseconds: other processes end runs too.
const GATE_MS: i64 = 250;

/// What new runs of a workflow need of its live version's settings.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub concurrency: Option<u32>,
    /// Milliseconds between two begins; 0: none.
    pub gap_ms: i64,
    pub let_others_pass: bool,
    pub backlog: Option<u32>,
}

impl Limits {
    pub(crate) fn of(settings: &Settings) -> Self {
        Limits {
            concurrency: settings.concurrency,
            gap_ms: settings.max_per_minute.map_or(0, |most| (60_000 + i64::from(most.max(1)) - 1) / i64::from(most.max(1))),
            let_others_pass: settings.let_others_pass,
            backlog: settings.backlog_limit,
        }
    }

    /// A new run may be handed to a free worker past the queue.
    pub(crate) fn hands_over(&self) -> bool {
        self.concurrency.is_none() && self.gap_ms == 0
    }
}

/// Workflows that have as many runs under way as they may, and until when they are not looked at.
#[derive(Default)]
pub(crate) struct Gates(Mutex<HashMap<WorkflowId, Timestamp>>);

impl Gates {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<WorkflowId, Timestamp>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn shut(&self, workflow: WorkflowId, now: Timestamp) {
        self.with(|shut| shut.insert(workflow, now.plus_ms(GATE_MS)));
    }

    /// Until when nothing of it can be claimed, though there is something.
    pub(crate) fn shut_until(&self, workflow: WorkflowId, now: Timestamp) -> Option<Timestamp> {
        self.with(|shut| shut.get(&workflow).copied().filter(|until| *until > now))
    }

    /// A run of it has ended or waits. True: that was what others waited for.
    pub(crate) fn free(&self, workflow: WorkflowId) -> bool {
        self.with(|shut| !shut.is_empty() && shut.remove(&workflow).is_some())
    }
}

/// Waiting runs by workflow: a count, and what this process has added since. Runs that began meanwhile make it too high, never too low,
/// but for what other processes add.
#[derive(Default)]
pub(crate) struct Backlogs(Mutex<HashMap<WorkflowId, Waiting>>);

#[derive(Clone, Copy)]
struct Waiting {
    count: u64,
    counted: Instant,
}

/// Workflows of which a count is kept.
const MAX_COUNTED: usize = 10_000;

impl Backlogs {
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<WorkflowId, Waiting>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    /// The settings of a workflow's live version; the defaults where it has none.
    pub(crate) async fn live_settings(&self, workflow: WorkflowId) -> Result<Arc<Settings>, Error> {
        let found = self.live_settings_of(&[workflow.0]).await?;
        Ok(found.get(&workflow.0).cloned().unwrap_or_default())
    }

    /// The same of several; kept in memory until they change.
    pub(crate) async fn live_settings_of(&self, workflows: &[i64]) -> Result<HashMap<i64, Arc<Settings>>, Error> {
        let mut found = HashMap::with_capacity(workflows.len());
        let mut unknown = Vec::new();
        for id in workflows {
            match self.cache.settings(WorkflowId(*id)) {
                Some(settings) => {
                    found.insert(*id, settings);
                }
                None => unknown.push(*id),
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        let generation = self.cache.generation();
        for row in sql::all_in(&self.read, "SELECT id, live_settings FROM workflow WHERE id IN ", "", &unknown).await? {
            let bytes: Option<Vec<u8>> = sql::get(&row, 1)?;
            let settings: Arc<Settings> = Arc::new(bytes.map_or(Ok(Settings::default()), |bytes| payload::from_json(&bytes))?);
            let id: i64 = sql::get(&row, 0)?;
            self.cache.keep_settings(generation, WorkflowId(id), settings.clone());
            found.insert(id, settings);
        }
        Ok(found)
    }

    pub(crate) async fn limits(&self, workflow: WorkflowId) -> Result<Limits, Error> {
        Ok(Limits::of(&*self.live_settings(workflow).await?))
    }

    /// Refuses events whose runs would have to wait behind too many others.
    pub(crate) async fn check_backlogs(&self, events: &[PreparedEvent]) -> Result<(), Error> {
        let mut new: HashMap<WorkflowId, (u64, u64)> = HashMap::new();
        let lives = events.iter().filter(|e| matches!((&e.new.kind, &e.new.disposition), (RunKind::Live, Disposition::Run)));
        for event in lives {
            let limit = event.limits.backlog.map_or(BACKLOG, u64::from);
            new.entry(event.new.workflow).or_insert((0, limit)).0 += 1;
        }
        for (workflow, (adds, limit)) in &new {
            let mut waiting = self.backlogs.with(|known| known.get(workflow).copied());
            if waiting.is_none_or(|waiting| self.is_stale(waiting, *adds, *limit)) {
                let count = self.count_waiting(*workflow, limit.saturating_add(1)).await?;
                waiting = Some(Waiting { count, counted: Instant::now() });
                self.backlogs.with(|known| {
                    if known.len() >= MAX_COUNTED {
                        known.clear();
                    }
                    known.extend(waiting.map(|waiting| (*workflow, waiting)));
                });
            }
            if let Some(waiting) = waiting.filter(|waiting| waiting.count + adds > *limit) {
                metrics::counter!("patchbay_backlog_refused_total").increment(*adds);
                return Err(Error::Backlog { waiting: waiting.count, limit: *limit });
            }
        }
        self.backlogs.with(|known| {
            for (workflow, (adds, _)) in new {
                if let Some(waiting) = known.get_mut(&workflow) {
                    waiting.count += adds;
                }
            }
        });
        Ok(())
    }

    fn is_stale(&self, waiting: Waiting, adds: u64, limit: u64) -> bool {
        let age = waiting.counted.elapsed();
        if waiting.count + adds > limit {
            // A small count is cheap, and the next event may find room.
            return limit < HIGH_LIMIT || age > FULL_AGE;
        }
        self.backend == DbBackend::Postgres && age > if limit < HIGH_LIMIT { COUNT_AGE } else { LONG_COUNT_AGE }
    }

    /// Runs that have never been claimed, up to `most`.
    async fn count_waiting(&self, workflow: WorkflowId, most: u64) -> Result<u64, Error> {
        let sql = "SELECT COUNT(*) FROM (SELECT 1 FROM job WHERE queue = 'run' AND blocked IN (0, 1, 2, 3) AND workflow_id = $1
                   AND epoch = 0 LIMIT $2) AS waiting";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let row = sql::one(&self.read, sql, vec![workflow.0.into(), most.into()]).await?;
        Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0).unsigned_abs())
    }
}
