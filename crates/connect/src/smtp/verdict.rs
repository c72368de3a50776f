//! What a server's words mean for the step, by where in the conversation they were said.

use egress::{Failure, FailureKind};
use model::run::ErrorClass;

use super::Failed;
use super::account::{Account, Security};
use super::reply::{Broken, Reply};
use crate::error::CallError;

/// Where in the conversation something went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stage {
    Greeting,
    Hello,
    StartTls,
    SignIn,
    Sender(String),
    Recipient(String),
    /// Before anything of the message was sent.
    Data,
    /// Within the message: it was not complete.
    Content,
    /// After its end.
    End,
}

fn failed(class: ErrorClass, code: &str, message: impl Into<String>, reply: Option<Reply>) -> Failed {
    let status = reply.as_ref().map(|reply| reply.code);
    Box::new((CallError { status, ..CallError::new(class, code, message) }, reply))
}

/// No connection, or no secure one.
pub(super) fn undialled(failure: Failure, account: &Account) -> Failed {
    let kind = failure.kind;
    let error = CallError::from(failure);
    match kind {
        FailureKind::Tls => {}
        FailureKind::Certificate => return Box::new((CallError { class: ErrorClass::Permanent, ..error }, None)),
        _ => return Box::new((error, None)),
    }
    let hint = match account.security {
        Security::Tls => "; servers that begin without encryption (port 587) need the security \"STARTTLS\" in the connection",
        Security::StartTls | Security::None => "",
    };
    let message = format!("{}{hint}", error.message);
    Box::new((CallError { class: ErrorClass::Permanent, code: "smtp.tls".to_owned(), message, ..error }, None))
}

pub(super) fn unprotected(account: &Account) -> Failed {
    let message = format!(
        "Mail is not sent to {} without encryption: an operator can allow that for networks of your own with \
         PATCHBAY_EGRESS_ALLOW; otherwise choose TLS or STARTTLS in the connection",
        account.host
    );
    failed(ErrorClass::Permanent, "smtp.unprotected", message, None)
}

pub(super) fn no_starttls(account: &Account) -> Failed {
    let message = format!("{} does not offer encryption (STARTTLS) on port {}; try TLS on port 465", account.host, account.port);
    failed(ErrorClass::Permanent, "smtp.no_starttls", message, None)
}

pub(super) fn injected(account: &Account) -> Failed {
    let message = format!("{} sent more than it should before the encryption began; nothing was sent to it", account.host);
    failed(ErrorClass::Permanent, "smtp.injected", message, None)
}

pub(super) fn no_sign_in(account: &Account, offered: &str) -> Failed {
    let offers = if offered.trim().is_empty() {
        "it offers none".to_owned()
    } else {
        format!("it offers {}", offered.chars().take(100).collect::<String>())
    };
    let message = format!("{} cannot be signed in to with a user name and a password: {offers}", account.host);
    failed(ErrorClass::Permission, "smtp.no_sign_in", message, None)
}

pub(super) fn too_large(account: &Account, size: usize, most: &str) -> Failed {
    let message = format!("The mail has {size} bytes, and {} takes at most {most}", account.host);
    failed(ErrorClass::Rejected, "smtp.too_large", message, None)
}

/// The connection ended, or what came was no answer.
pub(super) fn broken(stage: &Stage, why: Broken, account: &Account) -> Failed {
    let indeterminate = *stage == Stage::End;
    let (class, code, what) = match why {
        Broken::Ended => (ErrorClass::Transient, "smtp.ended", "ended the conversation without an answer"),
        Broken::Odd => (ErrorClass::Permanent, "smtp.odd", "answered something that is not SMTP"),
    };
    let after = if indeterminate { " after the mail was handed over; it may have been taken" } else { "" };
    let message = format!("{} {what}{after}", account.host);
    let mut failed = failed(class, code, message, None);
    failed.0.indeterminate = indeterminate;
    failed
}

/// The server said no.
pub(super) fn refused(stage: Stage, reply: Reply, account: &Account) -> Failed {
    let reply = Reply { text: account.secrets.text(reply.text), ..reply };
    let said = match reply.text.as_str() {
        "" => format!("{}", reply.code),
        text => format!("{} {text}", reply.code),
    };
    let host = &account.host;
    if reply.is_transient() {
        let class = ErrorClass::Transient;
        return failed(class, "smtp.later", format!("{host} does not take the mail just now: {said}"), Some(reply));
    }
    if reply.is_positive() {
        return failed(ErrorClass::Permanent, "smtp.odd", format!("{host} answered something unexpected: {said}"), Some(reply));
    }
    let must_sign_in = matches!(reply.code, 530 | 534 | 535 | 538);
    let (class, code, message, field) = match stage {
        Stage::SignIn => {
            let message = format!("{host} does not accept the user name and password: {said}");
            (ErrorClass::Auth, "smtp.auth", message, None)
        }
        _ if must_sign_in => (ErrorClass::Auth, "smtp.auth", format!("{host} demands to be signed in to: {said}"), None),
        Stage::Recipient(recipient) => {
            let message = format!("{host} does not take mail for {recipient}; nothing was sent to anybody: {said}");
            (ErrorClass::Rejected, "smtp.recipient", message, Some("input.to".to_owned()))
        }
        Stage::Sender(sender) => {
            (ErrorClass::Rejected, "smtp.sender", format!("{host} does not let this connection send as {sender}: {said}"), None)
        }
        Stage::StartTls => (ErrorClass::Permanent, "smtp.tls", format!("{host} does not begin to encrypt: {said}"), None),
        Stage::Greeting | Stage::Hello => {
            (ErrorClass::Permanent, "smtp.turned_away", format!("{host} takes no mail from here: {said}"), None)
        }
        Stage::Data | Stage::Content | Stage::End => match reply.code {
            552 => (ErrorClass::Rejected, "smtp.too_large", format!("The mail is too large for {host}: {said}"), None),
            _ => (ErrorClass::Rejected, "smtp.rejected", format!("{host} refused the mail: {said}"), None),
        },
    };
    let mut failed = failed(class, code, message, Some(reply));
    failed.0.field = field;
    failed
}
