//! Workflows: their drafts, versions, webhooks and whether they are on.

mod draft;
mod list;
mod publish;
mod state;

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::WorkflowState,
    definition::TriggerKind,
    ids::{SecretId, TriggerId, WorkflowId, WorkspaceId},
    step::StepKind,
};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Deserialize, Serialize};

use crate::{Error, Scope, Store, payload, sql};

pub use list::Draft;

#[derive(Debug, Clone)]
pub struct WorkflowRow {
    pub id: WorkflowId,
    pub workspace: WorkspaceId,
    pub name: String,
    pub state: WorkflowState,
    pub live_version: Option<u32>,
    pub draft: WorkflowDefinition,
    /// Rises with every save.
    pub draft_rev: i64,
    /// The draft differs from the live version.
    pub draft_changed: bool,
    /// One per webhook and form of the draft.
    pub hooks: Vec<HookRow>,
    /// Events held while paused.
    pub held: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookRow {
    pub trigger: TriggerId,
    /// Not guessable; the last part of the URL.
    pub key: String,
    pub secret: Option<SecretId>,
}

/// What lists show of a draft, kept beside it so that a list need not read whole definitions.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Summary {
    triggers: Vec<String>,
    steps: Vec<String>,
}

impl Summary {
    fn of(definition: &WorkflowDefinition) -> Self {
        let steps = definition.in_order().into_iter().filter_map(|id| definition.step(&id)).map(|step| match &step.kind {
            StepKind::Action(action) => action.connector.clone(),
            kind => kind.name().to_owned(),
        });
        Summary { triggers: definition.triggers.iter().map(|t| t.kind.name().to_owned()).collect(), steps: steps.collect() }
    }
}

/// The job kind of schedules; its key is `<workflow>:<trigger>`, its body `{"trigger", "slot"}` (milliseconds).
pub(crate) const SCHEDULE: &str = "schedule";

const COLUMNS: &str =
    "SELECT id, name, state, live_version, live_rev, draft, draft_rev, created_at, updated_at, workspace_id FROM workflow
    WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";

impl Store {
    pub async fn workflow(&self, scope: &Scope, id: WorkflowId) -> Result<WorkflowRow, Error> {
        scope.require(Role::Viewer)?;
        read(&self.shared.read, scope.workspace, id).await
    }
}

/// A workflow's row as one of its own workspace sees it. Within a transaction, `lock` keeps others from changing it.
async fn row(db: &impl ConnectionTrait, workspace: WorkspaceId, id: WorkflowId, lock: &str) -> Result<QueryResult, Error> {
    let row = sql::one(db, format!("{COLUMNS}{lock}"), vec![id.0.into(), workspace.0.into()]).await?;
    row.ok_or(Error::NotFound("the workflow"))
}

async fn read(db: &impl ConnectionTrait, workspace: WorkspaceId, id: WorkflowId) -> Result<WorkflowRow, Error> {
    let row = row(db, workspace, id, "").await?;
    let draft: Vec<u8> = sql::get(&row, 5)?;
    let draft: WorkflowDefinition = payload::from_json(&draft)?;
    let state: String = sql::get(&row, 2)?;
    let draft_rev: i64 = sql::get(&row, 6)?;
    let mut hooks = hooks(db, id).await?;
    hooks.retain(|hook| keeps_address(&draft, &hook.trigger));
    let held = "SELECT COUNT(*) FROM event WHERE workflow_id = $1 AND state = 'held' AND state <> 'accepted'";
    let held = sql::one(db, held, vec![id.0.into()]).await?;
    Ok(WorkflowRow {
        id,
        workspace: WorkspaceId(sql::get(&row, 9)?),
        name: sql::get(&row, 1)?,
        state: WorkflowState::parse(&state).unwrap_or(WorkflowState::Off),
        live_version: sql::get::<Option<i64>>(&row, 3)?.and_then(|version| u32::try_from(version).ok()),
        draft_changed: sql::get::<Option<i64>>(&row, 4)? != Some(draft_rev),
        draft,
        draft_rev,
        hooks,
        held: held.map(|row| sql::get::<i64>(&row, 0)).transpose()?.unwrap_or(0).unsigned_abs(),
        created_at: Timestamp(sql::get(&row, 7)?),
        updated_at: Timestamp(sql::get(&row, 8)?),
    })
}

async fn hooks(db: &impl ConnectionTrait, id: WorkflowId) -> Result<Vec<HookRow>, Error> {
    let rows =
        sql::all(db, "SELECT trigger_id, key, secret_id FROM hook WHERE workflow_id = $1 ORDER BY created_at", vec![id.0.into()]);
    rows.await?
        .iter()
        .map(|row| {
            let secret = sql::get::<Option<i64>>(row, 2)?.map(SecretId);
            Ok(HookRow { trigger: TriggerId(sql::get(row, 0)?), key: sql::get(row, 1)?, secret })
        })
        .collect()
}

fn keeps_key(definition: &WorkflowDefinition, trigger: &TriggerId) -> bool {
    definition.trigger(trigger).is_some_and(|trigger| has_key(&trigger.kind))
}

fn keeps_address(definition: &WorkflowDefinition, trigger: &TriggerId) -> bool {
    definition.trigger(trigger).is_some_and(|trigger| has_address(&trigger.kind))
}

/// Whether a trigger of this kind is shown with an address of its own.
fn has_address(kind: &TriggerKind) -> bool {
    matches!(kind, TriggerKind::Webhook(_) | TriggerKind::Form(_))
}

/// Whether it has a key: those of connectors may have to be entered at a vendor, which their manifests say.
fn has_key(kind: &TriggerKind) -> bool {
    has_address(kind) || matches!(kind, TriggerKind::App(_))
}
