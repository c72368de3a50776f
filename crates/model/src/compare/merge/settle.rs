//! Before two sides are put together: the same id or name means the same step in both.

use std::collections::BTreeSet;

use crate::{
    WorkflowDefinition,
    definition::{free_slug, free_step_ids, rename_slug},
    ids::{NoteId, StepId, TriggerId},
};

/// Ids of mine that theirs took for something else: old and new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renamed {
    pub steps: Vec<(StepId, StepId)>,
    pub notes: Vec<(NoteId, NoteId)>,
}

impl Renamed {
    /// The definition with the new ids.
    pub fn apply(&self, mut definition: WorkflowDefinition) -> WorkflowDefinition {
        for (old, new) in &self.notes {
            if let Some(note) = definition.notes.remove(old) {
                definition.notes.insert(new.clone(), note);
            }
        }
        if self.steps.is_empty() {
            return definition;
        }
        let to = |id: &str| self.steps.iter().find(|(old, _)| old.as_str() == id).map(|(_, new)| new.0.clone());
        definition.with_ids(&to)
    }
}

/// Gives back which of my steps and notes got another id.
pub(super) fn settle(base: &mut WorkflowDefinition, mine: &mut WorkflowDefinition, theirs: &mut WorkflowDefinition) -> Renamed {
    let renamed = Renamed { steps: part_new_steps(base, mine, theirs), notes: part_new_notes(base, mine, theirs) };
    *mine = renamed.apply(std::mem::take(mine));
    part_new_triggers(base, mine, theirs);
    follow_renames(base, mine, theirs);
    part_slugs(base, mine, theirs);
    renamed
}

/// Both took the next free id for a step of their own: mine gets another one.
fn part_new_steps(base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) -> Vec<(StepId, StepId)> {
    let clashes = |id: &&StepId| !base.steps.contains_key(*id) && theirs.step(id).is_some_and(|step| mine.step(id) != Some(step));
    let mut free = free_step_ids([base, mine, theirs].into_iter().flat_map(|def| def.steps.keys().cloned()).collect());
    mine.steps.keys().filter(clashes).map(|id| (id.clone(), free())).collect()
}

/// The same for notes.
fn part_new_notes(base: &WorkflowDefinition, mine: &WorkflowDefinition, theirs: &WorkflowDefinition) -> Vec<(NoteId, NoteId)> {
    let clashes = |id: &&NoteId| {
        !base.notes.contains_key(*id) && theirs.notes.get(*id).is_some_and(|note| mine.notes.get(*id) != Some(note))
    };
    let taken = |id: &NoteId| [base, mine, theirs].iter().any(|def| def.notes.contains_key(id));
    let free = (1..).map(|n| NoteId(format!("n{n}"))).filter(|id| !taken(id));
    mine.notes.keys().filter(clashes).cloned().zip(free).collect()
}

fn part_new_triggers(base: &WorkflowDefinition, mine: &mut WorkflowDefinition, theirs: &WorkflowDefinition) {
    let mut taken: BTreeSet<TriggerId> =
        [base, &*mine, theirs].iter().flat_map(|def| def.triggers.iter().map(|trigger| trigger.id.clone())).collect();
    for trigger in &mut mine.triggers {
        let other = theirs.trigger(&trigger.id);
        if base.trigger(&trigger.id).is_none()
            && other.is_some_and(|other| other != &*trigger)
            && let Some(free) = (1..).map(|n| TriggerId(format!("t{n}"))).find(|id| !taken.contains(id))
        {
            taken.insert(free.clone());
            trigger.id = free;
        }
    }
}

/// A name that one side changed is changed in the others' expressions, too, so that these count as the same.
fn follow_renames(base: &mut WorkflowDefinition, mine: &mut WorkflowDefinition, theirs: &mut WorkflowDefinition) {
    let ids: Vec<StepId> = base.steps.keys().cloned().collect();
    for id in ids {
        let slug = |def: &WorkflowDefinition| def.step(&id).map(|step| step.slug.clone());
        let Some(then) = slug(base) else { continue };
        let (one, other) = (slug(mine), slug(theirs));
        // Mine where both did.
        let now = match (one, other) {
            (Some(mine), _) if mine != then => mine,
            (_, Some(theirs)) if theirs != then => theirs,
            _ => continue,
        };
        for def in [&mut *base, &mut *mine, &mut *theirs] {
            let Some(own) = def.step(&id).map(|step| step.slug.clone()) else { continue };
            if own != now && !def.steps.values().any(|step| step.slug == now) {
                rename_slug(def, &own, &now);
                if let Some(step) = def.steps.get_mut(&id) {
                    step.slug.clone_from(&now);
                }
            }
        }
    }
}

/// New steps of both sides that chose the same name: mine gets another one.
fn part_slugs(base: &WorkflowDefinition, mine: &mut WorkflowDefinition, theirs: &WorkflowDefinition) {
    let clashing: Vec<StepId> = mine
        .steps
        .iter()
        .filter(|(id, step)| theirs.steps.iter().any(|(other, its)| other != *id && its.slug == step.slug))
        .filter(|(id, _)| !theirs.steps.contains_key(*id) && !base.steps.contains_key(*id))
        .map(|(id, _)| id.clone())
        .collect();
    for id in clashing {
        let mut both = mine.clone();
        both.steps.extend(
            theirs.steps.iter().filter(|(id, _)| !mine.steps.contains_key(*id)).map(|(id, step)| (id.clone(), step.clone())),
        );
        let Some(old) = mine.step(&id).map(|step| step.slug.clone()) else { continue };
        let free = free_slug(&both, &old);
        rename_slug(mine, &old, &free);
        if let Some(step) = mine.steps.get_mut(&id) {
            step.slug = free;
        }
    }
}

/// The last resort: a step that one side deleted stays under a name that the other gave away.
pub(super) fn part_last(definition: &mut WorkflowDefinition, theirs: &WorkflowDefinition) {
    let mut taken = BTreeSet::new();
    // Theirs first, so that mine gives way.
    let (known, new): (Vec<_>, Vec<_>) = definition.steps.keys().cloned().partition(|id| theirs.steps.contains_key(id));
    for id in known.into_iter().chain(new) {
        let Some(slug) = definition.step(&id).map(|step| step.slug.clone()) else { continue };
        if !taken.insert(slug.clone()) {
            let free = free_slug(definition, &slug);
            taken.insert(free.clone());
            if let Some(step) = definition.steps.get_mut(&id) {
                step.slug = free;
            }
        }
    }
}
