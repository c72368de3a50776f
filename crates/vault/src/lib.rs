//! Secrets at rest. Every secret has a data key of its own, wrapped by the master key of the key file, and is bound to its
//! workspace, owner and field: a row that is copied elsewhere does not open there. This is the only crate that sees plain text
//! of stored secrets.

mod error;
mod key_file;
mod revealed;
mod seal;
mod vault;

pub use error::Error;
pub use revealed::Revealed;
pub use vault::Vault;
