//! What came to webhooks: the last requests of each, deliveries that wait for the rest of their data, and signatures seen a moment ago.

mod deliveries;

use model::{
    Role, Timestamp,
    api::{EventState, HookHeader, HookOutcome, HookRequest},
    ids::{EventId, HookRequestId, RunId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{QueryResult, Value as Bound};
use serde_json::Value;

use crate::{Error, Masking, Scope, Store, payload, sql, store::transaction};

pub use deliveries::NewDelivery;

/// Requests shown and kept for each hook.
const SHOWN: usize = 20;
/// Bytes of a body that are kept.
pub const KEPT_BODY_BYTES: usize = 64 * 1024;
/// Events of a workflow, newest first, among which those of one trigger are looked for.
const LOOKED_THROUGH: usize = 2_000;

/// A request that left no event. Secrets are masked by the caller, who knows which headers hold them.
#[derive(Debug, Clone)]
pub struct KeptRequest {
    pub workspace: WorkspaceId,
    /// `<workflow>:<trigger>`, or `app:<connector>`.
    pub hook: String,
    pub outcome: HookOutcome,
    pub reason: String,
    pub status: u16,
    pub method: String,
    pub query: String,
    pub headers: Vec<HookHeader>,
    /// Its beginning.
    pub body: Vec<u8>,
    /// How long the body was.
    pub bytes: u64,
    pub received_at: Timestamp,
}

const COLUMNS: &str = "SELECT id, outcome, reason, status, method, query, headers, body, bytes, received_at FROM hook_request";

impl Store {
    /// Keeps a request; those of its hook older than the 20th go.
    pub async fn keep_request(&self, mut kept: KeptRequest) -> Result<(), Error> {
        let shared = &self.shared;
        if let Some(workflow) = kept.hook.split(':').next().and_then(|id| id.parse().ok())
            && let Some(masking) = self.masking(workflow).await?
        {
            leave_out(&mut kept, &masking);
        }
        let mut body = kept.body;
        body.truncate(KEPT_BODY_BYTES);
        transaction!(shared, |tx| {
            let sql =
                "INSERT INTO hook_request (id, workspace_id, hook, outcome, reason, status, method, query, headers, body, bytes,
                       received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
            let values: Vec<Bound> = vec![
                shared.next_id().into(),
                kept.workspace.0.into(),
                kept.hook.as_str().into(),
                kept.outcome.as_str().into(),
                kept.reason.as_str().into(),
                i64::from(kept.status).into(),
                kept.method.as_str().into(),
                kept.query.as_str().into(),
                payload::json(&kept.headers)?.into(),
                body.clone().into(),
                i64::try_from(kept.bytes).unwrap_or(i64::MAX).into(),
                kept.received_at.ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            let older = format!(
                "DELETE FROM hook_request WHERE workspace_id = $1 AND hook = $2 AND id <= (SELECT r.id FROM hook_request r
                 WHERE r.workspace_id = $1 AND r.hook = $2 ORDER BY r.id DESC LIMIT 1 OFFSET {SHOWN})"
            );
            sql::exec(tx, older, vec![kept.workspace.0.into(), kept.hook.as_str().into()]).await?;
            Ok(())
        })
    }

    /// The last requests of a trigger, newest first: those that became events, and those kept for one of `hooks`.
    pub async fn hook_requests(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        hooks: &[String],
    ) -> Result<Vec<HookRequest>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!(
            "SELECT id, state, reason, payload, bytes, received_at, run_id FROM (SELECT id, state, reason, payload, bytes, received_at,
             run_id, trigger_id, kind FROM event WHERE workflow_id = $1 AND workspace_id = $2 ORDER BY id DESC LIMIT {LOOKED_THROUGH}) e
             WHERE trigger_id = $3 AND kind = 'live' ORDER BY id DESC LIMIT {SHOWN}"
        );
        let values = vec![workflow.0.into(), scope.workspace.0.into(), trigger.as_str().into()];
        let mut found = Vec::new();
        let masking = self.masking(workflow).await?;
        for row in sql::all(&self.shared.read, sql, values).await? {
            found.push(of_event(&row, masking.clone())?);
        }
        for hook in hooks {
            let sql = format!("{COLUMNS} WHERE workspace_id = $1 AND hook = $2 ORDER BY id DESC LIMIT {SHOWN}");
            for row in sql::all(&self.shared.read, sql, vec![scope.workspace.0.into(), hook.as_str().into()]).await? {
                found.push(of_row(&row)?.0);
            }
        }
        found.sort_by_key(|request| std::cmp::Reverse(request.id));
        found.truncate(SHOWN);
        Ok(found)
    }

    /// One request that left no event, with the kept part of its body.
    pub async fn hook_request(
        &self,
        scope: &Scope,
        hooks: &[String],
        id: HookRequestId,
    ) -> Result<Option<(HookRequest, Vec<u8>)>, Error> {
        scope.require(Role::Viewer)?;
        for hook in hooks {
            let sql = format!("{COLUMNS} WHERE workspace_id = $1 AND hook = $2 AND id = $3");
            let values = vec![scope.workspace.0.into(), hook.as_str().into(), id.0.into()];
            if let Some(row) = sql::one(&self.shared.read, sql, values).await? {
                return of_row(&row).map(Some);
            }
        }
        Ok(None)
    }
}

