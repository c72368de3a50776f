//! What the application connects to the job runner.

use std::sync::Arc;

use async_trait::async_trait;
use model::{
    Timestamp,
    ids::{RunId, StepPath, WorkflowId},
};
use serde_json::Value;
use store::{ClaimedJob, Store};
use triggers::{Ingest, NoHandover, WaitLinks};
use vault::Vault;
use worker::{After, JobHandler};

use crate::world::Handlers;

pub const BASE: &str = "https://patchbay.example.com";

pub struct Links(pub WaitLinks);

impl worker::Links for Links {
    fn url(&self, run: RunId, path: &StepPath) -> String {
        self.0.url(run, path)
    }
}

pub struct Traces(pub triggers::Traces);

impl worker::Traces for Traces {
    fn next(&self, event: &Value, run: RunId, workflow: WorkflowId, now: Timestamp) -> Option<String> {
        Some(self.0.next(event, run, workflow, now))
    }

    fn looped(&self, event: &Value, workflow: WorkflowId, now: Timestamp) -> Option<String> {
        self.0.looped(event, workflow, now)
    }
}

struct Batches(Store);

#[async_trait]
impl JobHandler for Batches {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        self.0.close_batch(job).await.map(|_| After::Done).map_err(|error| error.to_string())
    }
}

struct Failures(Ingest);

#[async_trait]
impl JobHandler for Failures {
    async fn run(&self, job: &ClaimedJob) -> Result<After, String> {
        self.0.failed(job).await.map(|()| After::Done).map_err(|error| error.to_string())
    }
}

pub fn ingest(store: &Store, vault: &Vault) -> Ingest {
    Ingest::new(store.clone(), vault.clone(), Arc::new(NoHandover)).at(BASE)
}

pub fn handlers(store: &Store, vault: &Vault) -> Handlers {
    let batches: Arc<dyn JobHandler> = Arc::new(Batches(store.clone()));
    let failures: Arc<dyn JobHandler> = Arc::new(Failures(ingest(store, vault)));
    Handlers::from([(store::COLLECT, batches), (triggers::failure::JOB, failures)])
}
