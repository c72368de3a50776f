//! Connections: credentials that are kept sealed.

use model::{Timestamp, api::CallBucket};

use super::{plural, quoted};
use crate::moment::{Style, absolute, now, number};

pub const TITLE: &str = "Connections";
pub const LEAD: &str = "Accounts and keys for the services your workflows call. They are stored sealed, never shown again, and sent only to the service itself or the hosts you list.";
pub const ADD: &str = "Add connection";
pub const EMPTY_TITLE: &str = "No connections yet";
pub const EMPTY: &str = "Connect an account when a step needs one. Steps that call open addresses need none.";
pub const LABEL: &str = "Name";
pub const HOSTS: &str = "May be sent to";
pub const HOSTS_HINT: &str =
    "Hosts, one per line, such as api.example.com or *.example.com. Nothing else ever sees the credentials.";
pub const HOSTS_PLACEHOLDER: &str = "api.example.com";
pub const NEED_LABEL: &str = "Give it a name.";
pub const NEED_HOSTS: &str = "List at least one host.";
pub const BAD_HOST: &str = "Only names of hosts, without https:// and paths.";
pub const NEED_VALUE: &str = "This is needed.";
pub const EDIT: &str = "Rename";
pub const EDIT_HOSTS: &str = "Change name and hosts";
pub const REPLACE: &str = "Replace credentials";
pub const REPLACE_LEAD: &str = "The old credentials are forgotten. Runs that wait for this connection go on by themselves.";
pub const REPLACED: &str = "The credentials are replaced.";
pub const SAVED: &str = "Saved.";
pub const DELETE: &str = "Delete";
pub const DELETE_BODY: &str = "Its credentials are erased. This cannot be undone.";
pub const NEEDS_REAUTH: &str = "The other side refused these credentials. Runs wait until they are replaced.";
pub const UNUSED: &str = "Not used yet";
pub const USED_ABOUT: &str = "It cannot be deleted while a workflow uses it.";

pub const GONE_TITLE: &str = "There is no such connection";
pub const GONE: &str = "It may have been deleted, or belong to another workspace.";
pub const BACK: &str = "All connections";
pub const RECONNECT: &str = "Reconnect";
pub const RECONNECT_ABOUT: &str = "Signs in again. Steps and waiting runs keep this connection.";
pub const ASK_AGAIN: &str = "Ask again";
pub const NEEDS_REAUTH_TITLE: &str = "This account has to be connected again";
pub const NEEDS_REAUTH_BODY: &str =
    "The other side no longer accepts what is kept here. Runs that need it wait; they go on by themselves once it works again.";
pub const SANDBOX_BODY: &str =
    "The simulated account refuses its credentials. Make it accept them again; waiting runs go on by themselves.";
pub const SANDBOX_AGAIN: &str = "Accept again";
pub const QUESTION_TITLE: &str = "One question is left";
pub const QUESTION_FOR_MAKERS: &str =
    "The account has several parts. Somebody with the maker role has to choose one before it can be used.";
pub const CHOOSE: &str = "Use this one";
pub const CHOSEN: &str = "Chosen.";
pub const OVERVIEW: &str = "Account";
pub const ACCOUNT: &str = "Account";
pub const UNNAMED: &str = "The service does not say";
pub const WAY: &str = "Signed in with";
pub const HOSTS_SENT: &str = "Sent to";
pub const ADDED_AT: &str = "Added";
pub const SIMULATED: &str = "Simulated account";
pub const SIMULATED_ABOUT: &str = "What your workflows did here, and how it answers them. Nothing of it exists at the service.";
pub const TREATS_CALLS: &str = "How it treats calls";
pub const BEHAVES: &str = "As it should";
pub const REFUSES_CREDENTIALS: &str = "Refuses the credentials (401)";
pub const LACKS_PERMISSION: &str = "Misses a permission (403)";
pub const RATE_LIMITS: &str = "Wants fewer calls (429, 5 seconds)";
pub const IS_DOWN: &str = "Is down (503)";
pub const IS_SLOW: &str = "Answers after 10 seconds";
pub const DROPS: &str = "Does it, and the answer is lost";
pub const LISTS_TWICE: &str = "Lists everything twice";
pub const HOLDS: &str = "What it holds";
pub const HOLDS_NOTHING: &str = "Nothing yet.";
pub const LAST_CALLS: &str = "Last calls";
pub const NO_CALLS: &str = "Nobody has called it yet.";
pub const NO_ANSWER: &str = "no answer";
pub const ANSWERS: &str = "What it answers";
pub const ANSWERS_HINT: &str = "Status, headers and body as JSON. Empty: it tells back what was asked. Nothing is sent anywhere.";
pub const ANSWERS_EXAMPLE: &str = "{ \"status\": 200, \"body\": { \"id\": 1 } }";
pub const BAD_ANSWER: &str = "Write it like this: { \"status\": 200, \"headers\": {}, \"body\": {} }";
pub const KEEP_ANSWER: &str = "Use this answer";
pub const LOOK_AGAIN: &str = "Look again";
pub const EMPTY_ACCOUNT: &str = "Empty it";
pub const EMPTY_ACCOUNT_BODY: &str = "What it holds, its calls and how it treats them go back to the beginning.";
pub const HEALTH: &str = "Health";
pub const HEALTH_ABOUT: &str = "Tokens are renewed ahead of their end, where the service allows it.";
pub const STATUS: &str = "State";
pub const RENEWED: &str = "Last renewed";
pub const NOT_RENEWED: &str = "Not yet";
pub const ENDS: &str = "Access ends";
pub const ENDED: &str = "Access ended";
pub const TEST: &str = "Test now";
pub const WORKS: &str = "It works: the service accepted these credentials.";
pub const ALLOWED: &str = "What it may do";
pub const ALLOWED_ABOUT: &str = "What was granted, beside what your workflows need.";
pub const GRANTED: &str = "Granted";
pub const MISSING: &str = "Missing";
pub const OTHER_SCOPE: &str = "Granted by the service";
pub const SCOPES_OF_KEY: &str =
    "What a typed key may do is decided where it was made. These are the permissions your workflows need:";
