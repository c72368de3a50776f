use std::collections::BTreeMap;
use std::fmt;

use ::http::{HeaderName, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::run::ErrorClass;
use url::{Host, Url};

use crate::CallError;
use crate::redact::{Secrets, forms};

/// How a connection proves who is calling.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Values `username` and `password`.
    Basic,
    /// Value `token`.
    Bearer,
    /// Values `name` and `value`.
    Header,
    /// Of a connector that is data, which says what to do with the values.
    Manifest(String),
}

impl AuthMethod {
    /// By its id in the connector's manifest.
    pub fn parse(id: &str) -> Option<Self> {
        match id {
            "basic" => Some(AuthMethod::Basic),
            "bearer" => Some(AuthMethod::Bearer),
            "header" => Some(AuthMethod::Header),
            "" => None,
            other => Some(AuthMethod::Manifest(other.to_owned())),
        }
    }

    /// Its id in the connector's manifest.
    pub fn id(&self) -> &str {
        match self {
            AuthMethod::Basic => "basic",
            AuthMethod::Bearer => "bearer",
            AuthMethod::Header => "header",
            AuthMethod::Manifest(id) => id,
        }
    }
}

/// The opened values of a connection, for the time of one call.
#[derive(Clone)]
pub struct Credential {
    pub method: AuthMethod,
    pub values: BTreeMap<String, String>,
    /// Hosts it may be sent to: `api.example.com`, `api.example.com:8443` for one port only, or `*.example.com` for every host
    /// below. Empty: none.
    pub allowed_hosts: Vec<String>,
}

/// Tells which values there are, never what they are.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("method", &self.method)
            .field("values", &self.values.keys().collect::<Vec<_>>())
            .field("allowed_hosts", &self.allowed_hosts)
            .finish()
    }
}

impl Credential {
    /// The mark of the account that simulates the other side, where it is not a real one.
    pub fn sandbox(&self) -> Option<&str> {
        self.values.get(crate::sandbox::MARK).map(String::as_str)
    }

