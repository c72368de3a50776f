//! Mapped fields: from text to a typed tree and back, with the sample's values under the fingers.

mod each;
pub mod field;
mod groups;
pub mod json;
pub mod pairs;
pub mod picker;
pub mod preview;
pub mod shown;
pub mod structured;
pub mod tree;
pub mod words;

pub use field::MappedField;
pub use pairs::Pairs;
pub use structured::JsonField;
