use std::sync::Arc;

use model::{
    Timestamp,
    ids::{ConnectionId, StepId, StepPath},
    run::{Datum, EffectClass, Hold, KeyLimits, RunEvent, RunEventKind},
};
use serde_json::Value;

use crate::local::Local;

/// What follows from a run's state.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// To be appended to the journal, in order; `Parked` and `RunFinished` are among them. The state knows them already.
    pub events: Vec<RunEvent>,
    /// Calls are to be carried out after `events` and each one's [`started`] are durable.
    pub effects: Vec<Effect>,
    pub next: Next,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The effects are to be carried out (none: earlier ones are still under way); decide again with their outcomes.
    Continue,
    /// The run gives its place back. `until`: when to decide again unless a signal comes first.
    Park { until: Option<Timestamp>, hold: Option<Hold> },
    /// The run has ended.
    Done,
    /// The effects are to be carried out, and the rest decided after a commit: it would not fit into one.
    Again,
    /// Hashes of payload rows to load before it is decided again. There are no effects.
    Need(Vec<String>),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// To another system: its intent is to be durable before.
    Call(Call),
    /// Within Patchbay.
    Local(Local),
}

impl Effect {
    /// The step that asks for it.
    pub fn path(&self) -> &StepPath {
        match self {
            Effect::Call(call) => &call.path,
            Effect::Local(local) => &local.path,
        }
    }
}

/// One attempt of a call to another system.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub path: StepPath,
    pub step: StepId,
    /// The attempt: 1, 2, 3 ... over all rounds.
    pub n: u32,
    pub round: u32,
    /// The idempotency key: the same for all attempts of a round.
    pub key: String,
    pub connector: String,
    pub operation: String,
    /// The connector's version that the step was made for.
    pub version: u32,
    pub connection: Option<ConnectionId>,
    /// The evaluated input: an object by field key.
    pub input: Arc<Value>,
    /// Milliseconds after which the attempt counts as timed out.
    pub timeout_ms: u64,
    /// The request an earlier attempt of this round recorded: to be sent as it is, never rendered anew.
    pub resend: Option<Datum>,
    /// Nothing is to be done: the other side is to be asked whether attempt so-and-so, whose request `resend` is, happened.
    pub lookup: Option<u32>,
}

/// The intent of a call or question, to be durable before its first byte is sent: as [`started`] says, with what is known of the
/// call's key.
pub fn intent(call: &Call, class: EffectClass, limits: KeyLimits, request: Option<Datum>) -> Vec<RunEventKind> {
    let started = started(call, class, request);
    if call.lookup.is_some() || call.resend.is_some() || !limits.is_limited() {
        return vec![started];
    }
    vec![started, RunEventKind::KeyLimited { path: call.path.clone(), n: call.n, limits }]
}

/// The intent of a call, to be durable before its first byte is sent. `request`: the rendered request, secrets as references;
/// ignored when an earlier one is sent again.
pub fn started(call: &Call, class: EffectClass, request: Option<Datum>) -> RunEventKind {
    if let Some(of) = call.lookup {
        return RunEventKind::LookupStarted {
            path: call.path.clone(),
            n: call.n,
            of,
            round: call.round,
            key: call.key.clone(),
            timeout_ms: call.timeout_ms,
            connection: call.connection,
        };
    }
    RunEventKind::AttemptStarted {
        path: call.path.clone(),
        n: call.n,
        round: call.round,
        key: call.key.clone(),
        class,
        timeout_ms: call.timeout_ms,
        request: if call.resend.is_some() { None } else { request },
        connection: call.connection,
    }
}

/// The waits that `events` give up: in their commit an answer that stands there already has to be looked for.
pub fn closes(events: &[RunEvent]) -> Vec<StepPath> {
    let closed = events.iter().filter_map(|event| match &event.kind {
        RunEventKind::TimedOut { path } => Some(path.clone()),
        _ => None,
    });
    closed.collect()
}
