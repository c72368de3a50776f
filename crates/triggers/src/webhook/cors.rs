//! Which websites' pages may send from a browser.

use http::{HeaderName, HeaderValue, header};
use model::definition::WebhookTrigger;

use super::{HookReply, HookRequest, reply};

/// A request without `Origin` comes from no web page; `null` is a sandboxed one, which only `*` allows.
pub(super) fn allowed(webhook: &WebhookTrigger, request: &HookRequest) -> bool {
    match request.headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => webhook
            .allowed_origins
            .iter()
            .any(|allowed| allowed == "*" || origin.as_bytes().eq_ignore_ascii_case(allowed.trim_end_matches('/').as_bytes())),
    }
}

pub(super) fn preflight(webhook: &WebhookTrigger) -> HookReply {
    let mut answer = reply::empty(204);
    answer.headers.push((header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type, idempotency-key")));
    if let Ok(methods) = HeaderValue::from_str(&webhook.methods.join(", ")) {
        answer.headers.push((header::ACCESS_CONTROL_ALLOW_METHODS, methods));
    }
    answer
}

/// Lets an allowed website's page read the answer.
pub(super) fn headers(webhook: &WebhookTrigger, request: &HookRequest, answer: &mut HookReply) {
    if let Some(origin) = request.headers.get(header::ORIGIN)
        && allowed(webhook, request)
    {
        answer.headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()));
        answer.headers.push((HeaderName::from_static("vary"), HeaderValue::from_static("origin")));
    }
}
