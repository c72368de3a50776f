use model::{
    Role, Timestamp,
    api::{Cursor, EventState, EventSummary, EventsQuery, Page},
    ids::{EventId, RunId, TriggerId, WorkflowId},
};
use sea_orm::QueryResult;

use super::{Narrowed, WINDOW, WINDOWS};
use crate::{Error, Scope, Store, masking::Maskings, page, payload, sql};

pub(super) const COLUMNS: &str =
    "SELECT e.id, e.workflow_id, e.trigger_id, e.state, e.reason, e.received_at, e.bytes, e.run_id FROM event e";
const WITH_DATA: &str =
    "SELECT e.id, e.workflow_id, e.trigger_id, e.state, e.reason, e.received_at, e.bytes, e.run_id, e.payload FROM event e";

/// An event with its data as it is stored.
#[derive(Debug, Clone)]
pub struct FoundEvent {
    pub event: EventSummary,
    /// JSON; absent where it is no longer kept, and of duplicates.
    pub data: Option<Vec<u8>>,
}

impl Store {
    /// Live events that fit every condition, newest first; a page may hold fewer than `limit` and still name a next one.
    pub async fn find_events(&self, scope: &Scope, query: &EventsQuery) -> Result<Page<EventSummary>, Error> {
        let Page { items, next } = self.events_page(scope, query, COLUMNS).await?;
        let items = items.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// The same with their data, masked fields masked.
    pub async fn find_events_with_data(&self, scope: &Scope, query: &EventsQuery) -> Result<Page<FoundEvent>, Error> {
        let Page { items: rows, next } = self.events_page(scope, query, WITH_DATA).await?;
        let (mut items, mut maskings) = (Vec::with_capacity(rows.len()), Maskings::default());
        for row in &rows {
            let mut found = FoundEvent { event: summary(row)?, data: sql::get(row, 8)? };
            if let Some(mut masking) = maskings.of(self, found.event.workflow).await?
                && let Some(data) = &mut found.data
            {
                let mut value = payload::from_json(data)?;
                masking.event(&mut value);
                *data = payload::json(&value)?;
                found.event.reason = found.event.reason.map(|reason| masking.text(&reason).unwrap_or(reason));
            }
            items.push(found);
        }
        Ok(Page { items, next })
    }

    async fn events_page(&self, scope: &Scope, query: &EventsQuery, columns: &str) -> Result<Page<QueryResult>, Error> {
        scope.require(Role::Viewer)?;
        let limit = page::limit(query.limit);
        let narrowed = Narrowed::events(scope.workspace, query)?;
        let mut found: Vec<QueryResult> = Vec::new();
        let mut before = narrowed.before;
        for _ in 0..WINDOWS {
            let floor =
                self.shared.window("event e", &narrowed.near, narrowed.near_values(), before, (narrowed.order, WINDOW)).await?;
            let sql = format!(
                "{columns} WHERE {} AND e.id < {before} AND e.id >= {}{} ORDER BY e.id DESC LIMIT {}",
                narrowed.near,
                floor.unwrap_or(i64::MIN + 1),
                narrowed.rest,
                limit + 1 - found.len(),
            );
            found.append(&mut sql::all(&self.shared.read, sql, narrowed.values.clone()).await?);
            if found.len() > limit {
                found.truncate(limit);
                let last = found.last().map(|row| sql::get::<i64>(row, 0)).transpose()?;
                return Ok(Page { items: found, next: last.map(|id| Cursor(id.to_string())) });
            }
            match floor {
                Some(floor) => before = floor,
                None => return Ok(Page { items: found, next: None }),
            }
        }
        Ok(Page { items: found, next: Some(Cursor(before.to_string())) })
    }
}

pub(super) fn summary(row: &QueryResult) -> Result<EventSummary, Error> {
    let state: String = sql::get(row, 3)?;
    Ok(EventSummary {
        id: EventId(sql::get(row, 0)?),
        workflow: WorkflowId(sql::get(row, 1)?),
        trigger: TriggerId(sql::get(row, 2)?),
        state: EventState::parse(&state).ok_or_else(|| Error::Database(format!("`{state}` is no state of an event")))?,
        reason: sql::get(row, 4)?,
        received_at: Timestamp(sql::get(row, 5)?),
        bytes: sql::get::<i64>(row, 6)?.unsigned_abs(),
        run: sql::get::<Option<i64>>(row, 7)?.map(RunId),
    })
}
