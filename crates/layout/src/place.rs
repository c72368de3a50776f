use std::collections::{BTreeSet, HashMap};

use model::{
    WorkflowDefinition,
    definition::{BodyOwner, Slot},
    ids::StepId,
    step::{Step, StepKind},
};

use crate::{
    ArmLabel, Edge, Frame, Layout, Metrics, Node, NodeId, NoteAt, SlotAt,
    edge::{down, turn},
    measure::{Arms, Measure, Notes, Size, bypass, gap, notes},
    viewport::{Point, Rect},
};

/// Places a workflow. `folds`: steps whose bodies are not drawn. Any definition has a layout, also one that contradicts itself: a step
/// that stands in several bodies is placed once.
pub fn place(def: &WorkflowDefinition, metrics: &Metrics, folds: &BTreeSet<StepId>) -> Layout {
    let notes = notes(def);
    let mut measure = Measure::new(def, metrics, folds, &notes);
    measure.body(&BodyOwner::Workflow, &def.body, 0);
    let mut placer =
        Placer { def, metrics, notes: &notes, open: measure.open, placed: BTreeSet::new(), layout: Layout::default() };
    let top = placer.triggers();
    let bottom = placer.body(&BodyOwner::Workflow, &def.body, Point { x: 0.0, y: top }, false);
    placer.layout.end = (0.0, bottom);
    placer.finish(bottom)
}

