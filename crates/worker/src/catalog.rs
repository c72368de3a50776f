use std::{collections::HashMap, sync::Arc};

use connect::budget::Window;
use engine::{OperationFacts, Operations};
use manifest::Connector;
use model::step::Action;

/// Where an operation's manifest states no timeout, in milliseconds.
const TIMEOUT_MS: u64 = 30_000;

/// What the engine must know of operations, from the connectors' manifests.
#[derive(Clone)]
pub struct Catalog {
    connectors: Arc<Vec<Connector>>,
    limits: Arc<HashMap<String, Vec<Window>>>,
}

impl Catalog {
    pub fn new(connectors: Arc<Vec<Connector>>) -> Self {
        Catalog { connectors, limits: Arc::default() }
    }

    /// With the limits connectors state for each account, by the connector's id.
    pub fn with_limits(self, limits: HashMap<String, Vec<Window>>) -> Self {
        Catalog { limits: Arc::new(limits), ..self }
    }

    /// How many calls one connection of a connector may make.
    pub(crate) fn limits(&self, connector: &str) -> &[Window] {
        self.limits.get(connector).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Operations for Catalog {
    fn facts(&self, action: &Action) -> OperationFacts {
        let operation = self.connectors.iter().find(|c| c.id == action.connector).and_then(|c| c.operation(&action.operation));
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
