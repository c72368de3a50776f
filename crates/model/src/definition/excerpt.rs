//! Steps as text: copied out of one workflow, pasted into another, also of another instance.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{EditOp, Slot, WorkflowDefinition, free_slug, free_step_ids, several::together};
use crate::{
    ids::{ConnectionId, StepId},
    step::{Step, StepKind},
};

/// The format this code writes.
const SCHEMA: u32 = 1;
/// A longer text is not read, in bytes.
pub const MOST_BYTES: usize = 2 * 1024 * 1024;
/// More steps at once are not pasted.
pub const MOST_STEPS: usize = 1_000;

/// Steps with everything in their bodies, in order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Excerpt {
    /// Tells such a text from any other.
    patchbay: Mark,
    schema: u32,
    /// Where it was copied: an id that only its own instance knows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub home: String,
    pub steps: BTreeMap<StepId, Step>,
    /// The steps that stand in none of the others.
    pub body: Vec<StepId>,
    /// What the connections of the steps are, for whoever has others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub connections: BTreeMap<ConnectionId, Used>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mark {
    Steps,
}

/// A connection that copied steps use: its service and its name, nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub connector: String,
    #[serde(default)]
    pub label: String,
}

/// Why a text cannot be pasted as steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExcerptError {
    #[error("the text holds no steps")]
    NotSteps,
    #[error("the steps were copied by a newer version")]
    Newer,
    #[error("the text is too long")]
    TooLarge,
    #[error("the steps do not hang together: {0}")]
    Broken(String),
}

impl ExcerptError {
    pub fn code(&self) -> &'static str {
        match self {
            ExcerptError::NotSteps => "paste.not_steps",
            ExcerptError::Newer => "paste.newer",
            ExcerptError::TooLarge => "paste.too_large",
            ExcerptError::Broken(_) => "paste.broken",
        }
    }
}

impl Excerpt {
    /// The chosen steps with everything in them. `used` says what a connection is.
    pub fn of(
        def: &WorkflowDefinition,
        chosen: &BTreeSet<StepId>,
        home: String,
        used: impl Fn(ConnectionId) -> Option<Used>,
    ) -> Option<Self> {
        let body = def.tops(chosen);
        if body.is_empty() {
            return None;
        }
        let mut steps = BTreeMap::new();
        let mut next = body.clone();
        while let Some(id) = next.pop() {
            if let Some(step) = def.step(&id)
                && !steps.contains_key(&id)
            {
                next.extend(step.kind.bodies().flatten().cloned());
                steps.insert(id, step.clone());
            }
        }
        let connections = steps.values().filter_map(connection).filter_map(|id| Some((id, used(id)?))).collect();
        Some(Excerpt { patchbay: Mark::Steps, schema: SCHEMA, home, steps, body, connections })
    }

    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Reads a text that somebody pastes.
    ///
    /// # Errors
    /// When it holds no steps, or steps that do not hang together.
    pub fn parse(text: &str) -> Result<Self, ExcerptError> {
        if text.len() > MOST_BYTES {
            return Err(ExcerptError::TooLarge);
        }
        #[derive(Deserialize)]
        struct Head {
            patchbay: String,
            schema: u32,
        }
        let head: Head = serde_json::from_str(text.trim()).map_err(|_| ExcerptError::NotSteps)?;
        if head.patchbay != "steps" {
            return Err(ExcerptError::NotSteps);
        }
        if head.schema > SCHEMA {
            return Err(ExcerptError::Newer);
        }
        let read: Excerpt = serde_json::from_str(text.trim()).map_err(|error| ExcerptError::Broken(error.to_string()))?;
        read.sound()?;
        Ok(read)
    }

    /// Whether every step stands in exactly one place.
    fn sound(&self) -> Result<(), ExcerptError> {
        if self.steps.len() > MOST_STEPS {
            return Err(ExcerptError::TooLarge);
        }
        let mut seen = BTreeSet::new();
        let mut next: Vec<&StepId> = self.body.iter().collect();
        while let Some(id) = next.pop() {
            let Some(step) = self.steps.get(id) else {
                return Err(ExcerptError::Broken(format!("the step `{}` is missing", id.as_str().escape_debug())));
            };
            if !seen.insert(id) {
                return Err(ExcerptError::Broken(format!("the step `{}` stands in two places", id.as_str().escape_debug())));
            }
            next.extend(step.kind.bodies().flatten());
        }
        if seen.len() != self.steps.len() || self.body.is_empty() {
            return Err(ExcerptError::Broken("a step stands nowhere".into()));
        }
        Ok(())
    }

    /// The connections that `known` does not have under the same id for the same service: to be asked for.
    pub fn strangers(&self, known: impl Fn(ConnectionId) -> Option<String>) -> BTreeMap<ConnectionId, Used> {
        let uses: BTreeMap<ConnectionId, String> =
            self.steps.values().filter_map(|step| Some((connection(step)?, connector(step)?.to_owned()))).collect();
        let strange = uses.into_iter().filter(|(id, connector)| known(*id).as_ref() != Some(connector));
        strange
            .map(|(id, connector)| {
                let label = self.connections.get(&id).map(|used| used.label.clone()).unwrap_or_default();
                (id, Used { connector, label })
            })
            .collect()
    }

