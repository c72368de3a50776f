//! Tells people what went wrong. [`Notify::watch`] reads what is to be read from counts and indexes and opens or resolves alerts;
//! [`Notify::tell`] sends the messages whose time has come. Both may be called again at any moment: what was found and what is to be sent
//! are rows, so neither a crash nor a second process loses or doubles an alert.

mod channel;
mod deaf;
mod disk;
mod ending;
mod expect;
mod message;
mod overdue;
mod quiet;
mod refused;
mod rules;
mod send;
mod shape;
mod tell;
mod throttled;
mod untrusted;
mod watch;

use std::{path::PathBuf, sync::Arc};

use connect::Connect;
use store::Store;
use vault::{Tokens, Vault};

pub use channel::{ChannelError, Secret};
pub use disk::Disk;
pub use message::Message;

/// The kind of the job that watches and tells, and the pause between two rounds, in milliseconds.
pub const JOB: &str = "alerts";
pub const EVERY_MS: i64 = 5_000;

/// Watches and tells. Cheap to clone.
#[derive(Clone)]
pub struct Notify {
    store: Store,
    vault: Vault,
    tokens: Tokens,
    connect: Connect,
    /// Where the pages are, without a slash at its end.
    base: Arc<str>,
    /// Whose disk must not fill up; absent: the database is elsewhere.
    data_dir: Option<Arc<PathBuf>>,
    /// Rules that could not be looked at in the last round, for a reason that may pass by itself.
    doubted: watch::Doubted,
}

impl Notify {
    pub fn new(store: Store, vault: Vault, tokens: Tokens, connect: Connect, base: &str) -> Self {
        Notify {
            store,
            vault,
            tokens,
            connect,
            base: base.trim_end_matches('/').into(),
            data_dir: None,
            doubted: watch::Doubted::default(),
        }
    }

    /// Looks after the disk of this folder, too.
    pub fn on_disk(self, data_dir: PathBuf) -> Self {
        Notify { data_dir: Some(Arc::new(data_dir)), ..self }
    }
}
