use std::sync::Arc;

use engine::{OperationFacts, Operations};
use manifest::Connector;
use model::step::Action;

/// Where an operation's manifest states no timeout, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;

/// What the engine must know of operations, from the connectors' manifests.
#[derive(Clone)]
pub struct Catalog(Arc<Vec<Connector>>);

impl Catalog {
    pub fn new(connectors: Arc<Vec<Connector>>) -> Self {
        Catalog(connectors)
    }
}

impl Operations for Catalog {
    fn facts(&self, action: &Action) -> OperationFacts {
        let operation = self.0.iter().find(|c| c.id == action.connector).and_then(|c| c.operation(&action.operation));
        match operation {
            Some(operation) => OperationFacts {
                timeout_ms: if operation.timeout_ms == 0 { TIMEOUT_MS } else { operation.timeout_ms },
                required: operation.fields.iter().filter(|field| field.required).map(|field| field.key.clone()).collect(),
                known: true,
            },
            None => OperationFacts { timeout_ms: TIMEOUT_MS, required: Vec::new(), known: false },
        }
    }
}
