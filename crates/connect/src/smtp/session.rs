//! The conversation with a mail server (RFC 5321, 3207, 4954).

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use egress::Connection;
use tokio::io::{AsyncWriteExt, BufReader};

use super::Failed;
use super::account::{Account, Login, Security};
use super::message::Letter;
use super::reply::{Broken, Reply};
use super::verdict::{self, Stage};
use crate::transport::Transport;

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(2);

/// How far a mail has come; outlives the conversation's own time limit.
#[derive(Debug, Default)]
pub(super) struct Progress(AtomicBool);

impl Progress {
    /// Whether the end of the message may have reached the server: from then on it may have been taken, answer or not. A message that
    /// breaks off before its end is thrown away (RFC 5321, 4.1.1.4).
    pub(super) fn is_handed_over(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }

    fn hand_over(&self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A server that has greeted us, and let us in where it asks for that.
pub(super) struct Session<'a> {
    stream: BufReader<Connection>,
    account: &'a Account,
    /// What it can do, in upper case: `SIZE 1000`, `AUTH PLAIN LOGIN`.
    extensions: Vec<String>,
}

impl<'a> Session<'a> {
    pub(super) async fn open(transport: &dyn Transport, account: &'a Account, progress: &Progress) -> Result<Self, Failed> {
        debug_assert!(!progress.is_handed_over());
        let connection =
            transport.dial(&account.host, account.port).await.map_err(|failure| verdict::undialled(failure, account))?;
        if account.security == Security::None && !connection.is_own_network() {
            return Err(verdict::unprotected(account));
        }
        let connection = match account.security {
            Security::Tls => connection.secure().await.map_err(|failure| verdict::undialled(failure, account))?,
            Security::StartTls | Security::None => connection,
        };
        let mut session = Session { stream: BufReader::new(connection), account, extensions: Vec::new() };
        let greeting = session.hear(Stage::Greeting).await?;
        session.demand(greeting, Stage::Greeting)?;
        session.hello().await?;
        if account.security == Security::StartTls {
            session = session.protect().await?;
        }
        if let Some(login) = &account.login {
            session.sign_in(login).await?;
        }
        Ok(session)
    }

    async fn hello(&mut self) -> Result<(), Failed> {
        // We have no name of our own that a server could look up: the address stands for it.
        let name = match self.stream.get_ref().local_ip() {
            Some(IpAddr::V4(ip)) => format!("[{ip}]"),
            Some(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
            None => "[127.0.0.1]".to_owned(),
        };
        let reply = self.ask(&format!("EHLO {name}"), Stage::Hello).await?;
        let reply = self.demand(reply, Stage::Hello)?;
        self.extensions = reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()).collect();
        Ok(())
    }

    async fn protect(mut self) -> Result<Self, Failed> {
        if self.extension("STARTTLS").is_none() {
            return Err(verdict::no_starttls(self.account));
        }
        let reply = self.ask("STARTTLS", Stage::StartTls).await?;
        self.demand(reply, Stage::StartTls)?;
        // What came before the encryption began could be anybody's.
        if !self.stream.buffer().is_empty() {
            return Err(verdict::injected(self.account));
        }
        let secure = self.stream.into_inner().secure().await.map_err(|failure| verdict::undialled(failure, self.account))?;
        let mut session = Session { stream: BufReader::new(secure), account: self.account, extensions: Vec::new() };
        session.hello().await?;
        Ok(session)
    }

