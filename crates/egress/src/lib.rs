//! The guard: every call Patchbay makes to another system leaves through [`Egress`].
//!
//! It refuses addresses inside the operator's own network unless they are allowed by name, and it checks the address that is
//! really connected to: a host name is resolved here, only checked addresses are handed to the connection, and every redirect
//! is checked like a first request. Proxy settings of the environment are ignored, because a proxy would connect for us.
//!
//! Other protocols get their connections here too ([`Egress::dial`]). This is the only crate that imports an HTTP client.

mod body;
mod certificate;
mod client;
mod dial;
mod failure;
mod guard;
mod options;
mod ranges;
mod redirect;
mod request;

pub use client::Egress;
pub use dial::Connection;
pub use failure::{Failure, FailureKind};
pub use options::{Error, Options};
pub use request::{Request, Response, SendLimits};
