//! Edits as data: the editor's undo stack and the server apply the same ones. Every edit gives back its inverse.

use serde::{Deserialize, Serialize};

use super::{BodyOwner, Note, Patch, Settings, Trigger, WorkflowDefinition, patch};
use crate::{
    ids::{ArmId, NoteId, StepId, TriggerId},
    step::{Arm, Policy, Step, StepKind},
};

/// A place between two steps of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Slot {
    pub owner: BodyOwner,
    /// 0 is before the first step.
    pub index: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum EditOp {
    /// Puts a step, and the steps of its arms, into a slot.
    Insert {
        id: StepId,
        steps: Vec<(StepId, Step)>,
        slot: Slot,
    },
    /// Takes a step out with everything in its arms.
    Delete {
        id: StepId,
    },
    Move {
        id: StepId,
        slot: Slot,
    },
    Update {
        id: StepId,
        patch: StepPatch,
    },
    AddArm {
        step: StepId,
        index: usize,
        arm: Arm,
        steps: Vec<(StepId, Step)>,
    },
    RemoveArm {
        step: StepId,
        arm: ArmId,
    },
    AddTrigger {
        index: usize,
        trigger: Trigger,
    },
    RemoveTrigger {
        id: TriggerId,
    },
    UpdateTrigger {
        id: TriggerId,
        patch: TriggerPatch,
    },
    Settings {
        settings: Settings,
    },
    /// Puts whole parts in place of what is there: a version that is brought back, what somebody else saved.
    Replace {
        patch: Patch,
    },
    /// Writes a note, changes it, or takes it away.
    Note {
        id: NoteId,
        note: Option<Note>,
    },
    /// Several edits as one.
    Batch {
        ops: Vec<EditOp>,
    },
}

/// What changes about a step; absent fields stay. A new slug rewrites every expression that uses the old one.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StepPatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<StepKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Replaces a trigger's content; its id stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TriggerPatch {
    pub trigger: Trigger,
}

/// Why an edit cannot be applied; the definition is unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("step `{0}` is not in this workflow")]
    NoStep(StepId),
    #[error("step `{0}` is in this workflow already")]
    StepExists(StepId),
    #[error("trigger `{0}` is not in this workflow")]
    NoTrigger(TriggerId),
    #[error("trigger `{0}` is in this workflow already")]
    TriggerExists(TriggerId),
    #[error("that place is not in this workflow")]
    NoSlot,
    #[error("step `{0}` has no arm `{1}`")]
    NoArm(StepId, ArmId),
    #[error("step `{0}` has an arm `{1}` already")]
    ArmExists(StepId, ArmId),
    #[error("a step cannot be moved into itself")]
    IntoItself,
    #[error("another step is called `{0}` already")]
    SlugTaken(String),
    #[error("the arms of a step change by adding and removing them, not by replacing its kind")]
    ArmsDiffer,
}

/// Applies `op`, all or nothing, and gives back the edit that undoes it.
pub fn apply(def: &mut WorkflowDefinition, op: EditOp) -> Result<EditOp, EditError> {
    match op {
        EditOp::Insert { id, steps, slot } => insert(def, id, steps, &slot),
        EditOp::Delete { id } => delete(def, &id),
        EditOp::Move { id, slot } => move_step(def, id, &slot),
        EditOp::Update { id, patch } => update(def, id, patch),
        EditOp::AddArm { step, index, arm, steps } => add_arm(def, step, index, arm, steps),
        EditOp::RemoveArm { step, arm } => remove_arm(def, &step, &arm),
        EditOp::AddTrigger { index, trigger } => {
            if def.trigger(&trigger.id).is_some() {
                return Err(EditError::TriggerExists(trigger.id));
            }
            let id = trigger.id.clone();
            def.triggers.insert(index.min(def.triggers.len()), trigger);
            Ok(EditOp::RemoveTrigger { id })
        }
        EditOp::RemoveTrigger { id } => {
            let index = def.triggers.iter().position(|t| t.id == id).ok_or(EditError::NoTrigger(id))?;
            Ok(EditOp::AddTrigger { index, trigger: def.triggers.remove(index) })
        }
        EditOp::UpdateTrigger { id, patch } => {
            let trigger = def.triggers.iter_mut().find(|t| t.id == id).ok_or_else(|| EditError::NoTrigger(id.clone()))?;
            let before = std::mem::replace(trigger, Trigger { id: id.clone(), ..patch.trigger });
            Ok(EditOp::UpdateTrigger { id, patch: TriggerPatch { trigger: before } })
        }
        EditOp::Settings { settings } => Ok(EditOp::Settings { settings: std::mem::replace(&mut def.settings, settings) }),
        EditOp::Replace { patch } => patch::apply(def, patch).map(|patch| EditOp::Replace { patch }),
        EditOp::Note { id, note } => write_note(def, id, note),
        EditOp::Batch { ops } => batch(def, ops),
    }
}

