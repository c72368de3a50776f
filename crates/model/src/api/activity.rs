use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{Timestamp, ids::AuditId};

endpoints! {
    ListActivity: Get "/activity" OWNER, "Who did what in the workspace, newest first", (), ActivityQuery, Empty => Page<Activity>;
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ActivityQuery {
    /// Whole: an e-mail address, `token <name>` or `system`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// `workflow.published`, or a beginning of it with a star: `workflow.*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The id of what it was done to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// At or after, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Before, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One thing somebody did. Never changes and never goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Activity {
    pub id: AuditId,
    pub at: Timestamp,
    /// An e-mail address, `token <name>` or `system`.
    pub actor: String,
    /// `workflow.published`, `run.cancelled` ...
    pub action: String,
    /// The id of what it was done to.
    pub target: String,
    pub detail: Value,
}
