//! Over a real socket.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use crate::app::{TestApp, definition};

async fn listen(app: &TestApp) -> (SocketAddr, JoinHandle<Result<(), server::Error>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (address, tokio::spawn(server::serve(listener, app.router.clone(), app.shutdown.clone())))
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.contains(end) {
        let read = timeout(Duration::from_secs(10), stream.read(&mut buffer)).await.unwrap().unwrap();
        assert_ne!(read, 0, "the connection ended: {text}");
        text.push_str(std::str::from_utf8(&buffer[..read]).unwrap());
    }
    text
}

#[tokio::test]
async fn requests_under_way_and_streams_end_well_when_the_server_stops() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let (address, serving) = listen(&app).await;

    let mut streaming = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /api/v1/stream HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", app.cookie);
    streaming.write_all(request.as_bytes()).await.unwrap();
    assert!(read_until(&mut streaming, "hello").await.starts_with("HTTP/1.1 200"));

    let mut posting = TcpStream::connect(address).await.unwrap();
    let head = format!("POST {hook} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\n\r\n{{\"n\"");
    posting.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    app.shutdown.cancel();
    tokio::time::sleep(Duration::from_millis(100)).await;
    posting.write_all(b":1}").await.unwrap();
    assert!(read_until(&mut posting, "duplicate").await.starts_with("HTTP/1.1 200"), "a request under way is finished");

    let mut rest = String::new();
    timeout(Duration::from_secs(5), streaming.read_to_string(&mut rest)).await.unwrap().unwrap();
    timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err(), "no new connections");
}

#[tokio::test]
async fn many_requests_share_a_connection_and_their_sender_is_known() {
    let app = TestApp::init().await.with_owner().await;
    let (address, serving) = listen(&app).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..3 {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let text = read_until(&mut stream, "patchbay_database_bytes ").await;
        assert!(text.starts_with("HTTP/1.1 200"), "metrics are open to this machine: {text}");
    }
    app.shutdown.cancel();
    timeout(Duration::from_secs(5), serving).await.unwrap().unwrap().unwrap();
}
