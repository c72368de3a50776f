//! Everything that is kept: events, runs and their journal, the queue, workflows, people. The only crate that speaks SQL.
//!
//! One [`Store`] serves SQLite and PostgreSQL alike; what differs stands in `dialect`. Hot writes (accepted events, journal
//! appends, signals) are grouped into shared transactions by `writer`; an answer is given only after the commit.
//! Every function that serves a person takes a [`Scope`] and sees only its workspace.

mod background;
mod cache;
mod clock;
mod connections;
mod dialect;
mod error;
mod events;
pub mod failpoint;
mod hooks;
mod identity;
mod ids;
mod node;
mod options;
mod page;
mod payload;
mod queue;
mod retention;
mod runs;
mod samples;
mod schema;
mod scope;
mod secrets;
mod sql;
mod stats;
mod store;
mod system;
mod watch;
mod workflows;
mod writer;

pub use clock::{Clock, ManualClock, SystemClock};
pub use connections::{ConnectionRow, NewConnection};
pub use error::Error;
pub use events::EventRow;
pub use hooks::LiveHook;
pub use identity::{Credentials, IssuedToken, NewOwner, SessionHandle};
pub use options::{DatabaseUrl, Options};
pub use queue::{Claimed, ClaimedJob, NewJob, Signal, Work};
pub use samples::Origin;
pub use scope::{Actor, Scope};
pub use secrets::{KeyCheck, SealedSecret};
pub use stats::Stats;
pub use store::Store;
pub use system::AuditRow;
pub use watch::{Reply, RunChange};
pub use workflows::{HookRow, WorkflowRow};
pub use writer::{Accepted, Append, Appended, DedupeKey, Disposition, EventFile, Lease, NewEvent, Then};
