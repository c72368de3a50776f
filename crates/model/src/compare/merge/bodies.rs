//! Which steps stay, whose body each stands in, and in which order.

use std::collections::{BTreeMap, BTreeSet};

use super::{About, Choice, Conflict, Work, of_step};
use crate::{
    WorkflowDefinition,
    compare::{Place, Subject, bare, diff::places},
    definition::BodyOwner,
    ids::StepId,
};

pub(super) struct Tree {
    pub kept: BTreeSet<StepId>,
    pub bodies: BTreeMap<BodyOwner, Vec<StepId>>,
}

type Owners = BTreeMap<StepId, BodyOwner>;

pub(super) fn tree(
    base: &WorkflowDefinition,
    mine: &WorkflowDefinition,
    theirs: &WorkflowDefinition,
    work: &mut Work<'_>,
) -> Tree {
    let mut of = [places(base), places(mine), places(theirs)];
    let mut kept = kept(base, mine, theirs, &of, work);
    let mut owners = owners(&kept, &of, [mine, theirs], work);
    keep_around(&mut kept, &mut owners, &of);
    untangle(&mut owners, &of[2]);
    let mut bodies: BTreeMap<BodyOwner, Vec<StepId>> = BTreeMap::from([(BodyOwner::Workflow, Vec::new())]);
    for (id, owner) in &owners {
        bodies.entry(owner.clone()).or_default().push(id.clone());
    }
    of.iter_mut().for_each(|places| places.retain(|id, _| kept.contains(id)));
    for (owner, body) in &mut bodies {
        let own: BTreeSet<&StepId> = body.iter().collect();
        let side = |def: &WorkflowDefinition| {
            def.body_of(owner).unwrap_or_default().iter().filter(|id| own.contains(id)).cloned().collect::<Vec<_>>()
        };
        let ordered = order(&side(base), &side(mine), &side(theirs), || {
            let (subject, (kind, label)) = match owner {
                BodyOwner::Workflow | BodyOwner::Shelf => (Subject::Workflow, Default::default()),
                BodyOwner::Arm { step, .. } => (Subject::Step(step.clone()), of_step([mine, theirs], step)),
            };
            work.tell(Conflict { subject, kind, label, about: About::Order(Some(owner.clone())) })
        });
        // What came here from a body that neither side has it in stands at the end.
        let missing: Vec<StepId> = body.iter().filter(|id| !ordered.contains(id)).cloned().collect();
        *body = ordered.into_iter().chain(missing).collect();
    }
    Tree { kept, bodies }
}

/// What one side deleted goes with all that stood in it, unless the other side changed something there: then all of it is one question.
fn kept(
    base: &WorkflowDefinition,
    mine: &WorkflowDefinition,
    theirs: &WorkflowDefinition,
    of: &[BTreeMap<StepId, Place>; 3],
    work: &mut Work<'_>,
) -> BTreeSet<StepId> {
    let mut kept = BTreeSet::new();
    for (by_me, deleter, other, places) in [(true, mine, theirs, &of[2]), (false, theirs, mine, &of[1])] {
        let mut gone: BTreeMap<StepId, Vec<&StepId>> = BTreeMap::new();
        for id in other.steps.keys() {
            if deleter.steps.contains_key(id) {
                kept.insert(id.clone());
            } else {
                gone.entry(outermost(id, deleter, places)).or_default().push(id);
            }
        }
        for (root, ids) in gone {
            let owner = |places: &BTreeMap<StepId, Place>, id: &StepId| places.get(id).map(|place| place.owner.clone());
            let changed = |id: &&StepId| {
                let now = other.step(id).map(bare);
                base.step(id).map(bare) != now || owner(&of[0], id) != owner(places, id)
            };
            let is_new = !base.steps.contains_key(&root);
            let (kind, label) = of_step([other, base], &root);
            if is_new || ids.iter().any(changed) && work.keeps_deleted(Subject::Step(root), &kind, &label, by_me) {
                kept.extend(ids.into_iter().cloned());
            }
        }
    }
    kept
}

/// The step furthest out around this one that the other side does not have, either.
fn outermost(id: &StepId, deleter: &WorkflowDefinition, places: &BTreeMap<StepId, Place>) -> StepId {
    let mut at = id;
    for _ in 0..=places.len() {
        match places.get(at).map(|place| &place.owner) {
            Some(BodyOwner::Arm { step, .. }) if !deleter.steps.contains_key(step) => at = step,
            _ => break,
        }
    }
    at.clone()
}

