//! What is next to what: for dragging and for moving with the arrow keys.

use model::{
    definition::BodyOwner,
    ids::{ArmId, StepId},
};

use crate::{Layout, Node, NodeId, SlotAt, viewport::Point};

/// The slot nearest to a point on the canvas, no further away than `max_distance`, among those for which `allowed` holds: a step cannot be
/// dropped into itself.
pub fn nearest_slot(layout: &Layout, at: Point, max_distance: f64, allowed: impl Fn(&SlotAt) -> bool) -> Option<&SlotAt> {
    let distance = |slot: &SlotAt| (slot.x - at.x).hypot(slot.y - at.y);
    let near = layout.slots.iter().filter(|slot| distance(slot) <= max_distance && allowed(slot));
    near.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The step carried out after this one, the first of its arms if it has any; from a trigger the first step.
pub fn step_down(layout: &Layout, from: &NodeId) -> Option<NodeId> {
    let node = layout.node(from)?;
    let NodeId::Step(id) = &node.id else { return at(layout, &BodyOwner::Workflow, 0) };
    if let Some(first) = arms(layout, id).find_map(|arm| body(layout, &arm).next()) {
        return Some(first.id.clone());
    }
    let mut node = node;
    loop {
        if let Some(next) = at(layout, &node.parent, node.index + 1) {
            return Some(next);
        }
        node = layout.node(&NodeId::Step(owner(&node.parent)?.clone()))?;
    }
}

/// The step carried out before this one; from an arm's first step the branch, from the first step of all the first trigger.
pub fn step_up(layout: &Layout, from: &NodeId) -> Option<NodeId> {
    let node = layout.node(from)?;
    if !matches!(node.id, NodeId::Step(_)) {
        return None;
    }
    let Some(mut before) = body(layout, &node.parent).filter(|other| other.index < node.index).last() else {
        return match owner(&node.parent) {
            Some(step) => Some(NodeId::Step(step.clone())),
            None => layout.nodes.first().map(|first| first.id.clone()),
        };
    };
    // Into the first arm that has steps, and there to its end.
    while let NodeId::Step(id) = &before.id {
        let Some(last) = arms(layout, id).find_map(|arm| body(layout, &arm).last()) else { break };
        before = last;
    }
    Some(before.id.clone())
}

/// The step beside this one in the nearest arm to the left that has steps; the trigger to the left.
pub fn step_left(layout: &Layout, from: &NodeId) -> Option<NodeId> {
    beside(layout, from, -1)
}

/// The step beside this one in the nearest arm to the right that has steps; the trigger to the right.
pub fn step_right(layout: &Layout, from: &NodeId) -> Option<NodeId> {
    beside(layout, from, 1)
}

fn beside(layout: &Layout, from: &NodeId, side: isize) -> Option<NodeId> {
    let start = layout.node(from)?;
    if !matches!(start.id, NodeId::Step(_)) {
        let index = start.index.checked_add_signed(side)?;
        return layout
            .nodes
            .iter()
            .find(|node| matches!(node.id, NodeId::Trigger(_)) && node.index == index)
            .map(|node| node.id.clone());
    }
    let mut node = start;
    // Outwards until an arm has a neighbour with steps.
    while let BodyOwner::Arm { step, arm } = &node.parent {
        let arms: Vec<BodyOwner> = arms(layout, step).collect();
        let own = arms.iter().position(|owner| is_arm(owner, arm))?;
        let mut next = own;
        while let Some(index) = next.checked_add_signed(side).filter(|index| *index < arms.len()) {
            let distance = |node: &Node| (node.y - start.y).abs();
            if let Some(found) = body(layout, &arms[index]).min_by(|a, b| distance(a).total_cmp(&distance(b))) {
                return Some(found.id.clone());
            }
            next = index;
        }
        node = layout.node(&NodeId::Step(step.clone()))?;
    }
    None
}

fn is_arm(owner: &BodyOwner, id: &ArmId) -> bool {
    matches!(owner, BodyOwner::Arm { arm, .. } if arm == id)
}

fn owner(body: &BodyOwner) -> Option<&StepId> {
    match body {
        BodyOwner::Workflow | BodyOwner::Shelf => None,
        BodyOwner::Arm { step, .. } => Some(step),
    }
}

/// The bodies of a step, from left to right, as far as they are drawn.
fn arms(layout: &Layout, step: &StepId) -> impl Iterator<Item = BodyOwner> {
    // Every body that is drawn has a slot before its first step.
    let first = layout.slots.iter().filter(|slot| slot.slot.index == 0).map(|slot| &slot.slot.owner);
    first.filter(move |body| owner(body) == Some(step)).cloned()
}

/// The steps of a body, in order.
fn body<'a>(layout: &'a Layout, owner: &BodyOwner) -> impl Iterator<Item = &'a Node> {
    layout.nodes.iter().filter(move |node| &node.parent == owner && matches!(node.id, NodeId::Step(_)))
}

