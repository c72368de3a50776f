//! A Patchbay that is measured: the release binary with a data folder of its own.

use crate::http::{self, Connection};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

const START: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(2);
/// Where an instance keeps its address and token, to be opened again.
const KEPT: &str = "instance.json";
pub const OWNER: &str = "bench@example.com";
pub const PASSWORD: &str = "a password for the bench only";

/// An instance's folder and settings; it may be started and killed several times.
pub struct Instance {
    binary: PathBuf,
    folder: PathBuf,
    address: SocketAddr,
    token: String,
    /// Settings beside the usual ones.
    environment: Vec<(String, String)>,
}

/// The running server process.
pub struct Running {
    child: Child,
    pub address: SocketAddr,
}

/// A published workflow.
#[derive(Debug, Clone)]
pub struct Published {
    pub id: String,
    /// Path of its hook.
    pub hook: String,
}

impl Instance {
    /// A fresh instance with an owner and a token.
    pub async fn create(binary: &Path, folder: &Path) -> Result<Self> {
        Self::create_with(binary, folder, Vec::new()).await
    }

    /// The same with more settings, for example `PATCHBAY_DATABASE_URL`.
    pub async fn create_with(binary: &Path, folder: &Path, environment: Vec<(String, String)>) -> Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let (binary, folder, token) = (binary.to_owned(), folder.to_owned(), String::new());
        let mut instance = Self { binary, folder, address, token, environment };
        instance.tell(&["owner", "create", "--email", OWNER, "--password-stdin"], Some(PASSWORD)).await?;
        instance.token = instance.tell(&["token", "create", "--email", OWNER, "--name", "bench"], None).await?.trim().to_owned();
        std::fs::write(instance.folder.join(KEPT), serde_json::to_vec(&(instance.address, &instance.token))?)?;
        Ok(instance)
    }

    /// One that [`Instance::create`] made before, with its data as it was left.
    pub fn reopen(binary: &Path, folder: &Path) -> Result<Self> {
        let kept = std::fs::read(folder.join(KEPT)).context("there is no instance to open again")?;
        let (address, token) = serde_json::from_slice(&kept)?;
        Ok(Self { binary: binary.to_owned(), folder: folder.to_owned(), address, token, environment: Vec::new() })
    }

    /// Starts the server. Returns it with the time until `/healthz` answered.
    pub async fn start(&self) -> Result<(Running, Duration)> {
        let started = Instant::now();
        let mut running = self.spawn("all", &[])?;
        while started.elapsed() < START {
            if self.is_healthy().await {
                return Ok((running, started.elapsed()));
            }
            if let Some(status) = running.ended()? {
                bail!("the server ended with {status}: see {}", self.log().display());
            }
            tokio::time::sleep(POLL).await;
        }
        bail!("the server did not answer within {} s", START.as_secs());
    }

    /// Starts a process with a role (`all`, `server`, `worker`) and more environment, and does not wait for it.
    pub fn spawn(&self, role: &str, environment: &[(&str, &str)]) -> Result<Running> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log())?;
        let mut command = self.command();
        command.args(["serve", "--role", role]).envs(environment.iter().copied());
        let child = command.stdout(log.try_clone()?).stderr(log).spawn().context("cannot start the server")?;
        Ok(Running { child, address: self.address })
    }

    /// Whether `/healthz` answers.
    pub async fn is_healthy(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address).await else { return false };
        let answer = connection.send(b"GET /healthz HTTP/1.1\r\nhost: bench\r\n\r\n").await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    /// The same, known by another one's token: it has that one's data.
    pub fn with_token_of(self, other: &Instance) -> Self {
        Self { token: other.token.clone(), ..self }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What its processes say.
    pub fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    /// Imports and publishes a workflow of a running instance, through the command line.
    pub async fn import(&self, file: &Path) -> Result<Published> {
        let path = file.to_str().context("the file's name is not text")?;
        let line = self.tell(&["workflow", "import", path, "--publish"], None).await?;
        let import: Value = serde_json::from_str(line.trim()).with_context(|| format!("import printed no JSON line: {line}"))?;
        let text =
            |name: &str| import[name].as_str().map(str::to_owned).with_context(|| format!("import printed no {name}: {line}"));
        let url = text("hook_url")?;
        let hook = url.find("/hooks/").map(|at| url[at..].to_owned()).with_context(|| format!("{url} is no hook"))?;
        Ok(Published { id: text("workflow_id")?, hook })
    }

    /// GET of the API, as JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        Connection::open(self.address).await?.send(&http::get(path, &self.token)).await?.json()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env("PATCHBAY_BIND", self.address.to_string())
            .env("PATCHBAY_DATA_DIR", self.folder.join("data"))
            .env("PATCHBAY_EGRESS_ALLOW", "127.0.0.0/8")
            .env("PATCHBAY_URL", format!("http://{}", self.address))
            .env("PATCHBAY_TOKEN", &self.token)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .kill_on_drop(true);
        command
    }

    /// Runs another command of the binary and returns what it printed.
    pub async fn tell(&self, arguments: &[&str], input: Option<&str>) -> Result<String> {
        let mut command = self.command();
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        if input.is_some() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().context("cannot start the binary")?;
        if let (Some(mut pipe), Some(input)) = (child.stdin.take(), input) {
            pipe.write_all(input.as_bytes()).await?;
        }
        let output = child.wait_with_output().await?;
        if !output.status.success() {
            bail!("`patchbay {}` ended with {}: {}", arguments.join(" "), output.status, String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8(output.stdout)?)
    }
}

impl Running {
    /// The process itself.
    pub fn into_child(self) -> Child {
        self.child
    }

    /// How the process ended, if it has.
    pub fn ended(&mut self) -> Result<Option<std::process::ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends a signal by its name: `STOP`, `CONT`.
    pub async fn signal(&self, name: &str) -> Result<()> {
        let status = Command::new("kill").arg(format!("-{name}")).arg(self.id()?.to_string()).status().await?;
        if !status.success() {
            bail!("cannot send SIG{name} to the server");
        }
        Ok(())
    }

    pub fn id(&self) -> Result<u32> {
        self.child.id().context("the server has ended")
    }

    /// SIGKILL: nothing is written any more.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await.context("cannot kill the server")
    }

    /// SIGTERM, and waits for the end.
    pub async fn stop(mut self) -> Result<()> {
        self.signal("TERM").await?;
        self.child.wait().await?;
        Ok(())
    }
}
