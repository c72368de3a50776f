use std::future::Future;
use std::pin::Pin;

use egress::{Egress, Failure, Request, Response, SendLimits};

/// What carries requests: the guard, or a simulated system.
pub trait Transport: std::fmt::Debug + Send + Sync {
    /// Sends the request and reads the whole answer. Any status is an answer, not a failure.
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_>;
}

/// The answer, once it is there.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Response, Failure>> + Send + 'a>>;

impl Transport for Egress {
    fn send(&self, request: Request, limits: SendLimits) -> Sending<'_> {
        Box::pin(async move { Egress::send(self, request, &limits).await })
    }
}
