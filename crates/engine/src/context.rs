use std::{collections::BTreeMap, sync::Arc};

use model::{
    Timestamp, WorkflowDefinition,
    ids::{RunId, StepPath},
    run::Datum,
    step::{Action, Policy, Step},
};
use serde_json::Value;

/// Values of payload rows that are loaded, by hash.
pub type Payloads = BTreeMap<String, Arc<Value>>;

/// Everything the engine may look at besides the journal. Nothing in it changes while a decision is made.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub def: &'a WorkflowDefinition,
    /// The trigger's event, as expressions see it.
    pub event: &'a Arc<Value>,
    pub payloads: &'a Payloads,
    /// The variables of workspace and workflow: an object.
    pub vars: &'a Arc<Value>,
    pub run_id: RunId,
    /// The workflow's name.
    pub workflow: &'a str,
    pub now: Timestamp,
    pub operations: &'a dyn Operations,
    pub links: &'a dyn Links,
}

/// Makes the links under which waits are answered: the same one every time.
pub trait Links {
    fn url(&self, run: RunId, path: &StepPath) -> String;
}

/// What the engine must know of the operations it calls. The worker answers from the connectors' manifests.
pub trait Operations {
    fn facts(&self, action: &Action) -> OperationFacts;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationFacts {
    /// For one attempt, in milliseconds, where the step sets none.
    pub timeout_ms: u64,
    /// Keys of the input fields that must neither be missing nor empty.
    pub required: Vec<String>,
    /// False: this installation has no such operation.
    pub known: bool,
}

impl<'a> Context<'a> {
    pub(crate) fn step_at(&self, path: &StepPath) -> Option<&'a Step> {
        self.def.steps.get(&path.step())
    }

    /// The policy of the step at `path`; the default one where the definition has no such step.
    pub(crate) fn policy(&self, path: &StepPath) -> Policy {
        self.step_at(path).map(|step| step.policy.clone()).unwrap_or_default()
    }

    /// The value of a datum, or the hash of the row that has to be loaded for it.
    pub(crate) fn resolve(&self, datum: &Datum) -> Result<Arc<Value>, String> {
        match datum {
            Datum::Inline(value) => Ok(Arc::clone(value)),
            Datum::Stored { hash, .. } => self.payloads.get(hash).cloned().ok_or_else(|| hash.clone()),
        }
    }
}
