use std::collections::{BTreeSet, HashMap};

use model::{
    WorkflowDefinition,
    definition::{BodyOwner, Slot},
    ids::StepId,
    step::{Branch, StepKind},
};

use crate::{
    ArmLabel, Edge, Layout, Metrics, Node, NodeId, SlotAt,
    edge::{down, turn},
    measure::{Arms, Measure},
    viewport::Point,
};

/// Places a workflow. `folds`: branches whose arms are not drawn. Any definition has a layout, also one that contradicts itself: a step
/// that stands in several bodies is placed once.
pub fn place(def: &WorkflowDefinition, metrics: &Metrics, folds: &BTreeSet<StepId>) -> Layout {
    let mut measure = Measure::new(def, metrics, folds);
    measure.body(&def.body, 0);
    let mut placer = Placer { def, metrics, open: measure.open, placed: BTreeSet::new(), layout: Layout::default() };
    let top = placer.triggers();
    let bottom = placer.body(&BodyOwner::Workflow, &def.body, Point { x: 0.0, y: top }, false);
    placer.layout.end = (0.0, bottom);
    placer.finish(bottom)
}

struct Placer<'a> {
    def: &'a WorkflowDefinition,
    metrics: &'a Metrics,
    open: HashMap<&'a StepId, Arms>,
    placed: BTreeSet<&'a StepId>,
    layout: Layout,
}

impl<'a> Placer<'a> {
    /// Side by side on top, their lines joined; gives the height at which the first body begins.
    fn triggers(&mut self) -> f64 {
        let Metrics { node_w, node_h, gap_x, turn_h, radius, .. } = *self.metrics;
        let ids: Vec<NodeId> = self.def.triggers.iter().map(|trigger| NodeId::Trigger(trigger.id.clone())).collect();
        let ids = if ids.is_empty() { vec![NodeId::Triggers] } else { ids };
        let count = ids.len();
        let left = -((count - 1) as f64) * (node_w + gap_x) / 2.0;
        let bottom = if count > 1 { node_h + turn_h } else { node_h };
        for (index, id) in ids.into_iter().enumerate() {
            let x = left + index as f64 * (node_w + gap_x);
            self.node(id, Point { x, y: 0.0 }, BodyOwner::Workflow, index);
            if count > 1 {
                let path = turn(Point { x, y: node_h }, Point { x: 0.0, y: bottom }, node_h + turn_h / 2.0, radius);
                self.layout.edges.push(Edge { path, dim: false });
            }
        }
        bottom
    }

    /// A body whose line enters at `from`; gives the height at which it leaves.
    fn body(&mut self, owner: &BodyOwner, body: &'a [StepId], from: Point, dim: bool) -> f64 {
        let Point { x, mut y } = from;
        let mut dim = dim;
        y = self.gap(owner, 0, body.len(), Point { x, y }, dim);
        for (index, id) in body.iter().enumerate() {
            let def = self.def;
            let Some(step) = def.steps.get(id) else { continue };
            if !self.placed.insert(id) {
                continue;
            }
            self.node(NodeId::Step(id.clone()), Point { x, y }, owner.clone(), index);
            y += self.metrics.node_h;
            match &step.kind {
                StepKind::Branch(branch) => y = self.branch(id, branch, Point { x, y }, dim || step.disabled),
                StepKind::Stop(_) if !step.disabled => dim = true,
                _ => {}
            }
            y = self.gap(owner, index + 1, body.len(), Point { x, y }, dim);
        }
        y
    }

    /// The line to the next node, with the slot on it.
    fn gap(&mut self, owner: &BodyOwner, index: usize, len: usize, from: Point, dim: bool) -> f64 {
        let Point { x, y } = from;
        let to = y + self.metrics.gap_y;
        self.layout.edges.push(Edge { path: down(x, y, to), dim });
        let slot = Slot { owner: owner.clone(), index };
        self.layout.slots.push(SlotAt { slot, x, y: y + self.metrics.gap_y / 2.0, end_of_body: index == len });
        to
    }

    /// The arms below a branch's node; gives the height at which they are joined again.
    fn branch(&mut self, id: &'a StepId, branch: &'a Branch, from: Point, dim: bool) -> f64 {
        let Metrics { node_w, gap_x, gap_y, turn_h, arm_label_h, radius, .. } = *self.metrics;
        let label_y = from.y + turn_h + arm_label_h / 2.0;
        let Some(Arms { bodies, all }) = self.open.remove(id) else {
            if branch.arms.is_empty() {
                self.layout.add_arm.push((id.clone(), from.x + node_w / 2.0, from.y + gap_y / 2.0));
            }
            return from.y;
        };
        let top = from.y + turn_h + arm_label_h;
        let low = top + all.h;
        let join = Point { x: from.x, y: low + turn_h };
        let mut left = from.x - all.w / 2.0;
        let mut last = from.x;
        for (arm, size) in branch.arms.iter().zip(&bodies) {
            let x = left + size.w / 2.0;
            let path = turn(from, Point { x, y: top }, from.y + turn_h / 2.0, radius);
            self.layout.edges.push(Edge { path, dim });
            self.layout.arms.push(ArmLabel { step: id.clone(), arm: arm.id.clone(), x, y: label_y });
            let owner = BodyOwner::Arm { step: id.clone(), arm: arm.id.clone() };
            let bottom = self.body(&owner, &arm.body, Point { x, y: top }, dim);
            let stops = arm
                .body
                .iter()
                .filter_map(|id| self.def.steps.get(id))
                .any(|s| matches!(s.kind, StepKind::Stop(_)) && !s.disabled);
            let path = turn(Point { x, y: bottom }, join, low + turn_h / 2.0, radius);
            self.layout.edges.push(Edge { path, dim: dim || stops });
            left += size.w + gap_x;
            last = x;
        }
        self.layout.add_arm.push((id.clone(), last + node_w / 2.0, label_y));
        join.y
    }

    /// `at`: the middle of the node's upper edge.
    fn node(&mut self, id: NodeId, at: Point, parent: BodyOwner, index: usize) {
        let Metrics { node_w: w, node_h: h, .. } = *self.metrics;
        self.layout.nodes.push(Node { id, x: at.x - w / 2.0, y: at.y, w, h, parent, index });
    }

    fn finish(mut self, bottom: f64) -> Layout {
        let layout = &mut self.layout;
        let min = layout.nodes.iter().map(|node| node.x).fold(f64::INFINITY, f64::min);
        let slots = layout.slots.iter().map(|slot| slot.x - self.metrics.node_w / 2.0);
        let min = slots.fold(min, f64::min);
        let max = layout.nodes.iter().map(|node| node.x + node.w).fold(f64::NEG_INFINITY, f64::max);
        let max = layout.slots.iter().map(|slot| slot.x + self.metrics.node_w / 2.0).fold(max, f64::max);
        (layout.min_x, layout.width, layout.height) = (min, max - min, bottom);
        self.layout
    }
}

#[cfg(test)]
mod tests;
