#![allow(clippy::unwrap_used, reason = "tests")]

mod dial;
mod failures;
mod guard;
mod limits;
mod redirects;
mod tricks;
mod upstream;
