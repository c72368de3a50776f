//! Edits of several steps at once. Each is one [`EditOp`], so that it is undone in one step.

use std::collections::BTreeSet;

use super::{BodyOwner, EditOp, Slot, StepPatch, WorkflowDefinition, apply};
use crate::{
    ids::StepId,
    step::{BODY, Step},
};

/// Why steps cannot be put into a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    #[error("nothing is chosen")]
    Nothing,
    #[error("the steps stand in different paths")]
    Apart,
    #[error("other steps stand between them")]
    Gaps,
}

impl WorkflowDefinition {
    /// The steps around one, from the inside out.
    pub fn around(&self, id: &StepId) -> Vec<StepId> {
        let mut found = Vec::new();
        let mut at = id.clone();
        while let Some((BodyOwner::Arm { step, .. }, _)) = self.position_of(&at) {
            // A broken definition may contain a cycle.
            if found.contains(&step) {
                break;
            }
            found.push(step.clone());
            at = step;
        }
        found
    }

    /// Of the chosen steps those that stand inside none of the others, in reading order.
    pub fn tops(&self, chosen: &BTreeSet<StepId>) -> Vec<StepId> {
        fn visit(def: &WorkflowDefinition, body: &[StepId], chosen: &BTreeSet<StepId>, depth: usize, into: &mut Vec<StepId>) {
            if depth > def.steps.len() {
                return;
            }
            for id in body {
                if chosen.contains(id) {
                    into.push(id.clone());
                } else if let Some(step) = def.step(id) {
                    step.kind.bodies().for_each(|inner| visit(def, inner, chosen, depth + 1, into));
                }
            }
        }
        let mut into = Vec::new();
        visit(self, &self.body, chosen, 0, &mut into);
        visit(self, &self.shelf, chosen, 0, &mut into);
        into.retain(|id| self.steps.contains_key(id));
        into
    }

    /// Whether these steps can be moved into the slot: not into themselves.
    pub fn may_move(&self, tops: &[StepId], slot: &Slot) -> bool {
        let inside = match &slot.owner {
            BodyOwner::Arm { step, .. } => tops.contains(step) || self.around(step).iter().any(|outer| tops.contains(outer)),
            BodyOwner::Workflow | BodyOwner::Shelf => false,
        };
        !inside && !tops.is_empty() && self.body_of(&slot.owner).is_some()
    }
}

/// One edit as it is, several as a batch, none as nothing.
pub(super) fn together(mut ops: Vec<EditOp>) -> Option<EditOp> {
    match ops.len() {
        0 => None,
        1 => ops.pop(),
        _ => Some(EditOp::Batch { ops }),
    }
}

/// Takes the chosen steps out, with everything in them.
pub fn delete_all(def: &WorkflowDefinition, chosen: &BTreeSet<StepId>) -> Option<EditOp> {
    together(def.tops(chosen).into_iter().map(|id| EditOp::Delete { id }).collect())
}

/// Switches the chosen steps off, or on again; those that are so already stay.
pub fn switch_all(def: &WorkflowDefinition, chosen: &BTreeSet<StepId>, off: bool) -> Option<EditOp> {
    let differ = chosen.iter().filter(|id| def.step(id).is_some_and(|step| step.disabled != off));
    let patch = || StepPatch { disabled: Some(off), ..StepPatch::default() };
    together(differ.map(|id| EditOp::Update { id: id.clone(), patch: patch() }).collect())
}

/// Moves the chosen steps into a slot, one after the other in reading order. `None`: it is impossible or changes nothing.
pub fn move_all(def: &WorkflowDefinition, chosen: &BTreeSet<StepId>, slot: &Slot) -> Option<EditOp> {
    let tops = def.tops(chosen);
    if !def.may_move(&tops, slot) {
        return None;
    }
    // The step before which they go keeps its place among those that stay.
    let before = def.body_of(&slot.owner)?.iter().skip(slot.index).find(|id| !tops.contains(id)).cloned();
    let mut scratch = def.clone();
    let mut ops = Vec::with_capacity(tops.len());
    for id in tops {
        let body = scratch.body_of(&slot.owner)?;
        let index = before.as_ref().and_then(|before| body.iter().position(|one| one == before)).unwrap_or(body.len());
        let op = EditOp::Move { id, slot: Slot { owner: slot.owner.clone(), index } };
        apply(&mut scratch, op.clone()).ok()?;
        ops.push(op);
    }
    if &scratch == def { None } else { together(ops) }
}

