//! Everything that is kept: events, runs and their journal, the queue, workflows, people. The only crate that speaks SQL.
//!
//! One [`Store`] serves SQLite and PostgreSQL alike; what differs stands in `dialect`. Hot writes (accepted events, journal
//! appends, signals) are grouped into shared transactions by `writer`; an answer is given only after the commit.
//! Every function that serves a person takes a [`Scope`] and sees only its workspace.

mod activity;
mod alerts;
mod audit;
mod background;
mod backup;
#[cfg(feature = "seed")]
pub mod bare;
mod budget;
mod bulk;
mod cache;
mod clock;
mod clock_step;
mod connections;
mod dashboard;
mod dialect;
mod doors;
mod erasure;
mod error;
mod events;
pub mod failpoint;
mod failures;
mod files;
mod fold;
mod groups;
mod health;
mod hooks;
mod identity;
mod ids;
mod inspector;
mod journal;
mod kv;
mod lanes;
mod late;
mod limits;
mod masking;
mod node;
mod not_allowed;
mod oauth;
mod options;
mod order_key;
mod pack;
mod page;
mod payload;
mod polls;
mod queue;
mod retention;
mod runs;
mod samples;
mod sandbox;
mod schema;
mod scope;
mod search;
mod secrets;
#[cfg(feature = "seed")]
pub mod seed;
mod shapes;
mod slots;
mod sql;
mod stats;
mod store;
mod subscriptions;
mod system;
mod tags;
mod uses;
mod values;
mod watch;
mod workflows;
mod writer;

pub use alerts::{
    ChannelRow, ConnectionFact, DeafFact, DueTelling, EndingFact, Expected, FailedRun, FailureFact, HeldFact, NewChannelRow,
    OpenAlert, OverdueFact, Raised, Refused, RefusedFact, ThrottledFact, Untrusted, UntrustedFact, WaitingFact,
};
pub use backup::{Before, Copied, backup, restore};
pub use bulk::{BulkOutcome, BulkPiece, BulkWork, RowsOf};
pub use clock::{Clock, ManualClock, SystemClock};
pub use connections::{Account, ConnectionRow, NewConnection};
pub use dashboard::DashboardSpan;
pub use doors::WaitRow;
pub use error::Error;
pub use events::EventRow;
pub use failures::FailureListener;
pub use groups::message_shape;
pub use health::Unwell;
pub use hooks::LiveHook;
pub use identity::{Credentials, IssuedToken, Joins, NewOwner, SessionHandle};
pub use inspector::{KEPT_BODY_BYTES, KeptRequest, NewDelivery};
pub use kv::KvPage;
pub use late::EndedRun;
pub use masking::{MASK, Masking, hide, is_masked};
pub use not_allowed::NotAllowed;
pub use oauth::{Consent, OAuthApp, Renewal};
pub use options::{DatabaseUrl, Options};
pub use order_key::order_key;
pub use payload::journal_json;
pub use polls::{POLL, PollError, PollLook, PollPhase, PollRow, PollState, Told, poll_key};
pub use queue::{Answered, BULK, COLLECT, Claimed, ClaimedJob, ERASURE, FAILURE, Inbox, MOST_CLAIMS, NewJob, Signal, Work};
pub use retention::{BudgetFact, WorkflowUsage};
pub use samples::{Origin, RunSamples};
pub use scope::{Actor, Scope};
pub use search::FoundEvent;
pub use secrets::{KeyCheck, SealedSecret};
pub use shapes::Learned;
pub use stats::Stats;
pub use store::Store;
pub use subscriptions::{AppHook, CallOutcome, Listener, Made, NewSubscription, SUBSCRIBE, SubscriptionRow, Wanted};
pub use watch::{Reply, RunChange};
pub use workflows::{Draft, HookRow, WorkflowRow};
pub use writer::{
    Accepted, Append, Appended, CollectJoin, DedupeKey, Disposition, EventFile, KvWrite, Lease, NewChild, NewEvent, Snapshot,
    Then,
};
