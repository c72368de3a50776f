//! A fresh database per test, and short ways to say what a test is about.

use std::{sync::Arc, time::Duration};

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{WorkflowState, Workspace},
    definition::{ManualTrigger, Settings, Trigger, TriggerKind, WebhookTrigger},
    ids::{RunId, StepPath, TriggerId, UserId, WorkflowId},
    run::{Projection, RunEvent, RunEventKind, RunKind, RunState, RunStatus},
};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use store::{
    Accepted, Actor, Append, Claimed, DatabaseUrl, DedupeKey, Disposition, Lease, ManualClock, NewEvent, NewOwner, Options,
    Scope, Store, Then,
};

/// 2026-01-01T00:00:00Z
pub const START: Timestamp = Timestamp(1_767_225_600_000);
pub const LEASE_MS: i64 = 30_000;

/// Runs each test on both databases, as `sqlite::name` and `postgres::name`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$attr:meta])* async fn $name:ident($db:ident: Db) $body:block)*) => {
        $(async fn $name($db: $crate::support::Db) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
                let db = $crate::support::Db::sqlite().await;
                super::$name(db).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)] async fn $name() {
                let Some(db) = $crate::support::Db::postgres().await else { return };
                let drop = db.dropper();
                super::$name(db).await;
                drop.await;
            })*
        }
    };
}

/// One database with an owner, a workspace and a published workflow that is on.
pub struct Db {
    pub store: Store,
    pub clock: Arc<ManualClock>,
    pub scope: Scope,
    pub user: UserId,
    pub workflow: WorkflowId,
    pub options: Options,
    pub _dir: Option<tempfile::TempDir>,
}

impl Db {
    pub async fn sqlite() -> Db {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().join("data") });
        Self::with(options, Some(dir)).await
    }

    pub async fn postgres() -> Option<Db> {
        let server = server()?;
        let name = format!("patchbay_test_{:016x}", rand_u64());
        let admin = Database::connect(ConnectOptions::new(server.clone())).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (base, _) = server.rsplit_once('/').unwrap();
        let mut options = Options::new(DatabaseUrl::Postgres { url: format!("{base}/{name}") });
        options.pool_size = 4;
        Some(Self::with(options, None).await)
    }

    async fn with(options: Options, dir: Option<tempfile::TempDir>) -> Db {
        let clock = Arc::new(ManualClock::new(START));
        let store = Store::open(options.clone(), clock.clone()).await.unwrap();
        let owner = NewOwner {
            email: "Ada@Example.com".into(),
            name: "Ada".into(),
            password_hash: "$hash".into(),
            workspace: "Main".into(),
            time_zone: "Europe/Berlin".into(),
        };
        let (user, workspace) = store.create_owner(owner).await.unwrap();
        let scope = scope(&workspace, user.id, Role::Owner);
        let workflow = store.create_workflow(&scope, "First", &definition()).await.unwrap().id;
        store.publish(&scope, workflow, 1, "", true, &[]).await.unwrap();
        Db { store, clock, scope, user: user.id, workflow, options, _dir: dir }
    }

    /// Drops a PostgreSQL database when the test is over.
    pub fn dropper(&self) -> impl Future<Output = ()> + use<> {
        let (store, options) = (self.store.clone(), self.options.clone());
        async move {
            store.close().await;
            let (DatabaseUrl::Postgres { url }, Some(server)) = (options.url, server()) else { return };
            let name = url.rsplit_once('/').unwrap().1.to_owned();
            let admin = Database::connect(ConnectOptions::new(server)).await.unwrap();
            admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.unwrap();
        }
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self.options.url, DatabaseUrl::Postgres { .. })
    }

    /// A connection that knows nothing of the store's rules.
    pub async fn raw(&self) -> DatabaseConnection {
        match &self.options.url {
            DatabaseUrl::Sqlite { dir } => Database::connect(format!("sqlite://{}/patchbay.db", dir.display())).await.unwrap(),
            DatabaseUrl::Postgres { url } => Database::connect(url).await.unwrap(),
        }
    }

    /// A second process on the same PostgreSQL database.
    pub async fn second(&self) -> Store {
        Store::open(self.options.clone(), self.clock.clone()).await.unwrap()
    }

    /// A live event of the workflow's first version.
    pub fn event(&self, body: Value) -> NewEvent {
        NewEvent {
            workspace: self.scope.workspace,
            workflow: self.workflow,
            trigger: TriggerId::from("hook"),
            version: 1,
            kind: RunKind::Live,
            dedupe: None,
            files: Vec::new(),
            payload: Arc::new(json!({ "body": body })),
            received_at: self.store.now(),
            order_key: None,
            disposition: Disposition::Run,
            definition: None,
            given: Vec::new(),
            lease_ms: None,
            reply: false,
        }
    }

    pub fn keyed(&self, body: Value, key: u8) -> NewEvent {
        NewEvent { dedupe: Some(DedupeKey { hash: [key; 32], keep_ms: None }), ..self.event(body) }
    }

    /// Accepts an event and gives back its run.
    pub async fn run(&self) -> RunId {
        run_of(&self.store.accept(self.event(json!(1))).await.unwrap())
    }

    /// Accepts an event and claims its run.
    pub async fn claimed(&self) -> Claimed {
        let run = self.run().await;
        let claimed = self.store.claim_runs(10, LEASE_MS).await.unwrap();
        claimed.into_iter().find(|claimed| claimed.lease.run == run).expect("the new run can be claimed")
    }

    pub async fn state(&self, state: WorkflowState) {
        self.store.set_state(&self.scope, self.workflow, state, &[]).await.unwrap();
    }

    /// Another workflow that is on.
    pub async fn another(&self, name: &str, definition: &WorkflowDefinition) -> WorkflowId {
        let id = self.store.create_workflow(&self.scope, name, definition).await.unwrap().id;
        self.store.publish(&self.scope, id, 1, "", true, &[]).await.unwrap();
        id
    }

    /// Another workflow that is on, with these settings.
    pub async fn with_settings(&self, settings: Settings) -> WorkflowId {
        self.another("Limited", &WorkflowDefinition { settings, ..definition() }).await
    }

    /// An event of another workflow's first version.
    pub fn event_of(&self, workflow: WorkflowId, body: Value) -> NewEvent {
        NewEvent { workflow, ..self.event(body) }
    }

    /// Runs that can be claimed now.
    pub async fn claim(&self, most: usize) -> Vec<Claimed> {
        self.store.claim_runs(most, LEASE_MS).await.unwrap()
    }

    /// Ends a claimed run.
    pub async fn end(&self, claimed: &Claimed, status: RunStatus) {
        self.store.append(finish(claimed, self.store.now(), status)).await.unwrap();
    }

    /// One number the database says.
    pub async fn count(&self, sql: &str) -> i64 {
        let raw = self.raw().await;
        let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    /// A workspace of somebody else, with a scope in it.
    pub async fn stranger(&self) -> Scope {
        let workspace = self.store.create_workspace(self.user, "Other", "UTC").await.unwrap();
        scope(&workspace, self.user, Role::Owner)
    }

    pub async fn statuses(&self, run: RunId) -> RunStatus {
        self.store.run(&self.scope, run).await.unwrap().status
    }
}

