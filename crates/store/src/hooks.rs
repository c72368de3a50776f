use std::sync::Arc;

use crate::store::transaction;
use model::{
    Role, WorkflowDefinition,
    api::{SubscriptionState, WorkflowState},
    definition::{Trigger, TriggerKind},
    ids::{SecretId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::QueryResult;

use crate::{Error, HookRow, Scope, Store, SubscriptionRow, payload, sql, subscriptions};

/// What a webhook's key, or a trigger's name, leads to.
#[derive(Debug, Clone)]
pub struct LiveHook {
    pub workspace: WorkspaceId,
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub trigger: TriggerId,
    pub state: WorkflowState,
    /// The live version; absent: never published.
    pub version: Option<u32>,
    pub secret: Option<SecretId>,
    /// The live version's definition.
    pub live: Option<Arc<WorkflowDefinition>>,
    /// The draft's trigger, for captured test events.
    pub draft_trigger: Option<Trigger>,
    /// Of a trigger of a connector: the webhook at the vendor that this address belongs to.
    pub subscription: Option<SubscriptionRow>,
    /// Another webhook of the trigger has taken over: what comes here comes there, too.
    pub is_superseded: bool,
}

impl LiveHook {
    /// The live version's trigger; absent: not published, or no longer part of it.
    pub fn live_trigger(&self) -> Option<&Trigger> {
        self.live.as_ref()?.trigger(&self.trigger)
    }
}

const COLUMNS: &str = "SELECT w.id, w.workspace_id, w.name, w.state, w.live_version, w.draft, h.trigger_id, h.secret_id";

impl Store {
    /// Resolves a webhook key; kept in memory until the workflow changes.
    pub async fn live_hook(&self, key: &str) -> Result<Option<Arc<LiveHook>>, Error> {
        let cache = &self.shared.cache;
        if let Some(hook) = cache.hook(key) {
            return Ok(Some(hook));
        }
        let generation = cache.generation();
        let sql =
            format!("{COLUMNS} FROM hook h JOIN workflow w ON w.id = h.workflow_id WHERE h.key = $1 AND w.deleted_at IS NULL");
        let hook = match sql::one(&self.shared.read, sql, vec![key.into()]).await? {
            Some(row) => {
                let trigger = TriggerId(sql::get(&row, 6)?);
                let mut hook = self.hook_of(&row, trigger).await?;
                if hook.live_trigger().is_some_and(|trigger| matches!(trigger.kind, TriggerKind::App(_))) {
                    let rows = subscriptions::of_trigger(&self.shared.read, hook.workflow, &hook.trigger).await?;
                    hook.subscription = rows.into_iter().rfind(|row| row.key.is_none());
                }
                hook
            }
            None => match self.subscribed_hook(key).await? {
                Some(hook) => hook,
                None => return Ok(None),
            },
        };
        let hook = Arc::new(hook);
        cache.keep_hook(generation, key, hook.clone());
        Ok(Some(hook))
    }

    /// The key of a webhook that was made at a vendor.
    async fn subscribed_hook(&self, key: &str) -> Result<Option<LiveHook>, Error> {
        let sql = "SELECT workflow_id, trigger_id FROM subscription WHERE hook_key = $1";
        let Some(row) = sql::one(&self.shared.read, sql, vec![key.into()]).await? else { return Ok(None) };
        let (workflow, trigger) = (WorkflowId(sql::get(&row, 0)?), TriggerId(sql::get(&row, 1)?));
        let Some(hook) = self.read_trigger(workflow, &trigger).await? else { return Ok(None) };
        let rows = subscriptions::of_trigger(&self.shared.read, workflow, &trigger).await?;
        let Some(at) = rows.iter().position(|row| row.key.as_deref() == Some(key)) else { return Ok(None) };
        let is_active = |row: &SubscriptionRow| row.state == SubscriptionState::Active;
        let is_superseded = !is_active(&rows[at]) && rows.iter().any(is_active);
        Ok(Some(LiveHook { secret: rows[at].secret, subscription: Some(rows[at].clone()), is_superseded, ..hook }))
    }

    /// The same for any trigger of a workflow (schedules, manual runs), by its id.
    pub async fn live_trigger(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<Arc<LiveHook>>, Error> {
        let cache = &self.shared.cache;
        if let Some(hook) = cache.trigger(workflow, trigger) {
            return Ok(Some(hook));
        }
        let generation = cache.generation();
        let Some(hook) = self.read_trigger(workflow, trigger).await? else { return Ok(None) };
        let hook = Arc::new(hook);
        cache.keep_trigger(generation, hook.clone());
        Ok(Some(hook))
    }

    async fn read_trigger(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<LiveHook>, Error> {
        let sql = format!(
            "{COLUMNS} FROM workflow w LEFT JOIN hook h ON h.workflow_id = w.id AND h.trigger_id = $2
             WHERE w.id = $1 AND w.deleted_at IS NULL"
        );
        let row = sql::one(&self.shared.read, sql, vec![workflow.0.into(), trigger.as_str().into()]).await?;
        match row {
            Some(row) => Ok(Some(self.hook_of(&row, trigger.clone()).await?)),
            None => Ok(None),
        }
    }

    async fn hook_of(&self, row: &QueryResult, trigger: TriggerId) -> Result<LiveHook, Error> {
        let workflow = WorkflowId(sql::get(row, 0)?);
        let state: String = sql::get(row, 3)?;
        let version = sql::get::<Option<i64>>(row, 4)?.and_then(|version| u32::try_from(version).ok());
        let live = match version {
            Some(version) => Some(self.definition(workflow, version).await?),
            None => None,
        };
        let draft: Vec<u8> = sql::get(row, 5)?;
        let draft: WorkflowDefinition = payload::from_json(&draft)?;
        Ok(LiveHook {
            workspace: WorkspaceId(sql::get(row, 1)?),
            workflow,
            workflow_name: sql::get(row, 2)?,
            state: WorkflowState::parse(&state).unwrap_or(WorkflowState::Off),
            version,
            secret: sql::get::<Option<i64>>(row, 7)?.map(SecretId),
            live,
            draft_trigger: draft.trigger(&trigger).cloned(),
            trigger,
            subscription: None,
            is_superseded: false,
        })
    }

    /// A trigger's key and secret, for its owner; nothing where it has no address of its own.
    pub async fn hook_of_trigger(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
    ) -> Result<Option<HookRow>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT key, secret_id FROM hook WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3";
        let values = vec![workflow.0.into(), trigger.as_str().into(), scope.workspace.0.into()];
        let row = sql::one(&self.shared.read, sql, values).await?;
        row.map(|row| {
            let secret = sql::get::<Option<i64>>(&row, 1)?.map(SecretId);
            Ok(HookRow { trigger: trigger.clone(), key: sql::get(&row, 0)?, secret })
        })
        .transpose()
    }

    /// Sets or takes away the secret a webhook checks; gives back the one it replaces.
    pub async fn set_hook_secret(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        secret: Option<SecretId>,
    ) -> Result<Option<SecretId>, Error> {
        scope.require(Role::Maker)?;
        let before = transaction!(self.shared, |tx| {
            let key = vec![workflow.0.into(), trigger.as_str().into(), scope.workspace.0.into()];
            let sql = "SELECT secret_id FROM hook WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3";
            let row = sql::one(tx, sql, key.clone()).await?.ok_or(Error::NotFound("the webhook"))?;
            let sql = "UPDATE hook SET secret_id = $4 WHERE workflow_id = $1 AND trigger_id = $2 AND workspace_id = $3";
            sql::exec(tx, sql, [key, vec![secret.map(|id| id.0).into()]].concat()).await?;
            Ok(sql::get::<Option<i64>>(&row, 0)?.map(SecretId))
        })?;
        self.shared.cache.forget_workflow(workflow);
        Ok(before)
    }

    /// A published definition; kept in memory, since it never changes.
    pub async fn definition(&self, workflow: WorkflowId, version: u32) -> Result<Arc<WorkflowDefinition>, Error> {
        if let Some(definition) = self.shared.cache.definition(workflow, version) {
            return Ok(definition);
        }
        let sql = "SELECT definition FROM workflow_version WHERE workflow_id = $1 AND version = $2";
        let row = sql::one(&self.shared.read, sql, vec![workflow.0.into(), i64::from(version).into()]).await?;
        let bytes: Vec<u8> = sql::get(&row.ok_or(Error::NotFound("the version"))?, 0)?;
        let definition: Arc<WorkflowDefinition> = Arc::new(payload::from_json(&bytes)?);
        self.shared.cache.keep_definition(workflow, version, definition.clone());
        Ok(definition)
    }
}
