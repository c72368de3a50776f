//! The address of the owner's app at a vendor, and who is told of what comes there.

use model::{
    Role,
    ids::{ConnectionId, SecretId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{QueryResult, Value as Bound};

use super::{COLUMNS, SubscriptionRow, new_key, row};
use crate::{Error, Scope, Store, audit, sql, store::transaction};

/// One for each connector of a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppHook {
    pub workspace: WorkspaceId,
    pub connector: String,
    /// Not guessable; the last part of the address.
    pub key: String,
    /// What the app signs with; absent: its client secret.
    pub secret: Option<SecretId>,
}

const HOOK: &str = "SELECT workspace_id, connector, key, secret_id FROM app_hook";

fn hook(row: &QueryResult) -> Result<AppHook, Error> {
    Ok(AppHook {
        workspace: WorkspaceId(sql::get(row, 0)?),
        connector: sql::get(row, 1)?,
        key: sql::get(row, 2)?,
        secret: sql::get::<Option<i64>>(row, 3)?.map(SecretId),
    })
}

/// A workflow that listens to an account by a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub connection: ConnectionId,
    pub workflow: WorkflowId,
    pub name: String,
}

impl Store {
    /// The workflows that have webhooks at the accounts of a connector.
    pub async fn listeners(&self, scope: &Scope, connector: &str) -> Result<Vec<Listener>, Error> {
        scope.require(Role::Viewer)?;
        let sql =
            "SELECT DISTINCT s.connection_id, s.workflow_id, w.name FROM subscription s JOIN workflow w ON w.id = s.workflow_id
                   WHERE s.workspace_id = $1 AND s.connector = $2 AND s.state <> 'ending' AND s.connection_id IS NOT NULL
                   AND w.deleted_at IS NULL ORDER BY s.workflow_id";
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into(), connector.into()]).await?;
        let listener = |row: &QueryResult| {
            let (connection, workflow) = (ConnectionId(sql::get(row, 0)?), WorkflowId(sql::get(row, 1)?));
            Ok(Listener { connection, workflow, name: sql::get(row, 2)? })
        };
        rows.iter().map(listener).collect()
    }

    /// The address of a workspace's app, made when it is first asked for. The caller has checked who asks.
    pub async fn app_hook(&self, workspace: WorkspaceId, connector: &str) -> Result<AppHook, Error> {
        let find = format!("{HOOK} WHERE workspace_id = $1 AND connector = $2");
        let key = || vec![workspace.0.into(), connector.into()];
        if let Some(found) = sql::one(&self.shared.read, find.as_str(), key()).await? {
            return hook(&found);
        }
        let sql = "INSERT INTO app_hook (key, workspace_id, connector, created_at) VALUES ($1, $2, $3, $4)
                   ON CONFLICT (workspace_id, connector) DO NOTHING";
        let values: Vec<Bound> = vec![new_key().into(), workspace.0.into(), connector.into(), self.now().ms().into()];
        sql::exec(&self.shared.write, sql, values).await?;
        let found = sql::one(&self.shared.write, find, key()).await?;
        hook(&found.ok_or_else(|| Error::Database("an address was added and is not there".into()))?)
    }

    /// By the last parts of an address.
    pub async fn app_hook_at(&self, connector: &str, key: &str) -> Result<Option<AppHook>, Error> {
        let found =
            sql::one(&self.shared.read, format!("{HOOK} WHERE key = $1 AND connector = $2"), vec![key.into(), connector.into()]);
        found.await?.as_ref().map(hook).transpose()
    }

    /// What the app signs with. Needs the owner's role, as the app itself does; gives back the one it replaces.
    pub async fn set_app_hook_secret(
        &self,
        scope: &Scope,
        connector: &str,
        secret: Option<SecretId>,
    ) -> Result<Option<SecretId>, Error> {
        scope.require(Role::Owner)?;
        let before = self.app_hook(scope.workspace, connector).await?.secret;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "UPDATE app_hook SET secret_id = $3 WHERE workspace_id = $1 AND connector = $2";
            sql::exec(tx, sql, vec![scope.workspace.0.into(), connector.into(), secret.map(|id| id.0).into()]).await?;
            audit::by(tx, shared, scope, "app.signing_secret", connector, serde_json::json!({ "set": secret.is_some() })).await
        })?;
        Ok(before)
    }

    /// Triggers that listen to a workspace's app, each with the stable id of its connection's account.
    pub async fn app_subscriptions(
        &self,
        workspace: WorkspaceId,
        connector: &str,
    ) -> Result<Vec<(SubscriptionRow, Option<String>)>, Error> {
        let columns = COLUMNS.replacen("s.created_at FROM", "s.created_at, c.account_id FROM", 1);
        let sql = format!(
            "{columns} LEFT JOIN connection c ON c.id = s.connection_id AND c.workspace_id = s.workspace_id
             WHERE s.workspace_id = $1 AND s.connector = $2 AND s.hook_key IS NULL AND s.state IN ('active', 'waiting') ORDER BY s.id"
        );
        let rows = sql::all(&self.shared.read, sql, vec![workspace.0.into(), connector.into()]).await?;
        rows.iter().map(|found| Ok((row(found)?, sql::get(found, 21)?))).collect()
    }

    /// The vendor has been heard of: what waited for a person works.
    pub async fn subscription_heard(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<(), Error> {
        let sql = "UPDATE subscription SET state = 'active', since = $3, updated_at = $3
                   WHERE workflow_id = $1 AND trigger_id = $2 AND state = 'waiting'";
        sql::exec(&self.shared.write, sql, vec![workflow.0.into(), trigger.as_str().into(), self.now().ms().into()]).await?;
        self.shared.cache.forget_workflow(workflow);
        Ok(())
    }
}
