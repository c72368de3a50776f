//! A template with one's own accounts.

pub const TITLE: &str = "Make it mine";
pub const ABOUT: &str =
    "Choose the accounts it works with, and what in them is meant. All of it can be changed later, in the steps.";
pub const ACCOUNTS: &str = "Your accounts";
pub const CHOICES: &str = "What is meant in them";
pub const LATER: &str = "The rest later";
pub const DONE: &str = "Done";
pub const NOTHING: &str = "There is nothing left to choose.";
pub const SEEN: &str = "This was a simulated run: nothing left Patchbay. Give the workflow your own accounts to use it.";

pub fn so_far(done: usize, all: usize) -> String {
    format!("{done} of {all} chosen")
}

pub fn connect(service: &str) -> String {
    format!("Connect {service}")
}
