//! Answers to waits, from people and other systems.

use crate::store::transaction;
use model::{
    ids::{RunId, StepPath},
    run::SignalKind,
};
use serde_json::Value;

use super::signal::leave;
use crate::{Error, Store, payload, sql};

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It counts; the run goes on with it.
    Taken,
    /// Somebody was first, or the time was up.
    AlreadyAnswered,
    /// There is no such live run.
    Ended,
}

impl Store {
    /// Answers a wait of a run, also before the run has come to it. Of several answers and the time-out the first counts. The caller has
    /// checked that the sender may: by the link's signature, or by who has signed in.
    pub async fn answer(&self, run: RunId, path: &StepPath, body: Value, by: Option<String>) -> Result<Answered, Error> {
        let shared = &self.shared;
        let body = payload::json(&body)?;
        let now = shared.now().ms();
        let done = transaction!(shared, |tx| {
            // First, and waiting for nobody who waits for the job: whoever closes the wait takes the rows in the same order.
            let insert = "INSERT INTO wait (run_id, path, state, answered_by, at) VALUES ($1, $2, 'answered', $3, $4)
                          ON CONFLICT (run_id, path) DO NOTHING RETURNING run_id";
            let values = vec![run.0.into(), path.0.clone().into(), by.clone().into(), now.into()];
            if sql::one(tx, insert, values).await?.is_none() {
                return Ok(Answered::AlreadyAnswered);
            }
            leave(tx, shared, run, SignalKind::Answered, Some(path), &body, by.as_deref()).await?;
            Ok(Answered::Taken)
        });
        match done {
            Ok(Answered::Taken) => {
                shared.announce_work();
                Ok(Answered::Taken)
            }
            // The row of the wait is rolled back with it.
            Err(Error::Ended) => Ok(Answered::Ended),
            result => result,
        }
    }
}
