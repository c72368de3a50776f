//! What becomes of a look: its commit, or the failure that is shown.

use std::sync::Arc;

use connect::{Holding, Polled};
use manifest::Order;
use model::Timestamp;
use serde_json::{Value, json};
use store::{DedupeKey, Disposition, NewEvent, PollError, PollLook, PollPhase, PollState, Told};

use super::{AGAIN_MS, Failure, Look, MOST_AT_ONCE, Polls, form::hash};
use crate::{Error, ingest::Incoming, nesting};

/// An item of a list with a cursor is remembered for so long, in milliseconds: 90 days, longer than any list is read back.
const REMEMBER_MS: u64 = 90 * 24 * 3_600 * 1_000;
/// One of a list without a cursor may stand there for ever.
const FOR_EVER: u64 = 0;
/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 500;

impl Polls {
    /// Commits what was found. Gives back when to look next.
    pub(super) async fn found(&self, look: &Look<'_>, polled: Polled) -> Result<Timestamp, Error> {
        let now = self.ingest.store.now();
        let before = &look.before;
        let keep_ms = if look.poll.cursor.is_some() { REMEMBER_MS } else { FOR_EVER };
        let mut known: Vec<[u8; 32]> = polled.passed.iter().map(|key| hash(&before.fingerprint, key)).collect();
        let mut left_out: Vec<String> = polled.left_out.iter().map(|left| left.why.message.clone()).collect();
        let mut events: Vec<NewEvent> = Vec::with_capacity(polled.events.len());
        for found in &polled.events {
            let key = hash(&before.fingerprint, &found.key);
            let payload = json!({ "body": found.data });
            if let Err(error) = nesting::check("the item", &payload) {
                left_out.push(error.to_string());
                known.push(key);
                continue;
            }
            let incoming = Incoming {
                payload: Arc::new(payload),
                files: Vec::new(),
                received_at: now,
                dedupe: Some(DedupeKey { hash: key, keep_ms: Some(keep_ms) }),
                reply: false,
            };
            let judged = self.ingest.judge(&look.hook, look.trigger, &incoming);
            if !matches!(judged.event.disposition, Disposition::Run | Disposition::Hold) {
                // Filtered or refused: not looked at again either.
                known.push(key);
            }
            // The run goes through the queue: a look does not wait for a place.
            events.push(NewEvent { lease_ms: None, ..judged.event });
        }

        let moved = polled.cursor != before.cursor || !known.is_empty() || !events.is_empty();
        let goes_on = polled.more && moved;
        let next = if goes_on { now } else { look.rhythm.next(look.due, now) };
        let (phase, waiting) = phase(before.phase, &polled, goes_on);
        let is_held = phase == PollPhase::Held;
        let note = note(look, &polled, is_held);
        let told = told(look, &polled, is_held);
        let state = PollState {
            phase,
            cursor: polled.cursor.clone(),
            is_whole: polled.is_whole,
            last_at: Some(now),
            next_at: (!is_held).then_some(next),
            found: polled.found as u64,
            waiting,
            left_out: before.left_out + left_out.len() as u64,
            left_out_why: left_out.last().map(|why| shortened(why)).or_else(|| before.left_out_why.clone()),
            error: None,
            failures: 0,
            // What was said before stands until there is something else to say.
            note_at: if note.is_some() { Some(now) } else { before.note_at },
            note: note.or_else(|| before.note.clone()),
            ..before.clone()
        };
        if !left_out.is_empty() {
            let (workflow, trigger) = (look.hook.workflow, &look.trigger.id);
            tracing::warn!(workflow.id = %workflow, trigger.id = %trigger, items = left_out.len(), "items of a list could not be read and were left out");
        }
        match self.commit(look, state, known, keep_ms, told, events).await {
            Ok(true) => Ok(next),
            Ok(false) => Ok(now.plus_ms(AGAIN_MS)),
            // The workflow takes no more for now: the same items are found again later.
            Err(Error::Store(error @ store::Error::Backlog { .. })) => {
                let failure = Failure::new(model::run::ErrorClass::Transient, error.code(), error.to_string());
                self.failed(look, failure).await
            }
            Err(error) => Err(error),
        }
    }

