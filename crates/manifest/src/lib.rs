//! What a connector is, which ones there are, and the one check of a workflow definition that the editor, publishing and import
//! share.

mod connector;
mod credential;
mod field;

use std::sync::LazyLock;

pub use connector::{AuthMethod, Connector, Effect, Idempotency, IdempotencyClass, NeedsConnection, Operation};
pub use credential::{is_credential_header, is_credential_parameter};
pub use field::{Choice, Field, FieldKind, ShownWhen};

static BUILTIN: LazyLock<Vec<Connector>> = LazyLock::new(|| {
    let json = include_str!(concat!(env!("OUT_DIR"), "/connectors.json"));
    serde_json::from_str(json).expect("a test reads every connector of the repository")
});

/// The connectors that come with Patchbay, by id.
pub fn builtin() -> &'static [Connector] {
    &BUILTIN
}

/// One connector of those that come with Patchbay.
pub fn find(id: &str) -> Option<&'static Connector> {
    BUILTIN.iter().find(|connector| connector.id == id)
}
