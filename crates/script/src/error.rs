use std::fmt;

use model::run::{ErrorClass, StepError};

/// Where in the maker's source, counted from 1; columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// What the script said went wrong, and where, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub place: Option<Place>,
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(Place { line, column }) => write!(out, "Line {line}, column {column}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

/// Why a script gave no output, in words for its maker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The source cannot be read as JavaScript.
    #[error("{0}")]
    Syntax(Fault),
    /// The script threw.
    #[error("{0}")]
    Exception(Fault),
    #[error("The code did not end within {} ms. Let it do less at a time, or raise the step's time limit.", .0)]
    Timeout(u128),
    #[error("The code needs more than its {} MB of memory. Let it hold less at a time.", .0 / (1024 * 1024))]
    Memory(usize),
    /// What it returned is no JSON, or too large.
    #[error("{0}")]
    Output(String),
    /// Scripts that would not stop hold all places.
    #[error("Too many code steps that would not stop are still being waited for. It is tried again later.")]
    Busy,
    /// The interpreter did not come up, or came down.
    #[error("The code could not be run by this Patchbay.")]
    Broken,
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::Syntax(_) => "code.syntax",
            Error::Exception(_) => "code.exception",
            Error::Timeout(_) => "code.timeout",
            Error::Memory(_) => "code.memory",
            Error::Output(_) => "code.output",
            Error::Busy => "code.busy",
            Error::Broken => "code.broken",
        }
    }

    /// The same script over the same data ends the same way: nothing but [`Error::Busy`] is worth another try.
    pub fn class(&self) -> ErrorClass {
        match self {
            Error::Syntax(_) | Error::Timeout(_) | Error::Memory(_) => ErrorClass::Permanent,
            Error::Exception(_) | Error::Output(_) => ErrorClass::Input,
            Error::Busy => ErrorClass::Transient,
            Error::Broken => ErrorClass::System,
        }
    }
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        StepError { field: Some("source".to_owned()), ..StepError::new(error.class(), error.code(), error.to_string()) }
    }
}
