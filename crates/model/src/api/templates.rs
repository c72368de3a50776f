use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, Workflow, endpoint::*};
use crate::{WorkflowDefinition, ids::TriggerId};

endpoints! {
    ListTemplates: Get "/templates" VIEWER, "Workflows to start from", (), Empty, Empty => Templates;
    CreateFromTemplate: Post "/workflows/from-template" MAKER, "Make a workflow from a template; with `sandbox` its services are simulated accounts, made or used again, and it can be tried at once", (), Empty, FromTemplate => Workflow;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Templates {
    pub items: Vec<Template>,
}

/// A workflow to start from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Template {
    /// `lead_to_crm`
    pub id: String,
    pub name: String,
    /// What it does, in a sentence or two.
    pub about: String,
    /// Whose connections it needs.
    pub connectors: Vec<String>,
    /// Without connections: each step and trigger takes one of its connector.
    pub definition: WorkflowDefinition,
    /// Fields whose values are those of the sandbox, as `triggers.<id>.<field>` and `steps.<id>.<field>`: with real connections they are
    /// left empty, to be chosen.
    #[serde(default)]
    pub chosen: Vec<String>,
    /// Events to try it with, made up.
    #[serde(default)]
    pub samples: Vec<TemplateSample>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TemplateSample {
    pub trigger: TriggerId,
    pub event: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FromTemplate {
    /// `lead_to_crm`
    pub template: String,
    /// With simulated accounts instead of connections that are still to be chosen.
    #[serde(default)]
    pub sandbox: bool,
    /// Absent: the template's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
