//! The operations of a transform step: one table, from which the editor draws its menus and forms, the check of a definition its
//! findings, and a run its results.

mod argument;
mod data;
pub(crate) mod date;
mod encoding;
mod field;
mod filter;
mod list;
mod number;
mod object;
mod pattern;
mod run;
mod table;
mod text;

pub use argument::{Argument, ArgumentKind, Choice, Preset};
pub use date::WRITABLE as DATE_FORMATS;
pub use run::{Settings, operate};
pub use table::{Group, Kind, Operation};

use crate::error::EvalError;
use crate::suggest::suggest;

/// Every operation, group by group, in the order a menu shows them.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    let groups =
        [text::TABLE, pattern::TABLE, encoding::TABLE, number::TABLE, date::TABLE, list::TABLE, object::TABLE, data::TABLE];
    groups.into_iter().flatten()
}

/// The operation of this name, or a sentence that says what was probably meant.
pub fn find(name: &str) -> Result<&'static Operation, EvalError> {
    operations().find(|operation| operation.name == name).ok_or_else(|| {
        let suggestion = suggest(name, operations().map(|operation| operation.name));
        let hint = suggestion.as_ref().map_or_else(|| ".".to_owned(), |near| format!("; did you mean `{near}`?"));
        EvalError { suggestion, ..EvalError::syntax(format!("There is no operation `{name}`{hint}")) }
    })
}
