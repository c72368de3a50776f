//! Before two sides are put together: the same id or name means the same step in both.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    WorkflowDefinition,
    compare::json,
    definition::{free_slug, rename_slug},
    ids::{StepId, TriggerId},
};

/// Gives back which of my steps got another id.
pub(super) fn settle(
    base: &mut WorkflowDefinition,
    mine: &mut WorkflowDefinition,
    theirs: &mut WorkflowDefinition,
) -> Vec<(StepId, StepId)> {
    let renamed = part_new_steps(base, mine, theirs);
    part_new_triggers(base, mine, theirs);
    follow_renames(base, mine, theirs);
    part_slugs(base, mine, theirs);
    renamed
}

/// Both took the next free id for a step of their own: mine gets another one.
fn part_new_steps(
    base: &WorkflowDefinition,
    mine: &mut WorkflowDefinition,
    theirs: &WorkflowDefinition,
) -> Vec<(StepId, StepId)> {
    let clashes = |id: &&StepId| !base.steps.contains_key(*id) && theirs.step(id).is_some_and(|step| mine.step(id) != Some(step));
    let both: Vec<StepId> = mine.steps.keys().filter(clashes).cloned().collect();
    let mut taken: BTreeSet<StepId> = base.steps.keys().chain(mine.steps.keys()).chain(theirs.steps.keys()).cloned().collect();
    let mut new_ids = Vec::new();
    for id in both {
        let free = (1..).map(|n| StepId(format!("s{n}"))).find(|id| !taken.contains(id)).unwrap_or_else(|| id.clone());
        taken.insert(free.clone());
        new_ids.push((id, free));
    }
    *mine = renamed(mine, &new_ids);
    new_ids
}

/// The definition with other ids for some of its steps.
pub fn renamed(definition: &WorkflowDefinition, ids: &[(StepId, StepId)]) -> WorkflowDefinition {
    if !ids.iter().any(|(old, _)| definition.steps.contains_key(old)) {
        return definition.clone();
    }
    let mut all = json(definition);
    ids.iter().for_each(|(old, new)| rename(&mut all, old.as_str(), new.as_str()));
    serde_json::from_value(all).unwrap_or_else(|_| definition.clone())
}

/// Gives a step another id wherever a definition names it: in its map, in bodies, and in pills.
fn rename(value: &mut Value, old: &str, new: &str) {
    let Value::Object(definition) = value else { return };
    if let Some(Value::Object(steps)) = definition.get_mut("steps")
        && let Some(step) = steps.remove(old)
    {
        steps.insert(new.to_owned(), step);
    }
    rename_in(value, old, new);
}

fn rename_in(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                match (key.as_str(), inner) {
                    // What a person typed is data, whatever it looks like.
                    ("literal", _) => {}
                    ("body" | "error_body" | "timeout_body", Value::Array(ids)) => {
                        ids.iter_mut().for_each(|id| replace(id, old, new))
                    }
                    ("source", Value::Object(source)) if is_step(source) => {
                        source.values_mut().for_each(|id| replace(id, old, new));
                    }
                    (_, inner) => rename_in(inner, old, new),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| rename_in(item, old, new)),
        _ => {}
    }
}

fn is_step(source: &Map<String, Value>) -> bool {
    source.len() == 1 && source.contains_key("step")
}

fn replace(id: &mut Value, old: &str, new: &str) {
    if id.as_str() == Some(old) {
        *id = new.into();
    }
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
