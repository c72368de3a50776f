//! Where parts meet that do not know each other.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use connect::CallError;
use model::{
    Timestamp,
    ids::{ConnectionId, RunId, StepPath, WorkflowId, WorkspaceId},
};
use notify::Notify;
use serde_json::Value;
use store::{Claimed, ClaimedJob, NewJob, Store};
use triggers::{Handover, Ingest, Reserved, WaitLinks};
use worker::{After, JobHandler, Slot, Worker};

use crate::heartbeat::Heartbeat;

/// Who does which kind of job.
pub fn handlers(
    store: &Store,
    ingest: &Ingest,
    polls: triggers::poll::Polls,
    notify: &Notify,
    heartbeat: Heartbeat,
) -> HashMap<&'static str, Arc<dyn JobHandler>> {
    let schedules: Arc<dyn JobHandler> = Arc::new(Schedules(ingest.clone()));
    let failures: Arc<dyn JobHandler> = Arc::new(Failures(ingest.clone()));
    let batches: Arc<dyn JobHandler> = Arc::new(Batches(store.clone()));
    let polls: Arc<dyn JobHandler> = Arc::new(Polls(polls));
    let bulk: Arc<dyn JobHandler> = Arc::new(BulkActions(ingest.clone()));
    let retention: Arc<dyn JobHandler> = Arc::new(Retention { store: store.clone() });
    let erasures: Arc<dyn JobHandler> = Arc::new(Erasures(store.clone()));
    let masks: Arc<dyn JobHandler> = Arc::new(Masks { store: store.clone() });
    let alerts: Arc<dyn JobHandler> = Arc::new(Alerts { store: store.clone(), notify: notify.clone(), heartbeat });
    let subscriptions: Arc<dyn JobHandler> = Arc::new(Subscriptions(ingest.clone()));
    let deliveries: Arc<dyn JobHandler> = Arc::new(Deliveries(ingest.clone()));
    HashMap::from([
        (triggers::app_webhook::JOB, subscriptions),
        (triggers::app_webhook::DELIVERY_JOB, deliveries),
        (notify::JOB, alerts),
        (triggers::schedule::JOB, schedules),
        (triggers::failure::JOB, failures),
        (store::COLLECT, batches),
        (triggers::bulk::JOB, bulk),
        (triggers::poll::JOB, polls),
        (Retention::JOB, retention),
        (Masks::JOB, masks),
        (store::ERASURE, erasures),
    ])
}

/// The links of waits, for the engine.
pub struct Links(pub WaitLinks);

impl worker::Links for Links {
    fn url(&self, run: RunId, path: &StepPath) -> String {
        self.0.url(run, path)
    }
}

/// Where runs come from, for their calls.
pub struct Traces(pub triggers::Traces);

impl worker::Traces for Traces {
    fn next(&self, event: &Value, run: RunId, workflow: WorkflowId, now: Timestamp) -> Option<String> {
        Some(self.0.next(event, run, workflow, now))
    }

    fn looped(&self, event: &Value, workflow: WorkflowId, now: Timestamp) -> Option<String> {
        self.0.looped(event, workflow, now)
    }
}

/// Tells workflows of failed runs.
struct Failures(Ingest);

#[async_trait]
impl JobHandler for Failures {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        self.0.failed(job).await.map(|()| After::Done).map_err(|error| error.to_string())
    }
}

/// Looks at the lists of connectors' triggers.
struct Polls(triggers::poll::Polls);

#[async_trait]
impl JobHandler for Polls {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        match self.0.look(job).await {
            Ok(Some(at)) => Ok(After::Again { at, body: Value::Null }),
            Ok(None) => Ok(After::Done),
            Err(error) => Err(error.to_string()),
        }
    }

    fn at_once(&self) -> Option<usize> {
        Some(triggers::poll::AT_ONCE)
    }
}

/// Looks at lists take their permits from where the calls of runs do.
pub struct Permits(pub worker::Permits);

