//! Two definitions beside each other: what differs, in a person's words, and what two people changed at the same time as one.

mod diff;
mod merge;
mod shape;
mod words;

use serde_json::Value;

use crate::{
    ids::{StepId, TriggerId},
    step::Step,
};

pub use diff::{Change, Diff, Field, How, Place, diff};
pub use merge::{About, Choice, Choices, Conflict, Merge, Renamed, merge};
pub use shape::Content;
pub use words::{Labels, field_name, narrowed, place_words, words};

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Its settings.
    Workflow,
    Trigger(TriggerId),
    Step(StepId),
}

/// Where a field stands within its subject: `["kind", "input", "url"]`. Items of lists are named by their own key.
pub type Path = Vec<String>;

/// A step as JSON without the steps in it.
fn bare(step: &Step) -> Value {
    let bare = Step { kind: step.kind.without_bodies(), ..step.clone() };
    // A definition that was read can be written.
    serde_json::to_value(bare).unwrap_or_default()
}

fn json<T: serde::Serialize>(part: &T) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}
