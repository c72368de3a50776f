//! A mail as it goes over the wire.

use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use model::run::ErrorClass;
use sha2::{Digest, Sha256};

use super::account::Account;
use super::mail::{Attachment, Mail};
use crate::error::CallError;

/// The head, the parts, and whom it goes to.
pub(super) struct Letter {
    pub sender: String,
    pub recipients: Vec<String>,
    pub message_id: String,
    /// With CRLF at the end of every line, in ASCII.
    pub bytes: Vec<u8>,
}

pub(super) fn letter(mail: &Mail, account: &Account, key: &str) -> Result<Letter, CallError> {
    let mut from = account.from.clone();
    if !mail.from_name.is_empty() {
        from.name = Some(mail.from_name.clone());
    }
    let digest = hex::encode(Sha256::digest(format!("mail {key}")));
    let message_id = format!("<{}@{}>", &digest[..32], from.email.domain());
    let mut builder = Message::builder().from(from.clone()).subject(mail.subject.as_str()).message_id(Some(message_id.clone()));
    for to in &mail.to {
        builder = builder.to(to.clone());
    }
    for cc in &mail.cc {
        builder = builder.cc(cc.clone());
    }
    // Those of the blind copies stand in the envelope only.
    for bcc in &mail.bcc {
        builder = builder.bcc(bcc.clone());
    }
    for reply_to in &mail.reply_to {
        builder = builder.reply_to(reply_to.clone());
    }
    let message = parts(builder.date_now(), mail, &digest).map_err(|_| unbuilt())?;
    let mut recipients: Vec<String> = Vec::new();
    for Mailbox { email, .. } in mail.to.iter().chain(&mail.cc).chain(&mail.bcc) {
        if !recipients.iter().any(|known| known.eq_ignore_ascii_case(email.as_ref())) {
            recipients.push(email.to_string());
        }
    }
    let bytes = crlf(&message.formatted());
    if !bytes.is_ascii() {
        return Err(unbuilt());
    }
    Ok(Letter { sender: from.email.to_string(), recipients, message_id, bytes })
}

fn unbuilt() -> CallError {
    CallError::new(ErrorClass::Input, "email.message", "No mail can be made of this")
}

/// Boundaries follow from the key: equal input gives an equal message, but for its date.
fn parts(builder: lettre::message::MessageBuilder, mail: &Mail, digest: &str) -> Result<Message, lettre::error::Error> {
    let boundary = |level: &str| format!("patchbay-{level}-{}", &digest[32..]);
    let plain = || SinglePart::plain(mail.text.clone());
    let html = || SinglePart::html(mail.html.clone());
    let both = || MultiPart::alternative().boundary(boundary("a")).singlepart(plain()).singlepart(html());
    if mail.attachments.is_empty() {
        return match (mail.text.is_empty(), mail.html.is_empty()) {
            (false, false) => builder.multipart(both()),
            (true, false) => builder.singlepart(html()),
            _ => builder.singlepart(plain()),
        };
    }
    let mixed = MultiPart::mixed().boundary(boundary("m"));
    let mut whole = match (mail.text.is_empty(), mail.html.is_empty()) {
        (false, false) => mixed.multipart(both()),
        (true, false) => mixed.singlepart(html()),
        _ => mixed.singlepart(plain()),
    };
    for file in &mail.attachments {
        whole = whole.singlepart(attached(file));
    }
    builder.multipart(whole)
}

fn attached(file: &Attachment) -> SinglePart {
    let kind = ContentType::parse(&file.media_type).ok();
    let octets = || ContentType::parse("application/octet-stream").ok();
    let attachment = lettre::message::Attachment::new(file.name.clone());
    // In base64 whatever it holds: the bytes arrive as they are. This encoding takes every content.
    let body = Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64);
    let body = body.unwrap_or_else(Body::new);
    attachment.body(body, kind.or_else(octets).unwrap_or(ContentType::TEXT_PLAIN))
}

/// Every line ends with CRLF: a lone CR or LF is read by some servers as the end of a line and by others not, which lets a second
/// message be smuggled in.
fn crlf(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 40);
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"\r\n");
        let is_pair = rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n');
        rest = &rest[at + 1 + usize::from(is_pair)..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
