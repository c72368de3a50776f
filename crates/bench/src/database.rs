//! A PostgreSQL database of its own, and the trouble a database server can make. Through `psql`, which comes with every PostgreSQL.

use anyhow::{Context, Result, bail};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// A database made for a test; dropped with [`Database::remove`].
#[derive(Debug, Clone)]
pub struct Database {
    psql: PathBuf,
    /// Of the server's own database, from where the other one is made and dropped.
    admin: String,
    name: String,
}

impl Database {
    /// Makes an empty database on the server that `server` names (`postgres://user@host:port/postgres`).
    pub async fn create(server: &str, name: &str) -> Result<Self> {
        let database = Self { psql: find_psql()?, admin: server.to_owned(), name: name.to_owned() };
        database.remove().await?;
        database.tell(&format!("CREATE DATABASE {name}")).await?;
        Ok(database)
    }

    pub async fn remove(&self) -> Result<()> {
        self.tell(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await.map(drop)
    }

    pub fn url(&self) -> Result<String> {
        let (server, _) = self.admin.rsplit_once('/').context("the PostgreSQL URL names no database")?;
        Ok(format!("{server}/{}", self.name))
    }

    /// Ends every connection to it; how many.
    pub async fn cut(&self) -> Result<u64> {
        let sql = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{}' AND backend_type = 'client backend'",
            self.name
        );
        self.tell(&sql).await?.trim().parse().context("psql printed no number")
    }

    /// Cuts every connection and lets nobody in for `time`.
    pub async fn close_for(&self, time: Duration) -> Result<()> {
        self.tell(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name)).await?;
        let cut = self.cut().await;
        tokio::time::sleep(time).await;
        self.tell(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS true", self.name)).await?;
        cut.map(drop)
    }

    /// What the database takes on disk, in bytes.
    pub async fn bytes(&self) -> Result<u64> {
        self.tell(&format!("SELECT pg_database_size('{}')", self.name)).await?.trim().parse().context("psql printed no size")
    }

    async fn tell(&self, sql: &str) -> Result<String> {
        let mut command = Command::new(&self.psql);
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql]);
        let output = command.arg(&self.admin).stdin(Stdio::null()).output().await.context("cannot start psql")?;
        if !output.status.success() {
            bail!("psql refused `{sql}`: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// In `PATH`, else where Debian keeps a server's programs.
#[expect(clippy::disallowed_methods, reason = "a tool looks for another one")]
fn find_psql() -> Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = std::path::Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let folders = std::env::split_paths(&path).chain(versions.map(|version| version.path().join("bin")));
    let mut programs = folders.map(|folder| folder.join("psql"));
    programs.find(|file| file.is_file()).context("psql is missing: install the PostgreSQL client")
}
