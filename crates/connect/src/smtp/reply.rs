//! What a server answers: `250-first`, `250 last` (RFC 5321, 4.2), read under a limit.

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// Bytes of one answer with all its lines.
pub(super) const MOST_BYTES: usize = 16 * 1024;
/// Characters of it that are kept.
const SHOWN: usize = 500;

/// A complete answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub code: u16,
    /// Its lines, without codes and without characters that cannot be seen.
    pub lines: Vec<String>,
    /// All of them as one, shortened.
    pub text: String,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection ended.
    Ended,
    /// It was no SMTP.
    Odd,
}

impl Reply {
    pub(super) fn is_positive(&self) -> bool {
        (200..400).contains(&self.code)
    }

    pub(super) fn is_transient(&self) -> bool {
        (400..500).contains(&self.code)
    }

    /// Reads one answer.
    pub(super) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Self, Broken> {
        let (mut lines, mut left, mut code) = (Vec::new(), MOST_BYTES, None);
        loop {
            let mut line = Vec::new();
            let limit = u64::try_from(left).unwrap_or_default();
            let read = (&mut *stream).take(limit).read_until(b'\n', &mut line).await.map_err(|_| Broken::Ended)?;
            left -= read;
            if !line.ends_with(b"\n") {
                return Err(if left == 0 { Broken::Odd } else { Broken::Ended });
            }
            let (now, is_last, text) = parse(&line).ok_or(Broken::Odd)?;
            if code.is_some_and(|code| code != now) {
                return Err(Broken::Odd);
            }
            code = Some(now);
            lines.push(text);
            if is_last {
                let text: String = lines.join(" ").chars().take(SHOWN).collect();
                return Ok(Reply { code: now, lines, text });
            }
        }
    }
}

fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let code = line.get(..3).filter(|code| code.iter().all(u8::is_ascii_digit))?;
    let code = code.iter().fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    let is_last = match line.get(3)? {
        b'-' => false,
        b' ' | b'\r' | b'\n' => true,
        _ => return None,
    };
    let text = String::from_utf8_lossy(line.get(4..).unwrap_or_default());
    let text = text.chars().filter(|c| !c.is_control()).collect::<String>().trim().to_owned();
    (200..600).contains(&code).then_some((code, is_last, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Result<Reply, Broken> {
        Reply::read(&mut text.as_bytes()).await
    }

    #[tokio::test]
    async fn lines_make_one_answer() {
        let reply = read("250-mail.example.com\r\n250-SIZE 1000\r\n250 STARTTLS\r\n").await.expect("an answer");
        assert_eq!((reply.code, reply.lines.len(), reply.text.as_str()), (250, 3, "mail.example.com SIZE 1000 STARTTLS"));
        assert_eq!(read("354\n").await.expect("a bare code").code, 354);
        assert_eq!(read("550 a\u{7}b\u{1b}[2Jc\r\n").await.expect("an answer").text, "ab[2Jc");
    }

    #[tokio::test]
    async fn anything_else_is_said_to_be_so() {
        assert_eq!(read("").await, Err(Broken::Ended));
        assert_eq!(read("250-half\r\n").await, Err(Broken::Ended));
        assert_eq!(read("250 cut").await, Err(Broken::Ended));
        for odd in ["HTTP/1.1 400 Bad Request\r\n", "250-a\r\n550 b\r\n", "99 x\r\n", "250_x\r\n", "\r\n", "650 x\r\n"] {
            assert_eq!(read(odd).await, Err(Broken::Odd), "{odd}");
        }
        assert_eq!(read(&"250-endless\r\n".repeat(10_000)).await, Err(Broken::Odd));
        assert_eq!(read(&"2".repeat(100_000)).await, Err(Broken::Odd));
    }
}
