//! Mail of sandbox connections: the simulated account gets it as a request, so that it can be looked at, and misbehaves as any other.

use std::time::Duration;

use egress::{Request, SendLimits};
use http::{HeaderValue, Method, header};
use model::run::ErrorClass;
use serde_json::json;
use url::Url;

use super::Failed;
use super::mail::Mail;
use super::message::Letter;
use crate::error::CallError;
use crate::transport::Transport;

/// Where the simulated account takes mail: `POST` with `{from, recipients, subject, text, html, attachments, message_id}`.
const ADDRESS: &str = "https://email.sandbox.invalid/messages";

pub(super) async fn send(
    transport: &dyn Transport,
    account: &str,
    letter: &Letter,
    mail: &Mail,
    timeout: Duration,
) -> Result<String, Failed> {
    let bare = |error: CallError| -> Failed { Box::new((error, None)) };
    let none = || {
        let message = "This is a sandbox connection, and nothing here simulates mail; its mail is not sent";
        bare(CallError::new(ErrorClass::Permanent, "connect.sandbox", message))
    };
    let simulated = transport.simulated("email", account).ok_or_else(none)?;
    let url = Url::parse(ADDRESS).map_err(|_| none())?;
    let body = json!({
        "message_id": letter.message_id, "from": letter.sender, "recipients": letter.recipients, "subject": mail.subject,
        "text": mail.text, "html": mail.html, "attachments": mail.attachments.iter().map(|file| &file.name).collect::<Vec<_>>(),
    });
    let mut request = Request::new(Method::POST, url);
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = body.to_string().into();
    let limits = SendLimits { timeout, ..SendLimits::default() };
    let answer = simulated.send(request, limits).await.map_err(|failure| bare(failure.into()))?;
    let (class, code) = match answer.status {
        200..=399 => return Ok("2.0.0 Ok: kept by the simulated server".to_owned()),
        401 => (ErrorClass::Auth, "smtp.auth"),
        403 => (ErrorClass::Permission, "smtp.sender"),
        429 => (ErrorClass::RateLimited, "smtp.later"),
        400..=499 => (ErrorClass::Rejected, "smtp.rejected"),
        _ => (ErrorClass::Transient, "smtp.later"),
    };
    let message = format!("The simulated mail server does not take this: {}", answer.status);
    Err(bare(CallError { status: Some(answer.status), ..CallError::new(class, code, message) }))
}
