//! Templates and conditions: parse, check, evaluate, list references. The same code runs in the browser and on the server.

#[cfg(any(test, feature = "cases"))]
mod cases;
mod check;
mod compare;
mod condition;
mod data;
mod error;
mod evaluate;
mod expression;
mod format;
mod grammar;
mod limits;
mod mapped;
mod names;
mod nesting;
mod node;
mod number;
pub mod operation;
mod path;
mod place;
mod references;
mod rename;
mod repoint;
pub mod reserved;
mod suggest;
mod tests_of;
mod text;

#[cfg(any(test, feature = "cases"))]
pub use cases::run_cases;
pub use check::{check_condition_syntax, check_syntax};
pub use condition::test;
pub use data::{Data, StepData};
pub use error::{ErrorKind, EvalError, Note};
pub use evaluate::{Evaluated, Outcome, evaluate};
pub use format::{FORMATTERS, FormatterInfo};
pub use limits::Limits;
pub use mapped::{Condition, Each, Entry, Format, Mapped, Op, Part, Pill, Seg, Source, Test};
pub use names::Names;
pub use references::{Reference, condition_references, references};
pub use rename::{rename_field, rename_field_condition, rename_slug, rename_slug_condition};
pub use repoint::{repoint, repoint_condition};
pub use reserved::RESERVED;
pub use suggest::suggest;
pub use text::{Span, parse_text, print_text, spans};
