//! Deleting everything about a person.

use model::api::{Erasure, ErasureCount, ErasureState, NewErasure};

use super::plural;

pub const TITLE: &str = "Delete a person's data";
pub const ABOUT: &str = "Everything that holds a value of theirs: runs with their data and files, events, samples, requests, and what alerts said. First it is counted.";
pub const ONLY_OWNERS: &str = "Only owners of the workspace delete a person's data.";
pub const VALUE: &str = "A value only this person has";
pub const VALUE_HINT: &str =
    "An e-mail address, a telephone number, a customer's number. It is found where it stands by itself. Look for each of them.";
pub const VALUE_EXAMPLE: &str = "ada@example.com";
pub const LOOK: &str = "Look for it";
pub const STOP: &str = "Stop";
pub const FORGET: &str = "Delete nothing";
pub const CARRY_OUT: &str = "Delete all of it";
pub const CONFIRM_TITLE: &str = "Delete all of it?";
pub const CONFIRM: &str = "Runs that hold the value go with everything they hold. This cannot be undone. Backups made before keep it, and so do the systems it was sent to.";
pub const KEPT_TOO: &str = "Also values that steps keep; workflows may need them";
pub const WORKSPACE: &str = "The whole workspace";
pub const WHERE: &str = "Workflow";
pub const WHAT: &str = "What holds it";

pub fn length() -> String {
    format!("Between {} and {} characters.", NewErasure::SHORTEST, NewErasure::LONGEST)
}

pub fn state(erasure: &Erasure) -> String {
    let looked = plural(erasure.looked_through, "row", "rows");
    match erasure.state {
        ErasureState::Counting => format!("Looking: {looked} looked through so far"),
        ErasureState::Counted if erasure.counts.is_empty() => format!("Nothing holds it; {looked} were looked through"),
        ErasureState::Counted if erasure.counts.iter().all(is_unread) => {
            format!("Nothing that could be read holds it; {looked} were looked through")
        }
        ErasureState::Counted => "This holds it. Nothing is deleted yet".to_owned(),
        ErasureState::Erasing => format!("Deleting: {looked} looked through so far"),
        ErasureState::Finished => "Deleted".to_owned(),
        ErasureState::Stopped => "Stopped; what was looked for is forgotten".to_owned(),
    }
}

/// All that is to be said of it is that some of it could not be read.
fn is_unread(count: &ErasureCount) -> bool {
    ErasureCount { workflow: None, name: None, unreadable_runs: 0, ..count.clone() } == ErasureCount::default()
}

/// One line each.
pub fn parts(count: &ErasureCount) -> Vec<String> {
    let all = [
        (count.runs, "run", "runs", ""),
        (count.events, "event", "events", " without a run"),
        (count.samples, "sample or sandbox account", "samples or sandbox accounts", ""),
        (count.requests, "webhook request", "webhook requests", ""),
        (count.kept_values, "kept value", "kept values", ""),
        (count.alerts, "alert or error message", "alerts or error messages", ", in which it is replaced"),
        (count.live_runs, "run", "runs", " under way: cancel them or wait, and look again"),
        (count.unreadable_runs, "run that", "runs that", " could not be read: what it says stays; the server's log says why"),
        (count.held_events, "held event", "held events", ": let them run or refuse them, and look again"),
    ];
    let mut parts: Vec<String> = all
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many, after)| format!("{}{after}", plural(n, one, many)))
        .collect();
    if count.in_definition {
        parts.push("Its steps or settings name it: change them in the editor".to_owned());
    }
    parts
}
