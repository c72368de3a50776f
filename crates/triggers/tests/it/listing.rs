//! A list of a server of the test, a connector that knows it, and whoever looks at it, with a clock that stands still until told.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use connect::{CallError, Connect};
use egress::Egress;
use manifest::Connector;
use model::{
    Timestamp, WorkflowDefinition,
    api::{ActivityQuery, EventState},
    ids::{ConnectionId, TriggerId, WorkflowId},
};
use serde_json::{Value, json};
use store::{NewConnection, PollState, Store};
use testkit::{Behaviour, CONNECTOR, Upstream};
use triggers::{
    Ingest,
    poll::{self, Permits, Polls},
};
use vault::Tokens;

use crate::world::{World, at, workflow};

pub const LEASE_MS: i64 = 60_000;
pub const NEWEST: &str = "order = \"newest_first\"\ncursor = \"item.id\"\ndedupe = \"item.id\"\nmost = 40";
pub const OLDEST: &str =
    "order = \"oldest_first\"\ncursor = \"item.id\"\ndedupe = \"item.id\"\nmost = 2\nexpired = \"status == 410\"";
pub const WHOLE: &str = "order = \"none\"\ndedupe = \"item.id\"\nkeep_if = \"item.id != 99\"";

pub fn connector(poll: &str) -> Connector {
    let trigger = format!(
        "label = \"New\"\ndescription = \"New ones.\"\nsample = {{ id = 1 }}\nchecked = {{ by = \"unchecked\" }}\n\
         [[fields]]\nkey = \"folder\"\nlabel = \"Folder\"\nkind = \"text\"\n\
         [poll]\n{poll}\nitems = \"body.items\"\nrequest = {{ path = \"/items\", query = {{ since = \"{{cursor}}\", folder = \"{{input.folder}}\" }} }}\n"
    );
    let files = [("local/connector.toml".to_owned(), CONNECTOR.to_owned()), ("local/triggers/new.toml".to_owned(), trigger)];
    manifest::parse_folder(&files).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Grants everything until it is told to wait.
#[derive(Default)]
pub struct Budget {
    pub until: Mutex<Option<Timestamp>>,
    pub heeded: AtomicUsize,
}

#[async_trait]
impl Permits for Budget {
    async fn take(&self, _: &str, _: ConnectionId) -> Result<(), Timestamp> {
        self.until.lock().unwrap().map_or(Ok(()), Err)
    }

    async fn heed(&self, _: ConnectionId, _: &CallError) {
        self.heeded.fetch_add(1, Ordering::Relaxed);
    }
}

/// A list that is looked at.
pub struct Listing {
    pub world: World,
    pub upstream: Upstream,
    pub polls: Polls,
    pub budget: Arc<Budget>,
    pub connectors: Arc<Vec<Connector>>,
    pub connection: ConnectionId,
}

impl Listing {
    pub async fn new(world: World, poll: &str) -> Listing {
        let upstream = Upstream::start().await;
        let connectors = Arc::new(vec![connector(poll)]);
        let budget = Arc::new(Budget::default());
        let polls = polls(&world, &world.db.store, &connectors, &budget);
        let connection = connect_to(&world, &upstream).await;
        let listing = Listing { world, upstream, polls, budget, connectors, connection };
        listing.holds([]);
        listing.world.db.clock.set(at("2026-01-05T09:00:00Z"));
        listing
    }

    /// What the list holds, in its order.
    pub fn holds(&self, ids: impl IntoIterator<Item = u64>) {
        let items: Vec<Value> = ids.into_iter().map(|id| json!({ "id": id })).collect();
        self.upstream.behave(Behaviour::json(200, &json!({ "items": items })));
    }

    pub fn definition(&self, more: Value) -> WorkflowDefinition {
        let mut kind =
            json!({ "type": "app", "connector": "local", "version": 1, "trigger": "new", "connection": self.connection });
        kind.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        workflow(kind, json!({}))
    }

    pub async fn publish(&self, more: Value) -> WorkflowId {
        let hook = self.world.publish(&self.definition(more)).await;
        self.run().await;
        hook.workflow
    }

    /// Looks until nothing is due; how many looks there were.
    pub async fn run(&self) -> usize {
        let mut looks = 0;
        loop {
            let done = tick(&self.world.db.store, &self.polls).await;
            if done == 0 {
                return looks;
            }
            looks += done;
            assert!(looks < 50, "it goes round in circles");
        }
    }

    pub async fn after(&self, seconds: i64) -> usize {
        self.world.db.clock.advance_ms(seconds * 1_000);
        self.run().await
    }

    pub async fn state(&self, workflow: WorkflowId) -> PollState {
        self.world.db.store.poll(workflow, &TriggerId::from("start")).await.unwrap().unwrap().state
    }

    /// Ids of the items that became events of a state, oldest first.
    pub async fn ids(&self, workflow: WorkflowId, state: EventState) -> Vec<u64> {
        let mut ids = Vec::new();
        for event in self.world.events(workflow, state).await.iter().rev() {
            ids.push(self.world.payload(event.id).await["body"]["id"].as_u64().unwrap());
        }
        ids
    }

    pub async fn taken(&self, workflow: WorkflowId) -> Vec<u64> {
        self.ids(workflow, EventState::Accepted).await
    }

    pub async fn actions(&self) -> Vec<String> {
        let query = ActivityQuery { action: Some("poll.*".into()), ..ActivityQuery::default() };
        let items = self.world.db.store.activity(&self.world.db.scope, &query).await.unwrap().items;
        items.into_iter().rev().map(|one| one.action).collect()
    }
}

pub fn polls(world: &World, store: &Store, connectors: &Arc<Vec<Connector>>, budget: &Arc<Budget>) -> Polls {
    let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
    let egress = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
    let ingest: Ingest = world.ingest_on(store);
    let tokens = Tokens::new(world.db.vault.clone(), store.clone(), egress.clone(), Arc::clone(connectors), Default::default());
    let connect = Connect::new(egress).with_connectors(Arc::clone(connectors));
    Polls::new(ingest, tokens, connect, Arc::clone(connectors), Arc::clone(budget) as Arc<dyn Permits>)
}

pub async fn seal(world: &World, id: ConnectionId, upstream: &Upstream, key: &str) -> model::ids::SecretId {
    let values = json!({ "base": upstream.url("").trim_end_matches('/'), "key": key }).to_string();
    world.db.vault.put_secret(world.db.scope.workspace, &format!("connection {id}"), "values", &values).await.unwrap()
}

pub async fn connect_to(world: &World, upstream: &Upstream) -> ConnectionId {
    let id = ConnectionId(world.db.store.next_id());
    let new = NewConnection {
        id,
        connector: "local".into(),
        method: "key".into(),
        label: "Ours".into(),
        hosts: Vec::new(),
        secret: Some(seal(world, id, upstream, "hunter22-key").await),
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    world.db.store.create_connection(&world.db.scope, new).await.unwrap();
    id
}

/// One look of a worker at its jobs; how many there were.
pub async fn tick(store: &Store, polls: &Polls) -> usize {
    let jobs = store.claim_jobs(&[poll::JOB], 8, LEASE_MS).await.unwrap();
    for job in &jobs {
        let next = polls.look(job).await.unwrap();
        match store.finish_job(job.id, job.epoch, next, next.map(|_| Value::Null)).await {
            Ok(()) | Err(store::Error::Fenced) => {}
            Err(error) => panic!("{error}"),
        }
    }
    jobs.len()
}
