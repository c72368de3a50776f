use std::{collections::HashMap, sync::Arc};

use connect::budget::Window;
use engine::{OperationFacts, Operations};
use manifest::{Connector, LimitKey, Operation, RateLimit};
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
        let limits = connectors.iter().map(|connector| (connector.id.clone(), windows(connector))).collect();
        Catalog { connectors, limits: Arc::new(limits) }
    }

    /// With limits in the place of those the connectors state, by the connector's id.
    pub fn with_limits(self, limits: HashMap<String, Vec<Window>>) -> Self {
        let mut all = (*self.limits).clone();
        all.extend(limits);
        Catalog { limits: Arc::new(all), ..self }
    }

    /// How many calls one connection of a connector may make.
    pub(crate) fn limits(&self, connector: &str) -> &[Window] {
        self.limits.get(connector).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether the other side can be asked if a call happened.
    pub(crate) fn has_lookup(&self, connector: &str, operation: &str) -> bool {
        self.operation(connector, operation).is_some_and(|operation| operation.idempotency.lookup.is_some())
    }

    fn operation(&self, connector: &str, operation: &str) -> Option<&Operation> {
        self.connectors.iter().find(|found| found.id == connector)?.operation(operation)
    }
}

/// The limits that hold for all calls of a connection. Those of single operations, or shared by a field, are left to the other side's
/// own word.
fn windows(connector: &Connector) -> Vec<Window> {
    let whole = connector.limits.iter().filter(|limit| {
        limit.operations.is_empty() && limit.field.is_none() && matches!(limit.by, LimitKey::App | LimitKey::Account)
    });
    let window = |limit: &RateLimit| Window {
        permits: u32::try_from(limit.requests).unwrap_or(u32::MAX),
        per_ms: limit.per_s.saturating_mul(1_000).max(1),
    };
    whole.map(window).collect()
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
