//! The list of workflows and what is done to them from there.

pub mod import;

use super::{plural, quoted};
use crate::moment::number;

pub const TITLE: &str = "Workflows";
pub const SEARCH: &str = "Search workflows";
pub const NEW: &str = "New workflow";
pub const TEMPLATES: &str = "Templates";
pub const TEMPLATES_ABOUT: &str = "Whole workflows between services, to try with simulated accounts";
pub const TEMPLATES_LEAD: &str = "Try one with simulated services: nothing leaves Patchbay. Your own accounts come later.";
pub const TEMPLATES_SEARCH: &str = "Search by name or service";
pub const TEMPLATE_TRY: &str = "Try it";
pub const TEMPLATE_USE: &str = "Use my accounts";
pub const TEMPLATE_SERVICES: &str = "Services";
pub const TEMPLATE_NONE: &str = "No template has all of this. Choose fewer services, or search for something else.";
pub const NEW_FROM: &str = "Start from an example";
pub const UNTITLED: &str = "Untitled workflow";
pub const NAME: &str = "Name";
pub const STATE: &str = "State";
pub const LAST_RUN: &str = "Last run";
pub const LAST_DAY: &str = "Last 24 hours";
pub const MORE: &str = "Show more workflows";
pub const NEVER_RAN: &str = "No run yet";
pub const NO_TRIGGER: &str = "No trigger yet";

pub const DRAFT: &str = "Draft";
pub const UNPUBLISHED: &str = "Unpublished changes";
pub const UNPUBLISHED_ABOUT: &str = "The draft differs from the version that runs.";

pub const EMPTY_TITLE: &str = "Build your first workflow";
pub const EMPTY: &str =
    "A trigger brings an event in, steps check it, shape it and pass it on. Begin with one of these: everything can be changed.";
pub const NO_MATCH_TITLE: &str = "No workflow has this in its name";
pub const NO_MATCH: &str = "Search for a part of the name, or clear the search.";
pub const CLEAR_SEARCH: &str = "Clear the search";

pub const OPEN: &str = "Open";
pub const RENAME: &str = "Rename";
pub const FOUND_IN_STEPS: &str = "Found in steps";
pub const MORE_FOUND: &str = "There are more places. Search for more letters to see fewer.";
pub const EDIT_TAGS: &str = "Tags…";
pub const TAG: &str = "Tag";
pub const TAGS: &str = "Tags";
pub const TAGS_HINT: &str =
    "With commas between them: sales, weekly. The lists of workflows and runs and the channels of alerts can be narrowed to one.";
pub const TAGGED: &str = "Tags saved";
pub const ANY_TAG: &str = "Tag: any";

pub fn tags_of(name: &str) -> String {
    format!("Tags of {}", quoted(name))
}

pub fn only_tag(name: &str) -> String {
    format!("Show only those tagged {}", quoted(name))
}

pub const SEE_RUNS: &str = "See its runs";
pub const SEE_FIGURES: &str = "See how it fares";
pub const EXPORT: &str = "Export as JSON";
pub const DELETE: &str = "Delete";
pub const RENAME_TITLE: &str = "Rename workflow";
pub const NEED_NAME: &str = "A workflow needs a name.";
pub const RENAMED: &str = "Renamed";
pub const DELETE_BODY: &str = "Its live runs are cancelled and its webhook stops answering. Past runs are kept as long as the workspace keeps runs. This cannot be undone.";

pub const SWITCH_QUESTION: &str = "Should new events start runs, be refused, or be kept for later?";
pub const TURN_ON: &str = "On";
pub const TURN_ON_ABOUT: &str = "Every event starts a run.";
pub const TURN_ON_HELD: &str = "Every event starts a run; those that were kept go first.";
pub const PAUSE: &str = "Pause";
pub const PAUSE_ABOUT: &str = "Events, and runs that have not begun, wait in order until it is on again.";
pub const TURN_OFF: &str = "Off";
pub const TURN_OFF_ABOUT: &str = "Events are refused, and their senders are told.";
pub const NOT_PUBLISHED: &str = "Publish it first: open it and choose Publish.";
pub const HELD_ABOUT: &str = "Events that came while it was paused: they run when it is turned on.";

pub fn actions(name: &str) -> String {
    format!("Actions for {}", quoted(name))
}

pub fn switch(name: &str, state: &str) -> String {
    format!("{} is {}: change", quoted(name), state.to_lowercase())
}

pub fn switched(name: &str, state: model::api::WorkflowState) -> String {
    use model::api::WorkflowState::{Off, On, Paused};
    match state {
        On => format!("{} is on.", quoted(name)),
        Paused => format!("{} is paused: events are kept.", quoted(name)),
        Off => format!("{} is off: events are refused.", quoted(name)),
    }
}

pub fn delete_title(name: &str) -> String {
    format!("Delete {}?", quoted(name))
}

pub fn deleted(name: &str) -> String {
    format!("{} is deleted.", quoted(name))
}

pub fn runs(n: u64) -> String {
    plural(n, "run", "runs")
}

pub fn failed(n: u64) -> String {
    format!("{} failed", number(n))
}

pub fn held(n: u64) -> String {
    format!("{} held", number(n))
}

pub fn more_steps(n: usize) -> String {
    format!("+{n}")
}

/// What the icons of a row say: "webhook, filter, http".
pub fn chain(kinds: &[String]) -> String {
    if kinds.is_empty() { NO_TRIGGER.into() } else { kinds.join(" → ") }
}

pub fn shown(n: usize, more: bool) -> String {
    let count = plural(n as u64, "workflow", "workflows");
    if more { format!("the first {count}") } else { count }
}

/// The examples a new workflow can start from.
pub mod starters {
    pub const HOOK: &str = "Webhook to HTTP";
    pub const HOOK_ABOUT: &str = "Take an event in, let only the right ones pass, send them on.";
    pub const HOOK_TRIGGER: &str = "New event";
    pub const HOOK_FILTER: &str = "Only large orders";
    pub const HOOK_SET: &str = "Shape the data";
    pub const HOOK_SEND: &str = "Send it on";
    pub const MORNING: &str = "Every morning";
    pub const MORNING_ABOUT: &str = "Fetch a list each weekday at eight and pass it on.";
    pub const MORNING_TRIGGER: &str = "Weekdays at 8:00";
    pub const MORNING_FETCH: &str = "Fetch the list";
    pub const MORNING_SEND: &str = "Send the report";
}

/// The first minutes of an instance.
pub mod first {
    pub const TEMPLATE: &str = "Try a template";
    pub const TEMPLATE_ABOUT: &str =
        "A whole workflow between services that are simulated: it runs at once, and nothing leaves Patchbay.";
    pub const LISTEN: &str = "Listen for a webhook";
    pub const LISTEN_ABOUT: &str = "Get an address, send something to it, and build with what came in.";
    pub const BLANK: &str = "Start blank";
    pub const BLANK_ABOUT: &str = "An empty canvas: choose what starts it yourself.";

    pub const TITLE: &str = "First steps";
    pub const CLOSE: &str = "Do not show this again";
    pub const DONE: &str = "done";
    pub const TO_DO: &str = "to do";
    /// Each step, and where it is done.
    pub const STEPS: [(&str, &str); 4] = [
        ("Make a workflow", "from a template, a webhook or blank"),
        ("See it run", "press Test in the editor: nothing is sent before you say so"),
        ("Connect a service", "your own account, or a simulated one to try"),
        ("Turn it on", "publish it, and new events start runs"),
    ];

    pub fn so_far(n: usize) -> String {
        format!("{n} of 4")
    }
}
