//! A mail server that takes everything and keeps it.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Speaks SMTP without encryption or accounts.
#[derive(Debug)]
pub struct Mailbox {
    port: u16,
    mails: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Mailbox {
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        let mails = Arc::<Mutex<Vec<String>>>::default();
        let kept = Arc::clone(&mails);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&kept)));
            }
        });
        Self { port, mails, server }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Every mail so far, head and body as they were sent, oldest first.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One conversation; a caller who leaves early ends it.
async fn talk(stream: TcpStream, mails: Arc<Mutex<Vec<String>>>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut answer = "220 mail.test ESMTP\r\n";
    let mut mail: Option<String> = None;
    loop {
        if mail.is_none() {
            stream.get_mut().write_all(answer.as_bytes()).await.ok()?;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if let Some(text) = &mut mail {
            if line.trim_end() == "." {
                mails.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(text));
                (mail, answer) = (None, "250 2.0.0 Ok: queued\r\n");
            } else {
                text.push_str(&line);
            }
            continue;
        }
        answer = match line.split([' ', ':', '\r']).next() {
            Some("DATA") => {
                stream.get_mut().write_all(b"354 go ahead\r\n").await.ok()?;
                mail = Some(String::new());
                continue;
            }
            Some("QUIT") => {
                stream.get_mut().write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            }
            _ => "250 2.1.0 Ok\r\n",
        };
    }
}
