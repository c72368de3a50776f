//! Sending the browser to a vendor, and hearing how it ended.
//!
//! The vendor's page opens in a window of its own. It cannot be watched from here: pages of other origins are cut off from their
//! opener. Its last page, which is ours again (`/oauth/callback`), tells this browser by a channel. Where no window may be opened, this
//! tab itself goes to the vendor and comes back; what was filled in waits in the tab's own storage.

use std::collections::BTreeMap;

use leptos::{prelude::*, task::spawn_local};
use model::{
    api::{ConsentEnd, Empty, NewConsent, StartConsent},
    ids::{ConnectionId, UserId},
};
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::{
    api::{Problem, call},
    connectors,
};

/// The finishing page writes to these; `crates/server/src/routes/consent/end.js` names them too.
const CHANNEL: &str = "patchbay-consent";
const RETURN: &str = "patchbay.consent.return";
const END: &str = "patchbay.consent.end";
const DRAFT: &str = "patchbay.consent.draft";

/// What was filled in when this tab left for the vendor. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub service: String,
    pub method: String,
    pub label: String,
    pub values: BTreeMap<String, String>,
    pub scopes: Vec<String>,
    /// The connection that is renewed.
    pub connection: Option<ConnectionId>,
    /// For whom a new one is; absent: for everybody.
    pub only: Option<Vec<UserId>>,
    /// What on the page asked: the step or trigger of an editor.
    pub place: String,
}

/// A tab that was at the vendor and is back.
#[derive(Debug, Clone)]
pub struct Returned {
    pub end: ConsentEnd,
    pub draft: Draft,
}

/// What this tab hears of consents.
#[derive(Clone, Copy)]
struct Consents {
    /// The newest end that any window of this browser told.
    last: RwSignal<Option<ConsentEnd>>,
    returned: StoredValue<Option<Returned>>,
}

/// Listens for as long as the page lives, and takes what a tab brought back.
pub fn provide_consents() {
    let consents = Consents { last: RwSignal::new(None), returned: StoredValue::new(take_returned()) };
    if let Ok(channel) = BroadcastChannel::new(CHANNEL) {
        let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            let end = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok());
            if end.is_some() {
                consents.last.set(end);
            }
        });
        channel.set_onmessage(Some(heard.into_js_value().unchecked_ref()));
        // The channel lives as long as the page, too.
        std::mem::forget(channel);
    }
    provide_context(consents);
}

fn take_returned() -> Option<Returned> {
    let storage = window().session_storage().ok()??;
    let take = |key: &str| {
        let kept = storage.get_item(key).ok().flatten();
        let _ = storage.remove_item(key);
        kept
    };
    let (end, draft) = (take(END), take(DRAFT));
    // Back without an end: by the browser's own button.
    let _ = take(RETURN);
    let draft = draft.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Some(Returned { end: serde_json::from_str(&end?).ok()?, draft })
}

/// What this tab brought back from the vendor, once, for whoever asked there.
pub fn returned(is_mine: impl Fn(&Draft) -> bool) -> Option<Returned> {
    let Consents { returned, .. } = expect_context();
    returned.try_update_value(|kept| kept.take_if(|kept| is_mine(&kept.draft))).flatten()
}

/// The same without taking it.
pub fn place_of_return() -> Option<String> {
    let Consents { returned, .. } = expect_context();
    returned.with_value(|kept| kept.as_ref().map(|kept| kept.draft.place.clone()))
}

/// How far a consent has come.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    Idle,
    /// The address is being asked for.
    Beginning,
    /// A person is at the vendor's page. The address opens it again.
    Away(String),
    /// It did not work: stable name and words.
    Failed {
        code: String,
        message: String,
    },
}

/// One consent at a time.
#[derive(Clone, Copy)]
pub struct Flow {
    pub stage: RwSignal<Stage>,
    state: StoredValue<String>,
}

