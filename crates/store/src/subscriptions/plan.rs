//! When the job of a trigger's webhook has to look.

use std::collections::BTreeMap;

use model::{
    Timestamp, WorkflowDefinition,
    definition::TriggerKind,
    ids::{ConnectionId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::Value;

use super::SUBSCRIBE;
use crate::{
    Error, NewJob, Store,
    queue::put_job,
    sql,
    store::{Shared, transaction},
};

/// After a change of what is live, in its transaction: a look at every trigger of a connector that there is, and at those that have left
/// a webhook. Which of them have one, their connectors know.
pub(crate) async fn plan(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    live: &WorkflowDefinition,
) -> Result<(), Error> {
    let app = |trigger: &&model::definition::Trigger| matches!(trigger.kind, TriggerKind::App(_));
    let mut triggers: Vec<TriggerId> = live.triggers.iter().filter(app).map(|trigger| trigger.id.clone()).collect();
    triggers.extend(with_rows(tx, workflow).await?);
    look(tx, shared, workspace, workflow, triggers).await
}

/// The same for a workflow that is deleted.
pub(crate) async fn plan_gone(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    workflow: WorkflowId,
) -> Result<(), Error> {
    // The requests of its hooks go with it.
    let requests = "DELETE FROM hook_request WHERE workspace_id = $1 AND hook LIKE $2";
    sql::exec(tx, requests, vec![workspace.0.into(), format!("{workflow}:%").into()]).await?;
    let triggers = with_rows(tx, workflow).await?;
    look(tx, shared, workspace, workflow, triggers).await
}

async fn with_rows(tx: &impl ConnectionTrait, workflow: WorkflowId) -> Result<Vec<TriggerId>, Error> {
    let sql = "SELECT DISTINCT trigger_id FROM subscription WHERE workflow_id = $1";
    sql::all(tx, sql, vec![workflow.0.into()]).await?.iter().map(|row| Ok(TriggerId(sql::get(row, 0)?))).collect()
}

async fn look(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    mut triggers: Vec<TriggerId>,
) -> Result<(), Error> {
    triggers.sort();
    triggers.dedup();
    for trigger in triggers {
        put_job(tx, shared, &job(workspace, workflow, &trigger, shared.now())).await?;
    }
    Ok(())
}

fn job(workspace: WorkspaceId, workflow: WorkflowId, trigger: &TriggerId, at: Timestamp) -> NewJob {
    NewJob {
        workspace,
        workflow: Some(workflow),
        kind: SUBSCRIBE.to_owned(),
        key: format!("{workflow}:{trigger}"),
        available_at: at,
        body: Value::Null,
    }
}

impl Store {
    /// Webhooks that could not be made or renewed while a connection did not work are tried again at once.
    pub(crate) async fn wake_subscriptions(&self, connection: ConnectionId) -> Result<(), Error> {
        let shared = &self.shared;
        let is_woken = transaction!(shared, |tx| {
            let sql = "UPDATE subscription SET retry_at = NULL WHERE connection_id = $1 AND retry_at IS NOT NULL
                       RETURNING workspace_id, workflow_id, trigger_id";
            let mut waiting: BTreeMap<(WorkspaceId, WorkflowId), Vec<TriggerId>> = BTreeMap::new();
            for row in sql::all(tx, sql, vec![connection.0.into()]).await? {
                let of = (WorkspaceId(sql::get(&row, 0)?), WorkflowId(sql::get(&row, 1)?));
                waiting.entry(of).or_default().push(TriggerId(sql::get(&row, 2)?));
            }
            let is_woken = !waiting.is_empty();
            for ((workspace, workflow), triggers) in waiting {
                look(tx, shared, workspace, workflow, triggers).await?;
            }
            Ok(is_woken)
        })?;
        if is_woken {
            shared.announce_work();
        }
        Ok(())
    }

    /// At start: a look at every webhook of vendors there is. What was cut short goes on, and what nobody waits for any more ends.
    pub async fn reconcile_subscriptions(&self) -> Result<u64, Error> {
        let sql = "SELECT DISTINCT s.workspace_id, s.workflow_id, s.trigger_id FROM subscription s WHERE NOT EXISTS
                   (SELECT 1 FROM job j WHERE j.kind = $1 AND j.workflow_id = s.workflow_id AND j.lease_by IS NOT NULL AND j.available_at > $2)";
        let shared = &self.shared;
        let rows = sql::all(&shared.read, sql, vec![SUBSCRIBE.into(), shared.now().ms().into()]).await?;
        for row in &rows {
            let (workspace, workflow) = (WorkspaceId(sql::get(row, 0)?), WorkflowId(sql::get(row, 1)?));
            put_job(&shared.write, shared, &job(workspace, workflow, &TriggerId(sql::get(row, 2)?), shared.now())).await?;
        }
        shared.announce_work();
        Ok(rows.len() as u64)
    }

    /// A look at one trigger's webhooks now: what waits after a failure does not wait any longer.
    pub async fn retry_subscriptions(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        trigger: &TriggerId,
    ) -> Result<(), Error> {
        let shared = &self.shared;
        let sql = "UPDATE subscription SET retry_at = NULL WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3";
        let values: Vec<Bound> = vec![workflow.0.into(), trigger.as_str().into(), workspace.0.into()];
        transaction!(shared, |tx| {
            sql::exec(tx, sql, values.clone()).await?;
            look(tx, shared, workspace, workflow, vec![trigger.clone()]).await
        })?;
        shared.announce_work();
        Ok(())
    }
}
