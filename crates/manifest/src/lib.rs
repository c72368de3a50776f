//! What a connector is, which ones there are, and the one check of a workflow definition that the editor, publishing and import
//! share.

#[cfg(any(test, feature = "folder"))]
mod assemble;
mod auth;
mod check;
mod connector;
mod credential;
mod field;
#[cfg(any(test, feature = "folder"))]
mod folder;
mod idempotency;
mod lint;
mod mend;
mod outcome;
mod request;
mod template;
mod trigger;

#[cfg(feature = "builtin")]
use std::sync::LazyLock;

pub use auth::{
    AfterConnect, AuthKind, AuthMethod, ClientAuth, Exchange, Expiry, Grant, Identity, OAuth2, Pkce, Placement, ServiceAccount,
    TimeUnit, TokenBody,
};
pub use check::{check, sub_workflows};
pub use connector::{ApiVersion, Checked, CheckedBy, Connector, Effect, Load, Native, NeedsConnection, Operation, Output, Scope};
pub use credential::{is_credential_header, is_credential_parameter};
pub use field::{
    Choice, Field, FieldFormat, FieldKind, FieldsFrom, OptionsFrom, Pattern, ShownWhen, VendorKind, VendorType, bounds,
};
#[cfg(any(test, feature = "folder"))]
pub use folder::parse_folder;
pub use idempotency::{Idempotency, IdempotencyClass, KeptError, KeyFormat, KeyIn, KeyPlace, KeyScope, Lookup};
pub use lint::{Problem, lint};
pub use mend::{Known as KnownData, Mend, MendKind, Mender, Offer};
pub use outcome::{LimitKey, Meaning, OutcomeRule, RateLimit, ResetHeader, Until};
pub use request::{AnswerKind, Body, Chunk, ListStyle, MessageSpec, Paging, PagingKind, PagingPlace, PollUntil, RequestSpec};
pub use template::{Compiled, Template, parse_parts, parse_text};
pub use trigger::{
    Ack, Algorithm, AppWebhook, Encoding, Endpoint, Handshake, KeyEncoding, Order, Part, Poll, Route, SecretFrom, Signature,
    Timestamp, Trigger,
};

#[cfg(feature = "builtin")]
static BUILTIN: LazyLock<Vec<Connector>> = LazyLock::new(|| {
    let json = include_str!(concat!(env!("OUT_DIR"), "/connectors.json"));
    serde_json::from_str(json).expect("a test reads every connector of the repository")
});

/// The connectors that come with Patchbay, by id.
#[cfg(feature = "builtin")]
pub fn builtin() -> &'static [Connector] {
    &BUILTIN
}

/// One connector of those that come with Patchbay.
#[cfg(feature = "builtin")]
pub fn find(id: &str) -> Option<&'static Connector> {
    BUILTIN.iter().find(|connector| connector.id == id)
}

#[cfg(all(test, feature = "builtin"))]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_connector_can_be_read() {
        assert!(find("http").is_some_and(|http| http.operation("request").is_some()));
        let ids: BTreeSet<_> = builtin().iter().map(|connector| &connector.id).collect();
        assert_eq!(ids.len(), builtin().len());
    }

    #[test]
    fn every_connector_keeps_what_it_says() {
        for connector in builtin() {
            let problems: Vec<_> = lint(connector).iter().map(ToString::to_string).collect();
            assert!(problems.is_empty(), "{}:\n{}", connector.id, problems.join("\n"));
        }
    }
}
