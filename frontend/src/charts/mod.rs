//! Small charts: each can be read as a table, walked with the keyboard, and leads to what is behind it.

mod bars;
mod lines;
mod panel;
mod scale;

pub use bars::{Bar, Bars, Part};
pub use lines::{Line, Lines};
pub use panel::{ChartPanel, TableRow};
