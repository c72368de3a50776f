//! How much room each step needs with everything in its arms.

use std::collections::{BTreeSet, HashMap};

use model::{WorkflowDefinition, ids::StepId, step::StepKind};

use crate::Metrics;

/// Arms within arms deeper than this are drawn as if folded: nobody could read them.
const MOST_NESTED: usize = 48;

/// Whether a line passes the step's body by: it is entered only when a wait is not answered in time.
pub(crate) fn bypass(kind: &StepKind) -> bool {
    matches!(kind, StepKind::Wait(_))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    pub w: f64,
    pub h: f64,
}

/// An open step that holds bodies: the size of each, and of all.
pub(crate) struct Arms {
    /// Where a line passes the body by, its room comes first.
    pub bodies: Vec<Size>,
    /// All bodies with the gaps between them, and the highest of them.
    pub all: Size,
}

pub(crate) struct Measure<'a> {
    def: &'a WorkflowDefinition,
    metrics: &'a Metrics,
    folds: &'a BTreeSet<StepId>,
    seen: BTreeSet<&'a StepId>,
    /// Of every step whose bodies are drawn.
    pub open: HashMap<&'a StepId, Arms>,
}

impl<'a> Measure<'a> {
    pub(crate) fn new(def: &'a WorkflowDefinition, metrics: &'a Metrics, folds: &'a BTreeSet<StepId>) -> Self {
        Measure { def, metrics, folds, seen: BTreeSet::new(), open: HashMap::new() }
    }

    /// A body: a gap, then each step with the gap below it.
    pub(crate) fn body(&mut self, body: &'a [StepId], depth: usize) -> Size {
        let metrics = self.metrics;
        let mut size = Size { w: metrics.node_w, h: metrics.gap_y };
        for id in body {
            if let Some(step) = self.step(id, depth) {
                size.w = size.w.max(step.w);
                size.h += step.h + metrics.gap_y;
            }
        }
        size
    }

    /// A step with its arms; `None`: the definition has no such step, or it is measured already.
    fn step(&mut self, id: &'a StepId, depth: usize) -> Option<Size> {
        let step = self.def.steps.get(id)?;
        if !self.seen.insert(id) {
            return None;
        }
        let metrics = self.metrics;
        let alone = Size { w: metrics.node_w, h: metrics.node_h };
        let held: Vec<&'a Vec<StepId>> = step.kind.bodies().collect();
        if held.is_empty() || depth >= MOST_NESTED || self.folds.contains(id) {
            return Some(alone);
        }
        let passing = bypass(&step.kind).then_some(Size { w: metrics.node_w, h: metrics.gap_y });
        let bodies: Vec<Size> = passing.into_iter().chain(held.iter().map(|body| self.body(body, depth + 1))).collect();
        let gaps = metrics.gap_x * (bodies.len() - 1) as f64;
        let all = Size {
            w: bodies.iter().map(|body| body.w).sum::<f64>() + gaps,
            h: bodies.iter().map(|body| body.h).fold(0.0, f64::max),
        };
        let size = if step.kind.arms().is_some() {
            Size { w: all.w, h: metrics.node_h + metrics.turn_h + metrics.arm_label_h + all.h + metrics.turn_h }
        } else {
            // The lines of a single body go straight through.
            let turns = if bodies.len() > 1 { 2.0 * metrics.turn_h + metrics.arm_label_h } else { 0.0 };
            Size { w: all.w + 2.0 * metrics.frame_pad, h: metrics.node_h + turns + all.h + metrics.frame_pad }
        };
        self.open.insert(id, Arms { bodies, all });
        Some(size)
    }
}
