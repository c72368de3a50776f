//! The API's shapes: one [`Endpoint`] constant serves the server's route, the browser's client and the OpenAPI document.
//!
//! Everything stands under `/api/v1`. v1 only ever adds fields.

mod account;
mod connections;
mod endpoint;
mod error;
mod events;
mod page;
mod runs;
mod samples;
mod stream;
mod table;
mod workflows;

pub use account::*;
pub use connections::*;
pub use endpoint::{Access, Endpoint, Method, PathArgs};
pub use error::{ErrorBody, ErrorDetail};
pub use events::*;
pub use page::{Cursor, Empty, Page};
pub use runs::*;
pub use samples::*;
pub use stream::*;
pub use table::{Described, Visitor, visit};
pub use workflows::*;
