//! Deliveries that name only ids: acknowledged when they are stored, and completed by a job.

use std::sync::Arc;

use connect::OfTrigger;
use model::{definition::TriggerKind, ids::DeliveryId, run::ErrorClass};
use serde_json::{Map, Value, json};
use store::{ClaimedJob, NewDelivery};

use super::{
    Known,
    call::{Ask, Failure},
    events::{self, Delivered, Found},
};
use crate::{
    Error, Ingest,
    ingest::{Incoming, Source},
};

/// The kind of job that completes a delivery; its key is the delivery's id.
pub const JOB: &str = "delivery";

/// For so long it is tried, in milliseconds.
const PATIENCE_MS: i64 = 3 * 24 * 3_600_000;

/// What the job needs of a delivery. Credentials and signatures among the headers are left out.
pub(super) fn kept(known: Known<'_>, input: &Value, delivered: &Delivered, found: &[Found]) -> Value {
    let signature = known.webhook.signature.as_ref().map(|signature| signature.header.to_ascii_lowercase());
    let is_kept = |name: &str| !manifest::is_credential_header(name) && signature.as_deref() != Some(name);
    let headers = delivered.headers.as_object().into_iter().flatten().filter(|(name, _)| is_kept(name));
    let headers: Map<String, Value> = headers.map(|(name, value)| (name.clone(), value.clone())).collect();
    let events: Vec<Value> = found.iter().map(|found| json!({ "event": found.event, "key": found.key })).collect();
    json!({ "input": input, "headers": headers, "events": events })
}

impl Ingest {
    /// Completes a delivery and stores its events. An error: it is tried again later.
    pub async fn complete_delivery(&self, job: &ClaimedJob) -> Result<(), Error> {
        let Ok(id) = job.key.parse::<DeliveryId>() else { return Ok(()) };
        let Some(delivery) = self.store.pending_delivery(id).await? else { return Ok(()) };
        match self.completed(&delivery).await? {
            Ok(()) => self.store.end_delivery(id, None).await?,
            Err(failure) => {
                let is_lasting = matches!(failure.class, ErrorClass::Permanent | ErrorClass::Rejected | ErrorClass::Input);
                let is_late = self.store.now().since(delivery.received_at) > PATIENCE_MS;
                if !is_lasting && !is_late {
                    return Err(Error::Invalid(format!("what a delivery names cannot be fetched: {}", failure.message)));
                }
                tracing::warn!(
                    workflow.id = %delivery.workflow, trigger.id = %delivery.trigger, code = %failure.code,
                    "what a vendor's delivery names could not be fetched; it is set aside"
                );
                self.store.end_delivery(id, Some(&failure.message)).await?;
            }
        }
        Ok(())
    }

    async fn completed(&self, delivery: &NewDelivery) -> Result<Result<(), Failure>, Error> {
        let off = || Failure::new(ErrorClass::Permanent, "hook.off", "The workflow does not take these events any more.");
        let source = Source::Trigger(delivery.workflow, &delivery.trigger);
        let hook = match self.resolve(&source).await {
            Ok(hook) => hook,
            Err(Error::Gone(_)) => return Ok(Err(off())),
            Err(error) => return Err(error),
        };
        let Some(TriggerKind::App(app)) = hook.live_trigger().map(|trigger| &trigger.kind) else { return Ok(Err(off())) };
        let (Some(known), Some(apps)) = (self.known(app), &self.apps) else { return Ok(Err(off())) };
        let (input, headers) = (&delivery.body["input"], &delivery.body["headers"]);
        let of = OfTrigger { connector: &app.connector, trigger: &app.trigger };
        let mut incoming = Vec::new();
        for one in delivery.body["events"].as_array().into_iter().flatten() {
            let event = &one["event"];
            let fetched = if known.webhook.thin.is_some() {
                match self.ask(apps, hook.workspace, app.connection, of, Ask::Event { input, event }).await? {
                    Ok(fetched) => Some(fetched),
                    Err(failure) => return Ok(Err(failure)),
                }
            } else {
                None
            };
            let payload = match events::payload(known, input, headers, event, fetched) {
                Ok(payload) => payload,
                Err(message) => return Ok(Err(Failure::new(ErrorClass::Permanent, "hook.event", &message))),
            };
            let key = one["key"].as_str().unwrap_or_default();
            incoming.push(Incoming {
                payload: Arc::new(payload),
                files: Vec::new(),
                received_at: delivery.received_at,
                dedupe: Some(events::dedupe(key)),
                reply: false,
            });
        }
        self.accept(Arc::clone(&hook), incoming, &source).await?;
        Ok(Ok(()))
    }
}
