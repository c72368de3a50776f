use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{
    Problem, Timestamp, WorkflowDefinition,
    ids::{EventId, RunId, TriggerId, WorkflowId},
    run::RunStatus,
};

endpoints! {
    ListWorkflows: Get "/workflows" VIEWER, "Workflows with their state and how they fare", (), WorkflowsQuery, Empty => Page<WorkflowSummary>;
    CreateWorkflow: Post "/workflows" MAKER, "Create a workflow, empty or from a definition", (), Empty, NewWorkflow => Workflow;
    ImportWorkflow: Post "/workflows/import" MAKER, "Create a workflow from an exported one; publishing it needs the operator role", (), Empty, ImportedWorkflow => Import;
    GetWorkflow: Get "/workflows/{id}" VIEWER, "A workflow with its draft", (WorkflowId,), Empty, Empty => Workflow;
    RenameWorkflow: Patch "/workflows/{id}" MAKER, "Rename a workflow", (WorkflowId,), Empty, WorkflowPatch => Workflow;
    DeleteWorkflow: Delete "/workflows/{id}" OPERATOR, "Delete a workflow; its live runs are cancelled", (WorkflowId,), Empty, Empty => Empty;
    SaveDraft: Put "/workflows/{id}/draft" MAKER, "Save the draft; 409 when somebody else saved since `rev`", (WorkflowId,), Empty, Draft => SavedDraft;
    PublishWorkflow: Post "/workflows/{id}/publish" OPERATOR, "Make the draft the one live version", (WorkflowId,), Empty, Publish => Published;
    SetWorkflowState: Post "/workflows/{id}/state" OPERATOR, "Turn a workflow on, off or pause it", (WorkflowId,), Empty, StateChange => Workflow;
    ListVersions: Get "/workflows/{id}/versions" VIEWER, "Published versions, newest first", (WorkflowId,), Empty, Empty => Versions;
    GetVersion: Get "/workflows/{id}/versions/{version}" VIEWER, "The definition of a version", (WorkflowId, u32), Empty, Empty => VersionDetail;
    SetTriggerSecret: Put "/workflows/{id}/triggers/{trigger}/secret" MAKER, "Set the secret a webhook checks; stored sealed, never shown", (WorkflowId, TriggerId), Empty, TriggerSecret => Empty;
    RunWorkflow: Post "/workflows/{id}/run" OPERATOR, "Start a run by hand through a manual trigger", (WorkflowId,), Empty, ManualRun => Receipt;
    TestWorkflow: Post "/workflows/{id}/test" MAKER, "Run the draft, or one step of it, on a sample event", (WorkflowId,), Empty, TestRun => Receipt;
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct WorkflowsQuery {
    /// Part of the name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    /// With this tag; upper and lower case are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Whether events start runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum WorkflowState {
    /// Events are refused, and the sender is told so.
    Off,
    On,
    /// Events are held in order, or refused, as the workflow's settings say.
    Paused,
}

impl WorkflowState {
    pub fn as_str(self) -> &'static str {
        match self {
            WorkflowState::Off => "off",
            WorkflowState::On => "on",
            WorkflowState::Paused => "paused",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [WorkflowState::Off, WorkflowState::On, WorkflowState::Paused].into_iter().find(|state| state.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WorkflowSummary {
    pub id: WorkflowId,
    pub name: String,
    pub state: WorkflowState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_version: Option<u32>,
    /// The draft differs from the live version.
    pub draft_changed: bool,
    /// Kinds of its triggers: `webhook`, `schedule`, `manual`.
    pub triggers: Vec<String>,
    /// Connectors and step kinds in reading order, for the icons.
    pub steps: Vec<String>,
    /// By name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    pub updated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_run: Option<LastRun>,
    /// Live runs finished in the last 24 hours.
    pub runs_24h: u64,
    /// Of these, failed.
    pub failures_24h: u64,
    /// Events held while paused.
    pub held: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastRun {
    pub id: RunId,
    pub status: RunStatus,
    pub at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Workflow {
    pub id: WorkflowId,
    pub name: String,
    pub state: WorkflowState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_version: Option<u32>,
    pub draft: WorkflowDefinition,
    /// Rises with every save.
    pub draft_rev: i64,
    pub draft_changed: bool,
    /// Addresses of the draft's webhooks and forms.
    pub hooks: Vec<Hook>,
    pub problems: Vec<Problem>,
    /// Events held while paused.
    pub held: u64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hook {
    pub trigger: TriggerId,
    /// Where events are sent; of a form, its page.
    pub url: String,
    /// Where events are only captured as samples.
    pub test_url: String,
    /// A secret is set.
    pub has_secret: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewWorkflow {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<WorkflowDefinition>,
}

/// A workflow as a file: what export prints and import reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ImportedWorkflow {
    pub name: String,
    pub definition: WorkflowDefinition,
    /// Publish and turn on at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub publish: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Import {
    pub workflow_id: WorkflowId,
    /// Absent when it was not published.
    pub version: Option<u32>,
    /// Of its first webhook.
    pub hook_url: Option<String>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkflowPatch {
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The revision this one is based on.
    pub rev: i64,
    pub definition: WorkflowDefinition,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SavedDraft {
    pub rev: i64,
    pub draft_changed: bool,
    pub hooks: Vec<Hook>,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The draft that is meant.
    pub rev: i64,
    #[serde(default)]
    pub note: String,
    /// Turn it on as well.
    #[serde(default)]
    pub turn_on: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Published {
    pub version: u32,
    pub state: WorkflowState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StateChange {
    pub state: WorkflowState,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Versions {
    pub items: Vec<Version>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Version {
    pub version: u32,
    pub published_at: Timestamp,
    pub published_by: String,
    pub note: String,
    pub live: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionDetail {
    pub version: Version,
    pub definition: WorkflowDefinition,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TriggerSecret {
    /// Absent: take the secret away.
    pub secret: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ManualRun {
    pub trigger: TriggerId,
    /// The form's values by field key.
    #[serde(default)]
    pub body: Value,
}

/// What an accepted event became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    pub event: Option<EventId>,
    pub run: Option<RunId>,
    /// The event had come before; these are the first one's ids.
    pub duplicate: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TestRun {
    /// The draft as the editor has it now.
    pub definition: WorkflowDefinition,
    pub trigger: TriggerId,
    /// The event: `{body, headers, query, method}` for a webhook.
    pub event: Value,
    /// Just this step; absent: the whole workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<crate::ids::StepId>,
    /// Outputs of earlier steps that are not carried out again, by step id.
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub given: serde_json::Map<String, Value>,
}
