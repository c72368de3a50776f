use std::{
    fs::{File, TryLockError},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, SqlxSqliteConnector,
    sqlx::{
        ConnectOptions as _,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};

use super::{Opened, Own as Kind};
use crate::{Error, Options, sql};

pub(crate) const FILE: &str = "patchbay.db";
const LOCK: &str = "patchbay.lock";
/// Beyond this many pages (64 MB) of log, writing waits until the log can start over.
const MAX_LOG_PAGES: i64 = 16 * 1024;

pub(crate) struct Own {
    pub file: PathBuf,
    /// Held while the process uses the directory; the system frees it even after a crash.
    lock: Mutex<Option<File>>,
    /// Checkpoints run here, beside the writer.
    checkpoints: DatabaseConnection,
}

pub(crate) async fn open(dir: &Path, options: &Options) -> Result<Opened, Error> {
    let unusable = |e: std::io::Error| Error::Unavailable(format!("{}: {e}", dir.display()));
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let lock = lock(dir)?;
    let file = dir.join(FILE);

    let mut connect = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true)
        // Only takes effect before the first table; sqlx runs it before the journal mode.
        .auto_vacuum(sea_orm::sqlx::sqlite::SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .pragma("wal_autocheckpoint", "0")
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    if let Some(pages) = options.max_pages {
        connect = connect.pragma("max_page_count", pages.to_string());
    }
    // Negative: KiB instead of pages.
    let cache = |bytes: u64| format!("-{}", bytes / 1024);
    let writer = connect.clone().pragma("cache_size", cache(options.page_cache_bytes));
    let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(1).connect_with(writer).await.map_err(connect_error)?);
    let reader = connect.pragma("query_only", "ON").pragma("cache_size", cache(4 * 1024 * 1024));
    let read = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(options.pool_size.max(1)).connect_lazy_with(reader.clone()));
    let checkpoints = reader.pragma("query_only", "OFF").pragma("cache_size", cache(256 * 1024));
    let checkpoints = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool(1).connect_lazy_with(checkpoints));
    let own = Own { file, lock: Mutex::new(Some(lock)), checkpoints };
    Ok(Opened { backend: DbBackend::Sqlite, write, read, own: Kind::Sqlite(own) })
}

fn pool(size: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(size)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(Duration::from_secs(30))
        // SQLite rolls some failures back by itself, a full disk among them; the driver still counts the transaction as open, and would
        // from then on make savepoints instead of transactions, whose release is no commit. Such a connection is not used again.
        .after_release(|connection, _| {
            let is_idle = !sea_orm::sqlx::Connection::is_in_transaction(connection);
            Box::pin(async move { Ok(is_idle) })
        })
}

fn connect_error(error: sea_orm::sqlx::Error) -> Error {
    match error {
        sea_orm::sqlx::Error::Database(e) => Error::Unavailable(e.message().to_owned()),
        e => Error::Unavailable(e.to_string()),
    }
}

pub(crate) fn lock(dir: &Path) -> Result<File, Error> {
    let unusable = |e: std::io::Error| Error::Unavailable(format!("{}: {e}", dir.join(LOCK).display()));
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(dir.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::Locked(dir.display().to_string())),
        Err(TryLockError::Error(e)) => return Err(unusable(e)),
    }
    // For a person who looks; nothing reads it.
    let _ = file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id()));
    Ok(file)
}

impl Own {
    /// Copies the database beside itself before a migration changes it.
    pub(crate) async fn back_up(&self, db: &DatabaseConnection, schema: &str, at: i64) -> Result<PathBuf, Error> {
        let copy = self.file.with_file_name(format!("patchbay-before-migration-from-{schema}-{at}.db"));
        sql::exec(db, "VACUUM INTO $1", vec![copy.display().to_string().into()]).await?;
        Ok(copy)
    }

    /// Moves the log into the database file without stopping the writer; only where the log has grown long does the writer wait
    /// for the rest, so that the log starts over.
    pub(crate) async fn checkpoint(&self, write: &DatabaseConnection) -> Result<(), Error> {
        let Some(row) = sql::one(&self.checkpoints, "PRAGMA wal_checkpoint(PASSIVE)", Vec::new()).await? else { return Ok(()) };
        if sql::get::<i64>(&row, 1)? > MAX_LOG_PAGES {
            write
                .execute_unprepared("PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = 10000")
                .await?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        let _ = self.checkpoints.close_by_ref().await;
        // Only after every connection is closed.
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}
