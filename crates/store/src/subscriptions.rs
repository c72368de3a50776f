//! Webhooks at vendors: what is kept of each while it is made, lives and is taken away. Calls to vendors happen between these commits.

mod app;
mod call;
mod plan;

use std::sync::Arc;

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{SubscriptionState, WorkflowState},
    ids::{ConnectionId, SecretId, SubscriptionId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, QueryResult, Value as Bound};
use serde_json::Value;

use crate::{Error, Scope, Store, payload, sql, store::transaction};

pub use app::{AppHook, Listener};
pub use call::{CallOutcome, Made};
pub(crate) use plan::{plan, plan_gone};

/// The kind of job that makes, renews and takes away webhooks at vendors; its key is `<workflow>:<trigger>`.
pub const SUBSCRIBE: &str = "subscribe";

#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRow {
    pub id: SubscriptionId,
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    pub connector: String,
    /// The trigger's id in the connector's manifest.
    pub app_trigger: String,
    pub connection: Option<ConnectionId>,
    /// The trigger's form, as plain values.
    pub input: Value,
    /// Of connector, trigger, connection and input.
    pub fingerprint: Vec<u8>,
    /// The last part of its own address; absent: the trigger's, or the app's.
    pub key: Option<String>,
    pub state: SubscriptionState,
    /// What the vendor's answers gave: an object.
    pub kept: Value,
    pub secret: Option<SecretId>,
    /// A call to the vendor is under way until then; one that is past was cut short.
    pub busy_until: Option<Timestamp>,
    /// After a failure: not before.
    pub retry_at: Option<Timestamp>,
    /// In a row.
    pub failures: u32,
    /// Code, and words for a person.
    pub error: Option<(String, String)>,
    pub expires_at: Option<Timestamp>,
    /// It has worked from then on.
    pub since: Option<Timestamp>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct NewSubscription {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    pub connector: String,
    pub app_trigger: String,
    pub connection: Option<ConnectionId>,
    pub input: Value,
    pub fingerprint: Vec<u8>,
    /// With a key and an address of its own, to be made by a call; else a person does it at the vendor.
    pub is_made: bool,
}

/// What a workflow wants of its triggers now: read past every cache.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub workspace: WorkspaceId,
    pub state: WorkflowState,
    /// The live version's definition.
    pub live: Option<Arc<WorkflowDefinition>>,
}

pub(crate) const COLUMNS: &str = "SELECT s.id, s.workspace_id, s.workflow_id, s.trigger_id, s.connector, s.app_trigger, s.connection_id, s.input,
    s.fingerprint, s.hook_key, s.state, s.kept, s.secret_id, s.busy_until, s.retry_at, s.failures, s.error_code, s.error, s.expires_at,
    s.since, s.created_at FROM subscription s";

pub(crate) fn row(row: &QueryResult) -> Result<SubscriptionRow, Error> {
    let time = |at| sql::get::<Option<i64>>(row, at).map(|at| at.map(Timestamp));
    let (input, kept, state): (Vec<u8>, Vec<u8>, String) = (sql::get(row, 7)?, sql::get(row, 11)?, sql::get(row, 10)?);
    Ok(SubscriptionRow {
        id: SubscriptionId(sql::get(row, 0)?),
        workspace: WorkspaceId(sql::get(row, 1)?),
        workflow: WorkflowId(sql::get(row, 2)?),
        trigger: TriggerId(sql::get(row, 3)?),
        connector: sql::get(row, 4)?,
        app_trigger: sql::get(row, 5)?,
        connection: sql::get::<Option<i64>>(row, 6)?.map(ConnectionId),
        input: payload::from_json(&input)?,
        fingerprint: sql::get(row, 8)?,
        key: sql::get(row, 9)?,
        // One of a newer version is left to it.
        state: SubscriptionState::parse(&state).unwrap_or(SubscriptionState::Ending),
        kept: payload::from_json(&kept)?,
        secret: sql::get::<Option<i64>>(row, 12)?.map(SecretId),
        busy_until: time(13)?,
        retry_at: time(14)?,
        failures: u32::try_from(sql::get::<i64>(row, 15)?).unwrap_or(0),
        error: sql::get::<Option<String>>(row, 16)?.zip(sql::get::<Option<String>>(row, 17)?),
        expires_at: time(18)?,
        since: time(19)?,
        created_at: Timestamp(sql::get(row, 20)?),
    })
}

/// 128 random bits: whoever does not know the key cannot find it.
pub(crate) fn new_key() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

