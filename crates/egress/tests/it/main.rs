#![allow(clippy::unwrap_used, reason = "tests")]

mod failures;
mod guard;
mod limits;
mod redirects;
mod upstream;
