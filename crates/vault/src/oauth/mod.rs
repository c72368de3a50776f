//! OAuth 2.0 as the connectors' manifests describe it: a consent is begun and finished here, tokens are fetched and renewed. The
//! protocol itself is the `oauth2` crate's; what vendors do differently is evened out on the way to it and back.

mod client;
mod consent;
mod data;
mod error;
mod grant;

use std::collections::BTreeMap;

use model::Timestamp;

pub(crate) use client::{Vendor, client_credentials, exchange, post_form, refresh};
pub use consent::{Begin, Begun, Finished};
pub(crate) use data::Scope;
pub use error::OAuthError;
pub(crate) use grant::ends;

/// The values of a connection by name: what templates call `connection.<key>`.
pub type Values = BTreeMap<String, String>;

/// The owner's app at a vendor.
#[derive(Clone)]
pub struct App {
    pub client_id: String,
    /// Absent for public clients.
    pub client_secret: Option<String>,
}

/// What a token answer gave.
#[derive(Clone)]
pub struct Granted {
    /// The tokens, by the connection's keys.
    pub values: Values,
    /// When the access token ends; absent: nobody says.
    pub expires_at: Option<Timestamp>,
    /// Absent: the answer does not say, so what was asked for.
    pub scopes: Option<Vec<String>>,
}

impl std::fmt::Debug for Granted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<_> = self.values.keys().collect();
        f.debug_struct("Granted")
            .field("keys", &keys)
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .finish()
    }
}
