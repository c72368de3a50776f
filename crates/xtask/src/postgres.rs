//! A throw-away PostgreSQL for tests, torture and clusters: a cluster in a temporary folder on a free port, not safe against a crash and
//! therefore quick. `TEST_POSTGRES_URL` names another one to use instead; tests make databases of their own in it.

use crate::debian::{self, Need};
use crate::process;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const URL: &str = "TEST_POSTGRES_URL";
const START: Duration = Duration::from_secs(30);

const POSTGRES: Need = Need {
    name: "PostgreSQL",
    packages: &["postgresql"],
    advice: "install it (Debian and Ubuntu: `apt-get install postgresql`, macOS: `brew install postgresql`) or set TEST_POSTGRES_URL.",
    find: find_initdb,
};

pub enum Database {
    /// The one that `TEST_POSTGRES_URL` names.
    Given(String),
    Own(Cluster),
}

impl Database {
    pub fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Own(cluster) => &cluster.url,
        }
    }
}

pub struct Cluster {
    url: String,
    folder: PathBuf,
    server: Child,
    tools: PathBuf,
    user: Option<&'static str>,
}

pub fn start() -> Result<Database> {
    if let Ok(url) = std::env::var(URL) {
        return Ok(Database::Given(url));
    }
    let initdb = debian::ensure(&POSTGRES)?;
    let tools = initdb.parent().context("initdb has no folder")?.to_owned();
    process::step("Start a throw-away PostgreSQL", || Cluster::start(tools)).map(Database::Own)
}

/// Debian keeps the server's programs outside `PATH`, in a folder per version.
fn find_initdb() -> Option<PathBuf> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let mut installed: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path().join("bin/initdb"))))
        .filter(|(_, initdb)| initdb.is_file())
        .collect();
    installed.sort();
    installed.pop().map(|(_, initdb)| initdb).or_else(|| process::find_program(&["initdb"]))
}

impl Cluster {
    fn start(tools: PathBuf) -> Result<Self> {
        // PostgreSQL refuses to run as root.
        let user = debian::is_root().then(unprivileged_user).transpose()?;
        let folder = std::env::temp_dir().join(format!("patchbay-postgres-{}", std::process::id()));
        std::fs::create_dir(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
        if let Some(user) = user {
            process::run_quietly(Command::new("chown").arg(user).arg(&folder))?;
        }
        let data = folder.join("data");
        process::run_quietly(
            as_user(user, &tools.join("initdb"))
                .args(["--username=patchbay", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--pgdata"])
                .arg(&data),
        )?;
        let port = free_port()?;
        let settings = [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            format!("unix_socket_directories={}", folder.display()),
            "fsync=off".to_owned(),
            "synchronous_commit=off".to_owned(),
            "full_page_writes=off".to_owned(),
            "max_connections=400".to_owned(),
        ];
        let server = as_user(user, &tools.join("postgres"))
            .arg("-D")
            .arg(&data)
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log"))?)
            .spawn()
            .context("cannot start PostgreSQL")?;
        let url = format!("postgres://patchbay@127.0.0.1:{port}/postgres");
        let mut cluster = Self { url, folder, server, tools, user };
        cluster.wait_until_ready(port)?;
        Ok(cluster)
    }

    fn wait_until_ready(&mut self, port: u16) -> Result<()> {
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            let mut probe = Command::new(self.tools.join("pg_isready"));
            probe.args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()]);
            if probe.status().context("cannot run pg_isready")?.success() {
                return Ok(());
            }
            if self.server.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{log}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let mut stop = as_user(self.user, &self.tools.join("pg_ctl"));
        let stopped = process::run_quietly(stop.args(["stop", "--mode=immediate", "--pgdata"]).arg(self.folder.join("data")));
        if stopped.is_err() {
            let _ = self.server.kill();
        }
        let _ = self.server.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The account that Debian's package brings, else one that owns nothing.
fn unprivileged_user() -> Result<&'static str> {
    let exists = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|output| output.status.success());
    ["postgres", "nobody"].into_iter().find(exists).context("PostgreSQL refuses to run as root, and there is no user `nobody`")
}

/// A command under another account, when one is given. The kernel ends it together with this process, whatever ends that.
fn as_user(user: Option<&str>, program: &Path) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.arg(format!("--reuid={user}")).args(["--clear-groups", "--pdeathsig=QUIT"]);
            command.arg(format!("--regid={}", group_of(user))).arg(program);
            command
        }
    };
    // The working folder may be closed to that account.
    command.current_dir("/");
    command
}

fn group_of(user: &str) -> String {
    process::output(Command::new("id").args(["--group", user])).map_or_else(|_| user.to_owned(), |id| id.trim().to_owned())
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_answers_and_leaves_nothing_behind() {
        let Some(initdb) = find_initdb() else { return };
        let cluster = Cluster::start(initdb.parent().expect("a folder").to_owned()).expect("started");
        let folder = cluster.folder.clone();
        let port = cluster.url.rsplit([':', '/']).nth(1).expect("a port").parse::<u16>().expect("a number");
        std::net::TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        drop(cluster);
        assert!(!folder.exists());
        std::net::TcpStream::connect(("127.0.0.1", port)).expect_err("it stopped");
    }
}