/// Such a request may be in any form, so the parts that hold masked fields are not kept at all.
fn leave_out(kept: &mut KeptRequest, masking: &Masking) {
    if masking.looks_into("body") {
        kept.body.clear();
    }
    if masking.looks_into("query") {
        kept.query.clear();
    }
    if masking.looks_into("headers") {
        kept.headers.clear();
    }
}

fn of_row(row: &QueryResult) -> Result<(HookRequest, Vec<u8>), Error> {
    let (outcome, headers, body): (String, Vec<u8>, Vec<u8>) = (sql::get(row, 1)?, sql::get(row, 6)?, sql::get(row, 7)?);
    let bytes = sql::get::<i64>(row, 8)?.unsigned_abs();
    let request = HookRequest {
        id: HookRequestId(sql::get(row, 0)?),
        at: Timestamp(sql::get(row, 9)?),
        outcome: HookOutcome::parse(&outcome).unwrap_or(HookOutcome::Refused),
        reason: sql::get(row, 2)?,
        status: u16::try_from(sql::get::<i64>(row, 3)?).ok(),
        method: sql::get(row, 4)?,
        query: sql::get(row, 5)?,
        headers: payload::from_json(&headers)?,
        truncated: bytes > body.len() as u64,
        body: String::from_utf8_lossy(&body).into_owned(),
        bytes,
        event: None,
        run: None,
    };
    Ok((request, body))
}

/// What an event still holds of its request.
fn of_event(row: &QueryResult, masking: Option<Masking>) -> Result<HookRequest, Error> {
    let (state, payload): (String, Option<Vec<u8>>) = (sql::get(row, 1)?, sql::get(row, 3)?);
    let mut event: Value = payload.map_or(Ok(Value::Null), |bytes| payload::from_json(&bytes))?;
    if let Some(mut masking) = masking {
        masking.event(&mut event);
    }
    let id: i64 = sql::get(row, 0)?;
    let outcome = match EventState::ALL.into_iter().find(|known| known.as_str() == state) {
        Some(EventState::Held) => HookOutcome::Held,
        Some(EventState::Duplicate) => HookOutcome::Duplicate,
        Some(EventState::Filtered) => HookOutcome::Filtered,
        Some(EventState::Refused) => HookOutcome::Refused,
        _ => HookOutcome::Accepted,
    };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let headers = event["headers"].as_object().into_iter().flatten();
    let mut body = if event["body"].is_null() { String::new() } else { text(&event["body"]) };
    let whole = body.len();
    let mut end = whole.min(KEPT_BODY_BYTES);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    body.truncate(end);
    Ok(HookRequest {
        id: HookRequestId(id),
        at: Timestamp(sql::get(row, 5)?),
        outcome,
        reason: sql::get::<Option<String>>(row, 2)?.unwrap_or_default(),
        status: None,
        method: event["method"].as_str().unwrap_or("POST").to_owned(),
        query: event["query"].as_object().filter(|query| !query.is_empty()).map(pairs).unwrap_or_default(),
        headers: headers.map(|(name, value)| HookHeader { name: name.clone(), value: text(value) }).collect(),
        truncated: body.len() < whole,
        body,
        bytes: sql::get::<i64>(row, 4)?.unsigned_abs(),
        event: Some(EventId(id)),
        run: sql::get::<Option<i64>>(row, 6)?.map(RunId),
    })
}

/// Parameters as text again; a list is a parameter that came several times.
fn pairs(query: &serde_json::Map<String, Value>) -> String {
    let mut out = String::new();
    for (name, value) in query {
        let values = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            out.push_str(value.as_str().unwrap_or_default());
        }
    }
    out
}
