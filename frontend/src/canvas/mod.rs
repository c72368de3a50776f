//! The canvas: the workflow as cards along a line. People arrange steps, not pixels: where everything stands is worked out by
//! `layout`, and dragging moves a step from one slot to another.

mod controls;
mod drag;
mod edges;
mod gestures;
mod keys;
mod node;
mod slots;
mod stage;
mod view;

pub use keys::focus_selected;
pub use view::Canvas;
