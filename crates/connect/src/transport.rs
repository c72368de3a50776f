use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use egress::{Egress, Failure, Request, Response, SendLimits};

/// What carries requests: the guard, or a simulated system.
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends the request and reads the whole answer. Any status is an answer, not a failure.
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_>;

    /// What carries the requests of one sandbox connection instead; none: they are not sent at all.
    fn simulated(&self, connector: &str, account: &str) -> Option<Arc<dyn Transport>> {
        let _ = (connector, account);
        None
    }
}

/// The answer, once it is there.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

impl Transport for Egress {
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_> {
        Box::pin(async move { Egress::send(self, request, &limits).await })
    }
}
