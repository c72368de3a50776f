//! The palette, the sheet of keys, and what every command is called.

use super::quoted;
use crate::commands::Command;

pub const PALETTE: &str = "Go to anything, do anything";
pub const PALETTE_SHORT: &str = "Search or do…";
pub const PALETTE_PLACEHOLDER: &str = "Where to, or what to do?";
pub const PALETTE_NOTHING: &str = "Nothing is called that. Try a workflow's name, a run's id, or “new”.";
pub const PALETTE_KEYS: &str = "↑ ↓ to choose · Enter to go · Esc to close";
pub const KEYBOARD: &str = "Keyboard";
pub const IN_EVERYWHERE: &str = "Everywhere";
pub const IN_EDITOR: &str = "In a workflow";
pub const ON_CANVAS: &str = "On the canvas";

pub const GROUP_EXACT: &str = "By its id";
pub const GROUP_HERE: &str = "On this page";
pub const GROUP_STEPS: &str = "Steps";
pub const GROUP_WORKFLOWS: &str = "Workflows";
pub const GROUP_CONNECTIONS: &str = "Connections";
pub const GROUP_GO: &str = "Go to";
pub const GROUP_GENERAL: &str = "Everywhere";
pub const GROUP_RECENT: &str = "Recent";

pub const RUN_ABOUT: &str = "Starts a live run, by hand";
pub const RUN_KEYWORDS: &str = "start execute trigger";

pub fn label(command: Command) -> &'static str {
    match command {
        Command::Palette => PALETTE,
        Command::Help => "Keyboard shortcuts",
        Command::GoDashboard => "Dashboard",
        Command::GoWorkflows => "Workflows",
        Command::GoRuns => "Runs",
        Command::GoEvents => "Events",
        Command::GoAlerts => "Alerts",
        Command::GoConnections => "Connections",
        Command::GoApps => "Apps at services",
        Command::GoSettings => "Settings",
        Command::NewWorkflow => "New workflow",
        Command::FromTemplate => "New workflow from a template",
        Command::Connect => "Connect a service",
        Command::ThemeSystem => "Colours as the system",
        Command::ThemeLight => "Light colours",
        Command::ThemeDark => "Dark colours",
        Command::SignOut => "Sign out",
        Command::TestAll => "Test the workflow",
        Command::Publish => "Review and publish",
        Command::Settings => "Settings of this workflow",
        Command::Versions => "History of this workflow",
        Command::Figures => "How this workflow fares",
        Command::Undo => "Undo",
        Command::Redo => "Redo",
        Command::AddTrigger => "Add a trigger",
        Command::FoldAll => "Fold everything",
        Command::UnfoldAll => "Unfold everything",
        Command::Add => "Add a step after the selected one",
        Command::Open => "Open the selected step",
        Command::Delete => "Delete the chosen steps",
        Command::Duplicate => "Duplicate the chosen steps",
        Command::SwitchOff => "Switch the chosen steps off or on",
        Command::Copy => "Copy the chosen steps",
        Command::Cut => "Cut the chosen steps",
        Command::Paste => "Paste steps",
        Command::Wrap => "Put the chosen steps into a section",
        Command::Park => "Park the chosen steps on the shelf",
        Command::Shelf => "Show or hide the shelf",
        Command::Outline => "Show or hide the list of steps",
        Command::AddNote => "Write a note after the selected step",
        Command::MoveUp => "Move the chosen steps up",
        Command::MoveDown => "Move the chosen steps down",
        Command::Mark => "Choose the selected step too, or not",
        Command::MarkUp => "Choose the step before too",
        Command::MarkDown => "Choose the step after too",
        Command::MarkAll => "Choose all steps",
        Command::Test => "Test the selected step",
        Command::Up => "Step before",
        Command::Down => "Step after",
        Command::Left => "Path to the left",
        Command::Right => "Path to the right",
        Command::First => "First step",
        Command::Last => "Last step",
        Command::Fold => "Fold or unfold what is inside",
        Command::Close => "Close, or let go",
        Command::Fit => "Show everything",
        Command::ActualSize => "Actual size",
        Command::ZoomIn => "Zoom in",
        Command::ZoomOut => "Zoom out",
    }
}

/// More words a command is found by.
pub fn keywords(command: Command) -> &'static str {
    match command {
        Command::Help => "keys hotkeys help",
        Command::GoDashboard => "home figures overview",
        Command::GoRuns => "executions history log",
        Command::GoEvents => "inbox deliveries",
        Command::GoAlerts => "problems notifications",
        Command::GoConnections => "accounts credentials keys",
        Command::GoApps => "oauth client id",
        Command::GoSettings => "profile password tokens channels",
        Command::NewWorkflow => "create add build blank",
        Command::FromTemplate => "create example sandbox try",
        Command::Connect => "account oauth add connection",
        Command::ThemeSystem | Command::ThemeLight | Command::ThemeDark => "theme mode appearance",
        Command::SignOut => "log out leave",
        Command::TestAll => "try run rehearse",
        Command::Publish => "deploy live release turn on",
        Command::Versions => "version restore",
        Command::Figures => "statistics chart",
        Command::FoldAll => "collapse",
        Command::UnfoldAll => "expand",
        Command::Fit => "fit zoom whole",
        Command::Add => "insert new action",
        Command::SwitchOff => "disable enable skip",
        Command::Delete => "remove",
        Command::Duplicate => "copy",
        Command::Copy | Command::Cut | Command::Paste => "clipboard",
        Command::Wrap => "group try catch",
        Command::Park | Command::Shelf => "keep later archive aside",
        Command::Outline => "outline tree overview structure",
        Command::AddNote => "comment markdown annotate",
        Command::MarkAll => "select everything",
        _ => "",
    }
}

pub fn workflow_is(state: &str) -> String {
    format!("Workflow · {}", state.to_lowercase())
}

pub fn connection_to(service: &str) -> String {
    format!("Connection · {service}")
}

pub fn open_run(id: &str) -> String {
    format!("Open the run {id}")
}

pub fn open_workflow(id: &str) -> String {
    format!("Open the workflow {id}")
}

pub fn open_connection(id: &str) -> String {
    format!("Open the connection {id}")
}

pub fn run_now(name: &str) -> String {
    format!("Run {} now", quoted(name))
}

pub fn run_began(name: &str) -> String {
    format!("A run of {} has begun.", quoted(name))
}

pub fn jump_to(label: &str) -> String {
    format!("Go to {}", quoted(label))
}
