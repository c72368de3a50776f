//! A small HTTP/1.1 client over one kept-open connection. A full client would take CPU time from the server it measures.

use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A head longer than this is not one of ours.
const LARGEST_HEAD: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Result<serde_json::Value> {
        if self.status != 200 {
            bail!("the server answered {}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        serde_json::from_slice(&self.body).context("the server's answer is not JSON")
    }
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(8 * 1024) })
    }

    /// Sends a whole request as bytes and reads the answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(head) = Head::find(&self.buffer)? {
                break head;
            }
            if self.buffer.len() > LARGEST_HEAD {
                bail!("the answer's head does not end");
            }
            self.read_more().await?;
        };
        let body = match head.length {
            Length::Bytes(length) => {
                while self.buffer.len() < head.end + length {
                    self.read_more().await?;
                }
                self.buffer[head.end..head.end + length].to_vec()
            }
            Length::Chunked => loop {
                if let Some(body) = dechunk(&self.buffer[head.end..])? {
                    break body;
                }
                self.read_more().await?;
            },
        };
        Ok(Answer { status: head.status, body })
    }

    async fn read_more(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.buffer).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

/// A GET of the API with a token.
pub fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\naccept: application/json\r\n\r\n")
        .into_bytes()
}

/// A POST of JSON, without credentials: an event.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

enum Length {
    Bytes(usize),
    Chunked,
}

struct Head {
    status: u16,
    length: Length,
    /// Where the body begins.
    end: usize,
}

impl Head {
    fn find(bytes: &[u8]) -> Result<Option<Self>> {
        let Some(end) = find(bytes, b"\r\n\r\n") else { return Ok(None) };
        let text = std::str::from_utf8(&bytes[..end]).context("the answer's head is not text")?;
        let mut lines = text.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
        let mut length = Length::Bytes(0);
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-length") {
                length = Length::Bytes(value.trim().parse().context("the answer's length is not a number")?);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                length = Length::Chunked;
            }
        }
        Ok(Some(Self { status: status.context("the answer has no status")?, length, end: end + 4 }))
    }
}

/// The body of a chunked answer, once it is complete.
fn dechunk(mut bytes: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    loop {
        let Some(line_end) = find(bytes, b"\r\n") else { return Ok(None) };
        let line = std::str::from_utf8(&bytes[..line_end]).context("a chunk's size is not text")?;
        let size = usize::from_str_radix(line.trim(), 16).context("a chunk's size is not a number")?;
        let Some(chunk) = bytes.get(line_end + 2..line_end + 2 + size + 2) else { return Ok(None) };
        if size == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(&chunk[..size]);
        bytes = &bytes[line_end + 2 + size + 2..];
    }
}

/// Where a sequence of bytes first begins.
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_once_they_are_whole() {
        assert!(Head::find(b"HTTP/1.1 200 OK\r\ncontent-len").expect("no error").is_none());
        let head = Head::find(b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhello").expect("no error").expect("a head");
        assert_eq!((head.status, head.end), (202, 44));
        assert!(matches!(head.length, Length::Bytes(5)));
    }

    #[test]
    fn chunks_are_joined_once_they_are_all_there() {
        assert_eq!(dechunk(b"3\r\nabc\r\n2\r\nd").expect("no error"), None);
        assert_eq!(dechunk(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").expect("no error").expect("whole"), b"abcde");
    }
}
