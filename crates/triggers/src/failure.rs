//! Failed runs that other workflows want to hear of.

use std::sync::Arc;

use model::{
    ids::{RunId, WorkflowId},
    run::{RunError, RunStatus},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{ClaimedJob, DedupeKey, FailureListener, Scope};

use crate::{
    Error, Ingest,
    ingest::{Incoming, Source},
    nesting,
};

/// The kind of job that tells of a failed run.
pub const JOB: &str = store::FAILURE;

/// That somebody was told is remembered for 40 days: longer than any job is tried again.
const REMEMBER_MS: u64 = 40 * 24 * 3_600 * 1_000;
/// The workflows whose failures led to an event, oldest first.
const CHAIN: &str = "failures";

impl Ingest {
    /// Tells every workflow that listens of the failed run a job names: one event each, however often the job is done.
    pub async fn failed(&self, job: &ClaimedJob) -> Result<(), Error> {
        let run: RunId = job.key.parse().map_err(|_| Error::Invalid("The job names no run.".into()))?;
        let scope = Scope::system(job.workspace);
        let failed = match self.store.run(&scope, run).await {
            Ok(failed) => failed,
            Err(store::Error::NotFound(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if failed.status != RunStatus::Failed {
            return Ok(());
        }
        let event = match failed.event {
            Some(event) => match self.store.event(&scope, event).await {
                Ok(event) => event.payload,
                Err(store::Error::NotFound(_)) => Arc::default(),
                Err(error) => return Err(error.into()),
            },
            None => Arc::default(),
        };
        // Whoever failed on the way here does not hear of it again.
        let mut chain: Vec<WorkflowId> = serde_json::from_value(event[CHAIN].clone()).unwrap_or_default();
        chain.push(failed.workflow);
        let listeners = self.store.failure_listeners(job.workspace).await?;
        let wanted = listeners.iter().filter(|listener| listener.hears(failed.workflow) && !chain.contains(&listener.workflow));
        let wanted: Vec<&FailureListener> = wanted.collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let name = self.store.workflow(&scope, failed.workflow).await.map(|workflow| workflow.name).unwrap_or_default();
        let mut payload = json!({
            "method": "FAILURE",
            "body": {
                "workflow": { "id": failed.workflow, "name": name },
                "run": { "id": run, "url": format!("{}/runs/{run}", self.public_url) },
                "error": error(failed.error.as_ref()),
                "event": &*event,
            },
            CHAIN: chain,
        });
        if nesting::check("the event", &payload).is_err() {
            // It was as deep as events may be; the run still has it.
            payload["body"]["event"] = Value::Null;
        }
        let payload = Arc::new(payload);
        let mut told = Ok(());
        for listener in wanted {
            // One that takes nothing now does not keep the others from hearing of it; the job is tried again for it alone.
            told = told.and(self.tell(listener, run, Arc::clone(&payload)).await);
        }
        told
    }

    async fn tell(&self, listener: &FailureListener, run: RunId, payload: Arc<Value>) -> Result<(), Error> {
        let source = Source::Trigger(listener.workflow, &listener.trigger);
        let incoming = Incoming {
            payload,
            files: Vec::new(),
            received_at: self.store.now(),
            dedupe: Some(DedupeKey {
                hash: Sha256::digest(format!("failure:{run}").as_bytes()).into(),
                keep_ms: Some(REMEMBER_MS),
            }),
            reply: false,
        };
        let told = match self.resolve(&source).await {
            Ok(hook) => self.accept(hook, vec![incoming], &source).await,
            Err(error) => Err(error),
        };
        match told {
            Ok(_) => Ok(()),
            // It does not listen any more.
            Err(Error::Gone(_) | Error::NotFound(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn error(error: Option<&RunError>) -> Value {
    error.map_or(
        Value::Null,
        |error| json!({ "path": error.path, "class": error.class.as_str(), "code": error.code, "message": error.message }),
    )
}