    /// Notes why a look failed. Gives back when to try again.
    pub(super) async fn failed(&self, look: &Look<'_>, failure: Failure) -> Result<Timestamp, Error> {
        let now = self.ingest.store.now();
        let failures = look.before.failures.saturating_add(1);
        let next = look.rhythm.after_failure(failure.class, failure.retry_after_ms, failures, now);
        tracing::info!(
            workflow.id = %look.hook.workflow, trigger.id = %look.trigger.id, connector.id = %look.app.connector,
            class = failure.class.as_str(), code = failure.code, failures, "a trigger could not look at its list"
        );
        let error = PollError { class: failure.class, code: failure.code, message: shortened(&failure.message) };
        let state = PollState { last_at: Some(now), next_at: Some(next), error: Some(error), failures, ..look.before.clone() };
        let stands = self.commit(look, state, Vec::new(), 0, None, Vec::new()).await?;
        Ok(if stands { next } else { now.plus_ms(AGAIN_MS) })
    }

    async fn commit(
        &self,
        look: &Look<'_>,
        state: PollState,
        known: Vec<[u8; 32]>,
        keep_ms: u64,
        told: Option<Told>,
        events: Vec<NewEvent>,
    ) -> Result<bool, Error> {
        let commit = PollLook {
            workspace: look.hook.workspace,
            workflow: look.hook.workflow,
            trigger: look.trigger.id.clone(),
            version: look.hook.version.unwrap_or_default(),
            seq: look.seq,
            state,
            known,
            keep_ms,
            told,
        };
        Ok(self.ingest.store.commit_look(commit, events).await?.is_some())
    }
}

/// What the trigger does next, and how many items wait for a person.
fn phase(before: PollPhase, polled: &Polled, goes_on: bool) -> (PollPhase, u64) {
    if polled.held.is_some() {
        return (PollPhase::Held, polled.found as u64);
    }
    let phase = match before {
        _ if polled.is_resync => {
            if goes_on {
                PollPhase::First
            } else {
                PollPhase::Live
            }
        }
        PollPhase::First | PollPhase::GoingOn if goes_on => before,
        PollPhase::First | PollPhase::GoingOn | PollPhase::Live | PollPhase::Held => PollPhase::Live,
    };
    (phase, 0)
}

/// What a person should know.
fn note(look: &Look<'_>, polled: &Polled, is_held: bool) -> Option<String> {
    if is_held {
        return Some(match polled.held {
            Some(Holding::Gap) => {
                "The list holds more than one look can read, so the oldest new items would be missed. None was taken \
                 yet: take what can be read, or skip it all."
                    .to_owned()
            }
            _ => format!(
                "{} new items came at once. More than {MOST_AT_ONCE} are not taken unasked: take them, or skip them.",
                polled.found
            ),
        });
    }
    if polled.is_resync {
        return Some(
            "The service no longer knew where the last look ended, so the list was read anew. What came in between made no events."
                .to_owned(),
        );
    }
    (polled.is_cut && look.poll.order == Order::None)
        .then(|| "The list is longer than one look can read; what stands behind its end is not seen.".to_owned())
}

fn told(look: &Look<'_>, polled: &Polled, is_held: bool) -> Option<Told> {
    let detail = |more: Value| json!({ "trigger": look.trigger.id, "found": polled.found, "left_out": more });
    let left_out = json!(polled.left_out.len());
    if is_held {
        Some(Told { action: "poll.held", detail: detail(left_out) })
    } else if polled.is_resync {
        Some(Told { action: "poll.resynced", detail: detail(left_out) })
    } else if !polled.left_out.is_empty() {
        Some(Told { action: "poll.left_out", detail: detail(left_out) })
    } else {
        None
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(LONGEST_REASON).collect()
}
