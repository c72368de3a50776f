//! The API's shapes: one [`Endpoint`] constant serves the server's route, the browser's client and the OpenAPI document.
//!
//! Everything stands under `/api/v1`. v1 only ever adds fields.

mod account;
mod accounts;
mod activity;
mod alerts;
mod bulk;
mod connecting;
mod connections;
mod dashboard;
mod endpoint;
mod error;
mod events;
mod export;
mod groups;
mod hooks;
mod items;
mod lanes;
mod page;
mod polls;
mod runs;
mod samples;
mod sandbox;
mod search;
mod stream;
mod table;
mod templates;
mod values;
mod workflows;

pub use account::*;
pub use accounts::*;
pub use activity::*;
pub use alerts::*;
pub use bulk::*;
pub use connecting::*;
pub use connections::*;
pub use dashboard::*;
pub use endpoint::{Access, Endpoint, Method, PathArgs};
pub use error::{ErrorBody, ErrorDetail};
pub use events::*;
pub use export::*;
pub use groups::*;
pub use hooks::*;
pub use items::*;
pub use lanes::*;
pub use page::{Cursor, Empty, Page};
pub use polls::*;
pub use runs::*;
pub use samples::*;
pub use sandbox::*;
pub use search::*;
pub use stream::*;
pub use table::{Described, Visitor, visit};
pub use templates::*;
pub use values::*;
pub use workflows::*;
