//! Hosted forms: what stands behind their addresses, what was sent, and the event it becomes. The pages are the server's matter.

mod parts;
mod values;

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use http::HeaderMap;
use model::{
    api::WorkflowState,
    definition::{FormTrigger, PausedEvents, Trigger, TriggerKind},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{DedupeKey, EventFile, LiveHook, Origin};

use crate::{
    Error, Ingest,
    ingest::{Incoming, Source, Taken, dedupe_key},
    webhook::Captured,
};

/// Largest form with all its files, in bytes.
pub const MOST_BYTES: usize = 25 * 1024 * 1024;
/// Largest file of a form, in bytes.
pub const MOST_FILE_BYTES: usize = 10 * 1024 * 1024;
/// What the names of a page's fields begin with, so that none is taken for one of the page's own.
pub const FIELD: &str = "field.";
/// Carries the page's token: the same page sent twice makes one event.
pub const TOKEN: &str = "token";
/// Stays empty on a person's page: people do not see it, programs fill in everything they find.
pub const TRAP: &str = "homepage";

/// What stands behind the address of a form.
#[derive(Debug, Clone)]
pub struct OpenForm {
    pub form: FormTrigger,
    pub door: Door,
    /// Behind the test address, as the draft has it: what is sent becomes a sample.
    pub test: bool,
    key: String,
    hook: Arc<LiveHook>,
}

/// Whether a form takes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Open,
    /// The workflow is paused: what is sent is kept until it goes on.
    Held,
    /// The workflow is off, or its owner chose that it takes nothing while it is paused.
    Closed,
}

/// A form that fits, before it is stored.
#[derive(Debug)]
pub struct Filled {
    body: Value,
    files: Vec<EventFile>,
    token: String,
    typed: BTreeMap<String, String>,
}

impl Filled {
    /// What was typed, by key, for a page that is shown again although all of it fits.
    pub fn typed(&self) -> BTreeMap<String, String> {
        self.typed.clone()
    }
}

/// Why nothing was taken, for the page that is shown again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mistakes {
    /// By key: what was typed. Files are not kept.
    pub typed: BTreeMap<String, String>,
    /// By key: what is wrong with it.
    pub fields: BTreeMap<String, String>,
    /// About no field.
    pub whole: Option<String>,
}

/// What became of a form that was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum FormTaken {
    /// `duplicate`: this very page came before, and made the event then.
    Stored {
        held: bool,
        duplicate: bool,
    },
    /// Behind the test address.
    Captured(Captured),
    Closed,
}

impl OpenForm {
    /// Reads what a page sent. `headers` say how it is encoded.
    pub async fn read(&self, headers: &HeaderMap, body: &Bytes) -> Result<Filled, Mistakes> {
        let sent = parts::read(headers, body).await.map_err(|whole| Mistakes { whole: Some(whole), ..Mistakes::default() })?;
        values::fill(&self.form, sent)
    }
}

impl Ingest {
    /// What stands behind the address. `Error::NotFound` unless it belongs to a form; without `test`, to one that is published.
    pub async fn form(&self, key: &str, test: bool) -> Result<OpenForm, Error> {
        let unknown = || Error::NotFound("There is no form at this address.".into());
        let hook = self.store.live_hook(key).await?.ok_or_else(unknown)?;
        let trigger = if test { hook.draft_trigger.as_ref().or(hook.live_trigger()) } else { hook.live_trigger() };
        let Some(Trigger { kind: TriggerKind::Form(form), .. }) = trigger else { return Err(unknown()) };
        let paused = hook.live.as_ref().map(|def| def.settings.paused_events);
        let door = match hook.state {
            _ if test => Door::Open,
            WorkflowState::On => Door::Open,
            WorkflowState::Paused if paused != Some(PausedEvents::Refuse) => Door::Held,
            WorkflowState::Paused | WorkflowState::Off => Door::Closed,
        };
        Ok(OpenForm { form: form.clone(), door, test, key: key.to_owned(), hook: Arc::clone(&hook) })
    }

    /// Stores what was sent. The answer is final: nothing is acknowledged that is not stored.
    pub async fn take_form(&self, open: &OpenForm, filled: Filled) -> Result<FormTaken, Error> {
        let Filled { body, files, token, .. } = filled;
        let hook = &open.hook;
        let payload = Arc::new(json!({ "method": "FORM", "body": body }));
        if open.test {
            let at = (hook.workspace, hook.workflow, hook.trigger.clone());
            self.store.add_trigger_sample(at.0, at.1, &at.2, &payload, Origin::Captured).await?;
            return Ok(FormTaken::Captured(Captured { workspace: at.0, workflow: at.1, trigger: at.2 }));
        }
        let own = hook.live_trigger().and_then(|trigger| trigger.dedupe.as_ref()).and_then(|by| dedupe_key(by, &payload));
        let dedupe = own.unwrap_or_else(|| DedupeKey { hash: page_key(&token, &payload), keep_ms: None });
        let incoming = Incoming { payload, files, received_at: self.store.now(), dedupe: Some(dedupe), reply: false };
        let taken = self.accept(Arc::clone(hook), vec![incoming], &Source::Hook(&open.key)).await;
        let taken = taken.inspect_err(|error| self.count_backlog(hook, error, 1))?;
        Ok(match taken.into_iter().next() {
            Some(Taken::Run { .. } | Taken::Filtered { .. }) => FormTaken::Stored { held: false, duplicate: false },
            Some(Taken::Held { .. }) => FormTaken::Stored { held: true, duplicate: false },
            Some(Taken::Duplicate { .. }) => FormTaken::Stored { held: false, duplicate: true },
            Some(Taken::Refused { .. }) | None => FormTaken::Closed,
        })
    }
}

/// Of the page and what was filled in: the same page sent once more is known, and a browser that goes back to it and sends something
/// else loses nothing.
fn page_key(token: &str, payload: &Value) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["form", token, &payload.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}
