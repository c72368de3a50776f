//! What a look at a trigger's list is asked for, and what it found.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;

use serde_json::Value;

use crate::CallError;

/// Which trigger is polled, from where on.
#[derive(Debug, Clone, Copy)]
pub struct Since<'a> {
    pub connector: &'a str,
    pub trigger: &'a str,
    /// The trigger's form.
    pub input: &'a Value,
    /// What the last look gave; nothing at first.
    pub cursor: Option<&'a str>,
    /// Of a list without a cursor: every look so far read it to its end, so whatever is not known is new, wherever it stands.
    pub is_whole: bool,
    pub want: Want,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// What is new, as many as the manifest allows at once. Nothing at all where more than `at_most` are new, or where the list did not
    /// reach back to what is known: a person should look first.
    New { at_most: Option<usize> },
    /// No events: everything there is counts as known from now on.
    Nothing,
    /// The last ones of the list, known or not.
    Newest(usize),
}

/// Which keys are known; asked page by page.
pub trait Known: Send + Sync {
    /// Those of `keys` that are.
    fn known<'a>(&'a self, keys: &'a [String]) -> Looked<'a>;
}

/// The answer, once it is there.
pub type Looked<'a> = Pin<Box<dyn Future<Output = Result<HashSet<String>, CallError>> + Send + 'a>>;

impl Known for HashSet<String> {
    fn known<'a>(&'a self, keys: &'a [String]) -> Looked<'a> {
        Box::pin(std::future::ready(Ok(keys.iter().filter(|key| self.contains(*key)).cloned().collect())))
    }
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Polled {
    /// Oldest first.
    pub events: Vec<Occurrence>,
    /// Keys of items that make no event and need not be looked at again: what was there before, what is left out.
    pub passed: Vec<String>,
    /// For the next look. Where the list has no cursor: nothing.
    pub cursor: Option<String>,
    /// For the next look, see [`Since::is_whole`].
    pub is_whole: bool,
    /// There was more than one look may give: look again soon, nothing is lost.
    pub more: bool,
    /// The cursor was no longer known, so the list was read anew: nothing of it should fire, and its owner should hear of it.
    pub is_resync: bool,
    /// New items of the list, given or not.
    pub found: usize,
    /// Items that could not be read: an expression fails, or what belongs to them is gone.
    pub left_out: Vec<LeftOut>,
    /// Why nothing was taken, though there is something new.
    pub held: Option<Holding>,
    /// The list is longer than one look reads; what stands behind was not seen.
    pub is_cut: bool,
}

/// One event of a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// By which doubles are known.
    pub key: String,
    pub data: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    pub key: String,
    pub why: CallError,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// More are new than may be taken without a person's word.
    TooMany,
    /// The list did not reach back to what is known: what is older than all that was read would be missed.
    Gap,
}
