//! Setup and sign-in.

pub const SETUP_TITLE: &str = "Set up Patchbay";
pub const SETUP_LEAD: &str = "This server has no owner yet. Create your account: it takes a minute and is asked once.";
pub const TOKEN: &str = "Setup token";
pub const TOKEN_HINT: &str = "The server printed it when it started, as “Setup token: …”.";
pub const NAME: &str = "Your name";
pub const EMAIL: &str = "Email";
pub const PASSWORD: &str = "Password";
pub const WORKSPACE: &str = "Workspace";
pub const WORKSPACE_DEFAULT: &str = "My workspace";
pub const CREATE_OWNER: &str = "Create account";

pub const FIRST_CHANNEL_TITLE: &str = "Where should we tell you when something fails?";
pub const FIRST_CHANNEL_LEAD: &str = "One place outside of these pages is enough. A test message goes there at once.";
pub const FIRST_CHANNEL_MAIL: &str =
    "For e-mail, connect your mail server first, on the page Connections; then add the channel in the settings.";
pub const FIRST_CHANNEL_DONE: &str =
    "Look whether it is there. More channels, quiet hours and what each is told are in the settings.";
pub const LATER: &str = "Later";
pub const LATER_ABOUT: &str = "Until then nobody outside of these pages is told.";
pub const GO_ON: &str = "Go on to Patchbay";

/// `why`: a sentence, where it is known.
pub fn test_failed(why: Option<&str>) -> String {
    let why = why.map(str::trim).unwrap_or_default();
    let end = if why.is_empty() || why.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("The test message has not gone through. {why}{end} Correct the address, or leave it for later.")
}

pub const SIGN_IN_TITLE: &str = "Sign in";
pub const SIGN_IN: &str = "Sign in";
pub const FORGOT: &str =
    "Forgotten the password? Whoever runs the server can set a new one with “patchbay owner reset-password”.";
pub const EXPIRED_TITLE: &str = "Your session has ended";
pub const EXPIRED: &str = "Sign in to go on where you are; nothing on this page is lost.";

pub const PROMISES: [(&str, &str); 3] = [
    ("Nothing is lost", "Every event is stored before it is acknowledged."),
    ("Nothing happens twice", "Duplicates are recognised; calls are repeated only where that is safe."),
    ("Nothing fails silently", "Each run says what happened, in words, with every input and output."),
];

pub const NEED_TOKEN: &str = "Enter the token the server printed.";
pub const NEED_NAME: &str = "Enter your name.";
pub const NEED_EMAIL: &str = "Enter an address like name@example.com.";
pub const NEED_PASSWORD: &str = "Enter your password.";
pub const PASSWORD_SHORT: &str = "Use at least 10 characters.";
pub const STRENGTH: &str = "Password strength";

/// What a strength from 0 to 4 means.
pub fn strength(score: u8, left: usize) -> String {
    match score {
        0 if left == 1 => "1 more character".into(),
        0 => format!("{left} more characters"),
        1 => "Weak: easy to guess".into(),
        2 => "Fair: a few more words make it strong".into(),
        3 => "Good".into(),
        _ => "Strong".into(),
    }
}
