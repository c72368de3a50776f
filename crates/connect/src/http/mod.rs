//! The `http` connector: any request to any server.

mod answer;
mod body;
mod headers;
mod input;
mod outcome;
mod perform;
mod prepare;

pub(crate) use perform::perform;
pub(crate) use prepare::prepare;
