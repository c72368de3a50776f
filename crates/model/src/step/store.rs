use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Reads or changes values that outlive runs. A change rides in the commit that records its outcome: it happens once.
///
/// Output: get `{found, value}`; set and delete `{previous}`; increment `{value}`; append if absent `{added, count}`; list `{entries,
/// more}` with `{key, value}` in the order of the keys; compare and set `{set, value}`, `value` being what stands there now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Store {
    #[serde(default)]
    pub scope: StoreScope,
    /// 1 to 200 characters; of a list, what the keys begin with, empty: all.
    pub key: Mapped,
    pub op: StoreOp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum StoreScope {
    #[default]
    Workflow,
    /// Shared by all workflows of the workspace.
    Workspace,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StoreOp {
    Get,
    Set {
        value: Mapped,
    },
    /// A key that is not there counts as 0.
    Increment {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Mapped>,
    },
    /// Adds to a list unless it holds an equal value; a key that is not there counts as an empty list.
    AppendIfAbsent {
        value: Mapped,
    },
    List {
        /// 1 to 1,000; absent: 100.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        limit: Option<u32>,
    },
    Delete,
    /// Sets only where the present value equals `expected`; a missing `expected`: where there is none.
    CompareAndSet {
        expected: Mapped,
        value: Mapped,
    },
}

impl Store {
    /// Of one value as JSON, in bytes.
    pub const MAX_VALUE_BYTES: usize = 256 * 1024;
    pub const MAX_KEY_CHARS: usize = 200;
}
