//! Where everything stands on the canvas: definition -> placed nodes, edges, slots. Pure, so that the browser needs no measuring and
//! the result is tested natively. Lengths are CSS pixels at zoom 1; the workflow's middle line is x = 0, y grows downwards from 0.

mod edge;
mod measure;
mod metrics;
mod nearby;
mod place;
mod viewport;

#[cfg(test)]
mod fixture;

use model::{
    definition::{BodyOwner, Slot},
    ids::{ArmId, NoteId, StepId, TriggerId},
};

pub use metrics::Metrics;
pub use nearby::{nearest_slot, step_down, step_left, step_right, step_up};
pub use place::place;
pub use viewport::{MAX_ZOOM, MIN_ZOOM, Point, Rect, Viewport};

/// A placed workflow.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// In reading order: triggers, then each step before the steps of its arms.
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub slots: Vec<SlotAt>,
    pub notes: Vec<NoteAt>,
    pub arms: Vec<ArmLabel>,
    /// Around the bodies of loops, sections and waits, outer ones before inner ones.
    pub frames: Vec<Frame>,
    /// Centres of the "add an arm" buttons.
    pub add_arm: Vec<(StepId, f64, f64)>,
    /// Where the middle line ends.
    pub end: (f64, f64),
    pub width: f64,
    pub height: f64,
    /// The left edge; the right one is `min_x + width`.
    pub min_x: f64,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeId {
    /// Stands for the triggers while there are none.
    Triggers,
    Trigger(TriggerId),
    Step(StepId),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub id: NodeId,
    /// The left edge.
    pub x: f64,
    /// The top edge.
    pub y: f64,
    pub w: f64,
    pub h: f64,
    /// The body the step stands in; for triggers the workflow's.
    pub parent: BodyOwner,
    /// Its place in that body, or among the triggers.
    pub index: usize,
}

/// A line between nodes.
#[derive(Debug, Clone, PartialEq)]
pub struct Edge {
    /// The `d` of an SVG path.
    pub path: String,
    /// Nothing flows here: after a Stop, or within a step that is switched off.
    pub dim: bool,
    /// Around all of it.
    pub area: Rect,
}

/// A note between two steps.
#[derive(Debug, Clone, PartialEq)]
pub struct NoteAt {
    pub id: NoteId,
    /// The left edge.
    pub x: f64,
    /// The top edge.
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl NoteAt {
    pub fn rect(&self) -> Rect {
        Rect { x: self.x, y: self.y, w: self.w, h: self.h }
    }
}

/// A place where a step can be put in.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotAt {
    pub slot: Slot,
    /// The centre.
    pub x: f64,
    pub y: f64,
    /// After the last step of its body.
    pub end_of_body: bool,
}

/// The name of an arm, centred on its line.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmLabel {
    pub step: StepId,
    pub arm: ArmId,
    pub x: f64,
    pub y: f64,
}

/// The box around a loop, a section or a wait that has a body for when nobody answers: its node stands at the top edge, its bodies inside.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub step: StepId,
    pub x: f64,
    pub y: f64,
    pub w: f64,
    pub h: f64,
}

impl Layout {
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| &node.id == id)
    }

    /// The smallest rectangle around everything.
    pub fn bounds(&self) -> Rect {
        Rect { x: self.min_x, y: 0.0, w: self.width, h: self.height }
    }
}

impl Node {
    pub fn rect(&self) -> Rect {
        Rect { x: self.x, y: self.y, w: self.w, h: self.h }
    }

    pub fn centre(&self) -> Point {
        Point { x: self.x + self.w / 2.0, y: self.y + self.h / 2.0 }
    }
}