pub fn scope(workspace: &Workspace, user: UserId, role: Role) -> Scope {
    Scope { workspace: workspace.id, actor: Actor::User { id: user, email: "ada@example.com".into() }, role }
}

/// A webhook and a manual trigger, no steps.
pub fn definition() -> WorkflowDefinition {
    let trigger =
        |id: &str, kind| Trigger { id: TriggerId::from(id), label: id.to_owned(), kind, filter: None, dedupe: None, shape: None };
    WorkflowDefinition {
        triggers: vec![
            trigger("hook", TriggerKind::Webhook(WebhookTrigger::default())),
            trigger("button", TriggerKind::Manual(ManualTrigger::default())),
        ],
        ..WorkflowDefinition::default()
    }
}

pub fn run_of(accepted: &Accepted) -> RunId {
    match accepted {
        Accepted::Run { run, .. } => *run,
        other => panic!("no run: {other:?}"),
    }
}

pub fn started(at: Timestamp) -> RunEvent {
    RunEvent { at, kind: RunEventKind::RunStarted }
}

pub fn finished_step(at: Timestamp, path: &str, output: Value) -> RunEvent {
    let kind = RunEventKind::StepFinished { path: StepPath::from(path), output: output.into(), notes: Vec::new(), detail: None };
    RunEvent { at, kind }
}

pub fn ended(at: Timestamp, status: RunStatus) -> RunEvent {
    RunEvent { at, kind: RunEventKind::RunFinished { status, error: None, message: None, by: None } }
}

/// What the engine would say of the journal so far and these events.
pub fn projection(journal: &[RunEvent], events: &[RunEvent]) -> Projection {
    RunState::fold(journal.iter().chain(events)).projection()
}

pub fn commit(lease: Lease, journal: &[RunEvent], events: Vec<RunEvent>, then: Then) -> Append {
    let projection = projection(journal, &events);
    Append::new(lease, events, projection, then)
}

/// Starts the run in one commit.
pub fn start(claimed: &Claimed, at: Timestamp) -> Append {
    commit(claimed.lease, &claimed.journal, vec![started(at)], Then::Continue)
}

/// Starts and ends the run in one commit.
pub fn finish(claimed: &Claimed, at: Timestamp, status: RunStatus) -> Append {
    commit(claimed.lease, &claimed.journal, vec![started(at), ended(at, status)], Then::Done)
}

pub const SOON: Duration = Duration::from_secs(5);

#[expect(clippy::disallowed_methods, reason = "the suite itself is configured by the environment")]
fn server() -> Option<String> {
    std::env::var("TEST_POSTGRES_URL").ok()
}

fn rand_u64() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
