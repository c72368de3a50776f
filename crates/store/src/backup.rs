//! Copies of an SQLite database, made while it is in use, and brought back.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use sea_orm::{
    DatabaseConnection, SqlxSqliteConnector,
    sqlx::{
        ConnectOptions as _,
        sqlite::{SqliteConnectOptions, SqlitePoolOptions},
    },
};

use crate::{Error, dialect::sqlite, sql};

/// What a copy holds, for whoever wants to see that it is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub bytes: u64,
    pub workflows: u64,
    pub runs: u64,
    pub journal_rows: u64,
}

/// Copies the database of a data folder into one file, as it stands at this moment; whoever uses it is not disturbed. The copy is
/// checked, and is there as a whole or not at all. The file must not exist yet.
pub async fn backup(dir: &Path, to: &Path) -> Result<Copied, Error> {
    let file = dir.join(sqlite::FILE);
    if !file.exists() {
        return Err(Error::Invalid(format!("there is no database in {}", dir.display())));
    }
    if to.exists() {
        return Err(Error::Invalid(format!("{} exists already; name a file that does not", to.display())));
    }
    let part = partial(to);
    // Left by one that was interrupted.
    let _ = std::fs::remove_file(&part);
    let db = open(&file, false).await?;
    let made = sql::exec(&db, "VACUUM INTO $1", vec![part.display().to_string().into()]).await;
    let _ = db.close().await;
    let done = async {
        made?;
        let copied = check(&part).await?;
        let unusable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", to.display()));
        // On the disk before its name says that it is whole.
        File::open(&part).and_then(|file| file.sync_all()).map_err(unusable)?;
        std::fs::rename(&part, to).map_err(unusable)?;
        Ok(copied)
    }
    .await;
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

/// Puts a copy in the place of a data folder's database, which no process may be using. What stood there is kept beside it; gives back
/// where.
pub async fn restore(dir: &Path, from: &Path) -> Result<(Copied, Option<PathBuf>), Error> {
    let unusable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", dir.display()));
    let copied = check(from).await?;
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let _lock = sqlite::lock(dir)?;
    let file = dir.join(sqlite::FILE);
    let part = partial(&file);
    std::fs::copy(from, &part).map_err(unusable)?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(unusable)?;
    let mut before = None;
    if file.exists() {
        let kept = (1..).map(|n| dir.join(format!("patchbay-before-restore-{n}.db"))).find(|path| !path.exists());
        let kept = kept.ok_or_else(|| Error::Unavailable("no name is left for the database that stands".into()))?;
        // Whole, with what its log still holds.
        backup(dir, &kept).await?;
        before = Some(kept);
    }
    // A log of the former database must not be read into the new one.
    for log in ["-wal", "-shm"] {
        let log = dir.join(format!("{}{log}", sqlite::FILE));
        if log.exists() {
            std::fs::remove_file(&log).map_err(unusable)?;
        }
    }
    std::fs::rename(&part, &file).map_err(unusable)?;
    Ok((copied, before))
}

fn partial(of: &Path) -> PathBuf {
    let mut name = of.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    of.with_file_name(name)
}

async fn open(file: &Path, read_only: bool) -> Result<DatabaseConnection, Error> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(false)
        .read_only(read_only)
        .busy_timeout(std::time::Duration::from_secs(30))
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
    let pool = pool.map_err(|error| Error::Invalid(format!("{} cannot be read: {error}", file.display())))?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Whether a file is a whole database of ours.
async fn check(file: &Path) -> Result<Copied, Error> {
    if !file.is_file() {
        return Err(Error::Invalid(format!("there is no file {}", file.display())));
    }
    let db = open(file, true).await?;
    let found = inspect(&db, file).await;
    let _ = db.close().await;
    found
}

async fn inspect(db: &DatabaseConnection, file: &Path) -> Result<Copied, Error> {
    let no = |why: &str| Error::Invalid(format!("{} is no backup: {why}", file.display()));
    let row = sql::one(db, "PRAGMA integrity_check(1)", Vec::new()).await.map_err(|_| no("it is no SQLite database"))?;
    let said: String = row.map(|row| sql::get(&row, 0)).transpose()?.unwrap_or_default();
    if said != "ok" {
        return Err(no(&said));
    }
    let count = async |table: &str| -> Result<u64, Error> {
        let row =
            sql::one(db, format!("SELECT COUNT(*) FROM {table}"), Vec::new()).await.map_err(|_| no("it is not of Patchbay"))?;
        Ok(row.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or_default().unsigned_abs())
    };
    let bytes = std::fs::metadata(file).map_err(|error| no(&error.to_string()))?.len();
    Ok(Copied { bytes, workflows: count("workflow").await?, runs: count("run").await?, journal_rows: count("journal").await? })
}
