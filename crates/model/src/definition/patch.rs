//! An edit that replaces whole parts of a definition: what brings one definition to another, whatever lies between them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{EditError, Note, Settings, Trigger, WorkflowDefinition};
use crate::{
    ids::{NoteId, StepId},
    step::Step,
};

/// The parts that are put in place of what is there; absent parts stay.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct Patch {
    /// By id, each with the ids of the steps in its bodies; absent: that step goes.
    pub steps: BTreeMap<StepId, Option<Step>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Vec<StepId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shelf: Option<Vec<StepId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<BTreeMap<NoteId, Note>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triggers: Option<Vec<Trigger>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<Box<Settings>>,
}

impl Patch {
    /// What makes `to` of `from`.
    pub fn between(from: &WorkflowDefinition, to: &WorkflowDefinition) -> Self {
        let changed = from.steps.keys().chain(to.steps.keys()).filter(|id| from.steps.get(*id) != to.steps.get(*id));
        Patch {
            steps: changed.map(|id| (id.clone(), to.steps.get(id).cloned())).collect(),
            body: (from.body != to.body).then(|| to.body.clone()),
            shelf: (from.shelf != to.shelf).then(|| to.shelf.clone()),
            notes: (from.notes != to.notes).then(|| to.notes.clone()),
            triggers: (from.triggers != to.triggers).then(|| to.triggers.clone()),
            settings: (from.settings != to.settings).then(|| Box::new(to.settings.clone())),
        }
    }

    pub fn is_empty(&self) -> bool {
        self == &Patch::default()
    }
}

pub(super) fn apply(def: &mut WorkflowDefinition, patch: Patch) -> Result<Patch, EditError> {
    let mut next = def.clone();
    for (id, step) in patch.steps {
        match step {
            Some(step) => next.steps.insert(id, step),
            None => next.steps.remove(&id),
        };
    }
    next.body = patch.body.unwrap_or(next.body);
    next.shelf = patch.shelf.unwrap_or(next.shelf);
    next.notes = patch.notes.unwrap_or(next.notes);
    next.triggers = patch.triggers.unwrap_or(next.triggers);
    next.settings = patch.settings.map_or(next.settings, |settings| *settings);
    sound(&next)?;
    let back = Patch::between(&next, def);
    *def = next;
    Ok(back)
}

/// Every step stands in exactly one body, under a name of its own, and every body names steps that are there.
fn sound(def: &WorkflowDefinition) -> Result<(), EditError> {
    let mut placed = BTreeSet::new();
    for id in def.bodies().into_iter().flat_map(|body| body.steps) {
        if !def.steps.contains_key(id) {
            return Err(EditError::NoStep(id.clone()));
        }
        if !placed.insert(id) {
            return Err(EditError::StepExists(id.clone()));
        }
    }
    let mut slugs = BTreeSet::new();
    for (id, step) in &def.steps {
        if !placed.contains(id) {
            return Err(EditError::NoStep(id.clone()));
        }
        if !slugs.insert(&step.slug) {
            return Err(EditError::SlugTaken(step.slug.clone()));
        }
    }
    Ok(())
}
