//! What is kept of requests that left no event, and what of all of them is shown.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use manifest::{is_credential_header, is_credential_parameter};
use model::{
    Timestamp,
    api::{HookHeader, HookOutcome, HookRequest as Shown},
    ids::WorkspaceId,
};
use store::{KEPT_BODY_BYTES, KeptRequest};

use super::HookRequest;
use crate::Ingest;

/// In the place of what is secret.
const MASK: &str = "•••";
/// Bytes of one header's value that are kept.
const LONGEST_HEADER: usize = 2 * 1024;
/// Refused and filtered requests of one hook that are kept within a window: the ring holds no more, and whoever floods a hook does not
/// make the database work.
const MOST: u32 = 20;
const WINDOW_MS: i64 = 10_000;
/// Hooks that are counted at once.
const HOOKS: usize = 10_000;

/// What became of a request.
pub(crate) struct Seen<'a> {
    pub workspace: WorkspaceId,
    /// `<workflow>:<trigger>`, or `app:<connector>`.
    pub hook: String,
    pub outcome: HookOutcome,
    pub reason: &'a str,
    pub status: u16,
    /// Beside those everybody knows: that of the signature.
    pub secret_headers: Vec<String>,
}

/// By hook: since when, and how many.
type Counts = HashMap<(WorkspaceId, String), (Timestamp, u32)>;

/// How many requests of each hook were kept lately.
#[derive(Clone, Default)]
pub(crate) struct Pace(Arc<Mutex<Counts>>);

impl Pace {
    fn allows(&self, workspace: WorkspaceId, hook: &str, now: Timestamp) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= HOOKS {
            counts.retain(|_, (since, _)| now.since(*since) < WINDOW_MS);
        }
        let count = counts.entry((workspace, hook.to_owned())).or_insert((now, 0));
        if now.since(count.0) >= WINDOW_MS {
            *count = (now, 0);
        }
        count.1 += 1;
        count.1 <= MOST
    }
}

impl Ingest {
    /// Keeps a request for the inspector. One that cannot be kept changes nothing for its sender.
    pub(crate) async fn keep_request(&self, seen: Seen<'_>, request: &HookRequest) {
        let now = self.store.now();
        let is_paced = matches!(seen.outcome, HookOutcome::Refused | HookOutcome::Filtered | HookOutcome::Duplicate);
        if is_paced && !self.pace.allows(seen.workspace, &seen.hook, now) {
            return;
        }
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| HookHeader {
            name: name.as_str().to_owned(),
            value: shortened(&String::from_utf8_lossy(value.as_bytes())),
        };
        let mut headers: Vec<HookHeader> = request.headers.iter().map(header).collect();
        mask_headers(&mut headers, &seen.secret_headers);
        let kept = KeptRequest {
            workspace: seen.workspace,
            hook: seen.hook,
            outcome: seen.outcome,
            reason: seen.reason.to_owned(),
            status: seen.status,
            method: request.method.as_str().to_owned(),
            query: masked_query(&request.query),
            headers,
            body: request.body[..request.body.len().min(KEPT_BODY_BYTES)].to_vec(),
            bytes: request.body.len() as u64,
            received_at: now,
        };
        if let Err(error) = self.store.keep_request(kept).await {
            tracing::warn!(error = %error, "a webhook's request could not be kept for its list");
        }
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_HEADER) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Masks what an event still holds of its request.
pub(crate) fn masked(mut shown: Shown, secret_headers: &[String]) -> Shown {
    mask_headers(&mut shown.headers, secret_headers);
    shown.query = masked_query(&shown.query);
    shown
}

fn mask_headers(headers: &mut [HookHeader], secret_headers: &[String]) {
    for header in headers {
        let is_signature = header.name.contains("signature") || header.name.contains("hmac");
        let is_said = secret_headers.iter().any(|name| name.eq_ignore_ascii_case(&header.name));
        if is_said || is_signature || is_credential_header(&header.name) {
            header.value = MASK.to_owned();
        }
    }
}

fn masked_query(query: &str) -> String {
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_credential_parameter(name) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    };
    query.split('&').map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let header = |name: &str| HookHeader { name: name.into(), value: "s3cret".into() };
        let names = ["authorization", "cookie", "x-hub-signature-256", "x-api-key", "x-shop-hmac", "x-mine", "content-type"];
        let mut headers: Vec<_> = names.into_iter().map(header).collect();
        mask_headers(&mut headers, &["X-Mine".into()]);
        let shown: Vec<_> = headers.iter().filter(|header| header.value == "s3cret").map(|header| header.name.as_str()).collect();
        assert_eq!(shown, ["content-type"]);
        assert_eq!(masked_query("a=1&token=abc&b&api_key=x"), "a=1&token=•••&b&api_key=•••");
        assert_eq!(masked_query(""), "");
    }

    #[test]
    fn a_flood_is_kept_in_part() {
        let pace = Pace::default();
        let at = |ms| Timestamp(1_000_000 + ms);
        let kept = (0..100).filter(|n| pace.allows(WorkspaceId(1), "wf:t", at(*n))).count();
        assert_eq!(kept, 20);
        assert!(pace.allows(WorkspaceId(1), "wf:other", at(1)), "each hook by itself");
        assert!(pace.allows(WorkspaceId(1), "wf:t", at(WINDOW_MS + 1)), "the next window");
    }
}
