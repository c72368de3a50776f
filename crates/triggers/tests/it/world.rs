//! A database, and what is sent to it.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{
    Timestamp, WorkflowDefinition,
    api::{EventState, EventSummary, EventsQuery, WorkflowState},
    ids::{EventId, WorkflowId},
};
use serde_json::{Value, json};
use store::Store;
use triggers::{HookReply, HookRequest, Ingest, NoHandover, schedule};

use crate::database::Db;

pub struct World {
    pub db: Db,
    pub ingest: Ingest,
}

/// A published workflow and the last part of its hook's address.
#[derive(Clone)]
pub struct Hook {
    pub workflow: WorkflowId,
    pub key: String,
}

impl World {
    pub async fn new(db: Db) -> World {
        let ingest = Ingest::new(db.store.clone(), db.vault.clone(), Arc::new(NoHandover));
        World { db, ingest }
    }

    pub fn ingest_on(&self, store: &Store) -> Ingest {
        Ingest::new(store.clone(), self.db.vault.clone(), Arc::new(NoHandover))
    }

    pub async fn draft(&self, definition: &WorkflowDefinition) -> Hook {
        let row = self.db.store.create_workflow(&self.db.scope, "Test", definition).await.unwrap();
        let key = row.hooks.first().map(|hook| hook.key.clone()).unwrap_or_default();
        Hook { workflow: row.id, key }
    }

    pub async fn publish(&self, definition: &WorkflowDefinition) -> Hook {
        let hook = self.draft(definition).await;
        let slots = schedule::first_slots(definition, self.db.store.now());
        self.db.store.publish(&self.db.scope, hook.workflow, 1, "", true, &slots).await.unwrap();
        hook
    }

    /// Saves another draft and makes it live.
    pub async fn republish(&self, workflow: WorkflowId, definition: &WorkflowDefinition) {
        let rev = self.db.store.workflow(&self.db.scope, workflow).await.unwrap().draft_rev;
        let rev = self.db.store.save_draft(&self.db.scope, workflow, rev, definition).await.unwrap().draft_rev;
        let slots = schedule::first_slots(definition, self.db.store.now());
        self.db.store.publish(&self.db.scope, workflow, rev, "", true, &slots).await.unwrap();
    }

    pub async fn switch(&self, workflow: WorkflowId, state: WorkflowState) {
        let definition = self.db.store.workflow(&self.db.scope, workflow).await.unwrap().draft;
        let slots = schedule::first_slots(&definition, self.db.store.now());
        self.db.store.set_state(&self.db.scope, workflow, state, &slots).await.unwrap();
    }

    pub async fn send(&self, hook: &Hook, request: Sent<'_>) -> HookReply {
        self.ingest.webhook(request.to(&hook.key)).await
    }

    /// Posts JSON; the answer's status and body.
    pub async fn post(&self, hook: &Hook, body: &Value) -> (u16, Value) {
        let reply = self.send(hook, Sent { body: body.to_string().as_bytes(), ..Sent::default() }).await;
        (reply.status, json_of(&reply))
    }

    pub async fn events(&self, workflow: WorkflowId, state: EventState) -> Vec<EventSummary> {
        let query = EventsQuery { workflow: Some(workflow), state: Some(state), limit: Some(200), ..EventsQuery::default() };
        self.db.store.events(&self.db.scope, &query).await.unwrap().items
    }

    /// How many events there are of each state, in the order of the states: accepted, held, filtered, refused, duplicate.
    pub async fn counts(&self, workflow: WorkflowId) -> [usize; 5] {
        let mut counts = [0; 5];
        for (count, state) in counts.iter_mut().zip(EventState::ALL) {
            *count = self.events(workflow, state).await.len();
        }
        counts
    }

    pub async fn payload(&self, event: EventId) -> Value {
        (*self.db.store.event(&self.db.scope, event).await.unwrap().payload).clone()
    }

    pub async fn last_body(&self, workflow: WorkflowId) -> Value {
        let event = self.events(workflow, EventState::Accepted).await[0].id;
        self.payload(event).await["body"].clone()
    }

    pub async fn runs(&self, workflow: WorkflowId) -> Vec<model::api::RunSummary> {
        let query = model::api::RunsQuery { workflow: Some(workflow), limit: Some(200), ..model::api::RunsQuery::default() };
        self.db.store.runs(&self.db.scope, &query).await.unwrap().items
    }
}

/// A request in few words.
pub struct Sent<'a> {
    pub method: &'static str,
    pub headers: &'a [(&'a str, &'a str)],
    pub query: &'static str,
    pub body: &'a [u8],
    pub test: bool,
}

impl Default for Sent<'_> {
    fn default() -> Self {
        Sent { method: "POST", headers: &[("content-type", "application/json")], query: "", body: b"", test: false }
    }
}

impl Sent<'_> {
    pub fn to(&self, key: &str) -> HookRequest {
        let mut headers = HeaderMap::new();
        for (name, value) in self.headers {
            headers.append(HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap());
        }
        HookRequest {
            key: key.to_owned(),
            test: self.test,
            method: Method::try_from(self.method).unwrap(),
            headers,
            query: self.query.to_owned(),
            body: self.body.to_vec().into(),
        }
    }
}

pub fn json_of(reply: &HookReply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_default()
}

pub fn header<'a>(reply: &'a HookReply, name: &str) -> Option<&'a str> {
    reply.headers.iter().find(|(known, _)| known.as_str() == name).and_then(|(_, value)| value.to_str().ok())
}

/// One trigger of this kind with these further properties, and a step that does nothing much.
pub fn workflow(kind: Value, more: Value) -> WorkflowDefinition {
    let mut trigger = json!({ "id": "start", "label": "Start", "kind": kind });
    trigger.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let step = json!({ "slug": "note", "label": "Note", "kind": { "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] } });
    serde_json::from_value(json!({ "schema": 1, "triggers": [trigger], "steps": { "note": step }, "body": ["note"] })).unwrap()
}

pub fn webhook(more: Value) -> Value {
    let mut kind = json!({ "type": "webhook" });
    kind.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    kind
}

/// Milliseconds of an RFC 3339 moment.
pub fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond())
}
