//! The canvas: the workflow as cards along a line. People arrange steps, not pixels: where everything stands is worked out by
//! `layout`, and dragging moves a step from one slot to another.
//!
//! [`Surface`] draws a workflow from a [`Board`] and can be looked at: it is moved, zoomed, folded and walked through by keys. [`Canvas`] is
//! the editor's: what it adds stands in `stage` and the modules that use it.

mod arms;
mod board;
mod card;
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
mod notes;
mod reveal;
mod shelf;
mod slots;
mod stage;
mod surface;
mod travel;
mod view;

pub use arms::body_name;
pub use board::{Acts, Board};
pub use card::{Dress, StepFace, TriggerFace};
pub use controls::Controls;
pub use gestures::Gestures;
pub use keys::slot_after;
pub use minimap::Minimap;
pub use surface::{Drawing, Surface, watch_size};
pub use travel::{can, focus_selected, focused, on_canvas, perform};
pub use view::Canvas;
