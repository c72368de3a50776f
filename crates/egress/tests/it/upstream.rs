//! Real servers on free ports of this machine.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use egress::{Egress, Failure, Options, Request, Response, SendLimits};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// Serves `router` until the test ends.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Reads one request head per connection, then writes `answer` as it stands and closes.
pub async fn raw(answer: impl Into<Vec<u8>>) -> SocketAddr {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                read_head(&mut stream).await;
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    address
}

/// The head of one request, as text. A TLS greeting has no end of head: what came first is all of it.
pub async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while head.first() != Some(&0x16) && !head.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(read) => head.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A client that may call this machine.
pub fn open() -> Egress {
    with("127.0.0.0/8")
}

pub fn closed() -> Egress {
    Egress::new(Options::default()).unwrap()
}

pub fn with(allow: &str) -> Egress {
    let allow = Options::parse_allow(allow).unwrap();
    Egress::new(Options { allow, connect_timeout: Duration::from_millis(500), ..Options::default() }).unwrap()
}

pub fn get(url: impl AsRef<str>) -> Request {
    request(Method::GET, url)
}

pub fn request(method: Method, url: impl AsRef<str>) -> Request {
    Request::new(method, Url::parse(url.as_ref()).unwrap())
}

pub async fn send(egress: &Egress, request: Request) -> Result<Response, Failure> {
    egress.send(request, &SendLimits { timeout: Duration::from_secs(5), ..SendLimits::default() }).await
}

pub fn text(response: &Response) -> String {
    String::from_utf8(response.body.to_vec()).unwrap()
}