pub(crate) async fn of_trigger(
    db: &impl ConnectionTrait,
    workflow: WorkflowId,
    trigger: &TriggerId,
) -> Result<Vec<SubscriptionRow>, Error> {
    let sql = format!("{COLUMNS} WHERE s.workflow_id = $1 AND s.trigger_id = $2 ORDER BY s.id");
    sql::all(db, sql, vec![workflow.0.into(), trigger.as_str().into()]).await?.iter().map(row).collect()
}

impl Store {
    /// Of one trigger, oldest first; for its job.
    pub async fn subscriptions_of(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Vec<SubscriptionRow>, Error> {
        of_trigger(&self.shared.write, workflow, trigger).await
    }

    /// The same for a person.
    pub async fn subscriptions(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
    ) -> Result<Vec<SubscriptionRow>, Error> {
        scope.require(Role::Viewer)?;
        let rows = of_trigger(&self.shared.read, workflow, trigger).await?;
        Ok(rows.into_iter().filter(|row| row.workspace == scope.workspace).collect())
    }

    /// What is live of a workflow; nothing when it was deleted.
    pub async fn wanted(&self, workflow: WorkflowId) -> Result<Option<Wanted>, Error> {
        let sql = "SELECT workspace_id, state, live_version FROM workflow WHERE id = $1 AND deleted_at IS NULL";
        let Some(row) = sql::one(&self.shared.write, sql, vec![workflow.0.into()]).await? else { return Ok(None) };
        let (state, version): (String, Option<i64>) = (sql::get(&row, 1)?, sql::get(&row, 2)?);
        let live = match version.and_then(|version| u32::try_from(version).ok()) {
            Some(version) => Some(self.definition(workflow, version).await?),
            None => None,
        };
        let state = WorkflowState::parse(&state).unwrap_or(WorkflowState::Off);
        Ok(Some(Wanted { workspace: WorkspaceId(sql::get(&row, 0)?), state, live }))
    }

    /// Adds one in the state `creating`, or `waiting` where a person does it. Of several callers at once one adds it.
    pub async fn add_subscription(&self, new: NewSubscription) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            // The workflow's row is the lock under which rows are added.
            let lock = format!("SELECT 1 FROM workflow WHERE id = $1{}", crate::dialect::for_update(shared.backend));
            sql::one(tx, lock, vec![new.workflow.0.into()]).await?;
            let known = of_trigger(tx, new.workflow, &new.trigger).await?;
            if known.iter().any(|row| row.state != SubscriptionState::Ending && row.fingerprint == new.fingerprint) {
                return Ok(());
            }
            let state = if new.is_made { SubscriptionState::Creating } else { SubscriptionState::Waiting };
            let sql = "INSERT INTO subscription (id, workspace_id, workflow_id, trigger_id, connector, app_trigger, connection_id, input,
                       fingerprint, hook_key, state, kept, failures, created_at, updated_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $13)";
            let values: Vec<Bound> = vec![
                shared.next_id().into(),
                new.workspace.0.into(),
                new.workflow.0.into(),
                new.trigger.as_str().into(),
                new.connector.as_str().into(),
                new.app_trigger.as_str().into(),
                new.connection.map(|id| id.0).into(),
                payload::json(&new.input)?.into(),
                new.fingerprint.clone().into(),
                new.is_made.then(new_key).into(),
                state.as_str().into(),
                payload::json(&Value::Object(Default::default()))?.into(),
                shared.now().ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            Ok(())
        })?;
        self.shared.cache.forget_workflow(new.workflow);
        Ok(())
    }

    /// They are to be taken away at the vendor.
    pub async fn end_subscriptions(&self, workflow: WorkflowId, ids: &[SubscriptionId]) -> Result<(), Error> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let head = "UPDATE subscription SET state = 'ending', retry_at = NULL, failures = 0, error_code = NULL, error = NULL
                    WHERE state <> 'ending' AND id IN ";
        sql::exec_in(&self.shared.write, head, "", &ids).await?;
        self.shared.cache.forget_workflow(workflow);
        Ok(())
    }

    /// It is gone at the vendor, or was never there; its secret goes with it.
    pub async fn drop_subscription(&self, workflow: WorkflowId, id: SubscriptionId) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let gone = "DELETE FROM subscription WHERE id = $1 RETURNING secret_id";
            let row = sql::one(tx, gone, vec![id.0.into()]).await?;
            if let Some(secret) = row.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten() {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![secret.into()]).await?;
            }
            Ok(())
        })?;
        shared.cache.forget_workflow(workflow);
        Ok(())
    }
}
