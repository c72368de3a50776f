//! Every text a person reads in the browser, one module per subject. Views hold no literals.

pub mod account;
pub mod activity;
pub mod alerts;
pub mod apps;
pub mod attempt;
pub mod bulk;
pub mod commands;
pub mod connect;
pub mod connections;
pub mod dashboard;
pub mod editor;
pub mod erase;
pub mod errors;
pub mod events;
pub mod many;
pub mod members;
pub mod mend;
pub mod run;
pub mod runs;
pub mod settings;
pub mod sharing;
pub mod shell;
pub mod standing;
pub mod status;
pub mod time;
pub mod ui;
pub mod workflows;

use crate::moment::number;

/// "1 run", "12,418 runs".
pub fn plural(n: u64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{} {many}", number(n)) }
}

/// The same with a full stop, where it has no end yet: texts from elsewhere become sentences.
pub fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// Said after what stands before it.
pub fn after(words: &str) -> String {
    format!(", {words}")
}

/// “Send to CRM”
pub fn quoted(text: &str) -> String {
    format!("“{text}”")
}
