//! A database, a server to call, and workers on them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use connect::Connect;
use egress::Egress;
use manifest::{Connector, RateLimit};
use model::{
    WorkflowDefinition,
    api::{RunSummary, RunsQuery},
    ids::{RunId, WorkflowId},
    run::{Choice, RunEvent, RunKind, RunState, RunStatus, SignalKind},
};
use serde_json::{Value, json};
use store::{Accepted, Disposition, NewEvent, Store};
use testkit::{Recorded, Upstream};
use tokio::{sync::oneshot, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use triggers::{SigningKey, WaitLinks};
use vault::Tokens;
use worker::{Catalog, JobHandler, Options, Parts, Permits, Worker};

use crate::{database::Db, outside};

pub struct World {
    pub db: Db,
    pub upstream: Upstream,
    pub worker: Option<Running>,
    /// Of connectors, for workers started from now on.
    pub limits: HashMap<String, Vec<RateLimit>>,
    /// Workers started from now on share their budgets through the database.
    pub shares_budgets: bool,
    /// Known to workers started from now on.
    pub connectors: Arc<Vec<Connector>>,
}

/// A worker at work.
pub struct Running {
    pub stop: CancellationToken,
    pub task: JoinHandle<()>,
    pub made: oneshot::Receiver<Worker>,
}

impl Running {
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap();
    }
}

pub fn options() -> Options {
    Options {
        slots: 16,
        check_every: Duration::from_millis(50),
        poll_every: Duration::from_millis(20),
        stop_within: Duration::from_millis(300),
        ..Options::default()
    }
}

pub type Handlers = HashMap<&'static str, Arc<dyn JobHandler>>;

impl World {
    /// With one worker running.
    pub async fn new(db: Db) -> World {
        let connectors = Arc::new(manifest::builtin().to_vec());
        let (upstream, limits) = (Upstream::start().await, HashMap::new());
        let mut world = World { db, upstream, worker: None, limits, shares_budgets: false, connectors };
        world.worker = Some(world.start(options()));
        world
    }

