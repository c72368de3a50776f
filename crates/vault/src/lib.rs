//! Secrets at rest. Every secret has a data key of its own, wrapped by the master key of the key file, and is bound to its
//! workspace, owner and field: a row that is copied elsewhere does not open there. This is the only crate that sees plain text
//! of stored secrets: OAuth, which fetches and renews tokens, lives here too.

mod error;
mod key_file;
mod oauth;
mod revealed;
mod rotate;
mod seal;
mod service_account;
mod sources;
mod tokens;
mod vault;

pub use error::Error;
pub use oauth::{App, Begin, Begun, Finished, Granted, OAuthError, Values};
pub use revealed::Revealed;
pub use rotate::{Rotated, prepare};
pub use sources::{SourceError, Sources};
pub use tokens::{OpenError, Opened, Tokens};
pub use vault::Vault;
