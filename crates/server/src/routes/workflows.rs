use model::{Problem, Role, WorkflowDefinition, api::*, definition::TriggerKind, ids::WorkflowId};
use store::{HookRow, WorkflowRow};
use triggers::{app_webhook::SecretHolder, schedule::first_slots};

use crate::{
    app::App,
    auth::Member,
    definition::{Purpose, check, list as list_problems},
    endpoint::Input,
    error::ApiError,
    routes::setup::named,
};

pub(crate) async fn list(app: App, caller: Member, input: Input<ListWorkflows>) -> Result<Page<WorkflowSummary>, ApiError> {
    Ok(app.store.workflows(&caller.scope, &input.query).await?)
}

pub(crate) async fn create(app: App, caller: Member, input: Input<CreateWorkflow>) -> Result<Workflow, ApiError> {
    let NewWorkflow { name, definition } = input.body;
    let name = named("name", &name)?;
    let definition = definition.unwrap_or_default();
    checked(&app, &caller, None, &definition, Purpose::New).await?;
    let row = app.store.create_workflow(&caller.scope, &name, &definition).await?;
    changed(&app, &caller, row.id);
    shown(&app, &caller, row).await
}

pub(crate) async fn import(app: App, caller: Member, input: Input<ImportWorkflow>) -> Result<Import, ApiError> {
    let ImportedWorkflow { name, definition, publish } = input.body;
    let name = named("name", &name)?;
    if publish {
        caller.require(Role::Operator)?;
    }
    let problems = checked(&app, &caller, None, &definition, if publish { Purpose::Publish } else { Purpose::New }).await?;
    let row = app.store.create_workflow(&caller.scope, &name, &definition).await?;
    let version = if publish {
        let slots = first_slots(&definition, app.store.now());
        Some(app.store.publish(&caller.scope, row.id, row.draft_rev, "Imported", true, &slots).await?.version)
    } else {
        None
    };
    changed(&app, &caller, row.id);
    let hook_url = definition
        .triggers
        .iter()
        .find_map(|t| row.hooks.iter().find(|h| h.trigger == t.id))
        .map(|h| hook(&app, &definition, h).url);
    Ok(Import { workflow_id: row.id, version, hook_url, problems })
}

pub(crate) async fn get(app: App, caller: Member, input: Input<GetWorkflow>) -> Result<Workflow, ApiError> {
    let row = app.store.workflow(&caller.scope, input.path.0).await?;
    shown(&app, &caller, row).await
}

pub(crate) async fn rename(app: App, caller: Member, input: Input<RenameWorkflow>) -> Result<Workflow, ApiError> {
    let id = input.path.0;
    app.store.rename_workflow(&caller.scope, id, &named("name", &input.body.name)?).await?;
    changed(&app, &caller, id);
    let row = app.store.workflow(&caller.scope, id).await?;
    shown(&app, &caller, row).await
}

pub(crate) async fn delete(app: App, caller: Member, input: Input<DeleteWorkflow>) -> Result<Empty, ApiError> {
    app.store.delete_workflow(&caller.scope, input.path.0).await?;
    changed(&app, &caller, input.path.0);
    Ok(Empty {})
}

pub(crate) async fn save_draft(app: App, caller: Member, input: Input<SaveDraft>) -> Result<SavedDraft, ApiError> {
    let Draft { rev, definition } = input.body;
    let problems = checked(&app, &caller, Some(input.path.0), &definition, Purpose::Draft).await?;
    let row = app.store.save_draft(&caller.scope, input.path.0, rev, &definition).await?;
    changed(&app, &caller, row.id);
    let hooks = row.hooks.iter().map(|h| hook(&app, &row.draft, h)).collect();
    Ok(SavedDraft { rev: row.draft_rev, draft_changed: row.draft_changed, hooks, problems })
}

pub(crate) async fn publish(app: App, caller: Member, input: Input<PublishWorkflow>) -> Result<Published, ApiError> {
    let Publish { rev, note, turn_on } = input.body;
    let row = app.store.workflow(&caller.scope, input.path.0).await?;
    if row.draft_rev != rev {
        return Err(store::Error::Conflict { current: row.draft_rev }.into());
    }
    checked(&app, &caller, Some(row.id), &row.draft, Purpose::Publish).await?;
    let slots = first_slots(&row.draft, app.store.now());
    let published = app.store.publish(&caller.scope, row.id, rev, note.trim(), turn_on, &slots).await?;
    changed(&app, &caller, row.id);
    Ok(published)
}

pub(crate) async fn set_state(app: App, caller: Member, input: Input<SetWorkflowState>) -> Result<Workflow, ApiError> {
    let id = input.path.0;
    let row = app.store.workflow(&caller.scope, id).await?;
    let slots = match row.live_version {
        Some(version) => first_slots(&*app.store.definition(id, version).await?, app.store.now()),
        None => Vec::new(),
    };
    app.store.set_state(&caller.scope, id, input.body.state, &slots).await?;
    changed(&app, &caller, id);
    let row = app.store.workflow(&caller.scope, id).await?;
    shown(&app, &caller, row).await
}

