//! The load generator: connections that each send the next event as soon as the one before is answered.

use crate::http::{self, Answer, Connection};
use anyhow::Result;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// When to stop.
#[derive(Clone, Copy)]
pub enum Until {
    Elapsed(Duration),
    /// So many events were acknowledged.
    Acknowledged(u64),
}

pub struct Load {
    pub address: SocketAddr,
    pub hook: String,
    pub connections: usize,
    pub until: Until,
    /// Where the numbering of events starts; every event is different.
    pub first: u64,
    /// Counts acknowledged events while they come in.
    pub acknowledged: Arc<AtomicU64>,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Ids of the runs of acknowledged events.
    pub runs: Vec<String>,
    pub acknowledged: u64,
    /// Answers that were no acknowledgement.
    pub refused: u64,
    pub first_refusal: Option<String>,
    /// Connections that broke before the end.
    pub broken: u64,
    /// Of acknowledged events, in microseconds, sorted.
    pub latencies: Vec<u32>,
    pub elapsed: Duration,
    /// The number after the last event that was sent.
    pub next: u64,
}

impl Outcome {
    /// The latency that this share of events stayed at or under.
    pub fn percentile(&self, share: f64) -> Duration {
        let rank = (self.latencies.len() as f64 * share).ceil() as usize;
        let micros = self.latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default();
        Duration::from_micros(u64::from(micros))
    }
}

struct Shared {
    load: Load,
    started: Instant,
    next: AtomicU64,
}

impl Shared {
    fn is_over(&self) -> bool {
        match self.load.until {
            Until::Elapsed(time) => self.started.elapsed() >= time,
            Until::Acknowledged(count) => self.load.acknowledged.load(Ordering::Relaxed) >= count,
        }
    }
}

/// Sends until it is time to stop, or every connection has broken.
pub async fn send(load: Load) -> Outcome {
    let connections = load.connections;
    let next = AtomicU64::new(load.first);
    let shared = Arc::new(Shared { load, started: Instant::now(), next });
    let mut senders = JoinSet::new();
    for _ in 0..connections {
        senders.spawn(sender(Arc::clone(&shared)));
    }
    let mut outcome = Outcome::default();
    while let Some(part) = senders.join_next().await {
        let part = part.unwrap_or_default();
        outcome.runs.extend(part.runs);
        outcome.refused += part.refused;
        outcome.broken += part.broken;
        outcome.latencies.extend(part.latencies);
        outcome.first_refusal = outcome.first_refusal.or(part.first_refusal);
    }
    outcome.elapsed = shared.started.elapsed();
    outcome.acknowledged = shared.load.acknowledged.load(Ordering::Relaxed);
    outcome.next = shared.next.load(Ordering::Relaxed);
    outcome.latencies.sort_unstable();
    outcome
}

/// Connections that [`paced`] sends over.
const PACED: u32 = 16;

/// Sends so many events a second, evenly, whatever the answers take, and says of each run that it was acknowledged.
pub async fn paced(
    address: SocketAddr,
    hook: &str,
    rate: u32,
    is_over: impl Fn() -> bool + Clone + Send + 'static,
    acknowledge: impl Fn(&str) + Clone + Send + 'static,
) -> Outcome {
    let started = Instant::now();
    let between = Duration::from_secs(1) * PACED / rate;
    let mut senders = JoinSet::new();
    for sender in 0..PACED {
        let (hook, is_over, acknowledge) = (hook.to_owned(), is_over.clone(), acknowledge.clone());
        senders.spawn(async move {
            let mut outcome = Outcome::default();
            tokio::time::sleep(between * sender / PACED).await;
            let Ok(mut connection) = Connection::open(address).await else { return Outcome { broken: 1, ..outcome } };
            let mut turn = tokio::time::interval(between);
            while !is_over() {
                turn.tick().await;
                let event = event(u64::from(sender) + u64::from(PACED) * outcome.next);
                outcome.next += 1;
                let sent = Instant::now();
                let Ok(answer) = connection.send(&http::post(&hook, &event)).await else {
                    return Outcome { broken: 1, ..outcome };
                };
                match acknowledged(&answer).flatten() {
                    Some(run) => {
                        outcome.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                        acknowledge(&run);
                    }
                    None => outcome.refused += 1,
                }
            }
            outcome
        });
    }
    let mut outcome = Outcome::default();
    while let Some(part) = senders.join_next().await {
        let part = part.unwrap_or(Outcome { broken: 1, ..Outcome::default() });
        outcome.refused += part.refused;
        outcome.broken += part.broken;
        outcome.next += part.next;
        outcome.latencies.extend(part.latencies);
    }
    outcome.acknowledged = outcome.latencies.len() as u64;
    outcome.elapsed = started.elapsed();
    outcome.latencies.sort_unstable();
    outcome
}

