//! The `http` connector: any request to any server.

pub(crate) mod answer;
mod body;
pub(crate) mod headers;
pub(crate) mod input;
pub(crate) mod outcome;
mod perform;
mod prepare;

pub(crate) use perform::perform;
pub(crate) use prepare::prepare;
