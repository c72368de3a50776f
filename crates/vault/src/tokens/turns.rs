//! Who renews which connection in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use model::ids::ConnectionId;

type Turn = tokio::sync::Mutex<()>;

/// One after the other per connection. Those that nobody waits for are forgotten.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<ConnectionId, Weak<Turn>>>);

impl Turns {
    /// To be locked by whoever wants to renew.
    pub fn of(&self, id: ConnectionId) -> Arc<Turn> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&id).and_then(Weak::upgrade) {
            return turn;
        }
        // Only renewals under way are in it, so going through it is cheap.
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        turns.insert(id, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_that_are_over_are_forgotten() {
        let turns = Turns::default();
        let held = turns.of(ConnectionId(1));
        assert!(Arc::ptr_eq(&held, &turns.of(ConnectionId(1))), "one turn for everybody who waits");
        for id in 2..1_000 {
            drop(turns.of(ConnectionId(id)));
        }
        let known = turns.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        assert!(known <= 2, "{known} turns are kept");
        assert!(Arc::ptr_eq(&held, &turns.of(ConnectionId(1))), "one that is waited for stays");
    }
}