    /// The header to add to a request to `url`, or why it must not be sent there.
    pub(crate) fn header(&self, url: &Url) -> Result<(HeaderName, HeaderValue), CallError> {
        if !self.is_for(url) {
            let host = url.host_str().unwrap_or_default();
            let message = match self.allowed_hosts.as_slice() {
                [] => format!(
                    "The connection of this step names no host, so its credentials are not sent to {host}; add the host to it"
                ),
                hosts => {
                    let hosts = hosts.join(", ");
                    format!("The connection of this step is only for {hosts}; its credentials are not sent to {host}")
                }
            };
            return Err(CallError::new(ErrorClass::Permission, "connection.host", message));
        }
        let (name, text) = match &self.method {
            AuthMethod::Basic => (header::AUTHORIZATION, self.basic()?),
            AuthMethod::Bearer => (header::AUTHORIZATION, format!("Bearer {}", self.value("token")?)),
            AuthMethod::Header => {
                let name = HeaderName::from_bytes(self.value("name")?.trim().as_bytes());
                (name.map_err(|_| self.broken("its header name is not valid"))?, self.value("value")?.to_owned())
            }
            AuthMethod::Manifest(id) => {
                let message = format!("The connection of this step signs in by \"{id}\", which this connector does not know");
                return Err(CallError::new(ErrorClass::Permission, "connection.method", message));
            }
        };
        let mut value = HeaderValue::from_str(text.trim()).map_err(|_| self.broken("it holds characters no header can carry"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// What must not appear in anything recorded.
    pub(crate) fn secrets(&self) -> Secrets {
        let shown = |key: &str| matches!((&self.method, key), (AuthMethod::Basic, "username") | (AuthMethod::Header, "name"));
        let values = self.values.iter().filter(|(key, _)| !shown(key)).map(|(_, value)| value.trim());
        // Both parts of basic authentication stand together.
        let encoded = (self.method == AuthMethod::Basic).then(|| self.pair()).map(|pair| STANDARD.encode(pair));
        Secrets::new(values.flat_map(forms).chain(encoded))
    }

    /// The same for a connector that is data, whose manifest says which values may be seen.
    pub(crate) fn secrets_except(&self, is_shown: &dyn Fn(&str) -> bool) -> Secrets {
        let values = || self.values.iter().filter(|(key, _)| !is_shown(key)).map(|(_, value)| value.trim());
        // As user name or password of basic authentication.
        let pairs = values().flat_map(|value| [format!("{value}:"), format!(":{value}")]);
        let both = self.values.contains_key("username").then(|| self.pair());
        let encoded = pairs.chain(both).map(|pair| STANDARD.encode(pair));
        Secrets::new(values().flat_map(forms).chain(encoded))
    }

    fn basic(&self) -> Result<String, CallError> {
        let name = self.value("username")?;
        if name.contains(':') {
            return Err(self.broken("its user name holds a colon, which basic authentication cannot carry"));
        }
        Ok(format!("Basic {}", STANDARD.encode(self.pair())))
    }

    fn pair(&self) -> String {
        let part = |key: &str| self.values.get(key).map_or("", String::as_str);
        format!("{}:{}", part("username"), part("password"))
    }

    fn value(&self, key: &str) -> Result<&str, CallError> {
        let value = self.values.get(key).map(String::as_str).filter(|value| !value.trim().is_empty());
        value.ok_or_else(|| self.broken(&format!("its {key} is missing")))
    }

    pub(crate) fn broken(&self, why: &str) -> CallError {
        let message = format!("The connection of this step cannot be used: {why}");
        CallError::new(ErrorClass::Auth, "connection.incomplete", message)
    }

    fn is_for(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        self.allowed_hosts.iter().any(|pattern| host_fits(pattern, host, url.port_or_known_default()))
    }
}

/// Whether a host and port are meant by a pattern: `api.example.com`, `api.example.com:8443`, `*.example.com`.
pub(crate) fn host_fits(pattern: &str, host: &str, port: Option<u16>) -> bool {
    let (name, wanted) = split_port(pattern.trim());
    let name = plain(name);
    let fits = match name.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => host == name,
    };
    fits && wanted.is_none_or(|wanted| port == Some(wanted))
}

/// `[::1]:80` and `example.com:80`, but not the colons of an address without brackets.
fn split_port(pattern: &str) -> (&str, Option<u16>) {
    match pattern.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => match port.parse() {
            Ok(port) => (name, Some(port)),
            Err(_) => (pattern, None),
        },
        _ => (pattern, None),
    }
}

/// As addresses spell it: lower case, other scripts in their ASCII form.
fn plain(name: &str) -> String {
    let (star, name) = name.strip_prefix("*.").map_or(("", name), |parent| ("*.", parent));
    let name = name.trim_end_matches('.');
    let name = Host::parse(name).map_or_else(|_| name.to_ascii_lowercase(), |host| host.to_string());
    format!("{star}{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(method: AuthMethod, values: &[(&str, &str)], hosts: &[&str]) -> Credential {
        Credential {
            method,
            values: values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            allowed_hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        }
    }

    fn url(host: &str) -> Url {
        Url::parse(&format!("https://{host}/")).expect("an address")
    }

    #[test]
    fn hosts_match_whole_names_only() {
        let hosts = ["API.example.com", "*.example.org", "other.example:8443", "*.bücher.example", "[::1]:9000"];
        let credential = credential(AuthMethod::Bearer, &[("token", "t")], &hosts);
        for host in [
            "api.example.com",
            "API.example.com.",
            "api.example.com:8443",
            "a.example.org",
            "a.b.example.org",
            "other.example:8443",
            "shop.bücher.example",
            "[::1]:9000",
        ] {
            assert!(credential.header(&url(host)).is_ok(), "{host}");
        }
        for host in [
            "example.com",
            "xapi.example.com",
            "api.example.com.evil.test",
            "example.org",
            "evilexample.org",
            "other.example",
            "other.example:443",
            "[::1]",
        ] {
            let error = credential.header(&url(host)).expect_err(host);
            assert_eq!((error.class, error.code.as_str()), (ErrorClass::Permission, "connection.host"), "{host}");
        }
    }

    #[test]
    fn without_hosts_it_goes_nowhere() {
        let error = credential(AuthMethod::Bearer, &[("token", "t")], &[]).header(&url("h.example")).expect_err("no host");
        assert!(error.message.starts_with("The connection of this step names no host"), "{error}");
    }

    #[test]
    fn each_method_makes_its_header() {
        let cases = [
            (
                AuthMethod::Basic,
                &[("username", "Aladdin"), ("password", "open sesame")][..],
                "authorization",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            (AuthMethod::Basic, &[("username", "only")], "authorization", "Basic b25seTo="),
            (AuthMethod::Bearer, &[("token", "abc\n")], "authorization", "Bearer abc"),
            (AuthMethod::Header, &[("name", "X-Api-Key"), ("value", "k")], "x-api-key", "k"),
        ];
        for (method, values, name, value) in cases {
            let header = credential(method, values, &["h.example"]).header(&url("h.example")).expect("a header");
            assert_eq!((header.0.as_str(), header.1.as_bytes()), (name, value.as_bytes()));
        }
    }

    #[test]
    fn what_is_missing_is_said_and_nothing_is_shown() {
        let error =
            credential(AuthMethod::Bearer, &[("token", " ")], &["h.example"]).header(&url("h.example")).expect_err("no token");
        assert_eq!(error.message, "The connection of this step cannot be used: its token is missing");
        let shown = format!("{:?}", credential(AuthMethod::Basic, &[("username", "u"), ("password", "hunter22")], &[]));
        assert!(!shown.contains("hunter22") && shown.contains("password"), "{shown}");
    }
}
