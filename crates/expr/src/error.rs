//! What can go wrong, and what is only worth a note.

use serde::{Deserialize, Serialize};

/// Why an expression could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// A value that the expression needs does not exist.
    Missing,
    /// The expression cannot be read.
    Syntax,
    /// A value has the wrong type.
    Type,
    /// Too long, too deep, too much work or too much output.
    Limit,
    /// The step was skipped or did not run in this run.
    NotRun,
}

impl ErrorKind {
    /// Stable code, e.g. `expr.missing`.
    pub fn code(self) -> &'static str {
        match self {
            ErrorKind::Missing => "expr.missing",
            ErrorKind::Syntax => "expr.syntax",
            ErrorKind::Type => "expr.type",
            ErrorKind::Limit => "expr.limit",
            ErrorKind::NotRun => "expr.not_run",
        }
    }
}

/// A failed evaluation or check. The message is meant for the person who wrote the expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[error("{message}")]
pub struct EvalError {
    pub kind: ErrorKind,
    /// The path in the data (`event.body.emial`); for errors of a check, the place in the tree (`fields.company`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    pub message: String,
    /// The name that was probably meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl EvalError {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        EvalError { kind, path: None, message: message.into(), suggestion: None }
    }

    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Syntax, message)
    }

    pub(crate) fn type_(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// Stable code, e.g. `expr.missing`.
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }
}

/// Something a person should see although the evaluation went on, such as an entry that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Note {
    /// Where in the mapped tree: `fields.company`; empty for the tree itself.
    pub at: String,
    /// The path in the data: `event.body.compny`.
    pub path: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

/// A value that is not there, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Empty when no single path is to blame.
    pub path: String,
    pub message: String,
    pub suggestion: Option<String>,
    /// Whether it is missing because its step did not run.
    pub not_run: bool,
}

impl Gap {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Gap { path: path.into(), message: message.into(), suggestion: None, not_run: false }
    }

    /// Left out on purpose: worth no note.
    pub(crate) fn omitted() -> Self {
        Gap::new("", "")
    }

    pub(crate) fn is_omitted(&self) -> bool {
        self.message.is_empty()
    }

    pub(crate) fn into_error(self) -> EvalError {
        let kind = if self.not_run { ErrorKind::NotRun } else { ErrorKind::Missing };
        let path = (!self.path.is_empty()).then_some(self.path);
        EvalError { kind, path, message: self.message, suggestion: self.suggestion }
    }

    pub(crate) fn into_note(self, at: String) -> Note {
        Note { at, path: self.path, message: self.message, suggestion: self.suggestion }
    }
}
