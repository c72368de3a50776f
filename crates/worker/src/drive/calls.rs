//! Calls of a run: asked for, begun, ended.

use model::run::{Datum, ErrorClass};

use super::{Drive, Stop};
use crate::calls::{Ended, Outcome, Ready};

/// What became of a call that was asked for.
pub(super) enum Asked {
    /// Its intent is noted.
    Ready(Box<Ready>),
    /// It cannot be made, and what follows from that is noted.
    Refused,
    /// The connection's budget is used up for now.
    Later,
}

impl Drive<'_> {
    pub(super) async fn call(&mut self, call: engine::Call) -> Result<Asked, Stop> {
        // Before the intent: what is noted as begun is sent at once.
        if let Some(connection) = call.connection
            && let Some(at) = self.inner.permits.refused_until(&call, connection).await
        {
            self.no_permit = Some(self.no_permit.map_or((at, connection), |before| before.min((at, connection))));
            return Ok(Asked::Later);
        }
        let resend = match &call.resend {
            None => None,
            Some(Datum::Inline(value)) => Some(std::sync::Arc::clone(value)),
            Some(Datum::Stored { hash, .. }) => {
                if !self.payloads.contains_key(hash) {
                    self.load(std::slice::from_ref(hash)).await?;
                }
                self.payloads.get(hash).cloned()
            }
        };
        let trace = self.inner.traces.next(&self.event, self.lease.run, self.lease.workflow, self.inner.store.now());
        match self.inner.ready(&self.lease, call, resend, trace).await {
            Ok(ready) => {
                let recorded = ready.recorded.clone();
                self.push(engine::intent(&ready.call, ready.class, ready.limits, Some(recorded)));
                Ok(Asked::Ready(Box::new(ready)))
            }
            Err((call, error)) => {
                let facts = engine::refused(&self.context(), &self.state, &call, error);
                self.push(facts);
                Ok(Asked::Refused)
            }
        }
    }

    pub(super) async fn ended(&mut self, ended: Ended) {
        if let (Some(error), Some((connection, secret))) = (ended.outcome.error(), ended.connection)
            && error.class == ErrorClass::Auth
        {
            self.refused = Some(secret);
            self.inner.refused(self.lease.workspace, connection, secret).await;
        }
        if let (Some(host), Some(error)) = (&ended.untrusted, ended.outcome.error()) {
            self.inner.untrusted(&self.lease, &self.state.kind, host, &error.message).await;
        }
        let Ended { path, n, outcome, .. } = ended;
        let facts = match outcome {
            Outcome::Call(outcome) => engine::outcome(&self.context(), &self.state, &path, n, outcome),
            Outcome::Lookup(outcome) => engine::looked_up(&self.context(), &self.state, &path, n, outcome),
        };
        self.push(facts);
    }
}
