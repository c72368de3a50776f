use std::{sync::Arc, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use model::{
    ids::StepPath,
    run::{ErrorClass, StepError},
};
use serde_json::{Value, json};

use crate::drive::{Drive, Finished};

/// A script that does not heed its own limits is given up so long after them.
const GRACE: Duration = Duration::from_secs(2);
/// While all places for scripts are held by such that would not stop, it is tried again after so long.
const BUSY_AGAIN: Duration = Duration::from_secs(1);
const MOST_TRIES: u32 = 30;

impl<'a> Drive<'a> {
    /// Runs on threads of its own, as many at once as the machine has processors.
    pub(super) fn script(&self, path: StepPath, source: String, input: Arc<Value>, timeout_ms: u64) -> BoxFuture<'a, Finished> {
        let inner = self.inner;
        let facts = json!({ "id": self.lease.run, "now": inner.store.now().rfc3339(), "workflow": self.name });
        let (run, source, facts) = (self.lease.run, Arc::<str>::from(source), Arc::new(facts));
        let limits = script::Limits::of_step(timeout_ms);
        let work = async move {
            for _ in 0..MOST_TRIES {
                // Closed only when the process goes down; then nobody waits for the outcome.
                let Ok(place) = inner.scripts.acquire().await else { break };
                let (source, input, facts) = (Arc::clone(&source), Arc::clone(&input), Arc::clone(&facts));
                let ran = tokio::task::spawn_blocking(move || script::run(&source, &input, &facts, &limits));
                let ran = tokio::time::timeout(limits.time + GRACE, ran).await;
                drop(place);
                match ran {
                    Ok(Ok(Err(script::Error::Busy))) => tokio::time::sleep(BUSY_AGAIN).await,
                    Ok(Ok(result)) => return result.map_err(StepError::from),
                    Ok(Err(crashed)) => {
                        tracing::error!(error = %crashed, "the interpreter of a code step came down");
                        return Err(script::Error::Broken.into());
                    }
                    Err(_) => {
                        tracing::error!(run.id = %run, "a code step did not stop at its limit and was left behind");
                        return Err(script::Error::Timeout(limits.time.as_millis()).into());
                    }
                }
            }
            Err(StepError { class: ErrorClass::Transient, ..script::Error::Busy.into() })
        };
        work.map(move |outcome| Finished::Local { path, outcome }).boxed()
    }
}
