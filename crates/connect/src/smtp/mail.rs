//! One mail as data, checked: nothing in it can become a header or a recipient of its own.

use lettre::Address;
use lettre::message::Mailbox;
use serde_json::Value;
use url::Host;

use crate::error::CallError;
use crate::file::{File, MOST_FILE_BYTES};
use crate::http::input::{scalar, wrong};

/// Everybody a mail goes to.
const MOST_RECIPIENTS: usize = 100;
/// Characters of a subject.
const LONGEST_SUBJECT: usize = 500;
/// Characters of a name.
const LONGEST_NAME: usize = 200;
/// Text, HTML and attachments together, in bytes, before they are encoded.
const MOST_BYTES: usize = MOST_FILE_BYTES;
/// Attachments of one mail.
const MOST_ATTACHMENTS: usize = 50;

/// A mail to be sent through a connection, which says whom it is from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    pub to: Vec<Mailbox>,
    pub cc: Vec<Mailbox>,
    pub bcc: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    /// Instead of the connection's own; empty: that one.
    pub from_name: String,
    pub subject: String,
    /// Empty: none.
    pub text: String,
    /// Empty: none. With a text beside it, both are sent and the reader's program chooses.
    pub html: String,
    pub attachments: Vec<Attachment>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// Never the contents.
impl std::fmt::Debug for Attachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Attachment").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

impl Mail {
    /// Of a step's input: `{to, cc, bcc, reply_to, from_name, subject, text, html, attachments}`.
    pub fn of(input: &Value) -> Result<Self, CallError> {
        let text = |key: &str| input.get(key).and_then(scalar).unwrap_or_default();
        let line = |key: &str, most: usize| one_line(key, text(key), most);
        let mail = Mail {
            to: addresses("to", input)?,
            cc: addresses("cc", input)?,
            bcc: addresses("bcc", input)?,
            reply_to: addresses("reply_to", input)?,
            from_name: line("from_name", LONGEST_NAME)?,
            subject: line("subject", LONGEST_SUBJECT)?,
            text: visible("text", text("text"))?,
            html: visible("html", text("html"))?,
            attachments: attachments(input)?,
        };
        if mail.to.is_empty() && mail.cc.is_empty() && mail.bcc.is_empty() {
            return Err(CallError::input("to", "input.missing", "Nobody is named to send this to"));
        }
        mail.checked()
    }

    fn checked(self) -> Result<Self, CallError> {
        let recipients = self.to.len() + self.cc.len() + self.bcc.len();
        if recipients > MOST_RECIPIENTS {
            let message = format!("{recipients} people are named; one mail goes to at most {MOST_RECIPIENTS}");
            return Err(CallError::input("to", "input.too_large", message));
        }
        let files: usize = self.attachments.iter().map(|file| file.bytes.len()).sum();
        if self.text.len() + self.html.len() + files > MOST_BYTES {
            let message = format!("The mail is larger than {} MB with its attachments", MOST_BYTES / (1024 * 1024));
            return Err(CallError::input("attachments", "input.too_large", message));
        }
        if self.text.trim().is_empty() && self.html.trim().is_empty() && self.attachments.is_empty() {
            return Err(CallError::input(
                "text",
                "input.missing",
                "The mail says nothing: write a text or HTML, or attach a file",
            ));
        }
        Ok(self)
    }

    /// Its head, for the record of the call.
    pub(super) fn shown(&self) -> Vec<(String, String)> {
        let list = |boxes: &[Mailbox]| boxes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let files = self.attachments.iter().map(|file| format!("{} ({} bytes)", file.name, file.bytes.len()));
        let head = [
            ("From name", self.from_name.clone()),
            ("To", list(&self.to)),
            ("Cc", list(&self.cc)),
            ("Bcc", list(&self.bcc)),
            ("Reply-To", list(&self.reply_to)),
            ("Subject", self.subject.clone()),
            ("Attachments", files.collect::<Vec<_>>().join(", ")),
        ];
        let said = head.into_iter().filter(|(_, text)| !text.is_empty());
        said.map(|(name, text)| (name.to_owned(), text)).collect()
    }
}

