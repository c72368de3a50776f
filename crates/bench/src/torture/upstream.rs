//! The service on the other side: keeps a book of every call, and misbehaves when told to.

use super::rng::Rng;
use super::workflows::call_of;
use crate::upstream::Request;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A usual answer takes up to this long, in milliseconds.
const SLOWEST_MS: u64 = 25;
/// Longer than the workflows' timeout of a call.
const SILENCE: Duration = Duration::from_secs(2);

/// What arrived of one logical call.
#[derive(Debug, Default, Clone)]
pub struct Arrivals {
    /// Whether it may be sent twice, by the path it came to.
    pub repeatable: bool,
    pub keys: BTreeSet<String>,
    pub count: u32,
    /// Of these, how many were turned away with 429: nothing happened.
    pub refused: u32,
    /// The numbers in the 200s it was answered with.
    pub answers: Vec<u64>,
}

pub type Book = BTreeMap<String, Arrivals>;

struct Inner {
    book: Mutex<Book>,
    /// Requests that no workflow can have sent.
    strange: Mutex<Vec<String>>,
    misbehaving: AtomicBool,
    rng: Mutex<Rng>,
    serial: std::sync::atomic::AtomicU64,
}

#[derive(Clone)]
pub struct Upstream {
    pub address: SocketAddr,
    inner: Arc<Inner>,
}

/// How one call is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    Answer,
    /// 500: who got it cannot know whether something happened.
    Fail,
    /// 429: nothing happened, come back later.
    Refuse,
    /// Takes the call, never answers.
    Silence,
    /// Takes the call, then cuts the connection.
    Cut,
    /// Answers half and cuts the connection.
    Half,
}

impl Treatment {
    fn draw(rng: &mut Rng) -> Self {
        match rng.between(0, 99) {
            0..12 => Self::Fail,
            12..20 => Self::Refuse,
            20..28 => Self::Silence,
            28..38 => Self::Cut,
            38..46 => Self::Half,
            _ => Self::Answer,
        }
    }
}

impl Upstream {
    pub async fn start(rng: Rng) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            book: Mutex::default(),
            strange: Mutex::default(),
            misbehaving: AtomicBool::new(false),
            rng: Mutex::new(rng),
            serial: std::sync::atomic::AtomicU64::new(1),
        });
        let shared = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Ok(Self { address, inner })
    }

    pub fn misbehave(&self, yes: bool) {
        self.inner.misbehaving.store(yes, Ordering::Relaxed);
    }

    /// Everything that arrived so far.
    pub fn book(&self) -> Book {
        lock(&self.inner.book).clone()
    }

    pub fn strange(&self) -> Vec<String> {
        lock(&self.inner.strange).clone()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection until either side closes it.
async fn serve(mut stream: TcpStream, inner: Arc<Inner>) {
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
        let (treatment, wait_ms) = {
            let mut rng = lock(&inner.rng);
            let misbehaves = inner.misbehaving.load(Ordering::Relaxed);
            (if misbehaves { Treatment::draw(&mut rng) } else { Treatment::Answer }, rng.between(0, SLOWEST_MS))
        };
        let body = buffer[request.body.clone()].to_vec();
        let serial = note(&inner, &request, &body, treatment);
        buffer.drain(..request.body.end);
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        let answer = format!(r#"{{"serial":{serial}}}"#);
        let done = match treatment {
            Treatment::Answer => stream.write_all(&message("200 OK", &answer)).await,
            Treatment::Fail => stream.write_all(&message("500 Internal Server Error", "{}")).await,
            Treatment::Refuse => stream.write_all(&message("429 Too Many Requests", "{}")).await,
            Treatment::Silence => {
                tokio::time::sleep(SILENCE).await;
                return;
            }
            Treatment::Cut => return,
            Treatment::Half => {
                let whole = message("200 OK", &answer);
                let _ = stream.write_all(&whole[..whole.len() - 3]).await;
                return;
            }
        };
        if done.is_err() {
            return;
        }
    }
}

fn message(status: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// Writes a call into the book and numbers its answer.
fn note(inner: &Inner, request: &Request, body: &[u8], treatment: Treatment) -> u64 {
    let serial = inner.serial.fetch_add(1, Ordering::Relaxed);
    let repeatable = request.line.starts_with("POST /safe ");
    match call_of(body).filter(|_| repeatable || request.line.starts_with("POST /unsafe ")) {
        Some(call) => {
            let mut book = lock(&inner.book);
            let arrivals = book.entry(call).or_default();
            arrivals.repeatable = repeatable;
            arrivals.count += 1;
            arrivals.keys.extend(request.key.as_ref().map(|key| String::from_utf8_lossy(key).into_owned()));
            match treatment {
                Treatment::Answer | Treatment::Half => arrivals.answers.push(serial),
                Treatment::Refuse => arrivals.refused += 1,
                Treatment::Fail | Treatment::Silence | Treatment::Cut => {}
            }
        }
        None => lock(&inner.strange).push(format!("{} {}", request.line, String::from_utf8_lossy(body))),
    }
    serial
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Connection;

    fn request(key: &str) -> Vec<u8> {
        let body = r#"{"n":1,"step":"a"}"#;
        format!("POST /safe HTTP/1.1\r\nidempotency-key: {key}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    #[tokio::test]
    async fn it_keeps_a_book_by_call_and_key() {
        let upstream = Upstream::start(Rng::new(1)).await.expect("started");
        let mut connection = Connection::open(upstream.address).await.expect("connected");
        for key in ["k", "k", "other"] {
            assert_eq!(connection.send(&request(key)).await.expect("an answer").status, 200);
        }
        connection.send(b"POST /safe HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}").await.expect("an answer");
        let book = upstream.book();
        assert_eq!((book["1/a"].count, book["1/a"].keys.len(), book["1/a"].answers.len()), (3, 2, 3));
        assert_eq!(upstream.strange().len(), 1);
    }

    #[test]
    fn a_bad_mood_has_every_treatment() {
        let mut rng = Rng::new(3);
        let drawn: Vec<Treatment> = (0..500).map(|_| Treatment::draw(&mut rng)).collect();
        for treatment in
            [Treatment::Answer, Treatment::Fail, Treatment::Refuse, Treatment::Silence, Treatment::Cut, Treatment::Half]
        {
            assert!(drawn.contains(&treatment), "{treatment:?}");
        }
    }
}
