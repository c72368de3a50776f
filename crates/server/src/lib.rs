//! The web server: the API under `/api/v1`, webhooks, live streams, health and the browser's files.
//!
//! Every operation of the API is registered in `router` by its endpoint's type, which brings its method, path, shapes and the role
//! it needs: a handler cannot be reached without the check. Handlers are thin; what they do is done by `store`, `vault` and
//! `triggers`.

mod accounts;
mod app;
mod assets;
mod auth;
mod catalog;
mod definition;
mod endpoint;
mod error;
pub mod figures;
mod gate;
mod headers;
mod input;
mod live;
mod needs;
mod openapi;
mod options;
mod reading;
mod router;
mod routes;
mod serve;
mod templates;

pub use auth::hash_password;
pub use error::Error;
pub use live::Live;
pub use openapi::{document, endpoint_table};
pub use options::{Options, RunnerIdle, Services};
pub use router::router;
pub use serve::serve;
