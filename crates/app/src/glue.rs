//! Where parts meet that do not know each other.

use async_trait::async_trait;
use store::{Claimed, ClaimedJob};
use triggers::{Handover, Ingest, Reserved};
use worker::{After, JobHandler, Slot, Worker};

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

/// Fires the slots of schedules.
pub struct Schedules(pub Ingest);

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
