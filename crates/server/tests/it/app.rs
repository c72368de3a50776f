//! A server for one test, and requests to it.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header},
    response::Response,
};
use http_body_util::BodyExt;
use model::{Role, ids::WorkflowId};
use serde_json::{Value, json};
use server::{Live, Options, Services};
use store::{DatabaseUrl, Store, SystemClock};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use triggers::{SigningKey, WaitLinks};

pub const SETUP_TOKEN: &str = "a-token-printed-at-start";
pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse battery";

pub struct TestApp {
    pub router: Router,
    pub store: Store,
    pub live: Live,
    pub links: WaitLinks,
    pub shutdown: CancellationToken,
    /// For how long its job runner has stood still, as far as it is told.
    pub runner_idle_ms: Arc<AtomicU64>,
    /// The owner's session, as the value of a `Cookie` header.
    pub cookie: String,
    pub dir: tempfile::TempDir,
}

impl TestApp {
    pub async fn init() -> Self {
        Self::with(|_| {}).await
    }

    /// With other options.
    pub async fn with(change: impl FnOnce(&mut Options)) -> Self {
        Self::with_database(|_| {}, change).await
    }

    /// With other options of the database, too.
    pub async fn with_database(database: impl FnOnce(&mut store::Options), change: impl FnOnce(&mut Options)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite { dir: dir.path().to_owned() };
        let mut database_options = store::Options::new(url);
        database(&mut database_options);
        let store = Store::open(database_options, Arc::new(SystemClock)).await.unwrap();
        let vault = vault::Vault::open(store.clone(), &dir.path().join("patchbay.key")).await.unwrap();
        let key = SigningKey::open(&store, &vault).await.unwrap();
        let links = WaitLinks::new(key, "http://127.0.0.1:8080");
        let shutdown = CancellationToken::new();
        let live = Live::new(store.clone());
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = egress::Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let connectors = Arc::new([manifest::builtin(), &[crate::vendor::connector(), crate::vendor::sites()]].concat());
        let tokens =
            vault::Tokens::new(vault.clone(), store.clone(), egress.clone(), Arc::clone(&connectors), Default::default());
        let connect = connect::Connect::new(egress).with_connectors(Arc::clone(&connectors));
        let runner_idle_ms = Arc::new(AtomicU64::new(0));
        let idle_ms = Arc::clone(&runner_idle_ms);
        let runner: server::RunnerIdle = Arc::new(move || Duration::from_millis(idle_ms.load(Ordering::Relaxed)));
        let services = Services {
            notify: notify::Notify::new(store.clone(), vault.clone(), tokens.clone(), connect.clone(), "http://127.0.0.1:8080"),
            tokens: tokens.clone(),
            connect: connect.clone(),
            ingest: triggers::Ingest::new(store.clone(), vault.clone(), Arc::new(triggers::NoHandover))
                .at("http://127.0.0.1:8080")
                .with_apps(triggers::app_webhook::Apps {
                    connectors: Arc::clone(&connectors),
                    tokens: tokens.clone(),
                    connect: connect.clone(),
                }),
            store: store.clone(),
            vault,
            connectors,
            live: live.clone(),
            metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
            runner: Some(runner),
            shutdown: shutdown.clone(),
        };
        let mut options = Options::new("127.0.0.1:8080".parse().unwrap());
        options.setup_token = Some(SETUP_TOKEN.to_owned());
        change(&mut options);
        TestApp {
            router: server::router(options, services),
            store,
            live,
            links,
            shutdown,
            runner_idle_ms,
            cookie: String::new(),
            dir,
        }
    }

    /// With the owner created and signed in.
    pub async fn with_owner(mut self) -> Self {
        let answer = self.post("/api/v1/setup").json(new_owner()).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.cookie = answer.session().unwrap();
        self
    }

