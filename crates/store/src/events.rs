use std::sync::Arc;

use model::{
    api::{EventSummary, EventsQuery, Page},
    ids::EventId,
};
use serde_json::Value;

use crate::{Error, Scope, Store};

/// An event with its data; `payload` is null where it is no longer kept.
#[derive(Debug, Clone)]
pub struct EventRow {
    pub event: EventSummary,
    pub version: u32,
    pub payload: Arc<Value>,
}

impl Store {
    /// Events of every state, newest first.
    pub async fn events(&self, scope: &Scope, query: &EventsQuery) -> Result<Page<EventSummary>, Error> {
        todo!()
    }

    pub async fn event(&self, scope: &Scope, id: EventId) -> Result<EventRow, Error> {
        todo!()
    }
}