/// Text of one line: a line break in it would begin a header of its own.
fn one_line(key: &str, text: String, most: usize) -> Result<String, CallError> {
    let text = text.trim().to_owned();
    if text.chars().any(char::is_control) {
        let message = format!("\"{key}\" holds a line break or another character that cannot be seen; a mail's head has none");
        return Err(CallError::input(key, "email.header", message));
    }
    match text.chars().count() {
        length if length > most => {
            Err(CallError::input(key, "input.too_large", format!("\"{key}\" has {length} characters; at most {most} fit")))
        }
        _ => Ok(text),
    }
}

fn visible(key: &str, text: String) -> Result<String, CallError> {
    match text.chars().any(|c| c == '\0') {
        true => Err(CallError::input(key, "email.text", format!("\"{key}\" holds a character no mail can carry"))),
        false => Ok(text),
    }
}

/// A text with commas or semicolons between addresses, or a list of them.
fn addresses(key: &str, input: &Value) -> Result<Vec<Mailbox>, CallError> {
    let parts = match input.get(key) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => {
            let texts = items.iter().map(|item| scalar(item).ok_or_else(|| wrong(key, item, "an e-mail address")));
            texts.collect::<Result<Vec<_>, _>>()?
        }
        Some(value) => split(&scalar(value).ok_or_else(|| wrong(key, value, "an e-mail address"))?),
    };
    let given = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    given.map(|part| mailbox(key, part)).collect()
}

/// Commas within quotes and angle brackets separate nothing.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in text.chars() {
        match c {
            ',' | ';' if !quoted => parts.push(std::mem::take(&mut part)),
            _ => {
                quoted ^= c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                part.push(c);
            }
        }
    }
    parts.push(part);
    parts
}

/// `ada@example.com` or `Ada Lovelace <ada@example.com>`
pub(super) fn mailbox(key: &str, text: &str) -> Result<Mailbox, CallError> {
    let refused = |why: &str| {
        let shown: String = text.chars().take(100).collect();
        let message = format!("\"{}\" in \"{key}\" {why}", shown.escape_debug());
        CallError::input(key, "email.address", message)
    };
    if text.chars().any(char::is_control) {
        return Err(refused("holds a line break or another character that cannot be seen"));
    }
    let (name, address) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
        Some((name, address)) => (name.trim(), address.trim()),
        None => ("", text.trim()),
    };
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name);
    let name = name.replace("\\\"", "\"").replace("\\\\", "\\");
    let Some((user, domain)) = address.rsplit_once('@') else { return Err(refused("is not an e-mail address")) };
    if !user.is_ascii() {
        return Err(refused("has letters before the @ that not every mail server can carry"));
    }
    // Quoted names before the @ are allowed by the RFC and used by attackers only.
    let is_plain = user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte));
    let domain = match Host::parse(domain) {
        Ok(Host::Domain(domain)) if domain.contains('.') || domain == "localhost" => domain,
        _ => return Err(refused("is not an e-mail address")),
    };
    let email = Address::new(user, &domain).ok().filter(|_| is_plain && user.len() <= 64);
    let email = email.ok_or_else(|| refused("is not an e-mail address"))?;
    if name.chars().count() > LONGEST_NAME {
        return Err(refused("has too long a name"));
    }
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), email))
}

fn attachments(input: &Value) -> Result<Vec<Attachment>, CallError> {
    let key = "attachments";
    let items = match input.get(key) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) => items.as_slice(),
        Some(one) => std::slice::from_ref(one),
    };
    if items.len() > MOST_ATTACHMENTS {
        let message = format!("{} files are attached; at most {MOST_ATTACHMENTS} fit", items.len());
        return Err(CallError::input(key, "input.too_large", message));
    }
    let file = |item: &Value| {
        let File { name, media_type, bytes } = File::needed(key, item)?;
        Ok(Attachment { name, media_type, bytes })
    };
    items.iter().filter(|item| !item.is_null()).map(file).collect()
}

#[cfg(test)]
#[path = "mail_tests.rs"]
mod tests;
