//! Pasting a cURL command.

use crate::{
    editor::curl::{Credential, Note, Refused},
    text::quoted,
};

pub const PASTE_CURL: &str = "Paste cURL";
pub const PASTE_CURL_ABOUT: &str = "Paste a command from a documentation or from a browser's network panel. It fills method, address, parameters, headers and body.";
pub const CURL_COMMAND: &str = "cURL command";
pub const CURL_EXAMPLE: &str = "curl https://api.example.com/contacts -H 'Accept: application/json' -d '{\"name\": \"Ada\"}'";
pub const FILL_IN: &str = "Fill in";
pub const CURL_DONE: &str = "Filled in from the command";
pub const CLOSE: &str = "Close";
pub const KEEP_AS_CONNECTION: &str = "Keep it as a connection";
pub const CURL_KEY_OPEN: &str =
    "In place of its key the command has a variable. Choose or add a connection below: keys are never part of a workflow.";

pub fn curl_key(credential: &Credential, host: &str) -> String {
    let what = match credential {
        Credential::Basic { username, .. } => format!("a password for the user {}", quoted(username)),
        Credential::Bearer { .. } => "a bearer token".into(),
        Credential::Header { name, .. } => format!("a key in the header {}", quoted(name)),
    };
    format!("The command carries {what}. It is not part of the step. Kept as a connection it is sealed, and sent to {host} only.")
}

pub fn kept_as_connection(label: &str) -> String {
    format!("The key is kept as the connection {}, which this step uses.", quoted(label))
}

pub fn curl_note(note: &Note) -> String {
    match note {
        Note::File(name) => {
            format!("The file {} is on another machine. Insert a file or text from the data instead.", quoted(name))
        }
        Note::KeyLeftOut(name) => {
            format!(
                "{} looks like a key and was left out. Keep it where it is sealed: in a connection or a secret variable.",
                quoted(name)
            )
        }
        Note::Option(name) => format!("The option {name} has no counterpart here."),
    }
}

pub fn curl_refused(refused: &Refused) -> String {
    match refused {
        Refused::NotCurl => "This does not begin with curl.".into(),
        Refused::NoAddress => "The command names no address.".into(),
        Refused::Unclosed(quote) => format!("A quote {quote} is not closed. Was the whole command copied?"),
        Refused::Incomplete(option) => format!("Something is missing after {option}. Was the whole command copied?"),
    }
}
