use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Mapped;

/// Runs JavaScript: the body of a function that sees `input` and `run` (`id`, `now`, `workflow`) and returns the output. Without
/// network, files, timers, randomness or a clock of its own. The step's timeout limits it, 1 s where none is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Code {
    pub source: String,
    #[serde(default)]
    pub input: BTreeMap<String, Mapped>,
}

impl Code {
    pub const MAX_SOURCE_BYTES: usize = 64 * 1024;
    pub const DEFAULT_TIMEOUT_MS: u64 = 1_000;
    pub const MAX_TIMEOUT_MS: u64 = 30_000;
    /// Of the whole script while it runs, in bytes.
    pub const MEMORY_BYTES: usize = 32 * 1024 * 1024;
    /// Of what it returns, as JSON, in bytes.
    pub const MAX_OUTPUT_BYTES: usize = 4 * 1024 * 1024;
}