struct Placer<'a> {
    def: &'a WorkflowDefinition,
    metrics: &'a Metrics,
    notes: &'a Notes,
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
                self.turn(Point { x, y: node_h }, Point { x: 0.0, y: bottom }, node_h + turn_h / 2.0, radius, false);
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
                StepKind::Stop(_) | StepKind::Break(_) | StepKind::Continue(_) if !step.disabled => dim = true,
                kind if kind.arms().is_some() => y = self.arms(id, step, Point { x, y }, dim || step.disabled),
                _ => y = self.frame(id, step, Point { x, y }, dim || step.disabled),
            }
            y = self.gap(owner, index + 1, body.len(), Point { x, y }, dim);
        }
        y
    }

    /// The line to the next node, with the slot on it.
    fn gap(&mut self, owner: &BodyOwner, index: usize, len: usize, from: Point, dim: bool) -> f64 {
        let Point { x, y } = from;
        let Metrics { node_w: w, note_h: h, note_gap, gap_y, .. } = *self.metrics;
        let to = y + gap(self.metrics, self.notes, owner, index);
        self.down(x, y, to, dim);
        let slot = Slot { owner: owner.clone(), index };
        if !self.notes.is_empty()
            && let Some(notes) = self.notes.get(&(owner.clone(), index))
        {
            for (at, id) in notes.iter().enumerate() {
                let y = y + gap_y + at as f64 * (h + note_gap);
                self.layout.notes.push(NoteAt { id: id.clone(), x: x - w / 2.0, y, w, h });
            }
        }
        self.layout.slots.push(SlotAt { slot, x, y: y + gap_y / 2.0, end_of_body: index == len });
        to
    }

    fn down(&mut self, x: f64, from: f64, to: f64, dim: bool) {
        let area = Rect { x, y: from, w: 0.0, h: to - from };
        self.layout.edges.push(Edge { path: down(x, from, to), dim, area });
    }

    fn turn(&mut self, from: Point, to: Point, across: f64, radius: f64, dim: bool) {
        self.layout.edges.push(Edge { path: turn(from, to, across, radius), dim, area: Rect::around(from, to) });
    }

    /// The arms below a step's node; gives the height at which they are joined again.
    fn arms(&mut self, id: &'a StepId, step: &'a Step, from: Point, dim: bool) -> f64 {
        let Metrics { node_w, gap_y, turn_h, arm_label_h, .. } = *self.metrics;
        let Some(Arms { bodies, all }) = self.open.remove(id) else {
            if step.kind.bodies().next().is_none() {
                self.layout.add_arm.push((id.clone(), from.x + node_w / 2.0, from.y + gap_y / 2.0));
            }
            return from.y;
        };
        let (last, bottom) = self.columns(id, step, from, dim, &bodies, all);
        self.layout.add_arm.push((id.clone(), last + node_w / 2.0, from.y + turn_h + arm_label_h / 2.0));
        bottom
    }

    /// Bodies side by side, each with its name, and the line that passes them by; gives the middle of the last and the height at which they are joined again.
    fn columns(&mut self, id: &'a StepId, step: &'a Step, from: Point, dim: bool, sizes: &[Size], all: Size) -> (f64, f64) {
        let Metrics { gap_x, turn_h, arm_label_h, radius, .. } = *self.metrics;
        let label_y = from.y + turn_h + arm_label_h / 2.0;
        let top = from.y + turn_h + arm_label_h;
        let low = top + all.h;
        let join = Point { x: from.x, y: low + turn_h };
        let mut left = from.x - all.w / 2.0;
        let mut last = from.x;
        let passing = bypass(&step.kind).then_some(None);
        let lanes = passing.into_iter().chain(step.kind.named_bodies().into_iter().map(Some));
        for (lane, size) in lanes.zip(sizes) {
            let x = left + size.w / 2.0;
            self.turn(from, Point { x, y: top }, from.y + turn_h / 2.0, radius, dim);
            left += size.w + gap_x;
            last = x;
            let Some((arm, body)) = lane else {
                self.turn(Point { x, y: top }, join, low + turn_h / 2.0, radius, dim);
                continue;
            };
            self.layout.arms.push(ArmLabel { step: id.clone(), arm: arm.clone(), x, y: label_y });
            let owner = BodyOwner::Arm { step: id.clone(), arm };
            let bottom = self.body(&owner, body, Point { x, y: top }, dim);
            let leaves = self.is_left(body);
            self.turn(Point { x, y: bottom }, join, low + turn_h / 2.0, radius, dim || leaves);
        }
        (last, join.y)
    }

    /// Whether a step of the body lets nothing come to its end.
    fn is_left(&self, body: &[StepId]) -> bool {
        let leaves = |kind: &StepKind| matches!(kind, StepKind::Stop(_) | StepKind::Break(_) | StepKind::Continue(_));
        body.iter().filter_map(|id| self.def.steps.get(id)).any(|step| leaves(&step.kind) && !step.disabled)
    }

    /// The frame of a loop, a section or a wait below its node, with its bodies; gives the height at which it is left.
    fn frame(&mut self, id: &'a StepId, step: &'a Step, from: Point, dim: bool) -> f64 {
        let Metrics { node_h, frame_pad, .. } = *self.metrics;
        let Some(Arms { bodies, all }) = self.open.remove(id) else { return from.y };
        let at = self.layout.frames.len();
        let (w, y) = (all.w + 2.0 * frame_pad, from.y - node_h / 2.0);
        self.layout.frames.push(Frame { step: id.clone(), x: from.x - w / 2.0, y, w, h: 0.0 });
        let bottom = match step.kind.named_bodies().as_slice() {
            [(arm, body)] if bodies.len() == 1 => {
                let owner = BodyOwner::Arm { step: id.clone(), arm: arm.clone() };
                self.body(&owner, body, from, dim)
            }
            _ => self.columns(id, step, from, dim, &bodies, all).1,
        };
        let bottom = bottom + frame_pad;
        let ends = step.kind.bodies().all(|body| self.is_left(body)) && !step.kind.is_loop() && !bypass(&step.kind);
        let dim = dim || ends;
        self.down(from.x, bottom - frame_pad, bottom, dim);
        self.layout.frames[at].h = bottom - y;
        bottom
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
        let min = layout.frames.iter().map(|frame| frame.x).fold(min, f64::min);
        let max = layout.frames.iter().map(|frame| frame.x + frame.w).fold(max, f64::max);
        (layout.min_x, layout.width, layout.height) = (min, max - min, bottom);
        self.layout
    }
}

#[cfg(test)]
mod tests;
