use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Cursor, Empty, Page, endpoint::*};
use crate::{Timestamp, ids::WorkflowId};

endpoints! {
    ListValues: Get "/values" MAKER, "Values that Store steps keep, in the order of their keys", (), ValuesQuery, Empty => Page<StoredValue>;
    GetValue: Get "/values/one" MAKER, "One stored value", (), ValueQuery, Empty => StoredValue;
    SetValue: Put "/values/one" MAKER, "Set a stored value; 409 when it has changed since `version`", (), ValueQuery, NewValue => StoredValue;
    DeleteValue: Delete "/values/one" MAKER, "Delete a stored value", (), ValueQuery, Empty => Empty;
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ValuesQuery {
    /// Whose; absent: those all workflows of the workspace share.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
    /// What the keys begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor>,
    /// 1 to 200; 50 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ValueQuery {
    pub key: String,
    /// Whose; absent: one that all workflows of the workspace share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<WorkflowId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NewValue {
    /// At most 256 KiB as JSON.
    pub value: Value,
    /// The version this change is based on; 0: there is none yet; absent: whatever stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A value a Store step keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StoredValue {
    pub key: String,
    /// In lists, a value over 1 KiB shows as null.
    pub value: Value,
    /// Of its JSON.
    pub bytes: u64,
    /// Rises with every change.
    pub version: i64,
    pub updated_at: Timestamp,
}