fn write_note(def: &mut WorkflowDefinition, id: NoteId, note: Option<Note>) -> Result<EditOp, EditError> {
    let before = match note {
        Some(note) if def.body_of(&note.owner).is_none() => return Err(EditError::NoSlot),
        Some(note) => def.notes.insert(id.clone(), note),
        None => def.notes.remove(&id),
    };
    Ok(EditOp::Note { id, note: before })
}

fn batch(def: &mut WorkflowDefinition, ops: Vec<EditOp>) -> Result<EditOp, EditError> {
    let before = def.clone();
    let mut inverse = Vec::with_capacity(ops.len());
    for op in ops {
        match apply(def, op) {
            Ok(undo) => inverse.push(undo),
            Err(error) => {
                *def = before;
                return Err(error);
            }
        }
    }
    inverse.reverse();
    Ok(EditOp::Batch { ops: inverse })
}

fn insert(def: &mut WorkflowDefinition, id: StepId, steps: Vec<(StepId, Step)>, slot: &Slot) -> Result<EditOp, EditError> {
    if !steps.iter().any(|(step, _)| step == &id) {
        return Err(EditError::NoStep(id));
    }
    add_steps(def, steps)?;
    let Some(body) = def.body_mut(&slot.owner) else {
        take_subtree(def, &id);
        return Err(EditError::NoSlot);
    };
    body.insert(slot.index.min(body.len()), id.clone());
    Ok(EditOp::Delete { id })
}

fn add_steps(def: &mut WorkflowDefinition, steps: Vec<(StepId, Step)>) -> Result<(), EditError> {
    for (id, step) in &steps {
        if def.steps.contains_key(id) {
            return Err(EditError::StepExists(id.clone()));
        }
        if def.steps.values().any(|other| other.slug == step.slug) {
            return Err(EditError::SlugTaken(step.slug.clone()));
        }
    }
    def.steps.extend(steps);
    Ok(())
}

/// Removes a step and everything in its arms from the map (not from the body it stands in); the step itself comes first.
fn take_subtree(def: &mut WorkflowDefinition, id: &StepId) -> Vec<(StepId, Step)> {
    let mut taken = Vec::new();
    let mut next = vec![id.clone()];
    while let Some(id) = next.pop() {
        if let Some(step) = def.steps.remove(&id) {
            next.extend(step.kind.bodies().flatten().cloned());
            taken.push((id, step));
        }
    }
    taken
}

fn delete(def: &mut WorkflowDefinition, id: &StepId) -> Result<EditOp, EditError> {
    let (owner, index) = def.position_of(id).ok_or_else(|| EditError::NoStep(id.clone()))?;
    if let Some(body) = def.body_mut(&owner) {
        body.remove(index);
    }
    let steps = take_subtree(def, id);
    Ok(EditOp::Insert { id: id.clone(), steps, slot: Slot { owner, index } })
}

