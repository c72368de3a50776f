//! What the tests of several crates need: the service on the other side of a call, and where the databases are.

mod database;
mod upstream;

pub use database::postgres_url;
pub use upstream::{Behaviour, Recorded, Upstream};
