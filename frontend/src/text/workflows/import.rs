//! A whole workflow as text: exported, copied, imported, duplicated.

use model::api::FileError;

use crate::text::{plural, quoted};

pub const IMPORT: &str = "Import a workflow";
pub const IMPORT_ABOUT: &str = "From a file, or from text that somebody copied";
pub const COPY: &str = "Copy as text";
pub const COPY_REFUSED: &str = "The browser does not let this page write to the clipboard. Export the workflow as JSON instead.";
pub const DUPLICATE: &str = "Duplicate";

pub const LEAD: &str =
    "Paste what “Copy as text” gave, or choose an exported file. Nothing is made before you have seen what it holds.";
pub const TEXT: &str = "Text of the workflow";
pub const TEXT_EXAMPLE: &str = "{ \"name\": …, \"definition\": … }";
pub const FILE: &str = "Choose a file";
pub const OTHER: &str = "Another one";
pub const DO_IMPORT: &str = "Import";
pub const IS_OFF: &str = "It is made as a draft: nothing runs before you publish it.";
pub const ACCOUNTS: &str = "Which accounts should it use?";
pub const STEPS: &str = "What it holds";

const NO_WORKFLOW: &str = "This is no exported workflow. Use “Export as JSON” or “Copy as text” of a workflow to get one.";
const STEPS_ONLY: &str = "These are copied steps, not a whole workflow. Open a workflow and paste them on its canvas.";
const NEWER: &str = "This workflow was exported from a newer version of Patchbay. Update this one to import it.";
const TOO_LARGE: &str = "This is too large to import: at most 10 MB.";

pub fn refused(error: &FileError) -> String {
    match error {
        FileError::NoWorkflow => NO_WORKFLOW.into(),
        FileError::Steps => STEPS_ONLY.into(),
        FileError::Newer => NEWER.into(),
        FileError::TooLarge => TOO_LARGE.into(),
        FileError::Broken(reason) => {
            format!(
                "A part of this workflow cannot be read: it is damaged, or from a version that knows other parts. Export it again. ({reason})"
            )
        }
    }
}

pub const UNREADABLE_FILE: &str = "The file could not be read. Choose it again.";

pub fn holds(triggers: usize, steps: usize) -> String {
    format!("{}, {}", plural(triggers as u64, "trigger", "triggers"), plural(steps as u64, "step", "steps"))
}

pub fn unknown_service(id: &str) -> String {
    format!("It uses {}, which is not known here: those steps can be seen, not run.", quoted(id))
}

/// “Slack: Tell sales, Tell support and 3 more”
pub fn account(service: &str, used_by: &[String]) -> String {
    const MOST: usize = 3;
    let named = used_by.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    match used_by.len().saturating_sub(MOST) {
        0 => format!("{service}: {named}"),
        more => format!("{service}: {named} and {more} more"),
    }
}

pub fn copied(name: &str) -> String {
    format!("{} is copied as text.", quoted(name))
}

pub fn copy_of(name: &str) -> String {
    format!("Copy of {name}")
}

pub fn duplicated(name: &str) -> String {
    format!("{} is made. It is off until you publish it.", quoted(name))
}

pub fn sketch(chain: &[String]) -> String {
    if chain.is_empty() { "An empty workflow".into() } else { format!("Workflow: {}", chain.join(" → ")) }
}