pub const NO_SCOPES: &str = "The service does not say what this connection may do.";
pub const ENVIRONMENT: &str = "Environment";
pub const PRODUCTION: &str = "Production";
pub const TEST_ACCOUNT: &str = "Test account of the service";
pub const SANDBOX: &str = "Sandbox";
pub const CANNOT_RENEW: &str = "Not possible without you";
pub const ENDING_TITLE: &str = "This access ends soon";
pub const CALLS: &str = "Calls";
pub const CALLS_ABOUT: &str = "What runs asked of this account. Tests are not counted.";
pub const CALLS_WINDOW: &str = "Time shown";
pub const ANSWERED: &str = "Answered";
pub const TOLD_TO_WAIT: &str = "Told to wait (429)";
pub const NO_BUDGET: &str = "No limit of calls is known for this service. When it asks for a pause, calls wait for it.";
pub const USES: &str = "Workflows";
pub const USES_ABOUT: &str = "Whose live version or draft uses it.";
pub const NO_USES: &str = "No workflow uses it yet.";
pub const DRAFT_ONLY: &str = "Draft only";
pub const MANAGE: &str = "Manage";
pub const REPLACE_ABOUT: &str = "Type in new ones. Steps and waiting runs keep this connection.";
pub const DELETE_ABOUT: &str = "Its credentials are erased.";

pub fn used_by(n: u64) -> String {
    if n == 0 { UNUSED.into() } else { format!("Used by {}", plural(n, "workflow", "workflows")) }
}

pub fn delete_title(label: &str) -> String {
    format!("Delete {}?", quoted(label))
}

pub fn replace_title(label: &str) -> String {
    format!("Replace the credentials of {}", quoted(label))
}

pub fn edit_title(label: &str) -> String {
    format!("Edit {}", quoted(label))
}

pub fn missing(n: usize) -> String {
    let what = plural(n as u64, "permission your workflows need is", "permissions your workflows need are");
    format!("{what} missing. Ask the service for it; what works now keeps working meanwhile.")
}

pub fn reconnect_title(label: &str) -> String {
    format!("Reconnect {}", quoted(label))
}

pub fn failed_test(message: &str) -> String {
    format!("It does not work: {}", super::sentence(message))
}

/// The vendor was not told that access ends.
pub fn access_kept(label: &str, why: &str) -> String {
    format!(
        "{} is deleted, but the service could not be told: {} Take the access back there.",
        quoted(label),
        super::sentence(why)
    )
}

pub fn deleted(label: &str) -> String {
    format!("{} is deleted.", quoted(label))
}

/// A week before its end somebody should know.
pub fn ends_soon(at: Timestamp) -> bool {
    at.since(now()) < 7 * 24 * 3_600_000
}

pub fn ending_body(at: Timestamp) -> String {
    let at_time = absolute(at, Style::Short);
    if at < now() {
        format!("Its access ended at {at_time}, and the service gives no way to renew it without you. Reconnect it.")
    } else {
        format!("Its access ends at {at_time}, and the service gives no way to renew it without you. Reconnect it before.")
    }
}

pub fn calls(n: u64, limited: u64) -> String {
    if n == 0 {
        return "No calls in this time.".into();
    }
    let calls = plural(n, "call", "calls");
    if limited == 0 {
        format!("{calls}, none told to wait.")
    } else {
        format!("{calls}, {} told to wait (429).", number(limited))
    }
}

pub fn calls_bar(bucket: &CallBucket) -> String {
    let (from, to) = (absolute(bucket.at, Style::Short), absolute(bucket.until, Style::Short));
    let calls = plural(bucket.calls, "call", "calls");
    match bucket.limited {
        0 => format!("{from} to {to}: {calls}"),
        limited => format!("{from} to {to}: {calls}, {} told to wait", number(limited)),
    }
}

pub fn budget_left(used: u64, budget: u64) -> String {
    format!(
        "About {} of {} calls a minute are left: {} in the last full minute. Calls beyond the limit wait their turn.",
        number(budget.saturating_sub(used)),
        number(budget),
        number(used)
    )
}
