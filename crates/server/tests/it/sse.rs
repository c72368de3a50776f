//! Reads server-sent events.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http_body_util::BodyExt;

#[derive(Debug, PartialEq)]
pub struct Message {
    pub id: String,
    pub data: serde_json::Value,
}

pub struct Reader {
    body: Body,
    text: String,
}

impl Reader {
    pub fn new(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Reader { body: response.into_body(), text: String::new() }
    }

    /// The next message; nothing when the stream has ended.
    pub async fn next(&mut self) -> Option<Message> {
        tokio::time::timeout(Duration::from_secs(10), self.read()).await.expect("a message within 10 s")
    }

    /// Whether nothing comes for a while.
    pub async fn is_quiet(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(400), self.read()).await.is_err()
    }

    async fn read(&mut self) -> Option<Message> {
        loop {
            while let Some((block, rest)) = self.text.split_once("\n\n") {
                let field =
                    |name: &str| block.lines().find_map(|line| line.strip_prefix(name)).map(|v| v.trim_start().to_owned());
                let message = field("data:").map(|data| (field("id:").unwrap_or_default(), serde_json::from_str(&data).unwrap()));
                self.text = rest.to_owned();
                if let Some((id, data)) = message {
                    return Some(Message { id, data });
                }
            }
            let frame = self.body.frame().await?.unwrap();
            self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }
}
