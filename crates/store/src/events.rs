use std::sync::Arc;

use model::{
    Role, Timestamp,
    api::{EventState, EventSummary, EventsQuery, Page},
    ids::{EventId, RunId, TriggerId, WorkflowId},
};
use sea_orm::{QueryResult, Value as Bound};
use serde_json::Value;

use crate::{Error, EventFile, Scope, Store, page, payload, sql};

/// An event with its data; `payload` is null where it is no longer kept.
#[derive(Debug, Clone)]
pub struct EventRow {
    pub event: EventSummary,
    pub version: u32,
    pub payload: Arc<Value>,
}

const COLUMNS: &str = "SELECT id, workflow_id, trigger_id, state, reason, received_at, bytes, run_id";

impl Store {
    /// Live events of every state, newest first.
    pub async fn events(&self, scope: &Scope, query: &EventsQuery) -> Result<Page<EventSummary>, Error> {
        scope.require(Role::Viewer)?;
        let limit = page::limit(query.limit);
        let mut sql = format!("{COLUMNS} FROM event WHERE workspace_id = $1 AND kind <> 'test'");
        let mut values: Vec<Bound> = vec![scope.workspace.0.into()];
        let mut and = |condition: &str, value: Bound| {
            values.push(value);
            sql.push_str(&format!(" AND {condition} ${}", values.len()));
        };
        if let Some(workflow) = query.workflow {
            and("workflow_id =", workflow.0.into());
        }
        if let Some(state) = query.state {
            and("state =", state.as_str().into());
        }
        if let Some(after) = page::after(query.cursor.as_ref())? {
            and("id <", after.into());
        }
        sql.push_str(&format!(" ORDER BY id DESC LIMIT {}", limit + 1));
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let items = rows.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(page::page(items, limit, |event: &EventSummary| event.id.0))
    }

    /// For people: masked fields are. A duplicate carries no data of its own.
    pub async fn event(&self, scope: &Scope, id: EventId) -> Result<EventRow, Error> {
        let mut row = self.whole_event(scope, id).await?;
        if let Some(mut masking) = self.masking(row.event.workflow).await? {
            masking.event(Arc::make_mut(&mut row.payload));
            row.event.reason = row.event.reason.map(|reason| masking.text(&reason).unwrap_or(reason));
        }
        Ok(row)
    }

    /// For what goes through it again.
    pub async fn whole_event(&self, scope: &Scope, id: EventId) -> Result<EventRow, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS}, version, payload FROM event WHERE workspace_id = $1 AND id = $2");
        let row = sql::one(&self.shared.read, sql, vec![scope.workspace.0.into(), id.0.into()]).await?;
        let row = row.ok_or(Error::NotFound("the event"))?;
        let bytes: Option<Vec<u8>> = sql::get(&row, 9)?;
        Ok(EventRow {
            event: summary(&row)?,
            version: u32::try_from(sql::get::<i64>(&row, 8)?).unwrap_or(0),
            payload: Arc::new(bytes.map_or(Ok(Value::Null), |bytes| payload::from_json(&bytes))?),
        })
    }

    /// The content of a file that came with an event. `sha256`: in hex, as the event's data names it; a masked file is nobody's.
    pub async fn event_file(&self, scope: &Scope, id: EventId, sha256: &str) -> Result<Vec<u8>, Error> {
        let row = self.event(scope, id).await?;
        if self.masking(row.event.workflow).await?.is_some() && !row.payload.to_string().contains(sha256) {
            return Err(Error::NotFound("the file"));
        }
        let sql =
            "SELECT p.body FROM payload p JOIN event e ON e.id = p.owner WHERE e.workspace_id = $1 AND e.id = $2 AND p.hash = $3";
        let values = vec![scope.workspace.0.into(), id.0.into(), sha256.into()];
        let row = sql::one(&self.shared.read, sql, values).await?.ok_or(Error::NotFound("the file"))?;
        sql::get(&row, 0)
    }

    /// Every file of an event, for a replay, which has an event of its own.
    pub async fn event_files(&self, scope: &Scope, id: EventId) -> Result<Vec<EventFile>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT p.hash, p.body FROM payload p JOIN event e ON e.id = p.owner WHERE e.workspace_id = $1 AND e.id = $2";
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into(), id.0.into()]).await?;
        let file = |row: &QueryResult| Ok(EventFile { sha256: sql::get(row, 0)?, body: sql::get::<Vec<u8>>(row, 1)?.into() });
        rows.iter().map(file).collect()
    }
}

fn summary(row: &QueryResult) -> Result<EventSummary, Error> {
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
