use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use egress::{Connection, Egress, Failure, FailureKind, Request, Response, SendLimits};

/// What carries requests: the guard, or a simulated system.
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends the request and reads the whole answer. Any status is an answer, not a failure.
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_>;

    /// A connection to a host for another protocol than HTTP. What simulates a system has none.
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        let message = format!("No connection to {host}:{port}: nothing but HTTP is simulated here");
        let failure = Failure::unsent(FailureKind::Refused, message);
        Box::pin(std::future::ready(Err(failure)))
    }

    /// What carries the requests of one sandbox connection instead, by its mark; none: they are not sent at all, since nothing is simulated
    /// or the sandbox is another connector's.
    fn simulated(&self, connector: &str, mark: &str) -> Option<Arc<dyn Transport>> {
        let _ = (connector, mark);
        None
    }
}

/// The answer, once it is there.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

/// The connection, once it is there.
pub type Dialing<'a> = Pin<Box<dyn Future<Output = Result<Connection, Failure>> + Send + 'a>>;

impl Transport for Egress {
    fn dial<'a>(&'a self, host: &'a str, port: u16) -> Dialing<'a> {
        Box::pin(Egress::dial(self, host, port))
    }

    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_> {
        Box::pin(async move { Egress::send(self, request, &limits).await })
    }
}