#[async_trait]
impl triggers::poll::Permits for Permits {
    async fn take(&self, connector: &str, connection: ConnectionId) -> Result<(), Timestamp> {
        self.0.refused_until(connector, connection).await.map_or(Ok(()), Err)
    }

    async fn heed(&self, connection: ConnectionId, error: &CallError) {
        self.0.heed_error(connection, error).await;
    }
}

/// Carries on what is to be done with many runs.
struct BulkActions(Ingest);

#[async_trait]
impl JobHandler for BulkActions {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        match self.0.bulk(job).await {
            Ok(Some(at)) => Ok(After::Again { at, body: job.body.clone() }),
            Ok(None) => Ok(After::Done),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Closes batches whose time has come.
struct Batches(Store);

#[async_trait]
impl JobHandler for Batches {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        self.0.close_batch(job).await.map(|_| After::Done).map_err(|error| error.to_string())
    }
}

/// Fresh runs go straight to the job runner of the same process.
pub struct ToWorker(pub Worker);

impl Handover for ToWorker {
    fn reserve(&self) -> Option<Box<dyn Reserved>> {
        self.0.reserve().map(|slot| Box::new(Place(slot)) as Box<dyn Reserved>)
    }

    fn lease_ms(&self) -> i64 {
        self.0.lease_ms()
    }
}

struct Place(Slot);

impl Reserved for Place {
    fn start(self: Box<Self>, run: Box<Claimed>) {
        self.0.start(run);
    }
}

/// Finds out what is wrong, and tells people.
pub struct Alerts {
    store: Store,
    notify: Notify,
    heartbeat: Heartbeat,
}

impl Alerts {
    /// The first round after a start, in milliseconds: what was due meanwhile has begun by then.
    const FIRST_MS: i64 = 3_000;

    /// Makes sure that there is the one job.
    pub async fn plan(store: &Store) -> Result<(), store::Error> {
        let job = NewJob {
            workspace: WorkspaceId(0),
            workflow: None,
            kind: notify::JOB.into(),
            key: "all".into(),
            available_at: store.now().plus_ms(Self::FIRST_MS),
            body: Value::Null,
        };
        store.put_job(job).await.map(drop)
    }
}

#[async_trait]
impl JobHandler for Alerts {
    async fn run(&self, _: &ClaimedJob) -> Result<After, String> {
        let watched = self.notify.watch().await;
        // What is known is told, whatever could not be looked at.
        let told = self.notify.tell().await.map(drop);
        match watched.and(told) {
            Ok(()) => self.heartbeat.beat(),
            // The next round comes as soon as every other: a job that failed would wait for minutes.
            Err(error) => tracing::error!(error = %error, "a round of alerts did not come to its end"),
        }
        Ok(After::Again { at: self.store.now().plus_ms(notify::EVERY_MS), body: Value::Null })
    }
}

/// Makes, renews and takes away webhooks at vendors.
struct Subscriptions(Ingest);

#[async_trait]
impl JobHandler for Subscriptions {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        match self.0.subscribe(job).await {
            Ok(Some(at)) => Ok(After::Again { at, body: Value::Null }),
            Ok(None) => Ok(After::Done),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Completes deliveries that name only ids.
struct Deliveries(Ingest);

#[async_trait]
impl JobHandler for Deliveries {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        self.0.complete_delivery(job).await.map(|()| After::Done).map_err(|error| error.to_string())
    }
}

/// Fires the slots of schedules.
struct Schedules(Ingest);

#[async_trait]
impl JobHandler for Schedules {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        match self.0.fire(job).await {
            Ok(Some(next)) => Ok(After::Again { at: next, body: serde_json::json!({ "slot": next.ms() }) }),
            Ok(None) => Ok(After::Done),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Forgets what is no longer kept: a slice at a time, so that nobody waits long for the writer.
pub struct Retention {
    store: Store,
}

impl Retention {
    /// The kind and the one key of the job.
    pub const JOB: &str = "retention";
    /// Between two rounds, in milliseconds.
    const EVERY_MS: i64 = 10 * 60_000;
    /// Ended runs and their events are kept this long, in milliseconds; failed ones longer.
    const KEEP_MS: i64 = 30 * 86_400_000;
    const KEEP_FAILED_MS: i64 = 90 * 86_400_000;
    /// Rows of one slice.
    const SLICE: u32 = 200;
    /// A round that takes longer goes on in another one: its job is leased for a minute.
    const LONGEST: Duration = Duration::from_secs(20);
    /// The first round after a start, in milliseconds: not while everything else begins.
    const FIRST_MS: i64 = 60_000;

