use std::sync::Arc;

use model::{
    Timestamp,
    api::WorkflowState,
    definition::{Dedupe, PausedEvents, Trigger},
    ids::{EventId, RunId, TriggerId, WorkflowId},
    run::RunKind,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Accepted, DedupeKey, Disposition, EventFile, LiveHook, NewEvent, Store};
use vault::Vault;

use crate::{Error, Handover, Reserved, app_webhook::Apps, refusals::Refusals, webhook::inspect::Pace};

/// How often an event is judged anew because its workflow changed at the same moment.
const TRIES: usize = 16;

/// Takes events in. Cheap to clone.
#[derive(Clone)]
pub struct Ingest {
    pub(crate) store: Store,
    pub(crate) vault: Vault,
    pub(crate) handover: Arc<dyn Handover>,
    /// Where people reach this instance, without a slash at its end.
    pub(crate) public_url: Arc<str>,
    /// What webhooks of vendors' apps need.
    pub(crate) apps: Option<Arc<Apps>>,
    /// Of requests that are kept for the inspector.
    pub(crate) pace: Pace,
    /// What was refused and is not told yet.
    pub(crate) refusals: Refusals,
}

/// An event before it is judged: what came in.
pub(crate) struct Incoming {
    pub payload: Arc<Value>,
    pub files: Vec<EventFile>,
    pub received_at: Timestamp,
    /// Set by the trigger itself (a schedule's slot), instead of the definition's.
    pub dedupe: Option<DedupeKey>,
    /// Somebody waits for the run's answer.
    pub reply: bool,
}

/// How the trigger of an event is found.
pub(crate) enum Source<'a> {
    Hook(&'a str),
    Trigger(WorkflowId, &'a TriggerId),
}

/// What became of an event that was stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Taken {
    Run {
        event: EventId,
        run: RunId,
    },
    /// It came before; the first one's ids, where they are still known.
    Duplicate {
        event: Option<EventId>,
        run: Option<RunId>,
    },
    /// The workflow is paused.
    Held {
        event: EventId,
    },
    Filtered {
        event: EventId,
    },
    Refused {
        reason: String,
    },
}

/// What the workflow says of an event.
pub(crate) struct Judged {
    pub event: NewEvent,
    pub reserved: Option<Box<dyn Reserved>>,
}

impl Ingest {
    pub fn new(store: Store, vault: Vault, handover: Arc<dyn Handover>) -> Self {
        Ingest {
            store,
            vault,
            handover,
            public_url: Arc::from(""),
            apps: None,
            pace: Pace::default(),
            refusals: Refusals::default(),
        }
    }

    /// With the address people reach this instance at, for links in events.
    pub fn at(self, public_url: &str) -> Self {
        Ingest { public_url: Arc::from(public_url.trim_end_matches('/')), ..self }
    }

