//! Named places at which a test ends the process, as a power cut would: `PATCHBAY_FAILPOINT=<name>:<n>` aborts at the n-th arrival.
//!
//! They exist in debug builds only; a release build neither reads the variables nor holds the code. `cargo xtask torture` goes through
//! [`NAMES`], so a new place is a line there and a call of [`reach`].

/// Every place, between each pair of journal writes and around every commit.
pub const NAMES: &[&str] = &[
    "accept.before_commit",
    "accept.after_commit",
    "append.before_commit",
    "append.after_commit",
    "end.before_commit",
    "end.after_commit",
    "claim.before_commit",
    "claim.after_commit",
    "call.after_intent",
    "call.after_send",
    "run.before_park",
    "run.before_end",
];

/// Ends the process when this is the place, and the arrival, that `PATCHBAY_FAILPOINT` names.
#[cfg(not(debug_assertions))]
#[inline(always)]
pub fn reach(_name: &str) {}

/// Ends the process when this is the place, and the arrival, that `PATCHBAY_FAILPOINT` names.
#[cfg(debug_assertions)]
pub fn reach(name: &str) {
    debug_assert!(NAMES.contains(&name), "{name} is not in the list of fail points");
    if let Some(point) = armed::point()
        && point.arrive(name)
    {
        // No destructors, no flush, no answer: what is not durable now never happened.
        std::process::abort();
    }
}

/// A shorter lease than the product's, in milliseconds (`PATCHBAY_FAILPOINT_LEASE_MS`), so that a test need not wait for the real one.
pub fn lease_ms() -> Option<i64> {
    #[cfg(debug_assertions)]
    return armed::variable("PATCHBAY_FAILPOINT_LEASE_MS").and_then(|text| text.parse().ok()).filter(|ms| *ms > 0);
    #[cfg(not(debug_assertions))]
    None
}

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    pub(super) struct Point {
        name: String,
        /// Arrivals until it fires.
        left: AtomicU32,
    }

    impl Point {
        /// `<name>:<n>`; without a number the first arrival counts.
        pub(super) fn parse(text: &str) -> Option<Self> {
            let (name, n) = text.split_once(':').unwrap_or((text, "1"));
            let left = AtomicU32::new(n.parse().ok().filter(|n| *n > 0)?);
            (!name.is_empty()).then(|| Self { name: name.to_owned(), left })
        }

        /// True exactly once, at the n-th arrival.
        pub(super) fn arrive(&self, name: &str) -> bool {
            self.name == name && self.left.fetch_sub(1, Ordering::Relaxed) == 1
        }
    }

    pub(super) fn point() -> Option<&'static Point> {
        static POINT: OnceLock<Option<Point>> = OnceLock::new();
        POINT.get_or_init(|| variable("PATCHBAY_FAILPOINT").and_then(|text| Point::parse(&text))).as_ref()
    }

    #[expect(clippy::disallowed_methods, reason = "a hook of debug builds, which no configuration knows")]
    pub(super) fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::armed::Point;

    #[test]
    fn it_fires_once_at_the_nth_arrival() {
        let point = Point::parse("end.after_commit:3").expect("a point");
        let fired: Vec<bool> = (0..5).map(|_| point.arrive("end.after_commit")).collect();
        assert_eq!(fired, [false, false, true, false, false]);
        assert!(!point.arrive("end.before_commit"), "another place");
    }

    #[test]
    fn without_a_number_the_first_arrival_counts_and_nonsense_is_no_point() {
        assert!(Point::parse("claim.after_commit").expect("a point").arrive("claim.after_commit"));
        for text in ["", ":1", "end.after_commit:0", "end.after_commit:x"] {
            assert!(Point::parse(text).is_none(), "{text}");
        }
    }
}
