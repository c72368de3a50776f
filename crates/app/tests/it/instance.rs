//! A Patchbay of its own for a test: folder, process, API.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use egress::{Egress, Request, Response, SendLimits};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const EMAIL: &str = "owner@example.com";
const START: Duration = Duration::from_secs(30);

pub struct Instance {
    pub folder: TempDir,
    pub address: SocketAddr,
    /// What the next start logs.
    pub log: String,
    token: String,
    egress: Egress,
    process: Option<Child>,
    /// PostgreSQL instead of the embedded database: the server then only serves, and workers are started beside it.
    database: Option<String>,
    /// Further settings.
    pub settings: Vec<(&'static str, String)>,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Instance {
    /// With an owner and a token; not started yet.
    pub fn new() -> Self {
        Self::on(None)
    }

    /// The same on a PostgreSQL database.
    pub fn on(database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Freed at once: nobody else is likely to take it before the server does.
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let mut instance = Instance {
            folder,
            address,
            log: "warn".to_owned(),
            token: String::new(),
            egress,
            process: None,
            database,
            settings: Vec::new(),
        };
        let created = instance.command(&["owner", "create", "--email", EMAIL, "--password-stdin"], Some("a long password\n"));
        assert!(created.status.success(), "{created:?}");
        let token = instance.command(&["token", "create", "--email", EMAIL, "--name", "test"], None);
        assert!(token.status.success(), "{token:?}");
        instance.token = String::from_utf8(token.stdout).unwrap().trim().to_owned();
        instance
    }

    fn prepare(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_patchbay"));
        command
            .env("PATCHBAY_DATA_DIR", self.folder.path().join("data"))
            .env("PATCHBAY_BIND", self.address.to_string())
            .env("PATCHBAY_URL", format!("http://{}", self.address))
            .env("PATCHBAY_TOKEN", &self.token)
            .env("PATCHBAY_EGRESS_ALLOW", "127.0.0.0/8")
            .env("PATCHBAY_LOG", &self.log)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some(database) = &self.database {
            command.env("PATCHBAY_DATABASE_URL", database);
        }
        command
    }

    /// Starts a worker of its own, with the same key file.
    pub fn worker(&self) -> Child {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.prepare();
        command.args(["serve", "--role", "worker"]).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command.spawn().unwrap()
    }

    /// Runs a command to its end.
    pub fn command(&self, arguments: &[&str], input: Option<&str>) -> Output {
        use std::io::Write as _;
        let mut command = self.prepare();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub async fn start(&mut self) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.prepare();
        let role = if self.database.is_some() { "server" } else { "all" };
        command.args(["serve", "--role", role]).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        self.process = Some(command.spawn().unwrap());
        let started = Instant::now();
        while started.elapsed() < START {
            if self.try_send(Method::GET, "/healthz", None).await.is_ok_and(|r| r.status == 200) {
                return;
            }
            assert!(self.process.as_mut().unwrap().try_wait().unwrap().is_none(), "the server ended: {}", self.said());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the server did not start: {}", self.said());
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    pub fn said(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// As a power failure would: no chance to tidy up.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// As an operator stops it. Gives back how long it took.
    pub async fn stop(&mut self) -> Duration {
        let mut process = self.process.take().unwrap();
        let started = Instant::now();
        assert!(Command::new("kill").arg(process.id().to_string()).status().unwrap().success());
        while process.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(30), "it does not stop: {}", self.said());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        started.elapsed()
    }

    pub async fn try_send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, egress::Failure> {
        let mut request = Request::new(method, format!("http://{}{path}", self.address).parse().unwrap());
        if path.starts_with("/api/") {
            request.headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", self.token)).unwrap());
        }
        if let Some(body) = body {
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = serde_json::to_vec(body).unwrap().into();
        }
        let limits = SendLimits { timeout: Duration::from_secs(40), max_response_bytes: 64 << 20, max_redirects: 0 };
        self.egress.send(request, &limits).await
    }

    /// With further headers, and everything that came back.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&'static str, &str)], body: Option<&Value>) -> Response {
        let mut request = Request::new(method, format!("http://{}{path}", self.address).parse().unwrap());
        for (name, value) in headers {
            request.headers.insert(*name, HeaderValue::try_from(*value).unwrap());
        }
        if path.starts_with("/api/") && headers.is_empty() {
            request.headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {}", self.token)).unwrap());
        }
        if let Some(body) = body {
            request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            request.body = serde_json::to_vec(body).unwrap().into();
        }
        let limits = SendLimits { timeout: Duration::from_secs(40), max_response_bytes: 64 << 20, max_redirects: 0 };
        self.egress.send(request, &limits).await.unwrap_or_else(|error| panic!("{path}: {error:?}: {}", self.said()))
    }

    /// The answer's status and JSON.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = self.try_send(method, path, body).await.unwrap_or_else(|e| panic!("{path}: {e:?}: {}", self.said()));
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send(Method::GET, path, None).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub async fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// Publishes a workflow; gives back its id and the path of its hook.
    pub async fn publish(&self, name: &str, definition: &Value) -> (String, String) {
        let answer =
            self.post("/api/v1/workflows/import", &json!({ "name": name, "definition": definition, "publish": true })).await;
        let hook = answer["hook_url"].as_str().map(|url| url[url.find("/hooks/").unwrap()..].to_owned()).unwrap_or_default();
        (answer["workflow_id"].as_str().unwrap().to_owned(), hook)
    }

    /// Waits until a run is over, or parked.
    pub async fn settled(&self, run: &str) -> Value {
        for _ in 0..600 {
            let detail = self.get(&format!("/api/v1/runs/{run}")).await;
            let status = detail["run"]["status"].as_str().unwrap();
            if !matches!(status, "queued" | "running") {
                return detail;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the run does not end: {}", self.said());
    }

    /// Every run of a workflow.
    pub async fn runs(&self, workflow: &str) -> Vec<Value> {
        let mut runs = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/api/v1/runs?workflow={workflow}&limit=200{cursor}")).await;
            runs.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return runs,
            }
        }
    }
}

/// One of the workflows that are measured, calling `upstream` instead.
pub fn workflow(name: &str, upstream: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../bench/workflows").join(name);
    let text = std::fs::read_to_string(path).unwrap().replace("http://127.0.0.1:9099/echo", upstream);
    serde_json::from_str::<Value>(&text).unwrap()["definition"].clone()
}

pub fn lead(n: usize) -> Value {
    json!({ "email": format!("lead{n}@example.com"), "name": "Ada Lovelace", "company": "Engines", "amount": 100 + n })
}
