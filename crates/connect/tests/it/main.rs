#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod credentials;
mod prepare;
mod sending;
mod upstream;
