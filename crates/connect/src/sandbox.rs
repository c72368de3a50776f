//! Connections without a vendor: their calls are answered by a simulated account.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use egress::{Request, SendLimits};
use model::api::{SandboxAccount, SandboxBehaviour};
use model::ids::ConnectionId;

use crate::transport::{Dialing, Sending, Transport};

/// The value that marks a connection as a sandbox's; it holds the connection's id. No form has a field of this name, and it is sealed
/// with the others: a real connection cannot get it, and a sandbox's cannot lose it on its way to a call.
pub(crate) const MARK: &str = "$sandbox";

/// Simulated systems, with one account for each sandbox connection.
pub trait Sandbox: std::fmt::Debug + Send + Sync {
    /// Made-up values of a connection that signs in so; none where the connector cannot be simulated.
    fn values(&self, connector: &str, method: &str) -> Option<BTreeMap<String, String>>;

    /// What answers the calls of one account. Never opens a socket.
    fn account(&self, connector: &str, account: ConnectionId) -> Arc<dyn Transport>;

    /// What the account holds.
    fn look(&self, account: ConnectionId) -> Told<'_, SandboxAccount>;

    /// Has it misbehave from now on.
    fn behave(&self, connector: &str, account: ConnectionId, behaviour: SandboxBehaviour) -> Told<'_, ()>;

    /// Empties it.
    fn clear(&self, account: ConnectionId) -> Told<'_, ()>;
}

/// An answer about an account; the error says why it cannot be read or written now.
pub type Told<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

/// The values of a new sandbox connection, marked as such.
pub fn marked(mut values: BTreeMap<String, String>, account: ConnectionId) -> BTreeMap<String, String> {
    values.insert(MARK.to_owned(), account.to_string());
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

    fn simulated(&self, connector: &str, account: &str) -> Option<Arc<dyn Transport>> {
        Some(self.sandbox.account(connector, account.parse().ok()?))
    }
}
