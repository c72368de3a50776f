//! Several steps at once, and steps as text.

use crate::text::plural;

pub const SECTION: &str = "Section";
pub const WRAP_APART: &str = "Only steps of one path can be put into a section together.";
pub const WRAP_GAPS: &str = "Only steps that follow one another can be put into a section. Choose the ones between them too.";
pub const CHOSEN_STEPS: &str = "Chosen steps";
pub const LET_GO: &str = "Choose none";
pub const CHOOSE_SEVERAL: &str = "Choose several steps";
pub const COPY_HERE: &str = "Copy here";

pub const GIVES_DATA: &str = "gives data";
pub const TAKES_DATA: &str = "takes data";

pub const CLIPBOARD_REFUSED: &str =
    "The browser does not let this page write to the clipboard. Press Ctrl C on the canvas instead.";
pub const PASTE: &str = "Paste";
pub const PASTE_TITLE: &str = "Paste steps";
pub const PASTE_ABOUT: &str =
    "Steps that were copied here, in another workflow or on another instance of Patchbay. Paste their text:";
pub const PASTE_CONNECTIONS: &str = "Which accounts should they use?";
pub const PASTE_CONNECTIONS_ABOUT: &str = "These steps were built with connections that are not here, or not for you. Choose your own, or leave it for later: a step without one says so.";
pub const PASTE_LATER: &str = "Choose later";
pub const PASTE_NOT_STEPS: &str = "There are no steps in what was copied. Copy steps on a canvas first.";
pub const PASTE_NEWER: &str = "These steps were copied from a newer version of Patchbay. Update this one to paste them.";
pub const PASTE_TOO_LARGE: &str = "That is too much to paste at once: at most 1,000 steps and 2 MB.";
pub const PASTE_BROKEN: &str = "The copied text is damaged: some of its steps do not hang together. Copy them again.";

fn steps(n: usize) -> String {
    plural(n as u64, "step", "steps")
}

pub fn chosen(n: usize) -> String {
    format!("{} chosen", steps(n))
}

pub fn copied(n: usize) -> String {
    format!("{} copied.", steps(n))
}

pub fn cut(n: usize) -> String {
    format!("{} cut. Undo brings them back.", steps(n))
}

// What has been done, for those who do not see it

pub const UNDONE: &str = "Undone.";
pub const REDONE: &str = "Done again.";

pub fn deleted(n: usize) -> String {
    format!("{} deleted. Undo brings {} back.", steps(n), if n == 1 { "it" } else { "them" })
}

pub fn moved_steps(n: usize) -> String {
    format!("{} moved.", steps(n))
}

pub fn duplicated(n: usize) -> String {
    format!("{} duplicated.", steps(n))
}

pub fn pasted(n: usize) -> String {
    format!("{} pasted.", steps(n))
}

pub fn dragged(n: usize) -> String {
    steps(n)
}

pub fn account_tip(name: &str) -> String {
    format!("Works with the connection {}", crate::text::quoted(name))
}

pub fn paste_connection(service: &str, label: &str) -> String {
    if label.is_empty() { service.to_owned() } else { format!("{service}: {label}") }
}
