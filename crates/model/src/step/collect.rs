use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Gathers across runs. A run that comes here adds its item to the open batch and ends; when the batch closes, one new run goes on
/// after this step. Stands at the workflow's top level only. At least one of `count`, `after_ms` and `schedule` closes the batch.
///
/// Output, in the run that goes on: `{items, count, key, closed_by}`; `items` in the order they came, `closed_by`: `count`, `time` or
/// `schedule`. In the runs that were gathered: `{batch, position}`. A test gathers nothing: it goes on with its own item alone, `closed_by`
/// being `test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Collect {
    pub item: Mapped,
    /// Batches with different keys fill side by side; absent: there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Mapped>,
    /// Closes it with so many items: 1 to 10,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Closes it so long after its first item, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_ms: Option<u64>,
    /// Closes it at these times: five fields, in the workflow's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
}

impl Collect {
    /// No batch grows larger: it closes with the last of these.
    pub const MAX_ITEMS: u32 = 10_000;
}
