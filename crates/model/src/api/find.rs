use serde::{Deserialize, Serialize};

use super::{Empty, endpoint::*};
use crate::{Place, ids::WorkflowId};

endpoints! {
    FindInWorkflows: Get "/workflows/find" VIEWER, "Find words in what people wrote into drafts: labels, notes, fields and code", (), FindQuery, Empty => FoundWords;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FindQuery {
    /// 2 to 200 characters. Upper and lower case are the same.
    pub q: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FoundWords {
    /// At most [`FoundWords::MOST`].
    pub items: Vec<WordsAt>,
    /// There are more than these.
    pub more: bool,
}

impl FoundWords {
    pub const MOST: usize = 100;
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WordsAt {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    /// `field`: `label`, `note`, `source` or the dotted path of a mapped field.
    pub place: Place,
    /// Of the step or trigger.
    pub label: String,
    /// What stands around the words.
    pub text: String,
}
