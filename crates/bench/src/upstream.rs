//! The service on the other side, at the address that the bench workflows name: echoes JSON and counts what arrives.

use crate::http::find;
use anyhow::{Context, Result};
use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the workflow files name.
pub const ADDRESS: &str = "127.0.0.1:9099";

#[derive(Default)]
struct Inner {
    calls: AtomicU64,
    /// Before each answer, in microseconds.
    delay: AtomicU64,
    /// How often each call arrived, by `Idempotency-Key`, or by its body where it has none.
    seen: Mutex<HashMap<Vec<u8>, u32>>,
    /// Those that got their whole answer.
    answered: Mutex<HashSet<Vec<u8>>>,
}

#[derive(Clone)]
pub struct Upstream {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

impl Upstream {
    pub async fn start(address: SocketAddr) -> Result<Self> {
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("{address} is taken: choose another with --upstream"))?;
        Self::serve(listener)
    }

    pub fn serve(listener: TcpListener) -> Result<Self> {
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner::default());
        let shared = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer_all(stream, Arc::clone(&shared)));
            }
        });
        Ok(Self { address, inner })
    }

    /// Forgets what arrived, and answers after `delay` from now on.
    pub fn reset(&self, delay: Duration) {
        self.inner.calls.store(0, Ordering::Relaxed);
        self.inner.delay.store(delay.as_micros() as u64, Ordering::Relaxed);
        self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.inner.answered.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn calls(&self) -> u64 {
        self.inner.calls.load(Ordering::Relaxed)
    }

    /// How many different calls arrived and were answered to somebody who still listened.
    pub fn answered(&self) -> usize {
        self.inner.answered.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many different calls arrived, and how many of these more than once.
    pub fn distinct_and_repeated(&self) -> (usize, usize) {
        let seen = self.inner.seen.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.len(), seen.values().filter(|count| **count > 1).count())
    }
}

/// Answers the requests of one connection until it closes.
async fn answer_all(mut stream: TcpStream, inner: Arc<Inner>) {
    let _ = stream.set_nodelay(true);
    let mut buffer = Vec::with_capacity(4 * 1024);
    loop {
        let request = loop {
            if let Some(request) = Request::find(&buffer) {
                break request;
            }
            match stream.read_buf(&mut buffer).await {
                Ok(read) if read > 0 => {}
                _ => return,
            }
        };
        let body = buffer[request.body.clone()].to_vec();
        let identity = request.key.clone().unwrap_or_else(|| body.clone());
        *inner.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(identity.clone()).or_default() += 1;
        inner.calls.fetch_add(1, Ordering::Relaxed);
        buffer.drain(..request.body.end);

        let delay = inner.delay.load(Ordering::Relaxed);
        if delay > 0 {
            tokio::time::sleep(Duration::from_micros(delay)).await;
        }
        let mut answer =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(&body);
        if stream.write_all(&answer).await.is_err() {
            return;
        }
        inner.answered.lock().unwrap_or_else(PoisonError::into_inner).insert(identity);
    }
}

pub(crate) struct Request {
    /// The first line: method and path.
    pub line: String,
    pub key: Option<Vec<u8>>,
    pub body: std::ops::Range<usize>,
}

impl Request {
    /// The first request in the buffer, once it is whole.
    pub fn find(buffer: &[u8]) -> Option<Self> {
        let head_end = find(buffer, b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&buffer[..head_end]);
        let header = |wanted: &str| {
            let mut pairs = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
            pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim().to_owned())
        };
        let length: usize = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
        let body = head_end + 4..head_end + 4 + length;
        let line = head.split("\r\n").next().unwrap_or_default().to_owned();
        (buffer.len() >= body.end).then(|| Self { line, key: header("idempotency-key").map(String::into_bytes), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_taken_when_it_is_whole() {
        let whole = b"POST /echo HTTP/1.1\r\nIdempotency-Key: k1\r\nContent-Length: 2\r\n\r\n{}POST";
        assert!(Request::find(&whole[..whole.len() - 5]).is_none());
        let request = Request::find(whole).expect("whole");
        assert_eq!(request.key.as_deref(), Some(b"k1".as_slice()));
        assert_eq!(&whole[request.body], b"{}");
    }
}
