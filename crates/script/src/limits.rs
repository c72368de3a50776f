use std::time::Duration;

use model::step::Code;

/// Bounds on one script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub time: Duration,
    /// Of everything the script holds at once, the language's own objects (about 300 kB) included.
    pub memory_bytes: usize,
    /// Of what it returns, as JSON.
    pub output_bytes: usize,
}

impl Limits {
    /// Those of a code step that may take so many milliseconds.
    pub fn of_step(timeout_ms: u64) -> Self {
        Limits { time: Duration::from_millis(timeout_ms.clamp(1, Code::MAX_TIMEOUT_MS)), ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_millis(Code::DEFAULT_TIMEOUT_MS),
            memory_bytes: Code::MEMORY_BYTES,
            output_bytes: Code::MAX_OUTPUT_BYTES,
        }
    }
}
