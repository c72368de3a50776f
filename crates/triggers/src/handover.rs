//! Giving a fresh run to the job runner of the same process, without a way through the queue.

use store::Claimed;

/// The job runner's side: whether it would take a run at once.
pub trait Handover: Send + Sync + 'static {
    /// Reserves a place, if one is free and no older work waits. Dropping the reservation frees the place.
    fn reserve(&self) -> Option<Box<dyn Reserved>>;

    /// For how long the run would be leased, in milliseconds.
    fn lease_ms(&self) -> i64;
}

/// A reserved place of the job runner.
pub trait Reserved: Send {
    fn start(self: Box<Self>, run: Box<Claimed>);
}

/// Every run goes through the queue: servers without a job runner of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoHandover;

impl Handover for NoHandover {
    fn reserve(&self) -> Option<Box<dyn Reserved>> {
        None
    }

    fn lease_ms(&self) -> i64 {
        0
    }
}
