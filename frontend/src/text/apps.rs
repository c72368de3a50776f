//! Apps at vendors: how a vendor knows this server.

use super::quoted;

pub const TITLE: &str = "Apps";
pub const ABOUT: &str = "Some services let people in only through an app that somebody has registered with them. It is done once, for everybody in the workspace.";
pub const SECTION_ABOUT: &str = "How services know this server, so that people can connect their accounts.";
pub const OPEN: &str = "Manage apps";
pub const ONLY_OWNERS: &str = "Only owners of the workspace register apps.";
pub const SETTINGS: &str = "Settings";
pub const EMPTY_TITLE: &str = "No service needs an app";
pub const EMPTY: &str = "All the connectors of this server are connected by typing in a key.";
pub const READY: &str = "Registered";
pub const MISSING: &str = "Not registered";
pub const FROM_ENVIRONMENT: &str = "From the environment";
pub const FROM_ENVIRONMENT_ABOUT: &str =
    "It is set by the environment of the server, which comes first. Whoever runs the server can change it there.";
pub const REDIRECT: &str = "Redirect address";
pub const REDIRECT_ABOUT: &str = "Enter it at the vendor, exactly so.";
pub const REDIRECT_LOCAL: &str =
    "This address is only reached from the machine itself. Where the server has a public address, set PATCHBAY_PUBLIC_URL first.";
pub const COPY_REDIRECT: &str = "Copy the redirect address";
pub const STEPS: &str = "At the vendor";
pub const SCOPES: &str = "What the app may ask for";
pub const SCOPES_ABOUT: &str = "Tick these at the vendor. People are asked for no more than their workflows need.";
pub const COPY_SCOPES: &str = "Copy all";
pub const KEYS: &str = "What the vendor shows";
pub const CLIENT_ID: &str = "Client ID";
pub const CLIENT_SECRET: &str = "Client secret";
pub const SECRET_KEPT: &str = "There is one. Left empty, it stays.";
pub const SECRET_HINT: &str = "Stored sealed, never shown again.";
pub const PUBLIC: &str = "The app has no secret (a public client)";
pub const NEED_ID: &str = "The vendor shows the client ID with the app.";
pub const NEED_SECRET: &str = "Enter the secret, or say that the app has none.";
pub const SAVE: &str = "Save the app";
pub const SAVED: &str = "The app is registered: accounts can be connected.";
pub const FORGET: &str = "Forget the app";
pub const FORGET_BODY: &str = "Accounts that were connected through it can no longer be renewed: they stop working when their access ends. This cannot be undone.";
pub const FORGOTTEN: &str = "The app is forgotten.";
pub const CHANGED: &str = "changed";

pub fn title(service: &str) -> String {
    format!("App at {service}")
}

pub fn forget_title(service: &str) -> String {
    format!("Forget the app at {}?", quoted(service))
}
