//! A clock that goes on while the machine or the process is suspended, so that a lease is never thought longer than it is.

use rustix::time::{ClockId, clock_gettime};

/// Milliseconds since the machine was started, suspended time included.
pub(crate) fn now_ms() -> i64 {
    // Elsewhere the monotonic clock has to do; on Linux it stands still during suspend.
    #[cfg(target_os = "linux")]
    let clock = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = ClockId::Monotonic;
    let time = clock_gettime(clock);
    time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000)
}
