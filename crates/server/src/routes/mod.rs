//! The handlers, one file per resource.

pub(crate) mod account;
pub(crate) mod assets;
pub(crate) mod connections;
pub(crate) mod events;
pub(crate) mod health;
pub(crate) mod hooks;
pub(crate) mod journal;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod runs;
pub(crate) mod samples;
pub(crate) mod setup;
pub(crate) mod stream;
pub(crate) mod tokens;
pub(crate) mod workflows;