    /// Makes sure that there is the one job.
    pub async fn plan(store: &Store) -> Result<(), store::Error> {
        let job = NewJob {
            workspace: WorkspaceId(0),
            workflow: None,
            kind: Self::JOB.into(),
            key: "all".into(),
            available_at: store.now().plus_ms(Self::FIRST_MS),
            body: Value::Null,
        };
        store.put_job(job).await.map(drop)
    }
}

#[async_trait]
impl JobHandler for Retention {
    async fn run(&self, _: &ClaimedJob) -> Result<After, String> {
        let (now, begun) = (self.store.now(), Instant::now());
        let unfinished = || Ok(After::Again { at: now, body: Value::Null });
        for workspace in self.store.workspaces().await.map_err(|e| e.to_string())? {
            let (before, failed_before) = (now.plus_ms(-Self::KEEP_MS), now.plus_ms(-Self::KEEP_FAILED_MS));
            while self
                .store
                .delete_ended_runs(workspace.id, before, failed_before, Self::SLICE)
                .await
                .map_err(|e| e.to_string())?
                > 0
            {
                if begun.elapsed() > Self::LONGEST {
                    return unfinished();
                }
            }
        }
        while self.store.sweep(Self::SLICE).await.map_err(|e| e.to_string())? >= u64::from(Self::SLICE) {
            if begun.elapsed() > Self::LONGEST {
                return unfinished();
            }
        }
        Ok(After::Again { at: now.plus_ms(Self::EVERY_MS), body: Value::Null })
    }
}

/// Looks for everything about a person, and deletes it.
struct Erasures(Store);

#[async_trait]
impl JobHandler for Erasures {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        match self.0.erase_on(job).await {
            Ok(Some(at)) => Ok(After::Again { at, body: job.body.clone() }),
            Ok(None) => Ok(After::Done),
            Err(error) => Err(error.to_string()),
        }
    }

    fn at_once(&self) -> Option<usize> {
        Some(1)
    }
}

/// Erases masked fields from runs that have ended, and forgets what was looked for in vain.
pub struct Masks {
    store: Store,
}

impl Masks {
    /// The kind and the one key of the job.
    pub const JOB: &str = "masks";
    /// Between two rounds, in milliseconds.
    const EVERY_MS: i64 = 15_000;
    /// Runs of one slice.
    const SLICE: u32 = 100;
    /// A round that takes longer goes on in another one: its job is leased for a minute.
    const LONGEST: Duration = Duration::from_secs(20);

    /// Makes sure that there is the one job.
    pub async fn plan(store: &Store) -> Result<(), store::Error> {
        let job = NewJob {
            workspace: WorkspaceId(0),
            workflow: None,
            kind: Self::JOB.into(),
            key: "all".into(),
            available_at: store.now().plus_ms(Self::EVERY_MS),
            body: Value::Null,
        };
        store.put_job(job).await.map(drop)
    }
}

#[async_trait]
impl JobHandler for Masks {
    async fn run(&self, _: &ClaimedJob) -> Result<After, String> {
        let begun = Instant::now();
        self.store.forget_counted().await.map_err(|e| e.to_string())?;
        while self.store.erase_masked(Self::SLICE).await.map_err(|e| e.to_string())? > 0 {
            if begun.elapsed() > Self::LONGEST {
                break;
            }
        }
        Ok(After::Again { at: self.store.now().plus_ms(Self::EVERY_MS), body: Value::Null })
    }
}
