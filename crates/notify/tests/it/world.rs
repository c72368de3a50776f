//! A database with a workflow that is on, and a service that messages go to.

use std::{collections::BTreeMap, sync::Arc};

use connect::Connect;
use egress::Egress;
use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{Alert, AlertsQuery, ChannelKind, NewChannel, Routing},
    definition::{ManualTrigger, Settings, Trigger, TriggerKind},
    ids::{ChannelId, ConnectionId, TriggerId, WorkflowId},
    run::{Hold, RunEvent, RunEventKind, RunKind, RunState, RunStatus},
};
use notify::Notify;
use sea_orm::{Database, DatabaseConnection};
use serde_json::{Value, json};
use store::{
    Actor, Append, DatabaseUrl, Disposition, ManualClock, NewConnection, NewEvent, NewOwner, Options, Scope, Store, Then,
};
use testkit::Upstream;
use vault::{Tokens, Vault};

/// 2026-01-01T00:00:00Z, a Thursday.
pub const START: Timestamp = Timestamp(1_767_225_600_000);
pub const MINUTE: i64 = 60_000;

pub struct World {
    pub store: Store,
    pub notify: Notify,
    pub clock: Arc<ManualClock>,
    pub scope: Scope,
    pub upstream: Upstream,
    pub connect: Connect,
    vault: Vault,
    dir: tempfile::TempDir,
}

pub fn definition(settings: Settings) -> WorkflowDefinition {
    let trigger = Trigger {
        id: TriggerId::from("hand"),
        label: "By hand".into(),
        kind: TriggerKind::Manual(ManualTrigger::default()),
        filter: None,
        dedupe: None,
        shape: None,
    };
    WorkflowDefinition { triggers: vec![trigger], settings, ..WorkflowDefinition::default() }
}

