//! Row ids: 41 bits of milliseconds since 2025, 10 bits of node number, 12 bits of sequence. They never go backwards.

use std::sync::atomic::{AtomicI64, Ordering};

use model::{Timestamp, ids::EPOCH_MS};

const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;
/// Numbers a node may have: 0 to 1023.
pub(crate) const NODES: i64 = 1 << NODE_BITS;

#[derive(Debug)]
pub(crate) struct Generator {
    node: i64,
    /// Milliseconds since 2025 and the sequence, as one number that only rises.
    last: AtomicI64,
}

impl Generator {
    /// `floor`: no id's time part may be at or before it.
    pub(crate) fn new(node: i64, floor: Timestamp) -> Self {
        debug_assert!((0..NODES).contains(&node));
        Generator { node, last: AtomicI64::new((floor.ms() - EPOCH_MS + 1).max(0) << SEQUENCE_BITS) }
    }

    pub(crate) fn next(&self, now: Timestamp) -> i64 {
        let now = (now.ms() - EPOCH_MS).max(0) << SEQUENCE_BITS;
        let step = |last: i64| Some((last + 1).max(now));
        // The closure always gives a value, so both arms hold the number before ours.
        let before = self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_else(|last| last);
        let mine = (before + 1).max(now);
        let (ms, sequence) = (mine >> SEQUENCE_BITS, mine & ((1 << SEQUENCE_BITS) - 1));
        ms << (NODE_BITS + SEQUENCE_BITS) | self.node << SEQUENCE_BITS | sequence
    }

    /// The latest time an id was made for; kept, so that a clock set back across a restart makes no id twice.
    pub(crate) fn high_water(&self) -> Timestamp {
        Timestamp((self.last.load(Ordering::Relaxed) >> SEQUENCE_BITS) + EPOCH_MS)
    }
}

/// The time part of an id.
pub(crate) fn time_of(id: i64) -> Timestamp {
    Timestamp((id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS)
}

/// The smallest id a row made at `at` can have.
pub(crate) fn first_at(at: Timestamp) -> i64 {
    (at.ms() - EPOCH_MS).max(0) << (NODE_BITS + SEQUENCE_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_and_keeps_its_node() {
        let ids = Generator::new(5, Timestamp(EPOCH_MS));
        let at = Timestamp(EPOCH_MS + 1_000_000);
        let mut last = 0;
        for n in 0..10_000 {
            let id = ids.next(if n % 7 == 0 { Timestamp(EPOCH_MS) } else { at });
            assert!(id > last, "a clock set back never makes an id smaller");
            assert_eq!(id >> SEQUENCE_BITS & (NODES - 1), 5);
            last = id;
        }
        assert!(time_of(last) >= at && time_of(last) < at.plus_ms(10));
        assert!(first_at(time_of(last)) <= last);
    }

    #[test]
    fn starts_after_its_floor() {
        let floor = Timestamp(EPOCH_MS + 5_000);
        assert!(time_of(Generator::new(0, floor).next(Timestamp(EPOCH_MS))) > floor);
    }
}
