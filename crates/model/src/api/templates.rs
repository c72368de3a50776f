use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Empty, Workflow, endpoint::*};
use crate::{Place, WorkflowDefinition, ids::TriggerId};

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

impl Template {
    /// What is to be chosen with real connections, in the order it is named; what is written otherwise is left out.
    pub fn open_fields(&self) -> Vec<Place> {
        let place = |place: &String| {
            let mut parts = place.splitn(3, '.');
            let (kind, id, field) = (parts.next()?, parts.next()?, parts.next()?);
            let field = Some(field.to_owned());
            match kind {
                "steps" => Some(Place { step: Some(id.into()), field, trigger: None }),
                "triggers" => Some(Place { step: None, field, trigger: Some(id.into()) }),
                _ => None,
            }
        };
        self.chosen.iter().filter_map(place).collect()
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_fields_are_of_steps_and_triggers() {
        let chosen = ["steps.tell.channel", "triggers.opened.repository", "settings.x.y", "steps", "steps.a.b.c"];
        let template = Template {
            id: "a".into(),
            name: "A".into(),
            about: String::new(),
            connectors: Vec::new(),
            definition: WorkflowDefinition::default(),
            chosen: chosen.map(str::to_owned).into(),
            samples: Vec::new(),
        };
        let found: Vec<_> = template
            .open_fields()
            .into_iter()
            .map(|place| (place.step.map(|id| id.0), place.trigger.map(|id| id.0), place.field.unwrap_or_default()))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                (text("tell"), None, "channel".to_owned()),
                (None, text("opened"), "repository".to_owned()),
                (text("a"), None, "b.c".to_owned())
            ]
        );
    }
}