    pub async fn halt(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.stop().await;
        }
    }

    pub fn start(&self, options: Options) -> Running {
        self.start_on(&self.db.store, options, Handlers::new())
    }

    pub fn start_on(&self, store: &Store, options: Options, handlers: Handlers) -> Running {
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let catalog = Catalog::new(Arc::clone(&self.connectors)).with_limits(self.limits.clone());
        let (store, vault, stop) = (store.clone(), self.db.vault.clone(), CancellationToken::new());
        let connect = Connect::new(egress.clone()).with_connectors(Arc::clone(&self.connectors));
        let connectors = Arc::clone(&self.connectors);
        let permits = Permits::new(store.clone(), catalog.clone(), self.shares_budgets);
        let (tell, made) = oneshot::channel();
        let task = tokio::spawn({
            let stop = stop.clone();
            async move {
                let key = SigningKey::open(&store, &vault).await.unwrap();
                let links = Arc::new(outside::Links(WaitLinks::new(key.clone(), outside::BASE)));
                let traces = Arc::new(outside::Traces(triggers::Traces::new(key)));
                let handlers = outside::handlers(&store, &vault).into_iter().chain(handlers).collect();
                let tokens = Tokens::new(vault, store.clone(), egress, connectors, BTreeMap::new());
                let parts = Parts { store, tokens, connect, catalog, permits, handlers, links, traces };
                let worker = Worker::new(parts, options);
                let _ = tell.send(worker.clone());
                worker.run(stop).await;
            }
        });
        Running { stop, task, made }
    }

    /// What signs links and traces of this database.
    pub async fn key(&self) -> SigningKey {
        SigningKey::open(&self.db.store, &self.db.vault).await.unwrap()
    }

    pub async fn links(&self) -> WaitLinks {
        WaitLinks::new(self.key().await, outside::BASE)
    }

    /// Another version of a workflow goes live.
    pub async fn republish(&self, id: WorkflowId, definition: &WorkflowDefinition) {
        let rev = self.db.store.workflow(&self.db.scope, id).await.unwrap().draft_rev;
        let rev = self.db.store.save_draft(&self.db.scope, id, rev, definition).await.unwrap().draft_rev;
        self.db.store.publish(&self.db.scope, id, rev, "", true, &[]).await.unwrap();
    }

    /// The runs of a workflow, oldest first; tests left out.
    pub async fn runs(&self, workflow: WorkflowId) -> Vec<RunSummary> {
        let query = RunsQuery { workflow: Some(workflow), limit: Some(200), ..RunsQuery::default() };
        let mut runs = self.db.store.runs(&self.db.scope, &query).await.unwrap().items;
        runs.reverse();
        runs
    }

    /// Waits until a workflow has so many runs.
    pub async fn until_runs(&self, workflow: WorkflowId, count: usize) -> Vec<RunSummary> {
        for _ in 0..1000 {
            let runs = self.runs(workflow).await;
            if runs.len() >= count {
                assert_eq!(runs.len(), count, "{runs:#?}");
                return runs;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} runs instead of {count} within 10 s", self.runs(workflow).await.len());
    }

    pub async fn publish(&self, definition: &WorkflowDefinition) -> WorkflowId {
        let id = self.db.store.create_workflow(&self.db.scope, "Test", definition).await.unwrap().id;
        self.db.store.publish(&self.db.scope, id, 1, "", true, &[]).await.unwrap();
        id
    }

    pub fn event(&self, workflow: WorkflowId, body: Value) -> NewEvent {
        NewEvent {
            workspace: self.db.scope.workspace,
            workflow,
            trigger: "hook".into(),
            version: 1,
            kind: RunKind::Live,
            dedupe: None,
            payload: Arc::new(json!({ "body": body })),
            received_at: self.db.store.now(),
            order_key: None,
            disposition: Disposition::Run,
            definition: None,
            given: Vec::new(),
            files: Vec::new(),
            lease_ms: None,
            reply: false,
        }
    }

    pub async fn send(&self, workflow: WorkflowId, body: Value) -> RunId {
        match self.db.store.accept(self.event(workflow, body)).await.unwrap() {
            Accepted::Run { run, .. } => run,
            other => panic!("{other:?}"),
        }
    }

    /// Publishes a workflow and sends it one event.
    pub async fn run(&self, definition: &WorkflowDefinition, body: Value) -> RunId {
        let workflow = self.publish(definition).await;
        self.send(workflow, body).await
    }

    pub async fn summary(&self, run: RunId) -> RunSummary {
        self.db.store.run(&self.db.scope, run).await.unwrap()
    }

    /// Waits until the run is as expected.
    pub async fn until(&self, run: RunId, what: &str, wanted: impl Fn(&RunSummary) -> bool) -> RunSummary {
        for _ in 0..4000 {
            let summary = self.summary(run).await;
            if wanted(&summary) {
                return summary;
            }
            assert!(!summary.status.is_final(), "it ended instead of {what}: {summary:#?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {what} within 40 s: {:#?}", self.journal(run).await);
    }

    pub async fn parked(&self, run: RunId) -> RunSummary {
        self.until(run, "parked", |run| run.status == RunStatus::Waiting).await
    }

    pub async fn ended(&self, run: RunId, status: RunStatus) -> RunSummary {
        self.until(run, status.as_str(), |run| run.status == status).await
    }

    pub async fn journal(&self, run: RunId) -> Vec<RunEvent> {
        let rows = self.db.store.journal_with_payloads(&self.db.scope, run, -1).await.unwrap();
        rows.into_iter().flat_map(|row| row.events).collect()
    }

    pub async fn names(&self, run: RunId) -> Vec<&'static str> {
        self.journal(run).await.iter().map(|event| event.kind.name()).collect()
    }

    pub async fn state(&self, run: RunId) -> RunState {
        RunState::fold(&self.journal(run).await)
    }

    pub async fn output(&self, run: RunId, step: &str) -> Value {
        let state = self.state(run).await;
        let output = state.step(&step.into()).and_then(|step| step.output.clone());
        output.and_then(|output| output.inline().map(|value| (**value).clone())).unwrap_or_default()
    }

    pub async fn settle(&self, run: RunId, step: &str, choice: &Choice) {
        let body = serde_json::to_value(choice).unwrap();
        self.db.store.signal(run, SignalKind::Settle, Some(step.into()), body, Some("ada@example.com".into())).await.unwrap();
    }

    /// The calls whose path ends so.
    pub fn calls(&self, path: &str) -> Vec<Recorded> {
        self.upstream.calls().into_iter().filter(|call| call.path.ends_with(path)).collect()
    }
}

/// A workflow from JSON: a step's `kind` by its id, with `policy` beside it where wanted; the order is that of `body`.
pub fn workflow(body: &[&str], steps: Value) -> WorkflowDefinition {
    let mut all = serde_json::Map::new();
    for (id, kind) in steps.as_object().unwrap() {
        let mut kind = kind.clone();
        let policy = kind.as_object_mut().unwrap().remove("policy").unwrap_or_else(|| json!({}));
        all.insert(id.clone(), json!({ "slug": id, "label": id, "kind": kind, "policy": policy }));
    }
    let hook = json!({ "id": "hook", "label": "Webhook", "kind": { "type": "webhook" } });
    serde_json::from_value(json!({ "schema": 1, "triggers": [hook], "steps": all, "body": body })).unwrap()
}

/// The same, started by other workflows.
pub fn called(fields: Value, returns: Value, body: &[&str], steps: Value) -> WorkflowDefinition {
    let mut definition = workflow(body, steps);
    let kind = json!({ "type": "workflow", "fields": fields, "returns": returns });
    definition.triggers = serde_json::from_value(json!([{ "id": "call", "label": "Called", "kind": kind }])).unwrap();
    definition
}

/// A POST of the event's body; `more` adds to the input's fields.
pub fn post(url: &str, repeatable: bool, more: Value) -> Value {
    let mut input = json!({
        "method": { "literal": "POST" },
        "url": { "literal": url },
        "body_kind": { "literal": "json" },
        "body": { "expr": "event.body" },
        "repeatable": { "literal": repeatable },
    });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": input })
}

pub fn with(mut kind: Value, key: &str, value: Value) -> Value {
    kind[key] = value;
    kind
}
