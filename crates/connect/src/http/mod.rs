//! The `http` connector: any request to any server.

pub(crate) mod answer;
mod body;
mod disposition;
pub(crate) mod headers;
pub(crate) mod input;
pub(crate) mod outcome;
mod perform;
mod prepare;

pub(crate) use body::takes_files;
pub(crate) use perform::perform;
pub(crate) use prepare::prepare;