impl Flow {
    /// `on_done` gets the connection and what the server says of it.
    pub fn new(on_done: impl Fn(ConnectionId, String) + 'static) -> Self {
        let Consents { last, .. } = expect_context();
        let flow = Flow { stage: RwSignal::new(Stage::Idle), state: StoredValue::new(String::new()) };
        Effect::new(move |_| {
            let Some(end) = last.get() else { return };
            let is_mine =
                matches!(flow.stage.get_untracked(), Stage::Away(_)) && flow.state.with_value(|state| *state == end.state);
            if is_mine {
                flow.end(end, &on_done);
            }
        });
        flow
    }

    fn end(self, end: ConsentEnd, on_done: &impl Fn(ConnectionId, String)) {
        match end.connection {
            Some(id) => {
                self.stage.set(Stage::Idle);
                on_done(id, end.message);
            }
            None => self.stage.set(Stage::Failed { code: end.code.unwrap_or_default(), message: end.message }),
        }
    }

    /// Says what a tab that was at the vendor brought back.
    pub fn resume(self, end: ConsentEnd) {
        if end.connection.is_none() {
            self.stage.set(Stage::Failed { code: end.code.unwrap_or_default(), message: end.message });
        }
    }

    /// Begins. To be called by the click itself: later the browser would not allow a window.
    pub fn begin(self, consent: NewConsent, place: String) {
        let popup = Popup::open();
        self.stage.set(Stage::Beginning);
        spawn_local(async move {
            match call::<StartConsent>((), &Empty {}, &consent).await {
                Ok(begun) => {
                    self.state.try_set_value(state_of(&begun.url));
                    if popup.go(&begun.url) {
                        self.stage.try_set(Stage::Away(begun.url));
                    } else {
                        leave(&begun.url, &draft_of(consent, place));
                    }
                }
                Err(Problem { code, message, .. }) => {
                    popup.close();
                    self.stage.try_set(Stage::Failed { code, message });
                }
            }
        });
    }

    /// Opens the vendor's page once more: its window was closed, or is lost behind others.
    pub fn reopen(self) {
        if let Stage::Away(url) = self.stage.get_untracked() {
            Popup::open().go(&url);
        }
    }

    pub fn give_up(self) {
        self.state.set_value(String::new());
        self.stage.set(Stage::Idle);
    }
}

/// The `state` of an authorization address: its end carries the same.
fn state_of(url: &str) -> String {
    web_sys::Url::new(url).ok().and_then(|url| url.search_params().get("state")).unwrap_or_default()
}

/// A window that stays empty until the address is known.
struct Popup(Option<web_sys::Window>);

impl Popup {
    fn open() -> Self {
        // A new window begins with a copy of this tab's storage: what another try left there would mislead its last page.
        if let Ok(Some(storage)) = window().session_storage() {
            [RETURN, END, DRAFT].iter().for_each(|key| _ = storage.remove_item(key));
        }
        Popup(window().open_with_url_and_target_and_features("", "_blank", "popup,width=580,height=760").ok().flatten())
    }

    /// False: the browser did not open a window.
    fn go(&self, url: &str) -> bool {
        self.0.as_ref().is_some_and(|popup| popup.location().replace(url).is_ok())
    }

    fn close(&self) {
        if let Some(popup) = &self.0 {
            let _ = popup.close();
        }
    }
}

/// What was filled in, but for secrets: a tab's storage is no place for them.
fn draft_of(consent: NewConsent, place: String) -> Draft {
    let NewConsent { connector, method, label, mut values, scopes, connection, only, .. } = consent;
    let of = connectors::method(&connector, &method);
    values.retain(|key, _| of.is_some_and(|of| of.fields.iter().any(|field| &field.key == key && !field.secret)));
    Draft { service: connector, method, label, values, scopes, connection, only, place }
}

/// This tab goes to the vendor, and back to where it is now.
fn leave(url: &str, draft: &Draft) {
    let location = window().location();
    let here = format!("{}{}", location.pathname().unwrap_or_default(), location.search().unwrap_or_default());
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(RETURN, &here);
        if let Ok(draft) = serde_json::to_string(draft) {
            let _ = storage.set_item(DRAFT, &draft);
        }
    }
    let _ = location.assign(url);
}
