//! A thread of its own for every script.
//!
//! The interpreter asks in its loops and calls whether the time is up, but not within each of its built-in functions: a search in
//! two huge texts can take minutes. Such a script is left to its thread, its step fails in time, and few of them are borne.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use crate::error::Error;

/// Rust's and the interpreter's together; the script itself gets [`crate::sandbox::STACK_BYTES`].
const STACK_BYTES: usize = 4 * 1024 * 1024;
/// Past the time limit, for the interpreter to notice.
const GRACE: Duration = Duration::from_millis(500);
/// With so many left behind, no further script is begun.
const MOST_LEFT: usize = 4;

static LEFT: AtomicUsize = AtomicUsize::new(0);

pub(crate) fn within<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    if LEFT.load(Ordering::Acquire) >= MOST_LEFT {
        return Err(Error::Busy);
    }
    let (send, receive) = mpsc::sync_channel(1);
    // Whoever comes second knows that the script was left behind: its waiter, or the script when it ends after all.
    let meeting = std::sync::Arc::new(AtomicUsize::new(0));
    let theirs = std::sync::Arc::clone(&meeting);
    let thread = std::thread::Builder::new().name("script".to_owned()).stack_size(STACK_BYTES).spawn(move || {
        let result = work();
        let abandoned = theirs.swap(1, Ordering::AcqRel) == 1;
        if abandoned {
            LEFT.fetch_sub(1, Ordering::AcqRel);
        }
        // Nobody may be waiting any more.
        let _ = send.send(result);
    });
    if thread.is_err() {
        return Err(Error::Broken);
    }
    match receive.recv_timeout(time + GRACE) {
        Ok(result) => result,
        Err(RecvTimeoutError::Disconnected) => Err(Error::Broken),
        Err(RecvTimeoutError::Timeout) => {
            LEFT.fetch_add(1, Ordering::AcqRel);
            if meeting.swap(1, Ordering::AcqRel) == 1 {
                LEFT.fetch_sub(1, Ordering::AcqRel);
            }
            Err(Error::Timeout(time.as_millis()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_does_not_stop_is_left_behind_and_counted() {
        let (release, gate) = mpsc::channel::<()>();
        let gate = std::sync::Arc::new(std::sync::Mutex::new(gate));
        for _ in 0..MOST_LEFT {
            let gate = std::sync::Arc::clone(&gate);
            let stuck = within(Duration::from_millis(1), move || {
                gate.lock().map_err(|_| Error::Broken)?.recv().map_err(|_| Error::Broken)
            });
            assert_eq!(stuck, Err(Error::Timeout(1)));
        }
        assert_eq!(within(Duration::from_secs(1), || Ok(1)), Err(Error::Busy));
        for _ in 0..MOST_LEFT {
            release.send(()).unwrap();
        }
        let mut waited = 0;
        while LEFT.load(Ordering::Acquire) > 0 {
            std::thread::sleep(Duration::from_millis(10));
            waited += 1;
            assert!(waited < 500, "places come back");
        }
        assert_eq!(within(Duration::from_secs(1), || Ok(1)), Ok(1));
        assert_eq!(within::<()>(Duration::from_secs(1), || panic!("as intended by this test")), Err(Error::Broken));
    }
}
