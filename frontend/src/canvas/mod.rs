//! The canvas: the workflow as cards along a line. People arrange steps, not pixels: where everything stands is worked out by
//! `layout`, and dragging moves a step from one slot to another.

mod chosen;
mod controls;
mod drag;
mod edges;
mod gestures;
mod kept;
mod keys;
mod lights;
mod minimap;
mod node;
mod shelf;
mod slots;
mod stage;
mod view;

pub use keys::{focus_selected, slot_after};
pub use view::Canvas;