pub(crate) async fn versions(app: App, caller: Member, input: Input<ListVersions>) -> Result<Versions, ApiError> {
    Ok(Versions { items: app.store.versions(&caller.scope, input.path.0).await? })
}

pub(crate) async fn version(app: App, caller: Member, input: Input<GetVersion>) -> Result<VersionDetail, ApiError> {
    let (version, definition) = app.store.version(&caller.scope, input.path.0, input.path.1).await?;
    Ok(VersionDetail { version, definition })
}

pub(crate) async fn set_trigger_secret(app: App, caller: Member, input: Input<SetTriggerSecret>) -> Result<Empty, ApiError> {
    let (workflow, trigger) = input.path;
    let row = app.store.workflow(&caller.scope, workflow).await?;
    let secret = input.body.secret.filter(|secret| !secret.is_empty());
    let workspace = caller.scope.workspace;
    match row.draft.trigger(&trigger).map(|t| &t.kind) {
        Some(TriggerKind::Webhook(_)) => {}
        Some(TriggerKind::App(of)) => match app.ingest.secret_holder(of) {
            Some(SecretHolder::Trigger) => {}
            Some(SecretHolder::App) => {
                set_app_secret(&app, &caller, &of.connector, secret.as_deref()).await?;
                changed(&app, &caller, workflow);
                return Ok(Empty {});
            }
            None => return Err(ApiError::field("trigger", "This trigger has no secret that a person enters.")),
        },
        Some(_) => return Err(ApiError::field("trigger", "Only a webhook has a secret.")),
        None => return Err(ApiError::not_found("The trigger")),
    }
    let sealed = match secret {
        Some(secret) => Some(app.vault.put_secret(workspace, &format!("hook {workflow} {trigger}"), "secret", &secret).await?),
        None => None,
    };
    if let Some(old) = app.store.set_hook_secret(&caller.scope, workflow, &trigger, sealed).await? {
        app.store.delete_secret(workspace, old).await?;
    }
    changed(&app, &caller, workflow);
    Ok(Empty {})
}

/// What an app registered at a vendor signs with: shared by every trigger that listens to it, so it is its owner's.
async fn set_app_secret(app: &App, caller: &Member, connector: &str, secret: Option<&str>) -> Result<(), ApiError> {
    caller.require(Role::Owner)?;
    let workspace = caller.scope.workspace;
    let sealed = match secret {
        Some(secret) => Some(app.vault.put_secret(workspace, &format!("app {connector}"), "signing_secret", secret).await?),
        None => None,
    };
    if let Some(old) = app.store.set_app_hook_secret(&caller.scope, connector, sealed).await? {
        app.store.delete_secret(workspace, old).await?;
    }
    Ok(())
}

pub(crate) async fn run(app: App, caller: Member, input: Input<RunWorkflow>) -> Result<Receipt, ApiError> {
    Ok(app.ingest.manual(&caller.scope, input.path.0, input.body).await?)
}

pub(crate) async fn test(app: App, caller: Member, input: Input<TestWorkflow>) -> Result<Receipt, ApiError> {
    checked(&app, &caller, Some(input.path.0), &input.body.definition, Purpose::Draft).await?;
    Ok(app.ingest.test(&caller.scope, input.path.0, input.body, &app.connectors).await?)
}

pub(super) async fn checked(
    app: &App,
    caller: &Member,
    own: Option<WorkflowId>,
    definition: &WorkflowDefinition,
    purpose: Purpose,
) -> Result<Vec<Problem>, ApiError> {
    check(&app.store, &caller.scope, &app.connectors, own, definition, purpose).await
}

pub(super) fn changed(app: &App, caller: &Member, workflow: WorkflowId) {
    app.live.publish(caller.scope.workspace, &StreamEvent::Workflow { workflow });
}

pub(super) async fn shown(app: &App, caller: &Member, row: WorkflowRow) -> Result<Workflow, ApiError> {
    Ok(Workflow {
        problems: list_problems(&app.store, &caller.scope, &app.connectors, Some(row.id), &row.draft).await?,
        hooks: row.hooks.iter().map(|h| hook(app, &row.draft, h)).collect(),
        id: row.id,
        name: row.name,
        state: row.state,
        live_version: row.live_version,
        draft: row.draft,
        draft_rev: row.draft_rev,
        draft_changed: row.draft_changed,
        held: row.held,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

fn hook(app: &App, definition: &WorkflowDefinition, row: &HookRow) -> Hook {
    let is_form = definition.trigger(&row.trigger).is_some_and(|trigger| matches!(trigger.kind, TriggerKind::Form(_)));
    let url = format!("{}/{}/{}", app.base_url, if is_form { "forms" } else { "hooks" }, row.key);
    Hook { trigger: row.trigger.clone(), test_url: format!("{url}/test"), url, has_secret: row.secret.is_some() }
}
