//! What senders are answered.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use model::{
    api::{ErrorBody, ErrorDetail},
    ids::RunId,
    run::RunStatus,
};
use serde::Serialize;
use serde_json::{Value, json};
use store::Reply;

use super::HookReply;
use crate::{Error, ingest::Taken};

/// Headers a workflow may set on its answer; everything else could speak for this server to its own pages' users.
const ANSWER_HEADERS: &[&str] = &["content-type", "content-language", "cache-control", "location", "retry-after", "link", "etag"];

pub(crate) fn empty(status: u16) -> HookReply {
    HookReply { status, headers: Vec::new(), body: Bytes::new(), captured: None }
}

pub(crate) fn json(status: u16, body: &impl Serialize) -> HookReply {
    let body = serde_json::to_vec(body).unwrap_or_default();
    HookReply {
        status,
        headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))],
        body: Bytes::from(body),
        captured: None,
    }
}

pub(crate) fn error(status: u16, code: &str, message: &str) -> HookReply {
    json(status, &ErrorBody { error: ErrorDetail { code: code.into(), message: message.into(), details: Value::Null } })
}

/// After so many seconds a full backlog may have room again.
const BACKLOG_RETRY_S: &str = "30";

/// An event that could not be taken in; inner text stays inside.
pub(crate) fn failed(failure: &Error) -> HookReply {
    match failure {
        Error::NotFound(message) => error(404, failure.code(), message),
        Error::Gone(message) => error(410, failure.code(), message),
        Error::Invalid(message) => error(400, failure.code(), message),
        Error::Problems(_) => error(422, failure.code(), &failure.to_string()),
        Error::Store(store::Error::Backlog { waiting, limit }) => {
            metrics::counter!("patchbay_deliveries_refused_total", "reason" => "backlog").increment(1);
            tracing::warn!(
                waiting,
                limit,
                "a workflow takes no more events until its runs have caught up; a sender was told to come again"
            );
            let message = "Too many runs of this workflow wait to begin. Send the event again later.";
            let mut answer = error(503, "hook.backlog", message);
            answer.headers.push((header::RETRY_AFTER, HeaderValue::from_static(BACKLOG_RETRY_S)));
            answer
        }
        Error::Store(inner) => {
            tracing::error!(error = %inner, "an event could not be stored; its sender was told to send it again");
            let mut answer = error(503, "unavailable", "The event could not be stored. Send it again later.");
            answer.headers.push((header::RETRY_AFTER, HeaderValue::from_static("5")));
            answer
        }
    }
}

fn value(taken: &Taken) -> Value {
    match taken {
        Taken::Run { event, run } => json!({ "event": event, "run": run, "duplicate": false }),
        Taken::Duplicate { event, run } => json!({ "event": event, "run": run, "duplicate": true }),
        Taken::Held { event } => json!({ "event": event, "run": null, "duplicate": false, "held": true }),
        Taken::Filtered { event } => json!({ "event": event, "run": null, "duplicate": false, "filtered": true }),
        Taken::Refused { reason } => json!({ "event": null, "run": null, "duplicate": false, "refused": reason }),
    }
}

/// `status`: of an event that was taken in; a held or refused one has its own.
pub(crate) fn receipt(taken: &Taken, status: u16) -> HookReply {
    match taken {
        Taken::Refused { reason } => error(410, "hook.refused", reason),
        Taken::Held { .. } => json(202, &value(taken)),
        _ => json(status, &value(taken)),
    }
}

/// One per item of a list. Items share their fate: a workflow that is off or paused is so for all of them.
pub(crate) fn receipts(taken: &[Taken]) -> HookReply {
    if let Some(Taken::Refused { reason }) = taken.iter().find(|one| matches!(one, Taken::Refused { .. })) {
        return error(410, "hook.refused", reason);
    }
    let held = taken.iter().any(|one| matches!(one, Taken::Held { .. }));
    json(if held { 202 } else { 200 }, &json!({ "events": taken.iter().map(value).collect::<Vec<_>>() }))
}

/// The answer of a run its sender waited for.
pub(crate) fn of_run(run: RunId, reply: Reply) -> HookReply {
    match reply {
        Reply::Responded { status, headers, body } => {
            let mut answer = match body.as_ref() {
                Value::String(text) => HookReply {
                    status,
                    headers: vec![(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))],
                    body: Bytes::from(text.clone()),
                    captured: None,
                },
                Value::Null => empty(status),
                other => json(status, other),
            };
            for (name, value) in headers {
                let (Ok(name), Ok(value)) = (HeaderName::try_from(name.to_ascii_lowercase()), HeaderValue::try_from(value))
                else {
                    continue;
                };
                if ANSWER_HEADERS.contains(&name.as_str()) {
                    answer.headers.retain(|(known, _)| known != name);
                    answer.headers.push((name, value));
                }
            }
            answer
        }
        Reply::Finished { status: RunStatus::Succeeded | RunStatus::Filtered, output, .. } => match output {
            Some(output) => json(200, &*output),
            None => json(200, &json!({ "run": run })),
        },
        Reply::Finished { status, .. } => {
            let (code, how) =
                if status == RunStatus::Cancelled { ("run.cancelled", "was cancelled") } else { ("run.failed", "failed") };
            json(
                500,
                &ErrorBody {
                    error: ErrorDetail {
                        code: code.into(),
                        message: format!("The event was accepted, but its run {how}."),
                        details: json!({ "run": run }),
                    },
                },
            )
        }
    }
}
