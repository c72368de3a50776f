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

/// What stood in a data folder before a copy took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub kept: PathBuf,
    /// Why it is there as it stood, with its log beside it, and not as a copy that was checked. Absent: it is one.
    pub unchecked: Option<String>,
}

/// Puts a copy in the place of a data folder's database, which no process may be using. What stood there is kept beside it: as a checked
/// copy, or where that cannot be made (it is damaged, or there is no room for another one) under another name.
pub async fn restore(dir: &Path, from: &Path) -> Result<(Copied, Option<Before>), Error> {
    let unusable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", dir.display()));
    let copied = check(from).await?;
    std::fs::create_dir_all(dir).map_err(unusable)?;
    let _lock = sqlite::lock(dir)?;
    let file = dir.join(sqlite::FILE);
    let part = partial(&file);
    let laid = std::fs::copy(from, &part).and_then(|_| File::open(&part)).and_then(|file| file.sync_all());
    if let Err(error) = laid {
        let _ = std::fs::remove_file(&part);
        return Err(unusable(error));
    }
    let placed = replace(dir, &file, &part).await;
    if placed.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    Ok((copied, placed?))
}

async fn replace(dir: &Path, file: &Path, part: &Path) -> Result<Option<Before>, Error> {
    let unusable = |error: std::io::Error| Error::Unavailable(format!("{}: {error}", dir.display()));
    let stood = names(file);
    let mut before = None;
    if stood.iter().take(2).any(|path| path.exists()) {
        let is_free = |path: &PathBuf| !path.exists() && !log(path, "-wal").exists();
        let kept = (1..).map(|n| dir.join(format!("patchbay-before-restore-{n}.db"))).find(is_free);
        let kept = kept.ok_or_else(|| Error::Unavailable("no name is left for the database that stands".into()))?;
        // Whole, with what its log still holds.
        let unchecked = backup(dir, &kept).await.err().map(|error| error.to_string());
        if unchecked.is_some() {
            rename_all(&stood, &names(&kept)).map_err(unusable)?;
        }
        before = Some(Before { kept, unchecked });
    }
    // A log of the former database must not be read into the new one.
    for log in stood.iter().skip(1).filter(|log| log.exists()) {
        std::fs::remove_file(log).map_err(unusable)?;
    }
    let placed = std::fs::rename(part, file);
    if placed.is_err()
        && let Some(Before { kept, unchecked: Some(_) }) = &before
    {
        let _ = rename_all(&names(kept), &stood);
    }
    placed.map_err(unusable)?;
    Ok(before)
}

/// A database and its log.
fn names(file: &Path) -> [PathBuf; 3] {
    [file.to_owned(), log(file, "-wal"), log(file, "-shm")]
}

/// Other names for the files of a database, all or none. The database goes first: without it its log is found by whoever restores again.
fn rename_all(from: &[PathBuf; 3], to: &[PathBuf; 3]) -> Result<(), std::io::Error> {
    for (at, (old, new)) in from.iter().zip(to).enumerate() {
        if !old.exists() {
            continue;
        }
        if let Err(error) = std::fs::rename(old, new) {
            for (old, new) in from.iter().zip(to).take(at) {
                let _ = std::fs::rename(new, old);
            }
            return Err(error);
        }
    }
    Ok(())
}

/// A file that SQLite keeps beside a database.
fn log(of: &Path, ending: &str) -> PathBuf {
    let mut name = of.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    of.with_file_name(name)
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