    pub fn request(&self, method: Method, path: &str) -> TestRequest<'_> {
        let mut request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let peer: SocketAddr = "192.0.2.7:40000".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        request.headers_mut().insert(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
        TestRequest { app: self, request }
    }

    pub fn get(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::PUT, path)
    }

    pub fn delete(&self, path: &str) -> TestRequest<'_> {
        self.request(Method::DELETE, path)
    }

    /// A new API token's secret.
    pub async fn token(&self, role: Role) -> String {
        let answer = self.post("/api/v1/tokens").owner().json(json!({ "name": role.as_str(), "role": role })).send().await;
        answer.ok()["secret"].as_str().unwrap().to_owned()
    }

    /// A new session of the owner.
    pub async fn sign_in(&self) -> String {
        let answer = self.post("/api/v1/sign-in").json(json!({ "email": EMAIL, "password": PASSWORD })).send().await;
        answer.ok();
        answer.session().unwrap()
    }

    /// A workflow from a definition, published and on; and the path of its webhook.
    pub async fn import(&self, definition: Value) -> (WorkflowId, String) {
        let body = json!({ "name": "Orders", "definition": definition, "publish": true });
        let import = self.post("/api/v1/workflows/import").owner().json(body).send().await.ok();
        let url = import["hook_url"].as_str().unwrap_or_default();
        let path = url.find("/hooks/").map(|at| url[at..].to_owned()).unwrap_or_default();
        (import["workflow_id"].as_str().unwrap().parse().unwrap(), path)
    }
}

pub fn new_owner() -> Value {
    json!({ "token": SETUP_TOKEN, "email": EMAIL, "name": "Ada", "password": PASSWORD, "workspace": "Analytical engines" })
}

/// A webhook, a form, and one step.
pub fn definition() -> Value {
    json!({
        "schema": 1,
        "triggers": [
            { "id": "hook", "label": "Order arrives", "kind": { "type": "webhook" } },
            { "id": "form", "label": "By hand", "kind": { "type": "manual" } },
        ],
        "steps": {
            "name": { "slug": "name", "label": "Name it", "kind": { "type": "set", "fields": [
                { "name": "who", "value": { "literal": "Ada" } },
            ] } },
        },
        "body": ["name"],
    })
}

pub struct TestRequest<'a> {
    app: &'a TestApp,
    request: Request<Body>,
}

impl TestRequest<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.request.headers_mut().append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        self
    }

    /// With the owner's session.
    pub fn owner(self) -> Self {
        let cookie = self.app.cookie.clone();
        self.header("cookie", &cookie)
    }

    pub fn bearer(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }

    pub fn from(mut self, peer: &str) -> Self {
        let peer: SocketAddr = format!("{peer}:40000").parse().unwrap();
        self.request.extensions_mut().insert(ConnectInfo(peer));
        self
    }

    pub fn json(self, body: Value) -> Self {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self
    }

    /// The answer as it comes, for streams.
    pub async fn open(self) -> Response {
        self.app.router.clone().oneshot(self.request).await.unwrap()
    }

    pub async fn send(self) -> TestResponse {
        let (parts, body) = self.open().await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        TestResponse { status: parts.status.as_u16(), headers: parts.headers, body }
    }
}

pub struct TestResponse {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl TestResponse {
    pub fn text(&self) -> String {
        format!("{} {}", StatusCode::from_u16(self.status).unwrap(), String::from_utf8_lossy(&self.body))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body of a success.
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// The code of an error, after its status was compared.
    #[track_caller]
    pub fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    pub fn details(&self) -> Value {
        self.json()["error"]["details"].clone()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|v| v.to_str().unwrap()).unwrap_or_default()
    }

    /// The session the answer sets, to be sent as `Cookie`.
    pub fn session(&self) -> Option<String> {
        let cookie = self.headers.get(header::SET_COOKIE)?.to_str().unwrap();
        let pair = cookie.split(';').next()?.to_owned();
        pair.starts_with("patchbay=").then_some(pair)
    }
}
