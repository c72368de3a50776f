//! Stored formats and edits.
#![allow(clippy::unwrap_used)]

mod edits;
mod formats;