impl World {
    pub async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().join("data") });
        let store = Store::open(options, clock.clone()).await.unwrap();
        let owner = NewOwner {
            email: "ada@example.com".into(),
            name: "Ada".into(),
            password_hash: "$hash".into(),
            workspace: "Main".into(),
            time_zone: "Europe/Berlin".into(),
        };
        let (user, workspace) = store.create_owner(owner).await.unwrap();
        let actor = Actor::User { id: user.id, email: "ada@example.com".into() };
        let scope = Scope { workspace: workspace.id, actor, role: Role::Owner };
        let vault = Vault::open(store.clone(), &dir.path().join("patchbay.key")).await.unwrap();
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let roots = egress::Options::parse_roots(&testkit::authorities()).unwrap();
        let egress = Egress::new(egress::Options { allow, roots, ..egress::Options::default() }).unwrap();
        let connectors = Arc::new(Vec::new());
        let tokens = Tokens::new(vault.clone(), store.clone(), egress.clone(), connectors, BTreeMap::new());
        let connect = Connect::new(egress);
        let notify = Notify::new(store.clone(), vault.clone(), tokens, connect.clone(), "https://patchbay.example/");
        World { store, notify, clock, scope, upstream: Upstream::start().await, connect, vault, dir }
    }

    /// The database itself, to do to it what no function does.
    pub async fn raw(&self) -> DatabaseConnection {
        Database::connect(format!("sqlite://{}", self.dir.path().join("data/patchbay.db").display())).await.unwrap()
    }

    pub async fn workflow(&self, name: &str, settings: Settings) -> WorkflowId {
        let id = self.store.create_workflow(&self.scope, name, &definition(settings)).await.unwrap().id;
        self.store.publish(&self.scope, id, 1, "", true, &[]).await.unwrap();
        id
    }

    /// An event, and a run that waits for its turn.
    pub async fn event(&self, workflow: WorkflowId) {
        self.event_with(workflow, json!({ "body": 1 })).await;
    }

    pub async fn event_with(&self, workflow: WorkflowId, payload: Value) {
        let version = self.store.workflow(&self.scope, workflow).await.unwrap().live_version.unwrap();
        let event = NewEvent {
            workspace: self.scope.workspace,
            workflow,
            trigger: TriggerId::from("hand"),
            version,
            kind: RunKind::Live,
            dedupe: None,
            files: Vec::new(),
            payload: Arc::new(payload),
            received_at: self.store.now(),
            order_key: None,
            disposition: Disposition::Run,
            definition: None,
            given: Vec::new(),
            lease_ms: None,
            reply: false,
        };
        self.store.accept(event).await.unwrap();
    }

    /// A run that ends so now.
    pub async fn ends(&self, workflow: WorkflowId, status: RunStatus) {
        self.event(workflow).await;
        self.ends_waiting(status).await;
    }

    /// The runs whose turn it is end so.
    pub async fn ends_waiting(&self, status: RunStatus) {
        self.ends_with(status, Vec::new()).await;
    }

    /// The same, after this has happened.
    pub async fn ends_with(&self, status: RunStatus, happened: Vec<RunEventKind>) {
        let now = self.store.now();
        for claimed in self.store.claim_runs(10, 30_000).await.unwrap() {
            let event = |kind| RunEvent { at: now, kind };
            let end = RunEventKind::RunFinished { status, error: None, message: None, by: None };
            let kinds = [RunEventKind::RunStarted].into_iter().chain(happened.clone()).chain([end]);
            let events: Vec<RunEvent> = kinds.map(event).collect();
            let projection = RunState::fold(claimed.journal.iter().chain(&events)).projection();
            self.store.append(Append::new(claimed.lease, events, projection, Then::Done)).await.unwrap();
        }
    }

    /// The waiting runs are taken up; they wait for a permit of the connection for another minute.
    pub async fn waits_for(&self, connection: ConnectionId) -> usize {
        self.parks(Hold::Budget, Some(connection), Some(self.store.now().plus_ms(MINUTE))).await
    }

    /// The runs whose turn it is are parked. Gives back how many.
    pub async fn parks(&self, hold: Hold, connection: Option<ConnectionId>, until: Option<Timestamp>) -> usize {
        let claimed = self.store.claim_runs(10, 30_000).await.unwrap();
        let count = claimed.len();
        for claimed in claimed {
            let parked = RunEvent { at: self.store.now(), kind: RunEventKind::Parked { until, hold: Some(hold) } };
            let started = RunEvent { at: self.store.now(), kind: RunEventKind::RunStarted };
            let events = if claimed.journal.iter().any(|event| event.kind == RunEventKind::RunStarted) {
                vec![parked]
            } else {
                vec![started, parked]
            };
            let projection = RunState::fold(claimed.journal.iter().chain(&events)).projection();
            let mut append = Append::new(claimed.lease, events, projection, Then::Park { until });
            append.hold_ref = connection;
            self.store.append(append).await.unwrap();
        }
        count
    }

    /// With values that are sealed.
    pub async fn connection_with(&self, connector: &str, method: &str, label: &str, values: &Value) -> ConnectionId {
        let id = ConnectionId(self.store.next_id());
        let owner = format!("connection {id}");
        let secret = self.vault.put_secret(self.scope.workspace, &owner, "values", values.to_string()).await.unwrap();
        let new = NewConnection {
            id,
            connector: connector.into(),
            method: method.into(),
            label: label.into(),
            hosts: Vec::new(),
            secret: Some(secret),
            account: None,
            scopes: Vec::new(),
            expires_at: None,
        };
        self.store.create_connection(&self.scope, new).await.unwrap();
        id
    }

    pub async fn connection(&self, connector: &str, label: &str, expires_at: Option<Timestamp>) -> ConnectionId {
        let id = ConnectionId(self.store.next_id());
        let new = NewConnection {
            id,
            connector: connector.into(),
            method: "oauth".into(),
            label: label.into(),
            hosts: Vec::new(),
            secret: None,
            account: None,
            scopes: Vec::new(),
            expires_at,
        };
        self.store.create_connection(&self.scope, new).await.unwrap();
        id
    }

    pub fn after(&self, minutes: i64) {
        self.clock.advance_ms(minutes * MINUTE);
    }

    pub async fn alerts(&self) -> Vec<Alert> {
        self.store.alerts(&self.scope, &AlertsQuery::default()).await.unwrap().items
    }

    /// Watches and tells, as the job does.
    pub async fn round(&self) {
        self.notify.watch().await.unwrap();
        self.notify.tell().await.unwrap();
    }

    pub async fn channel(&self, kind: ChannelKind, secret: Option<&str>, routing: Routing) -> ChannelId {
        let new = NewChannel {
            name: kind.name().into(),
            kind,
            routing,
            enabled: true,
            url: Some(self.upstream.url("/services/T0/B0/hidden")),
            secret: secret.map(str::to_owned),
        };
        self.notify.create_channel(&self.scope, new).await.unwrap().id
    }
}
