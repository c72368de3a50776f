use serde::{Deserialize, Serialize};

use super::{BodyOwner, WorkflowDefinition};
use crate::ids::{NoteId, StepId};

/// Markdown between two steps. It does nothing when the workflow runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
// A run has notes of its own, under the plain name.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "WorkflowNote"))]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub text: String,
    pub owner: BodyOwner,
    /// The step of that body it stands below; absent: before the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<StepId>,
}

impl WorkflowDefinition {
    /// In which slot of its body a note stands. The step above it may have gone: then it stands where the body begins. `None`: the body
    /// itself has gone; the note is kept all the same, and back with it.
    pub fn slot_of_note(&self, note: &Note) -> Option<usize> {
        let body = self.body_of(&note.owner)?;
        let above = note.after.as_ref().and_then(|after| body.iter().position(|id| id == after));
        Some(above.map_or(0, |at| at + 1))
    }

    /// An id that no note has.
    pub fn free_note_id(&self) -> NoteId {
        let free = (1..).map(|n| NoteId(format!("n{n}"))).find(|id| !self.notes.contains_key(id));
        free.unwrap_or_else(|| NoteId("n".into()))
    }
}
