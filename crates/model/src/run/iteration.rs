use serde::{Deserialize, Serialize};

use super::{Datum, StepError};
use crate::{Timestamp, ids::StepPath};

/// How one iteration of a loop ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IterationEnd {
    /// It gives the output of this step, which stands in the journal already.
    Step(StepPath),
    /// It gives this value.
    Value(Datum),
    /// It gives nothing: a filter or Continue ended it, or nothing in it ran.
    Nothing,
    /// It failed, and the loop goes on.
    Skipped(Box<StepError>),
    /// It failed, and with it the loop.
    Failed(Box<StepError>),
    /// The loop ends with it: a Break.
    Broke(Option<Datum>),
    /// The loop ends with it: the condition of a repeat holds.
    Met(Option<Datum>),
}

impl IterationEnd {
    /// The value it carries.
    pub fn datum_mut(&mut self) -> Option<&mut Datum> {
        match self {
            IterationEnd::Value(value) => Some(value),
            IterationEnd::Broke(value) | IterationEnd::Met(value) => value.as_mut(),
            _ => None,
        }
    }

    /// Whether no further iteration begins.
    pub fn ends_loop(&self) -> bool {
        matches!(self, IterationEnd::Failed(_) | IterationEnd::Broke(_) | IterationEnd::Met(_))
    }
}

/// How far a loop has come. What the iterations gave is not shown with it: it is read from the journal by page.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Iterations {
    /// The elements of the list; absent: nobody knows how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    pub finished: u32,
    /// Of those that finished.
    pub failed: u32,
    /// No further iteration begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stopped: bool,
    /// When the last one ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<Timestamp>,
    /// By index; outputs of steps stand here as values. `None`: it has not ended.
    #[serde(skip)]
    pub ends: Vec<Option<IterationEnd>>,
}

impl Iterations {
    pub fn end(&self, index: u32) -> Option<&IterationEnd> {
        self.ends.get(index as usize).and_then(Option::as_ref)
    }

    pub(super) fn finish(&mut self, index: u32, end: IterationEnd, at: Timestamp) {
        let index = index as usize;
        if self.ends.len() <= index {
            self.ends.resize(index + 1, None);
        }
        if self.ends[index].is_some() {
            return;
        }
        self.finished += 1;
        self.failed += u32::from(matches!(end, IterationEnd::Skipped(_) | IterationEnd::Failed(_)));
        self.stopped |= end.ends_loop();
        self.last_at = Some(at);
        self.ends[index] = Some(end);
    }
}
