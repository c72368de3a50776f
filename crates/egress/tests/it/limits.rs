use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::routing::{any, get as route};
use bytes::Bytes;
use egress::{FailureKind, SendLimits};
use http::{HeaderMap, HeaderValue, Method, header};

use crate::upstream::{get, open, raw, request, send, serve, text};

/// 1,000,000 zero bytes as gzip: 1,003 bytes.
fn bomb() -> Vec<u8> {
    use std::io::Write;
    let mut child = std::process::Command::new("gzip")
        .args(["-9", "-c", "-n"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&vec![0; 1_000_000]).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.stdout
}

fn limit(max_response_bytes: u64) -> SendLimits {
    SendLimits { max_response_bytes, ..SendLimits::default() }
}

#[tokio::test]
async fn answers_up_to_the_limit_are_read_whole() {
    let address = serve(Router::new().route("/", route(|| async { vec![b'x'; 100_000] }))).await;
    let response = open().send(get(format!("http://{address}/")), &limit(100_000)).await.unwrap();
    assert_eq!(response.body.len(), 100_000);
}

#[tokio::test]
async fn a_declared_size_over_the_limit_is_refused_without_reading() {
    // Nothing of the body ever comes: only the header can have told.
    let address = raw("HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n").await;
    let failure = open().send(get(format!("http://{address}/")), &limit(1000)).await.unwrap_err();
    assert_eq!((failure.kind, failure.sent, failure.status), (FailureKind::TooLarge, true, Some(200)));
    assert_eq!(failure.message, format!("{address} answered 200 with more than the 1000 bytes this step accepts"));
    assert!(!failure.is_indeterminate());
}

#[tokio::test]
async fn a_stream_without_a_size_is_cut_at_the_limit() {
    let endless = || async { Body::from_stream(endless_bytes()) };
    let address = serve(Router::new().route("/", route(endless))).await;
    let failure = open().send(get(format!("http://{address}/")), &limit(100_000)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge);
}

/// The same kilobyte for ever.
fn endless_bytes() -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> {
    futures_util::stream::repeat_with(|| Ok(Bytes::from_static(&[b'x'; 1024])))
}

#[tokio::test]
async fn a_compressed_answer_counts_with_its_real_size() {
    let bomb = bomb();
    assert!(bomb.len() < 2000);
    let gzip = move || async move { ([(header::CONTENT_ENCODING, "gzip")], bomb) };
    let address = serve(Router::new().route("/", route(gzip))).await;

    let failure = open().send(get(format!("http://{address}/")), &limit(500_000)).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge);
    let response = open().send(get(format!("http://{address}/")), &limit(1_000_000)).await.unwrap();
    assert_eq!(response.body.len(), 1_000_000);
}

#[tokio::test]
async fn the_time_limit_covers_the_whole_call() {
    let slow = || async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        "late"
    };
    let address = serve(Router::new().route("/", any(slow))).await;
    let limits = SendLimits { timeout: Duration::from_millis(200), ..SendLimits::default() };
    let started = Instant::now();
    let failure = open().send(get(format!("http://{address}/")), &limits).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!((failure.kind, failure.sent), (FailureKind::Timeout, true));
    assert_eq!(failure.message, format!("{address} did not answer within 200 ms"));
    assert!(failure.is_indeterminate());
}

#[tokio::test]
async fn the_caller_does_not_frame_the_message() {
    async fn seen(headers: HeaderMap, body: Bytes) -> String {
        let header = |name: &str| headers.get(name).map_or("-", |value| value.to_str().unwrap());
        format!("{} {} {}", header("content-length"), header("transfer-encoding"), body.len())
    }
    let address = serve(Router::new().route("/", any(seen))).await;
    let mut post = request(Method::POST, format!("http://{address}/"));
    post.headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("3"));
    post.headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    post.body = Bytes::from_static(b"hello");
    assert_eq!(text(&send(&open(), post).await.unwrap()), "5 - 5");

    let empty = request(Method::POST, format!("http://{address}/"));
    assert_eq!(text(&send(&open(), empty).await.unwrap()), "0 - 0");
    assert_eq!(text(&send(&open(), get(format!("http://{address}/"))).await.unwrap()), "- - 0");
}

#[tokio::test]
async fn connections_are_reused() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let accepted = Arc::new(AtomicUsize::new(0));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                use tokio::io::AsyncWriteExt;
                while !crate::upstream::read_head(&mut stream).await.is_empty() {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
                }
            });
        }
    });
    let egress = open();
    for _ in 0..20 {
        send(&egress, get(format!("http://{address}/"))).await.unwrap();
    }
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}