    async fn sign_in(&mut self, login: &Login) -> Result<(), Failed> {
        let offered = self.extension("AUTH").unwrap_or_default().to_owned();
        let offers = |name: &str| offered.split_ascii_whitespace().any(|one| one == name);
        let reply = if offers("PLAIN") {
            let secret = STANDARD.encode(format!("\0{}\0{}", login.username, login.password));
            self.ask(&format!("AUTH PLAIN {secret}"), Stage::SignIn).await?
        } else if offers("LOGIN") {
            let mut reply = self.ask("AUTH LOGIN", Stage::SignIn).await?;
            for answer in [&login.username, &login.password] {
                if reply.code != 334 {
                    break;
                }
                reply = self.ask(&STANDARD.encode(answer), Stage::SignIn).await?;
            }
            reply
        } else {
            return Err(verdict::no_sign_in(self.account, &offered));
        };
        if reply.code == 235 { Ok(()) } else { Err(verdict::refused(Stage::SignIn, reply, self.account)) }
    }

    /// Hands one letter over; to everybody or, where one recipient is refused, to nobody.
    pub(super) async fn send(&mut self, letter: &Letter, progress: &Progress) -> Result<Reply, Failed> {
        let size = letter.bytes.len();
        let mut mail = format!("MAIL FROM:<{}>", letter.sender);
        if let Some(most) = self.extension("SIZE") {
            if most.trim().parse::<usize>().is_ok_and(|most| most > 0 && size > most) {
                return Err(verdict::too_large(self.account, size, most.trim()));
            }
            mail.push_str(&format!(" SIZE={size}"));
        }
        let reply = self.ask(&mail, Stage::Sender(letter.sender.clone())).await?;
        self.demand(reply, Stage::Sender(letter.sender.clone()))?;
        for recipient in &letter.recipients {
            let stage = Stage::Recipient(recipient.clone());
            let reply = self.ask(&format!("RCPT TO:<{recipient}>"), stage.clone()).await?;
            self.demand(reply, stage)?;
        }
        let reply = self.ask("DATA", Stage::Data).await?;
        if reply.code != 354 {
            return Err(verdict::refused(Stage::Data, reply, self.account));
        }
        self.write(&stuffed(&letter.bytes), Stage::Content).await?;
        progress.hand_over();
        self.write(b".\r\n", Stage::End).await?;
        let reply = self.hear(Stage::End).await?;
        self.demand(reply, Stage::End)
    }

    /// Says goodbye; what comes of it changes nothing.
    pub(super) async fn quit(mut self) {
        let goodbye = async {
            if self.ask("QUIT", Stage::Hello).await.is_ok() {
                let _ = self.stream.get_mut().shutdown().await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    }

    /// What follows the name of an extension; nothing when the server has none of that name.
    fn extension(&self, name: &str) -> Option<&str> {
        self.extensions.iter().find_map(|line| {
            let (first, rest) = line.split_once([' ', '=']).unwrap_or((line, ""));
            (first == name).then_some(rest)
        })
    }

    async fn ask(&mut self, line: &str, stage: Stage) -> Result<Reply, Failed> {
        self.write(format!("{line}\r\n").as_bytes(), stage.clone()).await?;
        self.hear(stage).await
    }

    async fn write(&mut self, bytes: &[u8], stage: Stage) -> Result<(), Failed> {
        let stream = self.stream.get_mut();
        let written = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        written.await.map_err(|_| verdict::broken(&stage, Broken::Ended, self.account))
    }

    async fn hear(&mut self, stage: Stage) -> Result<Reply, Failed> {
        Reply::read(&mut self.stream).await.map_err(|why| verdict::broken(&stage, why, self.account))
    }

    fn demand(&self, reply: Reply, stage: Stage) -> Result<Reply, Failed> {
        if reply.is_positive() { Ok(reply) } else { Err(verdict::refused(stage, reply, self.account)) }
    }
}

/// A line that begins with a dot gets another one, so that none is taken for the end (RFC 5321, 4.5.2).
fn stuffed(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + 64);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::stuffed;

    #[test]
    fn no_line_of_a_message_ends_it() {
        assert_eq!(stuffed(b"a\r\n.\r\nb"), b"a\r\n..\r\nb\r\n");
        assert_eq!(stuffed(b".x\r\n..\r\n"), b"..x\r\n...\r\n");
        assert_eq!(stuffed(b""), b"\r\n");
    }
}
