//! What the tests of several crates need: the service on the other side of a call, a connector to it, and where the databases are.

mod connector;
mod database;
mod mailbox;
mod secure;
mod upstream;

pub use connector::CONNECTOR;
pub use database::postgres_url;
pub use mailbox::Mailbox;
pub use secure::{Certificate, SecureServer, authorities};
pub use upstream::{Behaviour, Recorded, Upstream};
