use std::{collections::HashMap, sync::Arc};

use engine::{OperationFacts, Operations};
use manifest::{Connector, Operation, RateLimit};
use model::step::Action;

/// Where an operation's manifest states no timeout, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;

/// What the engine must know of operations, from the connectors' manifests.
#[derive(Clone)]
pub struct Catalog {
    connectors: Arc<Vec<Connector>>,
    limits: Arc<HashMap<String, Vec<RateLimit>>>,
}

impl Catalog {
    pub fn new(connectors: Arc<Vec<Connector>>) -> Self {
        let limits = connectors.iter().map(|connector| (connector.id.clone(), connector.limits.clone())).collect();
        Catalog { connectors, limits: Arc::new(limits) }
    }

    /// With limits in the place of those the connectors state, by the connector's id.
    pub fn with_limits(self, limits: HashMap<String, Vec<RateLimit>>) -> Self {
        let mut all = (*self.limits).clone();
        all.extend(limits);
        Catalog { limits: Arc::new(all), ..self }
    }

    /// Those a connector's calls must keep.
    pub(crate) fn limits(&self, connector: &str) -> &[RateLimit] {
        self.limits.get(connector).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the other side can be asked if a call happened.
    pub(crate) fn has_lookup(&self, connector: &str, operation: &str) -> bool {
        self.operation(connector, operation).is_some_and(|operation| operation.idempotency.lookup.is_some())
    }

    pub(crate) fn operation(&self, connector: &str, operation: &str) -> Option<&Operation> {
        self.connectors.iter().find(|found| found.id == connector)?.operation(operation)
    }
}

impl Operations for Catalog {
    fn facts(&self, action: &Action) -> OperationFacts {
        match self.operation(&action.connector, &action.operation) {
            Some(operation) => OperationFacts {
                timeout_ms: if operation.timeout_ms == 0 { TIMEOUT_MS } else { operation.timeout_ms },
                required: operation.fields.iter().filter(|field| field.required).map(|field| field.key.clone()).collect(),
                known: true,
            },
            None => OperationFacts { timeout_ms: TIMEOUT_MS, required: Vec::new(), known: false },
        }
    }
}
