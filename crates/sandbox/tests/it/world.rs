//! One sandbox connection, called the way a run calls it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use connect::{AuthMethod, CallError, CallResult, Connect, Credential, Polled, Sandbox, Sending, Since, Transport, Want};
use egress::{Egress, Failure, FailureKind, Options, Request, SendLimits};
use model::api::{Misbehaviour, SandboxAccount, SandboxBehaviour};
use model::ids::ConnectionId;
use sandbox::{Memory, Simulation};
use serde_json::Value;

pub const ACCOUNT: ConnectionId = ConnectionId(7);

pub struct World {
    pub connect: Connect,
    pub connector: String,
    pub credential: Credential,
}

/// What would be a socket: nothing may come here.
#[derive(Debug)]
struct Forbidden;

impl Transport for Forbidden {
    fn send(&self, request: Request, _limits: SendLimits) -> Sending<'_> {
        let message = format!("a sandbox called {}", request.url);
        Box::pin(std::future::ready(Err(Failure::unsent(FailureKind::Refused, message))))
    }
}

impl World {
    /// A connection that signs in the first way.
    pub fn of(connector: &str) -> Self {
        let method = manifest::find(connector).unwrap().auth[0].id.clone();
        Self::by(connector, &method)
    }

    pub fn by(connector: &str, method: &str) -> Self {
        let connectors = Arc::new(manifest::builtin().to_vec());
        let simulation = Simulation::new(Arc::clone(&connectors), Arc::new(Memory::default()));
        let values = connect::marked(simulation.values(connector, method).unwrap(), connector, ACCOUNT);
        let credential = Credential { method: AuthMethod::parse(method).unwrap(), values, allowed_hosts: Vec::new() };
        let connect = Connect::new(Egress::new(Options::default()).unwrap())
            .with_connectors(connectors)
            .with_transport(Arc::new(Forbidden))
            .with_sandbox(Arc::new(simulation));
        Self { connect, connector: connector.to_owned(), credential }
    }

    pub async fn call(&self, operation: &str, input: Value) -> Result<Value, CallError> {
        self.keyed(operation, input, "key-1", Duration::from_secs(5)).await.outcome
    }

    /// The call under a key of its own, with this much time.
    pub async fn keyed(&self, operation: &str, input: Value, key: &str, timeout: Duration) -> CallResult {
        let prepared = match self.connect.prepare(&self.connector, operation, &input) {
            Ok(prepared) => prepared,
            Err(error) => return CallResult { outcome: Err(error), response: None },
        };
        self.connect.perform(&prepared.request, key, Some(&self.credential), timeout).await
    }

    pub async fn poll(&self, trigger: &str, input: Value, cursor: Option<&str>) -> Polled {
        let since = Since {
            connector: &self.connector,
            trigger,
            input: &input,
            cursor,
            want: Want::New { at_most: None },
            is_whole: true,
        };
        self.connect.poll(since, &HashSet::new(), &self.credential, Duration::from_secs(5)).await.unwrap()
    }

    pub async fn behave(&self, misbehaviour: Misbehaviour, calls: Option<u32>) {
        let behaviour = SandboxBehaviour { misbehaviour: Some(misbehaviour), calls, answer: None };
        self.connect.sandbox().unwrap().behave(&self.connector, ACCOUNT, behaviour).await.unwrap();
    }

    pub async fn look(&self) -> SandboxAccount {
        self.connect.sandbox().unwrap().look(&self.connector, ACCOUNT).await.unwrap()
    }
}