    /// Stores events of one trigger; `hook` is read again when the workflow changed in between.
    pub(crate) async fn accept(
        &self,
        hook: Arc<LiveHook>,
        incoming: Vec<Incoming>,
        source: &Source<'_>,
    ) -> Result<Vec<Taken>, Error> {
        let mut hook = hook;
        let mut results: Vec<Option<Taken>> = incoming.iter().map(|_| None).collect();
        for _ in 0..TRIES {
            let open: Vec<usize> = results.iter().enumerate().filter(|(_, r)| r.is_none()).map(|(at, _)| at).collect();
            if open.is_empty() {
                break;
            }
            let trigger = hook.live_trigger().ok_or_else(|| off(&hook))?;
            let mut fates = Vec::with_capacity(open.len());
            let mut events = Vec::with_capacity(open.len());
            for at in &open {
                let judged = self.judge(&hook, trigger, &incoming[*at]);
                fates.push((judged.event.disposition.clone(), judged.reserved));
                events.push(judged.event);
            }
            let accepted = if events.len() == 1 {
                match events.pop() {
                    Some(event) => vec![self.store.accept(event).await?],
                    None => Vec::new(),
                }
            } else {
                self.store.accept_many(events).await?
            };
            for ((at, accepted), (disposition, reserved)) in open.into_iter().zip(accepted).zip(fates) {
                results[at] = match (accepted, disposition) {
                    (Accepted::Moved, _) => None,
                    (Accepted::Run { event, run, lease }, _) => {
                        if let (Some(claimed), Some(reserved)) = (lease, reserved) {
                            reserved.start(claimed);
                        }
                        Some(Taken::Run { event, run })
                    }
                    (Accepted::Duplicate { event, run }, _) => Some(Taken::Duplicate { event, run }),
                    (Accepted::Stored { event }, Disposition::Filtered { .. }) => Some(Taken::Filtered { event }),
                    (Accepted::Stored { .. }, Disposition::Refused { reason }) => Some(Taken::Refused { reason }),
                    (Accepted::Stored { event }, Disposition::Hold | Disposition::Run) => Some(Taken::Held { event }),
                };
            }
            if results.iter().any(Option::is_none) {
                hook = self.resolve(source).await?;
            }
        }
        results
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Error::Store(store::Error::Unavailable("the workflow keeps changing; send the event again".into())))
    }

    /// What is live behind an address or a trigger now.
    pub(crate) async fn resolve(&self, source: &Source<'_>) -> Result<Arc<LiveHook>, Error> {
        match source {
            Source::Hook(key) => {
                self.store.live_hook(key).await?.ok_or_else(|| Error::NotFound("There is no webhook at this address.".into()))
            }
            Source::Trigger(workflow, trigger) => {
                let found = self.store.live_trigger(*workflow, trigger).await?;
                found.ok_or_else(|| Error::Gone("The workflow has not been published yet.".into()))
            }
        }
    }

    pub(crate) fn judge(&self, hook: &LiveHook, trigger: &Trigger, incoming: &Incoming) -> Judged {
        let disposition = match hook.state {
            WorkflowState::On => filter(trigger, &incoming.payload),
            WorkflowState::Paused => match hook.live.as_ref().map(|def| def.settings.paused_events) {
                Some(PausedEvents::Refuse) => {
                    Disposition::Refused { reason: "The workflow is paused and does not take events.".into() }
                }
                _ => match filter(trigger, &incoming.payload) {
                    Disposition::Run => Disposition::Hold,
                    other => other,
                },
            },
            WorkflowState::Off => Disposition::Refused { reason: "The workflow is off and does not take events.".into() },
        };
        let runs = disposition == Disposition::Run;
        let reserved = if runs { self.handover.reserve() } else { None };
        let dedupe = incoming.dedupe.clone().or_else(|| trigger.dedupe.as_ref().and_then(|d| dedupe_key(d, &incoming.payload)));
        Judged {
            event: NewEvent {
                workspace: hook.workspace,
                workflow: hook.workflow,
                trigger: trigger.id.clone(),
                version: hook.version.unwrap_or_default(),
                kind: RunKind::Live,
                dedupe: if matches!(disposition, Disposition::Refused { .. }) { None } else { dedupe },
                payload: Arc::clone(&incoming.payload),
                files: incoming.files.clone(),
                received_at: incoming.received_at,
                order_key: hook.live.as_ref().and_then(|def| store::order_key(&def.settings, &incoming.payload)),
                disposition,
                definition: None,
                given: Vec::new(),
                lease_ms: reserved.as_ref().map(|_| self.handover.lease_ms()),
                reply: incoming.reply,
            },
            reserved,
        }
    }
}

/// The answer when a workflow takes no events at all.
pub(crate) fn off(hook: &LiveHook) -> Error {
    Error::Gone(match hook.version {
        None => format!("the workflow “{}” has not been published yet; send test events to the test URL", hook.workflow_name),
        Some(_) => format!("the live version of “{}” has no such trigger", hook.workflow_name),
    })
}

fn data(event: &Arc<Value>) -> expr::Data {
    let mut data = expr::Data::new();
    data.set_event(Arc::clone(event));
    data
}

fn filter(trigger: &Trigger, event: &Arc<Value>) -> Disposition {
    let Some(condition) = &trigger.filter else { return Disposition::Run };
    match expr::test(condition, &data(event), &expr::Limits::default()) {
        Ok(true) => Disposition::Run,
        Ok(false) => Disposition::Filtered { reason: "the trigger's filter did not let it pass".into() },
        Err(error) => {
            tracing::warn!(error = %error, trigger.id = %trigger.id, "a trigger's filter could not be evaluated");
            Disposition::Filtered { reason: format!("the trigger's filter could not be evaluated: {error}") }
        }
    }
}

/// The key of an event, where its trigger has one and the event carries it.
pub(crate) fn dedupe_key(dedupe: &Dedupe, event: &Arc<Value>) -> Option<DedupeKey> {
    let value = match expr::evaluate(&dedupe.key, &data(event), &expr::Limits::default()) {
        Ok(evaluated) => match evaluated.outcome {
            expr::Outcome::Value(value) => value,
            expr::Outcome::Missing => return None,
        },
        Err(error) => {
            tracing::warn!(error = %error, "a duplicate key could not be evaluated; the event counts as new");
            return None;
        }
    };
    let text = match value {
        Value::Null => return None,
        Value::String(text) if text.is_empty() => return None,
        Value::String(text) => text,
        other => other.to_string(),
    };
    Some(DedupeKey { hash: Sha256::digest(text.as_bytes()).into(), keep_ms: dedupe.window_ms })
}
