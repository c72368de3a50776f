#![allow(clippy::unwrap_used, reason = "tests")]

mod answers;
mod cases;
mod credentials;
mod data;
mod lists;
mod prepare;
mod sending;
mod smtp;
mod upstream;
