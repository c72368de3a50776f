use std::collections::BTreeMap;

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
    /// It failed, and the loop's error body dealt with it.
    Recovered { error: Box<StepError>, gave: Option<Datum> },
    /// It failed, and with it the loop.
    Failed(Box<StepError>),
    /// The loop ends with it: a Break.
    Broke(Option<Datum>),
    /// The loop ends with it: the condition of a repeat holds.
    Met(Option<Datum>),
}

impl IterationEnd {
    /// The value it gives.
    pub fn datum(&self) -> Option<&Datum> {
        match self {
            IterationEnd::Value(value) => Some(value),
            IterationEnd::Broke(value) | IterationEnd::Met(value) | IterationEnd::Recovered { gave: value, .. } => value.as_ref(),
            _ => None,
        }
    }

    pub fn datum_mut(&mut self) -> Option<&mut Datum> {
        match self {
            IterationEnd::Value(value) => Some(value),
            IterationEnd::Broke(value) | IterationEnd::Met(value) | IterationEnd::Recovered { gave: value, .. } => value.as_mut(),
            _ => None,
        }
    }

    /// Why it failed.
    pub fn error(&self) -> Option<&StepError> {
        match self {
            IterationEnd::Skipped(error) | IterationEnd::Failed(error) | IterationEnd::Recovered { error, .. } => Some(error),
            _ => None,
        }
    }

    pub fn error_mut(&mut self) -> Option<&mut StepError> {
        match self {
            IterationEnd::Skipped(error) | IterationEnd::Failed(error) | IterationEnd::Recovered { error, .. } => Some(error),
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
    /// Iterations that are in the loop's error body, with what they failed with.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caught: BTreeMap<u32, Box<StepError>>,
    /// With what the loop fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Box<StepError>>,
    /// How they ended, [`Iterations::PAGE`] of them each; outputs of steps stand here as values.
    #[serde(skip)]
    pub pages: Vec<Page>,
}

/// How the iterations of one page ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// By place in the page; `None`, and what is not there: it has not ended.
    Open(Vec<Option<IterationEnd>>),
    /// All of them have ended: the list as JSON, in a row of its own.
    Packed(Datum),
}

impl Iterations {
    /// Iterations of one page.
    pub const PAGE: usize = 1_000;

    pub fn has_ended(&self, index: u32) -> bool {
        match self.pages.get(index as usize / Self::PAGE) {
            Some(Page::Open(ends)) => ends.get(index as usize % Self::PAGE).is_some_and(Option::is_some),
            Some(Page::Packed(_)) => true,
            None => false,
        }
    }

    /// No iteration from here on has ended.
    pub fn reached(&self) -> usize {
        let last = match self.pages.last() {
            Some(Page::Open(ends)) => ends.len(),
            Some(Page::Packed(_)) => Self::PAGE,
            None => 0,
        };
        self.pages.len().saturating_sub(1) * Self::PAGE + last
    }

    pub(super) fn finish(&mut self, index: u32, end: IterationEnd, at: Timestamp) {
        let (page, place) = (index as usize / Self::PAGE, index as usize % Self::PAGE);
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, || Page::Open(Vec::new()));
        }
        let Page::Open(ends) = &mut self.pages[page] else { return };
        if ends.len() <= place {
            ends.resize(place + 1, None);
        }
        if ends[place].is_some() {
            return;
        }
        self.finished += 1;
        self.failed += u32::from(end.error().is_some());
        self.stopped |= end.ends_loop();
        self.last_at = Some(at);
        self.caught.remove(&index);
        if let IterationEnd::Failed(error) = &end {
            self.failure.get_or_insert_with(|| error.clone());
        }
        ends[place] = Some(end);
    }
}
