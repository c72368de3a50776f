use std::collections::BTreeMap;
use std::fmt;

use ::http::{HeaderName, HeaderValue, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use model::run::ErrorClass;

use crate::CallError;
use crate::redact::Secrets;

/// How a connection proves who is calling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// Values `username` and `password`.
    Basic,
    /// Value `token`.
    Bearer,
    /// Values `name` and `value`.
    Header,
}

impl AuthMethod {
    /// By its id in the connector's manifest.
    pub fn parse(id: &str) -> Option<Self> {
        match id {
            "basic" => Some(AuthMethod::Basic),
            "bearer" => Some(AuthMethod::Bearer),
            "header" => Some(AuthMethod::Header),
            _ => None,
        }
    }
}

/// The opened values of a connection, for the time of one call.
#[derive(Clone)]
pub struct Credential {
    pub method: AuthMethod,
    pub values: BTreeMap<String, String>,
    /// Hosts it may be sent to: `api.example.com`, or `*.example.com` for every host below; empty: any.
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
    /// The header to add to a request to `host`, or why it must not be sent there.
    pub(crate) fn header(&self, host: &str) -> Result<(HeaderName, HeaderValue), CallError> {
        if !self.is_for(host) {
            let hosts = self.allowed_hosts.join(", ");
            let message = format!("The connection of this step is only for {hosts}; its credentials are not sent to {host}");
            return Err(CallError::new(ErrorClass::Permission, "connection.host", message));
        }
        let (name, text) = match self.method {
            AuthMethod::Basic => (header::AUTHORIZATION, self.basic()?),
            AuthMethod::Bearer => (header::AUTHORIZATION, format!("Bearer {}", self.value("token")?)),
            AuthMethod::Header => {
                let name = HeaderName::from_bytes(self.value("name")?.trim().as_bytes());
                (name.map_err(|_| self.broken("its header name is not valid"))?, self.value("value")?.to_owned())
            }
        };
        let mut value = HeaderValue::from_str(text.trim()).map_err(|_| self.broken("it holds characters no header can carry"))?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// What must not appear in anything recorded.
    pub(crate) fn secrets(&self) -> Secrets {
        let shown = |key: &str| matches!((self.method, key), (AuthMethod::Basic, "username") | (AuthMethod::Header, "name"));
        let values = self.values.iter().filter(|(key, _)| !shown(key)).map(|(_, value)| value.trim());
        // The same value as it stands inside JSON, and both parts of basic authentication together.
        let quoted = values.clone().filter_map(|value| serde_json::to_string(value).ok());
        let quoted = quoted.map(|text| text.trim_matches('"').to_owned());
        let encoded = (self.method == AuthMethod::Basic).then(|| self.pair()).map(|pair| STANDARD.encode(pair));
        Secrets::new(values.clone().map(str::to_owned).chain(quoted).chain(encoded))
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

    fn broken(&self, why: &str) -> CallError {
        let message = format!("The connection of this step cannot be used: {why}");
        CallError::new(ErrorClass::Auth, "connection.incomplete", message)
    }

    fn is_for(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        self.allowed_hosts.is_empty()
            || self.allowed_hosts.iter().any(|pattern| {
                let pattern = pattern.trim().to_ascii_lowercase();
                match pattern.strip_prefix("*.") {
                    Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
                    None => host == pattern,
                }
            })
    }
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

    #[test]
    fn hosts_match_whole_names_only() {
        let credential = credential(AuthMethod::Bearer, &[("token", "t")], &["api.example.com", "*.example.org"]);
        for host in ["api.example.com", "API.example.com", "api.example.com.", "a.example.org", "a.b.example.org"] {
            assert!(credential.header(host).is_ok(), "{host}");
        }
        for host in
            ["example.com", "xapi.example.com", "api.example.com.evil.test", "example.org", ".example.org", "evilexample.org"]
        {
            let error = credential.header(host).expect_err(host);
            assert_eq!((error.class, error.code.as_str()), (ErrorClass::Permission, "connection.host"), "{host}");
        }
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
            let header = credential(method, values, &[]).header("h").expect("a header");
            assert_eq!((header.0.as_str(), header.1.as_bytes()), (name, value.as_bytes()));
        }
    }

    #[test]
    fn what_is_missing_is_said_and_nothing_is_shown() {
        let error = credential(AuthMethod::Bearer, &[("token", " ")], &[]).header("h").expect_err("no token");
        assert_eq!(error.message, "The connection of this step cannot be used: its token is missing");
        let shown = format!("{:?}", credential(AuthMethod::Basic, &[("username", "u"), ("password", "hunter22")], &[]));
        assert!(!shown.contains("hunter22") && shown.contains("password"), "{shown}");
    }
}
