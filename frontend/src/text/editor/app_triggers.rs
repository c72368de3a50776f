//! Triggers of connectors, and what reaches an address.

use crate::text::{plural, time};

pub const UNKNOWN_TRIGGER: &str =
    "This trigger comes from a connector that this server does not have. It stays as it is, but it cannot be set up here.";
pub const LOOKS: &str = "How often it looks";
pub const LOOKS_EVERY: &str = "Look every";
pub const ALSO_EXISTING: &str = "Also what is there already";
pub const ALSO_EXISTING_HINT: &str = "Off: only what comes after the workflow is turned on starts runs.";

pub const REACH: &str = "How events come here";
pub const REACH_ACTIVE: &str = "Set up";
pub const REACH_FAILED: &str = "Could not be set up";
pub const REACH_CREATING: &str = "Being set up";
pub const REACH_WAITING: &str = "Waiting for the first event";
pub const REACH_ENDING: &str = "Being taken away";
pub const REACH_OFF: &str = "Not set up yet";
pub const REACH_OFF_HINT: &str = "That happens when the workflow is published and turned on.";
pub const NOT_REACHABLE: &str = "This server's address is one of this machine or of a private network: the service cannot reach it. Give the server a public address (PATCHBAY_PUBLIC_URL).";
pub const MAYBE_NOT_REACHABLE: &str =
    "Many services refuse an address without https or without a name. Give the server a public one (PATCHBAY_PUBLIC_URL).";
pub const TO_DO_THERE: &str = "To be done at the service";
pub const ADDRESS_FOR_VENDOR: &str = "Address to enter there";
pub const ADDRESS_LATER: &str = "The address is made when the draft is saved.";
pub const TRY_NOW: &str = "Try now";

pub const TAB_REQUESTS: &str = "Requests";
pub const REQUESTS_INTRO: &str =
    "The last 20 requests to this trigger's addresses, newest first. Keys and signatures in them are masked.";
pub const NO_REQUESTS: &str = "Nothing has come yet. Requests show up here by themselves.";
pub const WAS_ACCEPTED: &str = "Started a run";
pub const WAS_HELD: &str = "Held";
pub const WAS_DUPLICATE: &str = "Came before";
pub const WAS_FILTERED: &str = "Filtered out";
pub const WAS_REFUSED: &str = "Refused";
pub const WAS_HANDSHAKE: &str = "Handshake";
pub const WAS_TEST: &str = "Test";
pub const BODY: &str = "Body";
pub const NO_BODY: &str = "It had no body.";
pub const BODY_CUT: &str = "Only the beginning is shown.";

pub const HAPPEN: &str = "Make it happen";
pub const HAPPEN_LATER: &str =
    "Publish the workflow and turn it on: then you can make something happen in the sandbox here, and see the workflow notice.";
pub const HAPPEN_ABOUT: &str =
    "The simulated service tells the live workflow, as the real one would. Nothing leaves Patchbay but what your steps send.";
pub const HAPPEN_HOW: &str = "In which way";
pub const HAPPENS_ONCE: &str = "Once, as usual";
pub const HAPPENS_TWICE: &str = "The same twice";
pub const SIGNED_EARLIER: &str = "With a signature of an hour ago";
pub const HAPPENED_EARLIER: &str = "It happened an hour ago";
pub const FORGED: &str = "With a forged signature";
pub const HAPPEN_WHAT: &str = "What is told";
pub const HAPPEN_MADE_UP: &str = "Back to what is made up";
pub const HAPPEN_NO_JSON: &str = "This is not JSON: check the commas and quotes.";
pub const HAPPENED_IN_LIST: &str = "It is in the list now. The trigger is looking, and its run shows up in a moment.";
pub const OPEN_THE_RUN: &str = "Open the run";

pub fn looks_hint(shortest_s: u64) -> String {
    let span = time::span(i64::try_from(shortest_s.saturating_mul(1_000)).unwrap_or(i64::MAX));
    format!("Not more often than every {span}, so that the service does not turn the calls away.")
}

/// `GitHub · New issue in acme/site`
pub fn app_waits(connector: &str, trigger: &str, place: Option<&str>) -> String {
    match place {
        Some(place) => format!("{connector} · {trigger} in {place}"),
        None => format!("{connector} · {trigger}"),
    }
}

pub fn since(moment: &str) -> String {
    format!("since {moment}")
}

pub fn renewed_before(moment: &str) -> String {
    format!("renewed by itself before {moment}")
}

pub fn tries_again(moment: &str) -> String {
    format!("It is tried again at {moment}.")
}

pub fn bytes_received(bytes: u64) -> String {
    plural(bytes, "byte", "bytes")
}

pub fn answered_with(status: u16) -> String {
    format!("answered with {status}")
}

// Trying, and standing

pub const TRY_IT: &str = "Try it";
pub const TRY_IT_ABOUT: &str = "See what it would catch now. Nothing starts, and what is found is kept as samples.";
pub const LOOK_NOW: &str = "Look now";
pub const CAUGHT_NOTHING: &str = "There is nothing to catch at the moment.";
pub const IN_USE: &str = "In use";
pub const STANDING: &str = "Where it stands";
pub const TAKE_ALL: &str = "Take all";
pub const SKIP_ALL: &str = "Skip them";

pub fn caught(count: usize, more: bool) -> String {
    let found = plural(count as u64, "event", "events");
    if more {
        format!("It would catch {found} and more. The newest first:")
    } else {
        format!("It would catch {found}. The newest first:")
    }
}

pub fn left_out(count: u64) -> String {
    format!("{} could not be read and made no event.", plural(count, "item", "items"))
}

pub fn looked(moment: &str, found: u64) -> String {
    let found = if found == 0 { "nothing new".to_owned() } else { format!("{} new", plural(found, "item", "items")) };
    format!("Last look {moment}: {found}")
}

pub fn looks_next(moment: &str) -> String {
    format!("next {moment}")
}

pub fn found_many(count: u64) -> String {
    format!("It found {} at once and waits for your word: each would start a run.", plural(count, "new item", "new items"))
}
