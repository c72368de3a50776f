//! The processes under torture, and the disk and database they stand on.

use super::disk::Disk;
use crate::database::Database;
use crate::instance::{Instance, Published, Running};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const START: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(10);
/// Of a run, in milliseconds: long enough to work with, short enough to wait out.
pub const LEASE_MS: u64 = 2_000;

/// What to build the site from.
pub struct Plan {
    pub binary: PathBuf,
    /// A folder for everything; emptied first.
    pub folder: PathBuf,
    /// A PostgreSQL server to make a database in; absent: SQLite.
    pub postgres: Option<String>,
    /// Beside a process that only serves, so many that only work; 0: one process does both.
    pub workers: usize,
}

pub struct Site {
    pub instance: Instance,
    pub database: Option<Database>,
    /// The server first; an entry without a process has been killed.
    processes: Vec<Option<Running>>,
    /// Last, so that nothing uses it any more when it goes.
    pub disk: Option<Disk>,
}

impl Site {
    pub async fn build(plan: &Plan) -> Result<Self> {
        if plan.workers > 0 && plan.postgres.is_none() {
            bail!("several processes need PostgreSQL");
        }
        if plan.folder.exists() {
            std::fs::remove_dir_all(&plan.folder)?;
        }
        std::fs::create_dir_all(&plan.folder)?;
        // Also for warnings in the log of a killed process.
        let mut environment = vec![
            ("PATCHBAY_FAILPOINT_LEASE_MS".to_owned(), LEASE_MS.to_string()),
            ("PATCHBAY_LOG".to_owned(), "warn".to_owned()),
        ];
        let database = match &plan.postgres {
            Some(server) => {
                let name = format!("patchbay_torture_{}", std::process::id());
                let database = Database::create(server, &name).await?;
                environment.push(("PATCHBAY_DATABASE_URL".to_owned(), database.url()?));
                Some(database)
            }
            None => None,
        };
        let instance = Instance::create_with(&plan.binary, &plan.folder.join("site"), environment).await?;
        let disk = if database.is_none() { Disk::move_in(&instance.folder().join("data")).await? } else { None };
        Ok(Self { instance, database, processes: (0..=plan.workers).map(|_| None).collect(), disk })
    }

    pub fn count(&self) -> usize {
        self.processes.len()
    }

    fn role(&self, at: usize) -> &'static str {
        match (at, self.count()) {
            (_, 1) => "all",
            (0, _) => "server",
            _ => "worker",
        }
    }

    /// A process that carries out runs: the first worker, or the only process.
    pub fn worker(&self) -> usize {
        usize::from(self.count() > 1)
    }

    /// Starts what does not run. Returns how many processes had ended by themselves.
    pub async fn start(&mut self) -> Result<usize> {
        let mut ended = 0;
        for at in 0..self.count() {
            if let Some(process) = &mut self.processes[at]
                && process.ended()?.is_some()
            {
                ended += 1;
                self.processes[at] = None;
            }
            if self.processes[at].is_none() {
                self.processes[at] = Some(self.instance.spawn(self.role(at), &[])?);
                // A server that only serves migrates the database and makes the key for the others.
                self.wait_until_healthy(at).await?;
            }
        }
        Ok(ended)
    }

    async fn wait_until_healthy(&mut self, at: usize) -> Result<()> {
        let started = Instant::now();
        while !self.instance.is_healthy().await {
            let process = self.processes[at].as_mut().context("the process was not started")?;
            if let Some(status) = process.ended()? {
                bail!("a process ended with {status} at its start: see {}", self.instance.log().display());
            }
            if started.elapsed() > START {
                bail!("the server does not answer: see {}", self.instance.log().display());
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Kills a process and starts it again with a fail point armed. It may have died of it before this returns.
    pub async fn arm(&mut self, at: usize, point: &str, n: u64) -> Result<()> {
        self.kill(at).await?;
        let armed = format!("{point}:{n}");
        self.processes[at] = Some(self.instance.spawn(self.role(at), &[("PATCHBAY_FAILPOINT", &armed)])?);
        let started = Instant::now();
        while started.elapsed() < START && !self.has_ended(at)? && !self.instance.is_healthy().await {
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    pub fn has_ended(&mut self, at: usize) -> Result<bool> {
        match &mut self.processes[at] {
            Some(process) => Ok(process.ended()?.is_some()),
            None => Ok(true),
        }
    }

    /// SIGKILL; nothing when it has gone already.
    pub async fn kill(&mut self, at: usize) -> Result<()> {
        if let Some(mut process) = self.processes[at].take()
            && process.ended()?.is_none()
        {
            process.kill().await?;
        }
        Ok(())
    }

    /// SIGTERM, waits for the end, and starts it again.
    pub async fn restart(&mut self, at: usize) -> Result<()> {
        if let Some(process) = self.processes[at].take() {
            process.stop().await?;
        }
        self.start().await.map(drop)
    }

    /// SIGTERM to every process, the workers first.
    pub async fn stop_all(&mut self) -> Result<()> {
        for process in self.processes.iter_mut().rev() {
            if let Some(mut process) = process.take()
                && process.ended()?.is_none()
            {
                process.stop().await?;
            }
        }
        Ok(())
    }

    /// Stops a process where it stands, for `time`.
    pub async fn freeze(&mut self, at: usize, time: Duration) -> Result<()> {
        if let Some(process) = &self.processes[at] {
            process.signal("STOP").await?;
            tokio::time::sleep(time).await;
            process.signal("CONT").await?;
        }
        Ok(())
    }

    /// Imports and publishes a definition.
    pub async fn publish(&self, name: &str, definition: &serde_json::Value) -> Result<Published> {
        let file = self.instance.folder().join(format!("{name}.json"));
        std::fs::write(&file, serde_json::json!({ "name": name, "definition": definition }).to_string())?;
        self.instance.import(&file).await
    }

    /// Stops everything and removes what was made for it; the folder with the log stays.
    pub async fn tear_down(mut self) -> Result<()> {
        for at in 0..self.count() {
            self.kill(at).await?;
        }
        if let Some(database) = &self.database {
            database.remove().await?;
        }
        Ok(())
    }

    /// The last lines that the processes logged.
    pub fn last_words(&self, lines: usize) -> String {
        last_lines(&self.instance.log(), lines)
    }
}

fn last_lines(file: &Path, lines: usize) -> String {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}
