//! Open pages: how soon a run stands in a list that somebody looks at, and what two hundred of them cost.

use super::Setting;
use crate::http;
use crate::instance::{Instance, Running};
use crate::load;
use crate::process;
use crate::report::{Limit, Report};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const SECONDS: u64 = 20;
const VIEWS: usize = 200;
/// Events a second while one page is open, and while all of them are.
const BUSY: u32 = 500;
const CALM: u32 = 100;

pub async fn measure(setting: &Setting, report: &mut Report) -> Result<()> {
    println!("==> Open pages: {BUSY} events/s under one, {CALM} under {VIEWS}");
    let instance = Instance::create(&setting.binary, &setting.output.join("watch")).await?;
    let (running, _) = instance.start().await?;
    let workflow = instance.import(&setting.workflow("w1.json")?).await?;
    setting.upstream.reset(Duration::ZERO);
    let hook = workflow.hook.clone();

    let seen = Seen::default();
    let page = tokio::spawn(look(open(&instance).await?, seen.clone()));
    send(running.address, &hook, BUSY, &seen).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    page.abort();
    let (mut times, unseen) = seen.times();
    times.sort_unstable_by(f64::total_cmp);
    let rank = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN);
    report.add(
        "open list: events stored, then seen",
        times.len() as f64,
        "",
        Limit::AtLeast(f64::from(BUSY) * SECONDS as f64 * 0.95),
    );
    report.add("open list: never seen", unseen as f64, "", Limit::AtMost(0.0));
    report.add("open list: answered until seen, median", rank(0.5), "ms", Limit::None);
    report.add("open list: answered until seen, p95", rank(0.95), "ms", Limit::AtMost(250.0));

    let without = cpu_share(&running, &hook).await?;
    let mut pages = JoinSet::new();
    for _ in 0..VIEWS {
        pages.spawn(look(open(&instance).await?, Seen::default()));
    }
    let with = cpu_share(&running, &hook).await?;
    let closed = std::iter::from_fn(|| pages.try_join_next()).count();
    if closed > 0 {
        bail!("{closed} of {VIEWS} streams ended before their time");
    }
    pages.abort_all();
    running.stop().await?;
    report.add(&format!("{CALM} runs/s without a page: share of a core"), without, "%", Limit::None);
    report.add(&format!("{CALM} runs/s under {VIEWS} pages: share of a core"), with, "%", Limit::None);
    report.add(&format!("{VIEWS} pages cost: share of a core"), with - without, "%", Limit::AtMost(10.0));
    Ok(())
}

/// What the server took of one core while events came in, in percent.
async fn cpu_share(running: &Running, hook: &str) -> Result<f64> {
    let (started, before) = (Instant::now(), process::cpu_time(running.id()?)?);
    send(running.address, hook, CALM, &Seen::default()).await?;
    let took = process::cpu_time(running.id()?)? - before;
    Ok(took.as_secs_f64() * 100.0 / started.elapsed().as_secs_f64())
}

/// When a run was answered, and when a page first had it.
type Moments = (Option<Instant>, Option<Instant>);

/// By run.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<HashMap<String, Moments>>>);

impl Seen {
    fn note(&self, run: &str, is_page: bool) {
        let now = Instant::now();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (answered, seen) = known.entry(run.to_owned()).or_default();
        let at = if is_page { seen } else { answered };
        at.get_or_insert(now);
    }

    /// Milliseconds of those that were seen (nothing for one that was seen before its sender had the answer), and how many were not.
    fn times(&self) -> (Vec<f64>, usize) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let answered: Vec<_> = known.values().filter_map(|(answered, seen)| Some(((*answered)?, *seen))).collect();
        let took = |(answered, seen): &(Instant, Option<Instant>)| seen.map(|seen| (seen - *answered).as_secs_f64() * 1_000.0);
        let times: Vec<f64> = answered.iter().filter_map(took).collect();
        let unseen = answered.len() - times.len();
        (times, unseen)
    }
}

/// So many events a second, for as long as one look takes.
async fn send(address: SocketAddr, hook: &str, rate: u32, seen: &Seen) -> Result<()> {
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let seen = seen.clone();
    let outcome = load::paced(address, hook, rate, move || Instant::now() >= until, move |run| seen.note(run, false)).await;
    if outcome.refused + outcome.broken > 0 {
        bail!("{} events were refused and {} connections broke", outcome.refused, outcome.broken);
    }
    Ok(())
}

/// The stream that every page holds open.
async fn open(instance: &Instance) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(instance.address()).await?;
    stream.write_all(&http::get("/api/v1/stream", instance.token())).await?;
    Ok(stream)
}

/// Notes every run that a message names, until the stream ends.
async fn look(mut stream: TcpStream, seen: Seen) -> Result<()> {
    let mut buffer = Vec::new();
    while stream.read_buf(&mut buffer).await? > 0 {
        while let Some((message, end)) = message(&buffer) {
            for run in message["runs"].as_array().into_iter().flatten() {
                seen.note(run["id"].as_str().context("a run has no id")?, true);
            }
            buffer.drain(..end);
        }
    }
    Ok(())
}

/// The first whole message of a stream, and where it ends.
fn message(bytes: &[u8]) -> Option<(Value, usize)> {
    let begin = http::find(bytes, b"data: ")? + b"data: ".len();
    let length = http::find(&bytes[begin..], b"\n\n")?;
    Some((serde_json::from_slice(&bytes[begin..begin + length]).unwrap_or_default(), begin + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_once_they_are_whole() {
        assert_eq!(message(b"HTTP/1.1 200 OK\r\n\r\n1a\r\ndata: {\"type\":\"hel"), None);
        let (found, end) = message(b"1a\r\ndata: {\"runs\":[{\"id\":\"run_1\"}]}\n\n\r\n5\r\n").expect("a message");
        assert_eq!((found["runs"][0]["id"].as_str(), end), (Some("run_1"), 37));
    }

    #[test]
    fn a_run_that_no_page_had_is_counted() {
        let seen = Seen::default();
        seen.note("one", false);
        seen.note("two", true);
        seen.note("two", false);
        let (times, unseen) = seen.times();
        assert_eq!((times.len(), unseen), (1, 1));
        assert!(times[0] <= 0.0, "{times:?}");
    }
}
