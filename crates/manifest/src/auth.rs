//! Ways to prove who is calling, as data: what a person fills in or grants, how tokens are fetched and kept alive, and where they
//! stand in a request.
//!
//! The values of a connection are one flat map of texts, named `connection.<key>` in templates: what the person typed, what the
//! token answer gave ([`OAuth2::tokens`]) and what the calls after connecting gave.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::connector::Native;
use crate::field::Field;
use crate::request::RequestSpec;
use crate::template::Template;

/// One way to prove who is calling, with the fields a person fills in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthMethod {
    pub id: String,
    pub label: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub kind: AuthKind,
    #[serde(default)]
    pub fields: Vec<Field>,
    /// How to get the values, step by step, in a person's words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
    /// Where the values stand in a request. Empty: as the kind says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub send: Vec<Placement>,
    /// Other sets, for requests that ask for one with `as`: Slack's user token beside the bot's.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub send_as: BTreeMap<String, Vec<Placement>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oauth2: Option<OAuth2>,
    /// For `two_step`: the call that turns the fields into a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<ServiceAccount>,
    /// Who this is: compared when a connection is renewed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// Code that says who this is and whether it works, where it is no HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub native: Option<Native>,
    /// A call that succeeds when the credentials work. Absent: the identity call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<RequestSpec>,
    /// Expression over `connection`: whether this is the vendor's sandbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_sandbox: Option<String>,
}

impl AuthMethod {
    /// Whether what a person types in is all it takes: nobody is asked for a consent, and no app has to be registered.
    pub fn is_typed(&self) -> bool {
        self.kind != AuthKind::Oauth2
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// As `send` says; the HTTP connector's own methods are carried out in code.
    #[default]
    Fields,
    /// `connection.username` and `connection.password`.
    Basic,
    /// `connection.token` as a bearer token.
    Bearer,
    /// `send` says where the key goes.
    ApiKey,
    /// A person grants access, or the app itself holds it; `connection.access_token` as a bearer token.
    Oauth2,
    /// The fields are exchanged for a token first.
    TwoStep,
    /// A JWT signed with a key: carried out in code.
    ServiceAccount,
}

/// Where a credential stands in a request. Only hosts of the connector ever see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "in", rename_all = "snake_case", deny_unknown_fields)]
pub enum Placement {
    /// Texts with `{connection.<key>}`.
    Header {
        name: String,
        value: String,
    },
    Query {
        name: String,
        value: String,
    },
    Basic {
        username: String,
        #[serde(default)]
        password: String,
    },
    /// A field of a JSON or form body: `auth.key` is nested in JSON.
    Body {
        name: String,
        value: String,
    },
}

/// OAuth 2.0 with the ways in which vendors differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    pub grant: Grant,
    /// Texts with `{connection.<key>}`. Needed for `authorization_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorize_url: Option<String>,
    pub token_url: String,
    /// Absent: `token_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoke: Option<RequestSpec>,
    #[serde(default)]
    pub pkce: Pkce,
    #[serde(default)]
    pub client_auth: ClientAuth,
    #[serde(default)]
    pub token_body: TokenBody,
    /// Headers of token and refresh calls: `Accept`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_headers: BTreeMap<String, String>,
    /// `access_type = "offline"`, `prompt = "consent"`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub authorize_params: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub token_params: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refresh_params: BTreeMap<String, String>,
    /// Name of the parameter that carries scopes, by the kind of [`crate::Scope`]: `{ "" = "scope", user = "user_scope" }`.
    #[serde(default = "OAuth2::scope_params")]
    pub scope_params: BTreeMap<String, String>,
    #[serde(default = "OAuth2::separator")]
    pub scope_separator: String,
    /// Scopes that are always asked for: `offline_access`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub always_scopes: Vec<String>,
    /// Granting more keeps what was granted before. Otherwise the union is asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grants_add_up: bool,
    /// From the connection's keys to expressions over `body`, the token answer: `access_token = "body.access_token"`.
    #[serde(default = "OAuth2::tokens")]
    pub tokens: BTreeMap<String, String>,
    /// The same for the answer to a refresh, where that differs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refreshed: BTreeMap<String, String>,
    /// Expression over `body`: the granted scopes, as text or list. Missing: what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<String>,
    /// What separates granted scopes in a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted_separator: Option<String>,
    /// Expression over `status`, `headers` and `body`: whether a token answer with status 200 is an error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_when: Option<String>,
    #[serde(default)]
    pub expiry: Expiry,
    /// How long a refresh token lives without use, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token_s: Option<u64>,
    /// Whether a refresh gives a new refresh token and ends the old one. An answer without one always keeps the old one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rotates: bool,
    /// How to register an app at the vendor, step by step; `{redirect_url}` is shown in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub app_steps: Vec<String>,
}

impl OAuth2 {
    fn scope_params() -> BTreeMap<String, String> {
        BTreeMap::from([(String::new(), "scope".to_owned())])
    }

    fn separator() -> String {
        " ".to_owned()
    }

    fn tokens() -> BTreeMap<String, String> {
        ["access_token", "refresh_token"].into_iter().map(|key| (key.to_owned(), format!("body.{key}"))).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grant {
    AuthorizationCode,
    ClientCredentials,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pkce {
    #[default]
    S256,
    /// Only for vendors that refuse the parameters.
    None,
}

/// How the app proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    Basic,
    #[default]
    Body,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenBody {
    #[default]
    Form,
    Json,
}

/// When an access token ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Expiry {
    /// Expression over `body`: seconds from now.
    In { path: String },
    /// Expression over `body`: a time.
    At { path: String, unit: TimeUnit },
    /// The answer does not say; seconds from now.
    Assumed { s: u64 },
    /// It does not end, or nobody says when: renewed when a call answers 401.
    Unknown,
}

impl Default for Expiry {
    fn default() -> Self {
        Expiry::In { path: "body.expires_in".to_owned() }
    }
}

/// How a vendor writes a time or a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeUnit {
    /// From now.
    Seconds,
    /// From now.
    Ms,
    /// Since 1970.
    EpochS,
    /// Since 1970.
    EpochMs,
    HttpDate,
}

/// The call that turns fields into a token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    pub request: RequestSpec,
    /// From the connection's keys to expressions over `body` and `headers`.
    pub tokens: BTreeMap<String, String>,
    #[serde(default)]
    pub expiry: Expiry,
}

/// A key that signs tokens: `native`, as a signature is no data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccount {
    /// Name of the code that carries it out.
    pub native: String,
    pub token_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// What is asked for. Empty: every scope of the connector.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
}

/// The call that says who this is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub request: RequestSpec,
    /// Expression over `body`: stable, the same after a reconnect.
    pub id: String,
    /// Text with `{body.name}`.
    pub label: String,
}

/// A value of the connection that the person does not type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AfterConnect {
    pub request: RequestSpec,
    /// Expression over `body`: the list to choose from. Several: the person is asked. Absent: the answer is the one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<String>,
    /// Text with `{item.name}`, where there is something to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The question, where there is something to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// From the connection's keys to templates over `body` and `item`.
    pub values: BTreeMap<String, Template>,
}
