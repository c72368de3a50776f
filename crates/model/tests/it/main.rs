//! Stored formats and edits.
#![allow(clippy::unwrap_used)]

mod compare;
mod edits;
mod formats;
