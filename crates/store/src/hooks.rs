use std::sync::Arc;

use crate::store::transaction;
use model::{
    Role, WorkflowDefinition,
    api::WorkflowState,
    definition::Trigger,
    ids::{SecretId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::QueryResult;

use crate::{Error, Scope, Store, payload, sql};

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
        let Some(row) = sql::one(&self.shared.read, sql, vec![key.into()]).await? else { return Ok(None) };
        let trigger = TriggerId(sql::get(&row, 6)?);
        let hook = Arc::new(self.hook_of(&row, trigger).await?);
        cache.keep_hook(generation, key, hook.clone());
        Ok(Some(hook))
    }

    /// The same for any trigger of a workflow (schedules, manual runs), by its id.
    pub async fn live_trigger(&self, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<Arc<LiveHook>>, Error> {
        let cache = &self.shared.cache;
        if let Some(hook) = cache.trigger(workflow, trigger) {
            return Ok(Some(hook));
        }
        let generation = cache.generation();
        let sql = format!(
            "{COLUMNS} FROM workflow w LEFT JOIN hook h ON h.workflow_id = w.id AND h.trigger_id = $2
             WHERE w.id = $1 AND w.deleted_at IS NULL"
        );
        let row = sql::one(&self.shared.read, sql, vec![workflow.0.into(), trigger.as_str().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let hook = Arc::new(self.hook_of(&row, trigger.clone()).await?);
        cache.keep_trigger(generation, hook.clone());
        Ok(Some(hook))
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
        })
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
