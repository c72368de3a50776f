//! Problems, by code.

pub const OFFLINE: &str = "The server cannot be reached. Check the connection; this page tries again when you ask.";
pub const OFFLINE_TITLE: &str = "The server cannot be reached";
pub const NOT_FOUND_TITLE: &str = "This is not here (any more)";
pub const TITLE: &str = "This could not be loaded";

/// An answer that this page does not understand.
pub fn unreadable(status: u16) -> String {
    match status {
        413 => "That is too large for the server.".into(),
        429 => "Too many requests at once: wait a moment, then try again.".into(),
        500.. => format!("The server could not answer (status {status}). Its log says why; try again in a moment."),
        _ => "The server and this page are of different versions: reload the page.".into(),
    }
}

/// The server's own sentence, unless the catalogue knows a better one for the code.
pub fn message(code: &str, from_server: String) -> String {
    match code {
        "unauthorized" | "unauthenticated" => "You are signed out: sign in again to go on.".into(),
        "forbidden" => "Your role does not allow this. An owner of the workspace can change it.".into(),
        "rate_limited" => "Too many tries: wait a minute, then try again.".into(),
        _ if from_server.is_empty() => format!("The server refused this ({code})."),
        _ => from_server,
    }
}
