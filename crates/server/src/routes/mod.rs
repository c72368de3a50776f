//! The handlers, one file per resource.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod assets;
pub(crate) mod bulk;
pub(crate) mod connections;
pub(crate) mod events;
pub(crate) mod export;
pub(crate) mod groups;
pub(crate) mod health;
pub(crate) mod hooks;
pub(crate) mod items;
pub(crate) mod journal;
pub(crate) mod lanes;
mod lines;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod runs;
pub(crate) mod samples;
pub(crate) mod search;
pub(crate) mod setup;
pub(crate) mod stream;
pub(crate) mod tokens;
pub(crate) mod values;
pub(crate) mod wait;
pub(crate) mod workflows;