fn move_step(def: &mut WorkflowDefinition, id: StepId, slot: &Slot) -> Result<EditOp, EditError> {
    let (owner, index) = def.position_of(&id).ok_or_else(|| EditError::NoStep(id.clone()))?;
    if def.body_of(&slot.owner).is_none() {
        return Err(EditError::NoSlot);
    }
    // The target's owners, from the inside out, must not contain the step itself.
    let mut around = slot.owner.clone();
    for _ in 0..=def.steps.len() {
        let BodyOwner::Arm { step, .. } = &around else { break };
        if step == &id {
            return Err(EditError::IntoItself);
        }
        let Some((outer, _)) = def.position_of(step) else { break };
        around = outer;
    }
    if let Some(body) = def.body_mut(&owner) {
        body.remove(index);
    }
    let mut to = slot.index;
    if owner == slot.owner && to > index {
        to -= 1;
    }
    let body = def.body_mut(&slot.owner).ok_or(EditError::NoSlot)?;
    let to = to.min(body.len());
    body.insert(to, id.clone());
    // Moving back to `index` must reckon with the step standing before it again.
    let back = if owner == slot.owner && to < index { index + 1 } else { index };
    Ok(EditOp::Move { id, slot: Slot { owner, index: back } })
}

fn update(def: &mut WorkflowDefinition, id: StepId, patch: StepPatch) -> Result<EditOp, EditError> {
    let step = def.steps.get(&id).ok_or_else(|| EditError::NoStep(id.clone()))?;
    if let Some(slug) = &patch.slug
        && (def.steps.iter().any(|(other, s)| other != &id && &s.slug == slug) || expr::RESERVED.contains(&slug.as_str()))
    {
        return Err(EditError::SlugTaken(slug.clone()));
    }
    if let Some(kind) = &patch.kind
        && !kind.bodies().flatten().eq(step.kind.bodies().flatten())
    {
        return Err(EditError::ArmsDiffer);
    }
    let mut inverse = StepPatch::default();
    if let Some(slug) = patch.slug {
        let old = step.slug.clone();
        super::rename::rename_slug(def, &old, &slug);
        if let Some(step) = def.steps.get_mut(&id) {
            step.slug = slug;
        }
        inverse.slug = Some(old);
    }
    let step = def.steps.get_mut(&id).ok_or_else(|| EditError::NoStep(id.clone()))?;
    inverse.label = patch.label.map(|label| std::mem::replace(&mut step.label, label));
    inverse.kind = patch.kind.map(|kind| std::mem::replace(&mut step.kind, kind));
    inverse.policy = patch.policy.map(|policy| std::mem::replace(&mut step.policy, policy));
    inverse.disabled = patch.disabled.map(|disabled| std::mem::replace(&mut step.disabled, disabled));
    inverse.note = patch.note.map(|note| std::mem::replace(&mut step.note, note));
    Ok(EditOp::Update { id, patch: inverse })
}

fn add_arm(
    def: &mut WorkflowDefinition,
    step: StepId,
    index: usize,
    arm: Arm,
    steps: Vec<(StepId, Step)>,
) -> Result<EditOp, EditError> {
    match def.steps.get(&step).map(|s| s.kind.arms()) {
        Some(Some(arms)) if arms.iter().any(|a| a.id == arm.id) => return Err(EditError::ArmExists(step, arm.id)),
        Some(Some(_)) => {}
        Some(None) => return Err(EditError::NoArm(step, arm.id)),
        None => return Err(EditError::NoStep(step)),
    }
    add_steps(def, steps)?;
    let id = arm.id.clone();
    if let Some(arms) = def.steps.get_mut(&step).and_then(|s| s.kind.arms_mut()) {
        arms.insert(index.min(arms.len()), arm);
    }
    Ok(EditOp::RemoveArm { step, arm: id })
}

fn remove_arm(def: &mut WorkflowDefinition, step: &StepId, arm: &ArmId) -> Result<EditOp, EditError> {
    let Some(arms) = def.steps.get_mut(step).and_then(|s| s.kind.arms_mut()) else {
        return Err(EditError::NoStep(step.clone()));
    };
    let index = arms.iter().position(|a| &a.id == arm).ok_or_else(|| EditError::NoArm(step.clone(), arm.clone()))?;
    let removed = arms.remove(index);
    let steps = removed.body.iter().flat_map(|id| take_subtree(def, id)).collect();
    Ok(EditOp::AddArm { step: step.clone(), index, arm: removed, steps })
}
