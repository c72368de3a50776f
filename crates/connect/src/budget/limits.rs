//! What one call must keep: limits of the whole connection, and those it shares with a part of the others.

use serde::{Deserialize, Serialize};

/// At most `permits` calls in any `per_ms` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub permits: u32,
    pub per_ms: u64,
}

/// Calls that share limits of their own: those of one operation, or those with one value in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The same in all processes.
    pub key: String,
    pub windows: Vec<Window>,
}

/// All that one call must keep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    pub whole: Vec<Window>,
    /// Without doubles.
    pub lanes: Vec<Lane>,
}

impl Limits {
    /// No limits but those of the whole connection.
    pub fn whole(windows: &[Window]) -> Self {
        Limits { whole: windows.to_vec(), lanes: Vec::new() }
    }

    /// The same lanes, of which nothing is stated: whoever takes from them heeds what answers said.
    pub(super) fn without_windows(&self) -> Self {
        let bare = |lane: &Lane| Lane { key: lane.key.clone(), windows: Vec::new() };
        Limits { whole: Vec::new(), lanes: self.lanes.iter().map(bare).collect() }
    }

    pub(super) fn windows(&self) -> impl Iterator<Item = &Window> {
        self.whole.iter().chain(self.lanes.iter().flat_map(|lane| &lane.windows))
    }
}
