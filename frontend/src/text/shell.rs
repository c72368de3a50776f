//! The frame around every page.

pub const PRODUCT: &str = "Patchbay";
pub const MAIN_NAV: &str = "Main";
pub const SKIP: &str = "Skip to the content";

pub const DASHBOARD: &str = "Dashboard";
pub const WORKFLOWS: &str = "Workflows";
pub const RUNS: &str = "Runs";
pub const EVENTS: &str = "Events";
pub const CONNECTIONS: &str = "Connections";
pub const SETTINGS: &str = "Settings";

pub const SIGN_OUT: &str = "Sign out";
pub const THEME: &str = "Theme";
pub const THEME_SYSTEM: &str = "As the system";
pub const THEME_LIGHT: &str = "Light";
pub const THEME_DARK: &str = "Dark";

pub const LIVE: &str = "Live";
pub const LIVE_ABOUT: &str = "What happens shows here as it happens.";
pub const CONNECTING: &str = "Connecting";
pub const RECONNECTING: &str = "Reconnecting";
pub const RECONNECTING_ABOUT: &str = "The live connection is lost: what is shown may be old until it is back.";

pub const NO_PAGE_TITLE: &str = "There is no such page";
pub const NO_PAGE: &str = "The address may be mistyped, or what it showed has been deleted.";
pub const TO_WORKFLOWS: &str = "Go to workflows";

pub const UNREACHABLE_TITLE: &str = "The server cannot be reached";
pub const UNREACHABLE: &str = "Patchbay does not answer at this address. It may be starting, or the connection may be down.";

pub fn account(name: &str) -> String {
    if name.is_empty() { "Account and theme".into() } else { format!("{name}: account and theme") }
}

/// The title of the browser's tab.
pub fn document_title(page: &str) -> String {
    if page.is_empty() { PRODUCT.into() } else { format!("{page} · {PRODUCT}") }
}

/// Of runs whose outcome only a person can tell.
pub fn needs_you(n: usize) -> String {
    if n == 1 {
        "1 run waits for your word: its outcome is unknown.".into()
    } else {
        format!("{n} runs wait for your word: their outcome is unknown.")
    }
}

pub fn count(n: usize, most: usize) -> String {
    if n > most { format!("{most}+") } else { n.to_string() }
}
