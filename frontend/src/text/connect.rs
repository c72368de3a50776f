//! Connecting an account: choosing a service, a way to sign in, a consent.

use super::{plural, quoted, sentence};

pub const TITLE: &str = "Add a connection";
pub const SEARCH: &str = "Search services";
pub const NO_SERVICE_TITLE: &str = "No service of that name";
pub const NO_SERVICE: &str = "Any service with an address can be called: choose HTTP, and type in its key.";
pub const OTHER_SERVICE: &str = "Another service";
pub const WAYS: &str = "How to connect";
pub const CONSENT_ABOUT: &str = "A window opens, you agree there. Nothing to copy.";
pub const SANDBOX: &str = "Use the sandbox";
pub const SANDBOX_CHIP: &str = "Sandbox";
pub const SANDBOX_CHIP_ABOUT: &str = "A simulated account: its calls never reach the vendor.";
pub const SANDBOX_ADD: &str = "Add a sandbox connection";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "How you recognise it in a step.";
pub const NAME_OF_ACCOUNT: &str = "Left empty, it is called like the account.";
pub const STEPS: &str = "Where to find it";
pub const BAD_VALUE: &str = "This does not look right: check it against the example.";
pub const ASKED: &str = "What it will be allowed to do";
pub const NEEDED: &str = "Needed";
pub const NEEDED_ABOUT: &str = "A step of yours does this.";
pub const MORE_SCOPES: &str = "Allow more now";
pub const MORE_SCOPES_ABOUT: &str = "Steps you add later may need it; you would be asked again then.";
pub const NARROW: &str = "Untick what your workflows will not do. You can allow more later.";
pub const ALWAYS: &str = "So that the connection can be renewed without you";
pub const REOPEN: &str = "Open the window again";
pub const BLOCKED_ABOUT: &str = "No window? Your browser may have blocked it.";
pub const NO_APP_OWNER: &str = "Register the app";
pub const TAKE_OTHER: &str = "Change to this account";

pub const REFUSED_HERE: &str = "This account has to be connected again: runs that need it wait.";
pub const LACKS_SCOPE: &str = "This connection may not do this yet.";
pub const OPEN_CONNECTION: &str = "Open the connection";

pub fn sandboxed(label: &str) -> String {
    format!("{label} (sandbox)")
}

pub fn title(service: &str) -> String {
    format!("Connect {service}")
}

pub fn consent(service: &str) -> String {
    format!("Connect {service}")
}

pub fn typed_about(service: &str) -> String {
    format!("You copy it from {service} and type it in here.")
}

pub fn sandbox_about(service: &str) -> String {
    format!("A simulated {service} for trying things out: nothing leaves this server.")
}

pub fn waiting(service: &str) -> String {
    format!("Waiting for you in the window of {service}")
}

pub fn waiting_about(service: &str) -> String {
    format!("Sign in to {service} there and agree. This page goes on by itself.")
}

pub fn no_app_for_owner(service: &str) -> String {
    format!("{service} has to know this server first: register an app there once, for everybody in the workspace.")
}

pub fn no_app_for_others(service: &str) -> String {
    format!(
        "{service} has to know this server first. Ask an owner of the workspace to register the app of {service} under Settings, Apps."
    )
}

pub fn connected(service: &str) -> String {
    format!("{service} is connected.")
}

pub fn other_scopes(n: usize) -> String {
    plural(n as u64, "more permission", "more permissions")
}

/// What became of a consent that did not work, and what to do.
pub fn failed(code: &str, message: &str) -> String {
    match code {
        "oauth.unreachable" | "offline" => format!("{} Try again in a moment.", sentence(message)),
        "oauth.refused" => format!("{} Nothing has changed; try again when you like.", sentence(message)),
        _ => sentence(message),
    }
}

pub fn service_count(shown: usize, all: usize) -> String {
    if shown == all {
        plural(all as u64, "service", "services")
    } else {
        format!("{shown} of {}", plural(all as u64, "service", "services"))
    }
}

pub fn default_label(service: &str) -> String {
    service.to_owned()
}

pub fn sandbox_label(service: &str) -> String {
    format!("{service} sandbox")
}

pub fn gone_method(service: &str) -> String {
    format!("{} offers no way to sign in that this step can use.", quoted(service))
}