fn owners(
    kept: &BTreeSet<StepId>,
    of: &[BTreeMap<StepId, Place>; 3],
    sides: [&WorkflowDefinition; 2],
    work: &mut Work<'_>,
) -> Owners {
    let mut owners = Owners::new();
    for id in kept {
        let [base, mine, theirs] = [0, 1, 2].map(|side| of[side].get(id));
        let owner = match (base, mine, theirs) {
            (_, Some(mine), Some(theirs)) if mine.owner == theirs.owner => &mine.owner,
            (Some(base), Some(mine), Some(theirs)) if mine.owner == base.owner => &theirs.owner,
            (Some(base), Some(mine), Some(theirs)) if theirs.owner == base.owner => &mine.owner,
            (_, Some(mine), Some(theirs)) => {
                let (kind, label) = of_step(sides, id);
                let about = About::Moved { mine: Box::new(mine.clone()), theirs: Box::new(theirs.clone()) };
                match work.tell(Conflict { subject: Subject::Step(id.clone()), kind, label, about }) {
                    Choice::Mine => &mine.owner,
                    Choice::Theirs => &theirs.owner,
                }
            }
            (_, Some(one), None) | (_, None, Some(one)) => &one.owner,
            (_, None, None) => continue,
        };
        owners.insert(id.clone(), owner.clone());
    }
    owners
}

/// What holds a step that stays, stays.
fn keep_around(kept: &mut BTreeSet<StepId>, owners: &mut Owners, of: &[BTreeMap<StepId, Place>; 3]) {
    let mut next: Vec<StepId> = kept.iter().cloned().collect();
    while let Some(id) = next.pop() {
        let Some(BodyOwner::Arm { step, .. }) = owners.get(&id).cloned() else { continue };
        if kept.insert(step.clone()) {
            let place = of[1].get(&step).or(of[2].get(&step)).or(of[0].get(&step));
            owners.insert(step.clone(), place.map_or(BodyOwner::Workflow, |place| place.owner.clone()));
            next.push(step);
        }
    }
}

/// Each side moved one step into the other: theirs counts, and what still goes in circles stands at the top.
fn untangle(owners: &mut Owners, theirs: &BTreeMap<StepId, Place>) {
    for last_resort in [false, true] {
        let ids: Vec<StepId> = owners.keys().cloned().collect();
        for id in ids {
            if circles(owners, &id) {
                let owner = theirs.get(&id).filter(|_| !last_resort).map(|place| place.owner.clone());
                owners.insert(id, owner.unwrap_or(BodyOwner::Workflow));
            }
        }
    }
}

fn circles(owners: &Owners, id: &StepId) -> bool {
    let mut at = id;
    for _ in 0..=owners.len() {
        match owners.get(at) {
            Some(BodyOwner::Arm { step, .. }) if step == id => return true,
            Some(BodyOwner::Arm { step, .. }) => at = step,
            _ => return false,
        }
    }
    // A circle further out: found again for those in it.
    false
}

/// One order of what stays: theirs with mine put in, each after what it stood after. Where only mine is in another order than before,
/// the other way round; where both are, `choose` says whose counts.
pub(super) fn order<T: Clone + PartialEq + Ord>(base: &[T], mine: &[T], theirs: &[T], choose: impl FnOnce() -> Choice) -> Vec<T> {
    let common = |this: &[T], other: &[T]| this.iter().filter(|id| other.contains(id)).cloned().collect::<Vec<_>>();
    let agree = |one: &[T], other: &[T]| common(one, other) == common(other, one);
    let mine_leads = match (!agree(mine, base), !agree(theirs, base)) {
        (true, true) if !agree(mine, theirs) => choose() == Choice::Mine,
        (true, _) => true,
        (false, _) => false,
    };
    let (mut merged, other) = if mine_leads { (mine.to_vec(), theirs) } else { (theirs.to_vec(), mine) };
    for (at, id) in other.iter().enumerate() {
        if merged.contains(id) {
            continue;
        }
        let after = other[..at].iter().rev().find_map(|before| merged.iter().position(|one| one == before));
        merged.insert(after.map_or(0, |at| at + 1), id.clone());
    }
    merged
}
