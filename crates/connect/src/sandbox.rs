//! Connections without a vendor: their calls are answered by a simulated account.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use egress::{Request, SendLimits};
use model::api::{SandboxAccount, SandboxBehaviour};
use model::ids::ConnectionId;
use serde_json::Value;

use crate::transport::{Dialing, Sending, Transport};

/// The value that marks a connection as a sandbox's: its connector and its id, `slack:con_...`. No form has a field of this name, and it is sealed
/// with the others: a real connection cannot get it, and a sandbox's cannot lose it on its way to a call.
pub(crate) const MARK: &str = "$sandbox";

/// Simulated systems, with one account for each sandbox connection.
pub trait Sandbox: std::fmt::Debug + Send + Sync {
    /// Made-up values of a connection that signs in so; none where the connector cannot be simulated.
    fn values(&self, connector: &str, method: &str) -> Option<BTreeMap<String, String>>;

    /// What answers the calls of one account. Never opens a socket.
    fn account(&self, connector: &str, account: ConnectionId) -> Arc<dyn Transport>;

    /// What the account holds.
    fn look<'a>(&'a self, connector: &'a str, account: ConnectionId) -> Told<'a, SandboxAccount>;

    /// Has it misbehave from now on.
    fn behave(&self, connector: &str, account: ConnectionId, behaviour: SandboxBehaviour) -> Told<'_, ()>;

    /// Makes something happen in the account that a trigger is to notice; none where nothing is known of such a trigger.
    fn happen<'a>(&'a self, connector: &'a str, account: ConnectionId, what: &'a Happening) -> Told<'a, Option<Occurred>>;

    /// Empties it.
    fn clear(&self, account: ConnectionId) -> Told<'_, ()>;
}

/// An answer about an account; the error says why it cannot be read or written now.
pub type Told<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// What is to happen in a simulated account.
#[derive(Debug, Clone, Default)]
pub struct Happening {
    /// Of the connector.
    pub trigger: String,
    /// The trigger's form, complete.
    pub input: Value,
    /// The account's id, as the connection keeps it.
    pub account: String,
    /// Instead of what the sandbox makes up: what is sent, or put into the list.
    pub event: Option<Value>,
    /// So much earlier it happened than anybody is told, in milliseconds.
    pub late_ms: i64,
    /// The next answer holds everything twice.
    pub doubled: bool,
    /// Only to be looked at: the account stays as it is.
    pub is_trial: bool,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Occurred {
    /// The vendor tells of it. Not signed yet.
    Sent {
        /// With the kind of the body.
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        event: Value,
    },
    /// It stands in a list from now on.
    Listed { event: Value },
}

/// The values of a new sandbox connection, marked as such.
pub fn marked(mut values: BTreeMap<String, String>, connector: &str, account: ConnectionId) -> BTreeMap<String, String> {
    values.insert(MARK.to_owned(), format!("{connector}:{account}"));
    values
}

/// Real calls through one, those of sandbox connections through the other.
#[derive(Debug)]
pub(crate) struct Switch {
    pub real: Arc<dyn Transport>,
    pub sandbox: Arc<dyn Sandbox>,
}

impl Transport for Switch {
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_> {
        self.real.send(request, limits)
    }

    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        self.real.dial(host, port)
    }

    fn simulated(&self, connector: &str, mark: &str) -> Option<Arc<dyn Transport>> {
        // A mark of an earlier version is the id alone.
        let (of, account) = mark.split_once(':').unwrap_or((connector, mark));
        // One service would write into the account of another.
        (of == connector).then(|| account.parse().ok()).flatten().map(|account| self.sandbox.account(connector, account))
    }
}
