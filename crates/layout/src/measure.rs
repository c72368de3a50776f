//! How much room each step needs with everything in its arms.

use std::collections::{BTreeSet, HashMap};

use model::{
    WorkflowDefinition,
    definition::BodyOwner,
    ids::{NoteId, StepId},
    step::StepKind,
};

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

/// The notes in each slot.
pub(crate) type Notes = HashMap<(BodyOwner, usize), Vec<NoteId>>;

pub(crate) fn notes(def: &WorkflowDefinition) -> Notes {
    let mut notes = Notes::new();
    for (id, note) in &def.notes {
        if let Some(index) = def.slot_of_note(note) {
            notes.entry((note.owner.clone(), index)).or_default().push(id.clone());
        }
    }
    notes
}

/// How high the gap of a slot is.
pub(crate) fn gap(metrics: &Metrics, notes: &Notes, owner: &BodyOwner, index: usize) -> f64 {
    let count = if notes.is_empty() { 0 } else { notes.get(&(owner.clone(), index)).map_or(0, Vec::len) };
    metrics.gap_y + count as f64 * (metrics.note_h + metrics.note_gap)
}

pub(crate) struct Measure<'a> {
    def: &'a WorkflowDefinition,
    metrics: &'a Metrics,
    folds: &'a BTreeSet<StepId>,
    notes: &'a Notes,
    seen: BTreeSet<&'a StepId>,
    /// Of every step whose bodies are drawn.
    pub open: HashMap<&'a StepId, Arms>,
}

impl<'a> Measure<'a> {
    pub(crate) fn new(def: &'a WorkflowDefinition, metrics: &'a Metrics, folds: &'a BTreeSet<StepId>, notes: &'a Notes) -> Self {
        Measure { def, metrics, folds, notes, seen: BTreeSet::new(), open: HashMap::new() }
    }

    /// A body: a gap, then each step with the gap below it.
    pub(crate) fn body(&mut self, owner: &BodyOwner, body: &'a [StepId], depth: usize) -> Size {
        let metrics = self.metrics;
        let mut size = Size { w: metrics.node_w, h: gap(metrics, self.notes, owner, 0) };
        for (index, id) in body.iter().enumerate() {
            if let Some(step) = self.step(id, depth) {
                size.w = size.w.max(step.w);
                size.h += step.h + gap(metrics, self.notes, owner, index + 1);
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
        let held = step.kind.named_bodies();
        if held.is_empty() || depth >= MOST_NESTED || self.folds.contains(id) {
            return Some(alone);
        }
        let passing = bypass(&step.kind).then_some(Size { w: metrics.node_w, h: metrics.gap_y });
        let bodies: Vec<Size> = {
            let inner = held.into_iter().map(|(arm, body)| {
                let owner = BodyOwner::Arm { step: id.clone(), arm };
                self.body(&owner, body, depth + 1)
            });
            passing.into_iter().chain(inner).collect()
        };
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
