//! Settings: the person, the sessions, the tokens, the look.

use model::Role;

use super::quoted;

pub const TITLE: &str = "Settings";

pub const PROFILE: &str = "Profile";
pub const WORKSPACE: &str = "Workspace";
pub const ROLE: &str = "Role";
pub const TIME_ZONE: &str = "Time zone";
pub const ADDRESS: &str = "Address";
pub const VERSION: &str = "Version";

pub const LOOK: &str = "Look";
pub const LOOK_ABOUT: &str = "Kept in this browser.";

pub const PASSWORD: &str = "Password";
pub const PASSWORD_ABOUT: &str = "A new password ends every other session.";
pub const CURRENT: &str = "Current password";
pub const NEW: &str = "New password";
pub const CHANGE_PASSWORD: &str = "Change password";
pub const PASSWORD_CHANGED: &str = "The password is changed; other sessions have ended.";

pub const SESSIONS: &str = "Sessions";
pub const SESSIONS_ABOUT: &str = "Browsers that are signed in as you.";
pub const THIS_SESSION: &str = "This browser";
pub const END_SESSION: &str = "Sign out";
pub const SESSION_ENDED: &str = "That browser is signed out.";
pub const END_ALL: &str = "Sign out everywhere";
pub const END_ALL_BODY: &str = "Every browser is signed out, this one too.";
pub const UNKNOWN_BROWSER: &str = "Unknown browser";
pub const LAST_SEEN: &str = "last seen";

pub const TOKENS: &str = "API tokens";
pub const TOKENS_ABOUT: &str = "For scripts and the command line: “Authorization: Bearer …”. Each belongs to this workspace.";
pub const NO_TOKENS: &str = "No tokens yet.";
pub const NEW_TOKEN: &str = "New token";
pub const TOKEN_NAME: &str = "Name";
pub const TOKEN_NAME_HINT: &str = "What it is for, such as “Nightly import”.";
pub const NEED_NAME: &str = "Give it a name.";
pub const TOKEN_ROLE: &str = "May do";
pub const TOKEN_EXPIRES: &str = "Ends";
pub const CREATE_TOKEN: &str = "Create token";
pub const TOKEN_SHOWN_ONCE: &str = "Copy it now: it is not shown again.";
pub const TOKEN_CREATED: &str = "Your new token";
pub const COPY_TOKEN: &str = "Copy the token";
pub const DONE: &str = "I have copied it";
pub const REVOKE: &str = "Revoke";
pub const REVOKE_BODY: &str = "Whatever uses it is refused from now on. This cannot be undone.";
pub const REVOKED: &str = "The token is revoked.";
pub const NEVER_USED: &str = "never used";
pub const USED: &str = "used";
pub const ENDED: &str = "ended";
pub const ENDS: &str = "ends";
pub const NO_END: &str = "no end";
pub const ONLY_OWNERS: &str = "Only owners of the workspace see its tokens.";

pub const AFTER_30: &str = "In 30 days";
pub const AFTER_90: &str = "In 90 days";
pub const AFTER_365: &str = "In a year";
pub const NEVER: &str = "Never";

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Maker => "Maker",
        Role::Operator => "Operator",
        Role::Owner => "Owner",
    }
}

pub fn role_about(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer: sees workflows and runs",
        Role::Maker => "Maker: builds and tests workflows",
        Role::Operator => "Operator: turns workflows on and off, replays runs",
        Role::Owner => "Owner: everything",
    }
}

pub fn revoke_title(name: &str) -> String {
    format!("Revoke {}?", quoted(name))
}

/// "Firefox on Linux", from what the browser says of itself.
pub fn browser(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Windows", "Windows"),
        ("Linux", "Linux"),
    ];
    let find = |list: &[(&str, &'static str)]| list.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.into(),
        (None, None) => UNKNOWN_BROWSER.into(),
    }
}