/// The first step of a body from `index` on.
fn at(layout: &Layout, owner: &BodyOwner, index: usize) -> Option<NodeId> {
    body(layout, owner).find(|node| node.index >= index).map(|node| node.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Metrics, fixture, place};

    fn step(id: &str) -> NodeId {
        NodeId::Step(id.into())
    }

    #[test]
    fn arrow_keys_reach_everything() {
        let def = fixture::sample();
        let layout = place(&def, &Metrics::default(), &Default::default());
        // Down and up again through: filter, branch [contact, tell | welcome, inner [| deep]], after.
        for (from, to) in [
            ("filter", "size"),
            ("size", "contact"),
            ("contact", "tell"),
            ("tell", "after"),
            ("welcome", "inner"),
            ("inner", "deep"),
            ("deep", "after"),
        ] {
            assert_eq!(step_down(&layout, &step(from)), Some(step(to)), "down from {from}");
        }
        assert_eq!(step_down(&layout, &step("after")), None);
        for (from, to) in [("size", "filter"), ("contact", "size"), ("welcome", "size"), ("deep", "inner"), ("after", "tell")] {
            assert_eq!(step_up(&layout, &step(from)), Some(step(to)), "up from {from}");
        }
        assert_eq!(step_right(&layout, &step("contact")), Some(step("welcome")));
        assert_eq!(step_right(&layout, &step("tell")), Some(step("inner")));
        assert_eq!(step_left(&layout, &step("deep")), Some(step("tell")), "past the empty arm, out of the inner branch");
        assert_eq!(step_left(&layout, &step("contact")), None);
        assert_eq!(step_right(&layout, &step("after")), None);

        let triggers: Vec<NodeId> = ["hook", "daily"].into_iter().map(|id| NodeId::Trigger(id.into())).collect();
        assert_eq!(step_up(&layout, &step("filter")), Some(triggers[0].clone()));
        assert_eq!(step_right(&layout, &triggers[0]), Some(triggers[1].clone()));
        assert_eq!(step_left(&layout, &triggers[0]), None);
        assert_eq!(step_down(&layout, &triggers[1]), Some(step("filter")));
        assert_eq!(step_up(&layout, &triggers[1]), None);
    }

    #[test]
    fn finds_the_slot_under_a_dragged_step() {
        let layout = place(&fixture::sample(), &Metrics::default(), &Default::default());
        for slot in &layout.slots {
            let near = Point { x: slot.x + 10.0, y: slot.y - 8.0 };
            assert_eq!(nearest_slot(&layout, near, 60.0, |_| true), Some(slot));
            let other = nearest_slot(&layout, near, f64::INFINITY, |other| other.slot != slot.slot);
            assert_ne!(other, Some(slot));
        }
        assert_eq!(nearest_slot(&layout, Point { x: 5000.0, y: 0.0 }, 60.0, |_| true), None);
    }
}
