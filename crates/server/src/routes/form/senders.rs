//! How often one address sends one form. Kept in memory: every process counts for itself, and forgets when it ends.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Within which sends are counted, in milliseconds.
pub(super) const WINDOW_MS: i64 = 10 * 60 * 1000;
/// Senders remembered at once; when full, unknown ones wait until others are forgotten.
const SENDERS: usize = 20_000;
/// Sends of one sender that are remembered, whatever a form allows.
const MOST: usize = 1_000;

#[derive(Default)]
pub(crate) struct Senders {
    /// By form and address: when something was sent, oldest first.
    sent: Mutex<HashMap<String, VecDeque<i64>>>,
}

impl Senders {
    /// Counts a send; if there were `most` already, how many milliseconds to wait.
    pub(super) fn take(&self, sender: &str, most: u32, now_ms: i64) -> Result<(), i64> {
        let most = (most as usize).clamp(1, MOST);
        let mut all = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SENDERS && !all.contains_key(sender) {
            all.retain(|_, times| times.back().is_some_and(|last| last + WINDOW_MS > now_ms));
            if all.len() >= SENDERS {
                return Err(WINDOW_MS);
            }
        }
        let times = all.entry(sender.to_owned()).or_default();
        while times.front().is_some_and(|first| first + WINDOW_MS <= now_ms) {
            times.pop_front();
        }
        // The limit may have been lowered: enough of them must be over.
        if let Some(at) = times.len().checked_sub(most).and_then(|over| times.get(over)) {
            return Err(at + WINDOW_MS - now_ms);
        }
        times.push_back(now_ms);
        Ok(())
    }

    /// Nothing came of the last send: it does not count.
    pub(super) fn give_back(&self, sender: &str) {
        if let Some(times) = self.sent.lock().unwrap_or_else(PoisonError::into_inner).get_mut(sender) {
            times.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_allowed_within_any_ten_minutes() {
        let senders = Senders::default();
        for at in [0, 1_000, 300_000] {
            senders.take("a", 3, at).expect("within the limit");
        }
        assert_eq!(senders.take("a", 3, 599_000), Err(1_000));
        senders.take("b", 3, 599_000).expect("another address");
        senders.take("a", 3, WINDOW_MS).expect("the first is forgotten");
        assert_eq!(senders.take("a", 3, WINDOW_MS), Err(1_000), "not the second");
        senders.give_back("a");
        senders.take("a", 3, WINDOW_MS).expect("what came to nothing does not count");
        assert_eq!(senders.take("a", 1, WINDOW_MS), Err(WINDOW_MS), "a lowered limit holds for what was sent before");
        senders.take("c", 0, 0).expect("a limit of nothing lets one through");
    }

    #[test]
    fn memory_is_bounded() {
        let senders = Senders::default();
        for n in 0..SENDERS {
            senders.take(&n.to_string(), 1, 0).expect("room");
        }
        assert_eq!(senders.take("one more", 1, 0), Err(WINDOW_MS));
        senders.take("one more", 1, WINDOW_MS).expect("others are forgotten");
    }
}