    /// Gives the steps other connections, or none.
    pub fn reconnect(&mut self, to: &BTreeMap<ConnectionId, Option<ConnectionId>>) {
        for step in self.steps.values_mut() {
            if let StepKind::Action(action) = &mut step.kind
                && let Some(new) = action.connection.and_then(|old| to.get(&old))
            {
                action.connection = *new;
            }
        }
        self.connections.retain(|id, _| !to.contains_key(id));
    }

    /// The edit that puts the steps into a slot, and the ids of those on top. Ids, names and labels that are taken are made anew, and
    /// what the steps take from each other follows; what they took from steps that did not come along leads nowhere in another workflow
    /// (`here`: the id of this one), and the check says so.
    pub fn insert(&self, def: &WorkflowDefinition, slot: &Slot, here: &str) -> (Vec<StepId>, EditOp) {
        let at_home = !here.is_empty() && self.home == here;
        let ids = self.fresh_ids(def, at_home);
        let to = |old: &str| match ids.get(&StepId::from(old)) {
            Some(new) => Some(new.0.clone()),
            // The same id names another step here.
            None if !at_home && def.steps.contains_key(&StepId::from(old)) => Some(elsewhere(def, old)),
            None => None,
        };
        let all = WorkflowDefinition { steps: self.steps.clone(), body: self.body.clone(), ..WorkflowDefinition::default() };
        let mut all = all.with_ids(&to);
        rename(def, &mut all);
        let WorkflowDefinition { mut steps, body: tops, .. } = all;
        let mut ops = Vec::with_capacity(tops.len());
        for (at, top) in tops.iter().enumerate() {
            let mut taken = Vec::new();
            let mut next = vec![top.clone()];
            while let Some(id) = next.pop() {
                if let Some(step) = steps.remove(&id) {
                    next.extend(step.kind.bodies().flatten().cloned());
                    taken.push((id, step));
                }
            }
            let slot = Slot { owner: slot.owner.clone(), index: slot.index + at };
            ops.push(EditOp::Insert { id: top.clone(), steps: taken, slot });
        }
        // Without steps, which `sound` refuses, nothing is put anywhere.
        (tops, together(ops).unwrap_or(EditOp::Batch { ops: Vec::new() }))
    }

    /// An id for every step that no step of the workflow has. What was cut out here comes back under its own.
    fn fresh_ids(&self, def: &WorkflowDefinition, at_home: bool) -> BTreeMap<StepId, StepId> {
        let mut fresh = free_step_ids(def.steps.keys().chain(self.steps.keys()).cloned().collect());
        let stays = |id: &StepId| at_home && !def.steps.contains_key(id);
        self.steps.keys().map(|id| (id.clone(), if stays(id) { id.clone() } else { fresh() })).collect()
    }
}

/// Names and labels that nobody has in `def`; raw expressions of the steps follow.
fn rename(def: &WorkflowDefinition, all: &mut WorkflowDefinition) {
    // Also the names of the others that come along: a name must not be given while somebody else still has it.
    let mut names = def.clone();
    names.steps.extend(all.steps.iter().map(|(id, step)| (StepId(format!("+{id}")), step.clone())));
    let mut labels: BTreeSet<String> = def.steps.values().map(|step| step.label.clone()).collect();
    let slugs: BTreeSet<String> = def.steps.values().map(|step| step.slug.clone()).collect();
    let order: Vec<StepId> = all.in_order();
    let mut own = BTreeSet::new();
    for id in order {
        let Some(step) = all.steps.get(&id) else { continue };
        let label = free_label(&labels, &step.label);
        let old = step.slug.clone();
        let taken = slugs.contains(&old) || !own.insert(old.clone());
        let new = if taken { free_slug(&names, &label) } else { old.clone() };
        if new != old {
            super::rename::rename_slug(all, &old, &new);
        }
        labels.insert(label.clone());
        own.insert(new.clone());
        if let Some(step) = all.steps.get_mut(&id) {
            (step.label, step.slug) = (label, new);
            names.steps.insert(StepId(format!("+{id}")), step.clone());
        }
    }
}

/// `Filter`, `Filter 2`, `Filter 3`: a copy of a copy is only numbered on.
fn free_label(taken: &BTreeSet<String>, label: &str) -> String {
    if !taken.contains(label) {
        return label.to_owned();
    }
    let label = match label.rsplit_once(' ') {
        Some((base, number)) if !base.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => label,
    };
    (2..).map(|n| format!("{label} {n}")).find(|label| !taken.contains(label)).unwrap_or_else(|| label.to_owned())
}

/// An id that no step has, for what stayed in another workflow.
fn elsewhere(def: &WorkflowDefinition, old: &str) -> String {
    let short: String = old.chars().take(24).collect();
    (1..).map(|n| format!("gone_{n}_{short}")).find(|id| !def.steps.contains_key(&StepId::from(id.as_str()))).unwrap_or_default()
}

fn connection(step: &Step) -> Option<ConnectionId> {
    match &step.kind {
        StepKind::Action(action) => action.connection,
        _ => None,
    }
}

fn connector(step: &Step) -> Option<&str> {
    match &step.kind {
        StepKind::Action(action) => Some(&action.connector),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
