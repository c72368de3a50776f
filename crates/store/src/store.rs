use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use model::{Timestamp, ids::RunId};
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};

use crate::{
    Clock, DatabaseUrl, Error, Options, RunChange, Work,
    cache::Cache,
    clock_step::Clocks,
    dialect::{self, Own},
    health::Health,
    ids::Generator,
    limits::{Backlogs, Gates},
    node,
    retention::Pace,
    schema, sql,
    watch::Replies,
    writer::{self, OpenCalls, Submission},
};

/// Commits that may wait for the writer before callers wait to hand theirs in.
const SUBMISSIONS: usize = 1024;
/// Changes a slow reader may be behind before it is told that it missed some.
const CHANGES: usize = 1024;
/// PostgreSQL: how long a webhook's settings may be used before they are read again.
const HOOK_AGE: std::time::Duration = std::time::Duration::from_secs(2);
/// How often a transaction that stood in another's way is repeated.
pub(crate) const REPEATS: u32 = 8;

/// The database, shared by everything in the process.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    submissions: mpsc::Sender<Submission>,
    /// Dropped with the last clone: background tasks then end by themselves.
    _guard: Arc<DropGuard>,
}

/// What background tasks share with the callers.
pub(crate) struct Shared {
    pub clock: Arc<dyn Clock>,
    pub clocks: Clocks,
    pub backend: DbBackend,
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
    pub own: Own,
    pub ids: Generator,
    /// This process's row in `node`, and its number.
    pub node: node::Node,
    /// The database's clock minus ours, in milliseconds.
    pub offset_ms: AtomicI64,
    pub work: Work,
    /// Something to tell other processes.
    pub hint: Notify,
    pub changes: broadcast::Sender<RunChange>,
    pub replies: Replies,
    pub cache: Cache,
    pub gates: Gates,
    pub backlogs: Backlogs,
    pub pace: Pace,
    pub calls: OpenCalls,
    pub health: Health,
    /// Held while new figures are gathered: one task at a time.
    pub gathering: tokio::sync::Mutex<()>,
    /// Jobs may be waiting that are older than a fresh run; it then takes its place behind them.
    pub backlog: AtomicBool,
    /// The workflow whose runs were claimed last.
    pub turn: AtomicI64,
    pub closing: CancellationToken,
    tasks: TaskTracker,
    pub schema: OnceLock<String>,
}

impl Store {
    /// Opens, locks and migrates the database.
    pub async fn open(options: Options, clock: Arc<dyn Clock>) -> Result<Store, Error> {
        let opened = match &options.url {
            DatabaseUrl::Sqlite { dir } => dialect::sqlite::open(dir, &options).await?,
            DatabaseUrl::Postgres { url } => dialect::postgres::open(url, &options).await?,
        };
        let now = clock.now();
        let schema = schema::prepare(&opened, now).await?;
        let (node, floor) = node::take(&opened, now).await?;
        let (changes, _) = broadcast::channel(CHANGES);
        let closing = CancellationToken::new();
        let shared = Arc::new(Shared {
            clocks: Clocks::new(clock.now()),
            clock,
            backend: opened.backend,
            write: opened.write,
            read: opened.read,
            own: opened.own,
            ids: Generator::new(node.number, floor),
            node,
            offset_ms: AtomicI64::new(0),
            work: Work::default(),
            hint: Notify::new(),
            changes,
            replies: Replies::default(),
            cache: Cache::new((opened.backend == DbBackend::Postgres).then_some(HOOK_AGE)),
            gates: Gates::default(),
            backlogs: Backlogs::default(),
            pace: Pace::default(),
            calls: OpenCalls::default(),
            health: Health::default(),
            gathering: tokio::sync::Mutex::default(),
            backlog: AtomicBool::new(true),
            turn: AtomicI64::new(0),
            closing: closing.clone(),
            tasks: TaskTracker::new(),
            schema: OnceLock::from(schema),
        });
        shared.void_leases().await?;
        shared.follow_database_clock().await?;
        let (submissions, waiting) = mpsc::channel(SUBMISSIONS);
        shared.tasks.spawn(writer::run(shared.clone(), waiting));
        for task in crate::background::tasks(&shared) {
            shared.tasks.spawn(task);
        }
        Ok(Store { shared, submissions, _guard: Arc::new(closing.drop_guard()) })
    }

    /// Waits for writes under way and closes every connection; later calls answer `Unavailable`.
    pub async fn close(&self) {
        self.shared.closing.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        if let Err(error) = self.shared.release_node().await {
            tracing::warn!(error = %error, "the node number was not given back");
        }
        let _ = self.shared.read.close_by_ref().await;
        let _ = self.shared.write.close_by_ref().await;
        if let Own::Sqlite(own) = &self.shared.own {
            own.close().await;
        }
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.shared.clock
    }

    /// The database's time: what leases and schedules are measured by.
    pub fn now(&self) -> Timestamp {
        self.shared.now()
    }

    /// A fresh row id: time-ordered, unique over all nodes.
    pub fn next_id(&self) -> i64 {
        self.shared.next_id()
    }

    /// For a run that a commit is to begin ([`crate::NewChild`]).
    pub fn next_run_id(&self) -> RunId {
        RunId(self.next_id())
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        sql::one(&self.shared.read, "SELECT 1", Vec::new()).await?;
        Ok(())
    }

    /// Somebody waits for an acknowledgement.
    pub(crate) fn commits_wait(&self) -> bool {
        self.submissions.capacity() < self.submissions.max_capacity()
    }

    /// Hands a commit to the writer.
    pub(crate) async fn submit(&self, submission: Submission) -> Result<(), Error> {
        self.submissions.send(submission).await.map_err(|_| closed())
    }
}

pub(crate) fn closed() -> Error {
    Error::Unavailable("the store is closed".into())
}

impl Shared {
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now().plus_ms(self.offset_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn next_id(&self) -> i64 {
        self.ids.next(self.now())
    }

    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        // Immediate: a transaction that begins by reading must not lose its turn when it comes to write.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.write.begin_with_options(options).await?)
    }

    /// Ends a transaction as its work went.
    pub(crate) async fn end<T>(&self, tx: DatabaseTransaction, result: Result<T, Error>) -> Result<T, Error> {
        match result {
            Ok(value) => {
                tx.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // Some failures, a full disk among them, have rolled it back already.
                let _ = tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Wakes this process's workers and tells the others.
    pub(crate) fn announce_work(&self) {
        self.work.wake();
        if self.backend == DbBackend::Postgres {
            self.hint.notify_one();
        }
    }

    pub(crate) fn announce(&self, change: RunChange) {
        if self.changes.receiver_count() > 0 {
            // Fails only when the last receiver has just gone.
            let _ = self.changes.send(change);
        }
    }
}

/// Runs a block in a transaction of its own; repeated when it collided with another one. A macro and not a function that takes a
/// closure: the futures of such closures cannot be proven to be `Send`.
macro_rules! transaction {
    ($shared:expr, |$tx:ident| $work:expr) => {{
        let mut left = $crate::store::REPEATS;
        loop {
            let transaction = $shared.begin().await?;
            let result = {
                let $tx = &transaction;
                async { $work }.await
            };
            match $shared.end(transaction, result).await {
                Err($crate::Error::Collision) if left > 0 => left -= 1,
                Err($crate::Error::Collision) => {
                    break Err($crate::Error::Unavailable("too many transactions at once".into()));
                }
                result => break result,
            }
        }
    }};
}
pub(crate) use transaction;