/// Puts the chosen steps, which must follow one another, into a new section with the id and the content given.
pub fn wrap_all(def: &WorkflowDefinition, chosen: &BTreeSet<StepId>, id: StepId, section: Step) -> Result<EditOp, WrapError> {
    let tops = def.tops(chosen);
    let mut places = tops.iter().filter_map(|top| def.position_of(top));
    let Some((owner, first)) = places.next() else { return Err(WrapError::Nothing) };
    for (at, (other, index)) in places.enumerate() {
        if other != owner {
            return Err(WrapError::Apart);
        }
        if index != first + at + 1 {
            return Err(WrapError::Gaps);
        }
    }
    let inner = BodyOwner::Arm { step: id.clone(), arm: BODY.into() };
    let slot = Slot { owner, index: first };
    let mut ops = vec![EditOp::Insert { id: id.clone(), steps: vec![(id, section)], slot }];
    ops.extend(tops.into_iter().enumerate().map(|(index, id)| EditOp::Move { id, slot: Slot { owner: inner.clone(), index } }));
    Ok(EditOp::Batch { ops })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// a, branch(b | c, d), e, f
    fn sample() -> WorkflowDefinition {
        let set = |slug: &str| json!({ "slug": slug, "label": slug, "kind": { "type": "set", "fields": [] } });
        let arm = |id: &str, body: &[&str]| json!({ "id": id, "label": id, "body": body });
        serde_json::from_value(json!({
            "schema": 1,
            "steps": {
                "a": set("a"), "b": set("b"), "c": set("c"), "d": set("d"), "e": set("e"), "f": set("f"),
                "br": { "slug": "br", "label": "br", "kind": { "type": "branch", "mode": "first", "arms": [arm("x", &["b"]), arm("y", &["c", "d"])] } },
            },
            "body": ["a", "br", "e", "f"],
        }))
        .unwrap()
    }

    fn ids(names: &[&str]) -> BTreeSet<StepId> {
        names.iter().map(|id| StepId::from(*id)).collect()
    }

    fn order(def: &WorkflowDefinition) -> String {
        def.in_order().iter().map(StepId::as_str).collect::<Vec<_>>().join(" ")
    }

    /// Applies the edit, and sees that its inverse leads back to what was there.
    fn applied(def: &WorkflowDefinition, op: EditOp) -> WorkflowDefinition {
        let mut after = def.clone();
        let inverse = apply(&mut after, op).unwrap();
        let mut back = after.clone();
        apply(&mut back, inverse).unwrap();
        assert_eq!(&back, def, "one inverse takes all of it back");
        after
    }

    fn top(index: usize) -> Slot {
        Slot { owner: BodyOwner::Workflow, index }
    }

    #[test]
    fn what_stands_inside_another_one_goes_with_it() {
        let def = sample();
        assert_eq!(def.tops(&ids(&["d", "br", "e", "gone"])), [StepId::from("br"), "e".into()]);
        assert_eq!(order(&applied(&def, delete_all(&def, &ids(&["d", "br", "e"])).unwrap())), "a f");
        assert_eq!(delete_all(&def, &ids(&["gone"])), None);
    }

    #[test]
    fn what_stands_around_a_step_is_told_from_the_inside_out() {
        let mut def = sample();
        assert_eq!(def.around(&"c".into()), [StepId::from("br")]);
        assert_eq!(def.around(&"a".into()), []);
        // Broken: a section in itself.
        let own: Step =
            serde_json::from_value(json!({ "slug": "s", "label": "S", "kind": { "type": "section", "body": ["s", "a"] } }))
                .unwrap();
        def.steps.insert("s".into(), own);
        def.body.retain(|id| id.as_str() != "a");
        assert_eq!(def.around(&"a".into()), [StepId::from("s")]);
    }

    #[test]
    fn several_are_moved_in_reading_order_wherever_they_came_from() {
        let def = sample();
        let moved = |chosen: &[&str], slot: Slot| move_all(&def, &ids(chosen), &slot).map(|op| order(&applied(&def, op)));
        assert_eq!(moved(&["f", "a"], top(2)).as_deref(), Some("br b c d a f e"));
        assert_eq!(moved(&["a", "c"], top(4)).as_deref(), Some("br b d e f a c"));
        let arm = Slot { owner: BodyOwner::Arm { step: "br".into(), arm: "x".into() }, index: 1 };
        assert_eq!(moved(&["e", "a"], arm.clone()).as_deref(), Some("br b a e c d f"));
        assert_eq!(moved(&["br", "a"], arm), None, "not into itself");
        assert_eq!(moved(&["e", "f"], top(3)), None, "nothing changes");
        assert_eq!(moved(&["e"], Slot { owner: BodyOwner::Arm { step: "no".into(), arm: "x".into() }, index: 0 }), None);
    }

    #[test]
    fn steps_that_follow_one_another_become_a_section() {
        let def = sample();
        let section: Step =
            serde_json::from_value(json!({ "slug": "sec", "label": "Sec", "kind": { "type": "section", "body": [] } })).unwrap();
        let wrap = |chosen: &[&str]| wrap_all(&def, &ids(chosen), "sec".into(), section.clone());
        assert_eq!(order(&applied(&def, wrap(&["e", "br"]).unwrap())), "a sec br b c d e f");
        assert_eq!(order(&applied(&def, wrap(&["c", "d"]).unwrap())), "a br b sec c d e f");
        assert_eq!(wrap(&["a", "e"]), Err(WrapError::Gaps));
        assert_eq!(wrap(&["a", "c"]), Err(WrapError::Apart));
        assert_eq!(wrap(&[]), Err(WrapError::Nothing));
    }

    #[test]
    fn only_those_that_differ_are_switched() {
        let def = sample();
        let off = applied(&def, switch_all(&def, &ids(&["a", "e"]), true).unwrap());
        assert!(off.steps[&StepId::from("a")].disabled && !off.steps[&StepId::from("f")].disabled);
        assert_eq!(switch_all(&off, &ids(&["a", "e"]), true), None);
    }
}
