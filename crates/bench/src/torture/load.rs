//! Senders that remember what they were promised.

use super::workflows::Flow;
use crate::http::{self, Connection};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const SENDERS: usize = 4;
/// Between two events of one sender; the debug build under torture is no race car.
const PAUSE: Duration = Duration::from_millis(20);
/// A frozen server keeps a sender waiting this long at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// An acknowledged event: its run was promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub n: u64,
    pub run: String,
}

#[derive(Debug, Default)]
pub struct Load {
    pub receipts: Vec<Receipt>,
    /// Answered with something else than an acknowledgement.
    pub refused: u64,
    /// Never answered: nothing was promised.
    pub unanswered: u64,
}

/// Where each workflow's events go.
pub type Hooks = Arc<Vec<(Flow, String)>>;

/// Sends for `window`, every event once, whatever comes back. `numbers` gives each event a number of its own.
pub async fn send(address: SocketAddr, hooks: Hooks, numbers: Arc<AtomicU64>, window: Duration) -> Load {
    let until = Instant::now() + window;
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(sender(address, Arc::clone(&hooks), Arc::clone(&numbers), until));
    }
    let mut load = Load::default();
    while let Some(part) = senders.join_next().await {
        let part = part.unwrap_or_default();
        load.receipts.extend(part.receipts);
        load.refused += part.refused;
        load.unanswered += part.unanswered;
    }
    load
}

async fn sender(address: SocketAddr, hooks: Hooks, numbers: Arc<AtomicU64>, until: Instant) -> Load {
    let mut load = Load::default();
    let mut kept: Option<Connection> = None;
    while Instant::now() < until {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => match Connection::open(address).await {
                Ok(connection) => connection,
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        let n = numbers.fetch_add(1, Ordering::Relaxed);
        let Some((flow, hook)) = hooks.get(n as usize % hooks.len().max(1)) else { return load };
        let request = http::post(hook, &flow.event(n));
        match tokio::time::timeout(PATIENCE, connection.send(&request)).await {
            Ok(Ok(answer)) => {
                kept = Some(connection);
                match receipt(n, answer.status, &answer.body) {
                    Some(receipt) => load.receipts.push(receipt),
                    None => load.refused += 1,
                }
            }
            // It may have been stored or not: whoever sent it would send it again.
            Ok(Err(_)) | Err(_) => load.unanswered += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    load
}

/// Only a 2xx promises anything; one without a run is a promise that cannot be kept.
fn receipt(n: u64, status: u16, body: &[u8]) -> Option<Receipt> {
    (200..300).contains(&status).then(|| {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        Receipt { n, run: body["run"].as_str().unwrap_or_default().to_owned() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_2xx_is_a_promise_with_or_without_a_run() {
        let some = |run: &str| Some(Receipt { n: 3, run: run.to_owned() });
        assert_eq!(receipt(3, 200, br#"{"run":"run_1"}"#), some("run_1"));
        assert_eq!(receipt(3, 202, b"{}"), some(""));
        assert_eq!(receipt(3, 503, br#"{"run":"run_1"}"#), None);
    }
}
