//! What a maker builds: triggers, and steps in ordered bodies. Positions on the canvas are never stored.

mod accounts;
mod edit;
mod excerpt;
mod find;
mod form;
mod masked;
mod names;
mod note;
mod patch;
mod rename;
mod settings;
mod several;
mod through;
mod trigger;
mod walk;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    ids::{NoteId, StepId, TriggerId},
    step::Step,
};

pub use accounts::Account;
pub use edit::{EditError, EditOp, Slot, StepPatch, TriggerPatch, apply};
pub use excerpt::{Excerpt, ExcerptError, Used};
pub use find::{Found, find};
pub use form::{FormError, fill_form};
pub use masked::{MaskedField, MaskedKey};
pub use names::{LOCAL_NAMES, RESERVED_PREFIX, free_slug, free_step_ids, slugify};
pub use note::Note;
pub use patch::Patch;
pub(crate) use rename::rename_slug;
pub use settings::{Expectation, KeepPayloads, PausedEvents, Retention, Settings};
pub use several::{WrapError, delete_all, move_all, switch_all, wrap_all};
pub use through::Through;
pub use trigger::{
    Ack, AppTrigger, BodyMode, Dedupe, FailureTrigger, FormField, FormFieldKind, FormTrigger, LatePolicy, ManualTrigger,
    ReturnField, ScheduleTrigger, Signature, Trigger, TriggerKind, Verify, WebhookTrigger, WorkflowTrigger,
};
pub use walk::{Body, BodyOwner};

/// The format this code writes. Older ones are upgraded when read.
pub const SCHEMA: u32 = 1;

/// A workflow as data: a flat map of steps and ordered bodies that name them, so there are no cycles and diffs stay small.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WorkflowDefinition {
    pub schema: u32,
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    #[serde(default)]
    pub steps: BTreeMap<StepId, Step>,
    /// The top-level steps, in order. A step id stands in exactly one body.
    #[serde(default)]
    pub body: Vec<StepId>,
    /// Parked steps: kept with everything in them, never run and never in anybody's way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shelf: Vec<StepId>,
    /// What people wrote between the steps. What belongs to one step stands in [`Step::note`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<NoteId, Note>,
    #[serde(default)]
    pub settings: Settings,
}

impl Default for WorkflowDefinition {
    fn default() -> Self {
        WorkflowDefinition {
            schema: SCHEMA,
            triggers: Vec::new(),
            steps: BTreeMap::new(),
            body: Vec::new(),
            shelf: Vec::new(),
            notes: BTreeMap::new(),
            settings: Settings::default(),
        }
    }
}

impl WorkflowDefinition {
    pub fn trigger(&self, id: &TriggerId) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| &trigger.id == id)
    }

    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.get(id)
    }

    /// Step ids and slugs, for expressions.
    pub fn names(&self) -> expr::Names {
        let mut names = expr::Names::new();
        for (id, step) in &self.steps {
            names.insert(id.as_str(), &step.slug);
        }
        names
    }
}