async fn sender(shared: Arc<Shared>) -> Outcome {
    let mut outcome = Outcome::default();
    if send_events(&shared, &mut outcome).await.is_err() {
        outcome.broken = 1;
    }
    outcome
}

async fn send_events(shared: &Shared, outcome: &mut Outcome) -> Result<()> {
    let mut connection = Connection::open(shared.load.address).await?;
    while !shared.is_over() {
        let event = event(shared.next.fetch_add(1, Ordering::Relaxed));
        let request = http::post(&shared.load.hook, &event);
        let sent = Instant::now();
        let answer = connection.send(&request).await?;
        match acknowledged(&answer) {
            Some(run) => {
                outcome.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
                outcome.runs.extend(run);
                shared.load.acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            None => {
                outcome.refused += 1;
                let text = || format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
                outcome.first_refusal.get_or_insert_with(text);
                // A server that refuses wants fewer events, not more.
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    Ok(())
}

/// The run of a receipt; an answer after the last step is an acknowledgement without one.
fn acknowledged(answer: &Answer) -> Option<Option<String>> {
    if answer.status != 200 {
        return None;
    }
    let receipt: Value = serde_json::from_slice(&answer.body).ok()?;
    Some(receipt["run"].as_str().map(str::to_owned))
}

/// Event number `n`; its name makes the call it leads to unlike all others.
pub fn event(n: u64) -> String {
    let amount = 11 + n % 989;
    format!(r#"{{"email":"lead{n}@example.com","name":"Lead {n}","company":"Company {}","amount":{amount}}}"#, n % 500)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_pass_the_filter_and_differ() {
        for n in [0, 1, 988, 989, 123_456] {
            let event: Value = serde_json::from_str(&event(n)).expect("JSON");
            assert!(event["amount"].as_u64().expect("a number") > 10);
        }
        assert_ne!(event(0), event(989));
    }

    #[tokio::test]
    async fn every_event_of_a_load_arrives_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let upstream = crate::upstream::Upstream::serve(listener).expect("serving");
        let until = Until::Acknowledged(500);
        let load = Load { address, hook: "/echo".to_owned(), connections: 8, until, first: 0, acknowledged: Arc::default() };
        let outcome = send(load).await;
        assert!((500..508).contains(&outcome.acknowledged), "{outcome:?}");
        assert_eq!((outcome.refused, outcome.broken), (0, 0));
        assert_eq!(upstream.calls(), outcome.acknowledged);
        assert_eq!(upstream.distinct_and_repeated(), (outcome.acknowledged as usize, 0));
        assert_eq!(outcome.latencies.len(), outcome.acknowledged as usize);
    }

    #[test]
    fn percentiles() {
        let outcome = Outcome { latencies: (1..=100).collect(), ..Outcome::default() };
        assert_eq!(outcome.percentile(0.5), Duration::from_micros(50));
        assert_eq!(outcome.percentile(0.99), Duration::from_micros(99));
        assert_eq!(Outcome::default().percentile(0.99), Duration::ZERO);
    }

    #[test]
    fn only_a_receipt_acknowledges() {
        let answer = |status, body: &str| Answer { status, body: body.as_bytes().to_vec() };
        assert_eq!(acknowledged(&answer(200, r#"{"run":"run_1"}"#)), Some(Some("run_1".to_owned())));
        assert_eq!(acknowledged(&answer(503, r#"{"run":"run_1"}"#)), None);
        assert_eq!(acknowledged(&answer(200, "")), None);
    }
}
