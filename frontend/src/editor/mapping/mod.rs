//! Mapped fields: from text to a typed tree and back, with the sample's values under the fingers.

mod draw;
pub mod each;
pub mod engine;
pub mod expects;
pub mod field;
mod formats;
mod groups;
pub mod json;
mod menu;
mod origins;
pub mod pairs;
mod pick;
pub mod picker;
mod pill;
pub mod preview;
mod rank;
mod rich;
pub mod shown;
pub mod structured;
pub mod tree;
pub mod ways;
pub mod words;

pub use expects::Expects;
pub use field::MappedField;
pub use pairs::Pairs;
pub use structured::JsonField;
