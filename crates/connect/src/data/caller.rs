//! Who calls, with what, and until when.

use std::time::{Duration, Instant};

use manifest::{AuthKind, AuthMethod, Connector, Placement, parse_parts};
use model::run::ErrorClass;
use url::Url;

use super::render::segment;
use crate::credential::{Credential, host_fits};
use crate::error::CallError;
use crate::redact::Secrets;
use crate::transport::Transport;

/// One call: its connector, its credentials, its key and its time.
pub(crate) struct Caller<'a> {
    pub transport: &'a dyn Transport,
    pub connector: &'a Connector,
    pub credential: Option<&'a Credential>,
    pub key: &'a str,
    started: Instant,
    timeout: Duration,
}

impl<'a> Caller<'a> {
    pub(crate) fn new(
        transport: &'a dyn Transport,
        connector: &'a Connector,
        credential: Option<&'a Credential>,
        key: &'a str,
        timeout: Duration,
    ) -> Self {
        Self { transport, connector, credential, key, started: Instant::now(), timeout }
    }

    /// What is left of the call's time.
    pub(super) fn left(&self) -> Duration {
        self.timeout.saturating_sub(self.started.elapsed())
    }

    /// The way in which the connection signs in.
    pub(super) fn method(&self) -> Result<Option<(&'a AuthMethod, &'a Credential)>, CallError> {
        let Some(credential) = self.credential else { return Ok(None) };
        let id = credential.method.id();
        match self.connector.auth_method(id) {
            Some(method) => Ok(Some((method, credential))),
            None => {
                let message = format!("{} has no way to sign in called \"{id}\"; choose another connection", self.connector.name);
                Err(CallError::new(ErrorClass::Permission, "connection.method", message))
            }
        }
    }

    /// Where the values go in a request, by the name of a set.
    pub(super) fn placements(&self, set: Option<&str>) -> Result<Vec<Placement>, CallError> {
        let Some((method, credential)) = self.method()? else { return Ok(Vec::new()) };
        let bearer =
            |key: &str| Placement::Header { name: "Authorization".to_owned(), value: format!("Bearer {{connection.{key}}}") };
        let Some(set) = set else {
            return Ok(match method.kind {
                _ if !method.send.is_empty() => method.send.clone(),
                AuthKind::Fields | AuthKind::ApiKey => Vec::new(),
                AuthKind::Basic => {
                    let (username, password) = ("{connection.username}".to_owned(), "{connection.password}".to_owned());
                    vec![Placement::Basic { username, password }]
                }
                AuthKind::Bearer => vec![bearer("token")],
                AuthKind::Oauth2 | AuthKind::TwoStep | AuthKind::ServiceAccount => vec![bearer("access_token")],
            });
        };
        let found = method.send_as.get(set).filter(|placements| {
            placements.iter().all(|placement| texts(placement).into_iter().all(|text| fill(text, credential, "").is_ok()))
        });
        found.cloned().ok_or_else(|| {
            let message =
                format!("This needs a {} connection with \"{set}\" access; reconnect it and allow that", self.connector.name);
            CallError::new(ErrorClass::Permission, "connection.grant", message)
        })
    }

    /// Fills the connection's values into a text of a manifest or a record.
    pub(super) fn fill(&self, text: &str) -> Result<String, CallError> {
        match self.credential {
            Some(credential) => fill(text, credential, &self.connector.name),
            None if text.contains("{connection.") => Err(self.needs_connection()),
            None => Ok(plain(text)),
        }
    }

    pub(super) fn needs_connection(&self) -> CallError {
        let message = format!("Choose a {} connection for this step", self.connector.name);
        CallError::new(ErrorClass::Input, "connection.missing", message)
    }

    /// A recorded address with the connection's values, for a host of the connector and nobody else.
    pub(super) fn url(&self, recorded: &str) -> Result<Url, CallError> {
        let mut url = String::new();
        for part in parse_parts(recorded).map_err(|_| unreadable())? {
            match part {
                expr::Part::Text(text) => url.push_str(&text),
                expr::Part::Expr(source) => {
                    let key = source.strip_prefix("connection.").ok_or_else(unreadable)?;
                    let value = value(key, self.credential.ok_or_else(|| self.needs_connection())?)?;
                    url.push_str(&self.placed(&url, key, value)?);
                }
                expr::Part::Pill(_) => return Err(unreadable()),
            }
        }
        let url = Url::parse(&url).map_err(|_| self.not_a_host())?;
        self.check(&url)?;
        Ok(url)
    }

    /// A value as the place it stands in demands.
    fn placed(&self, before: &str, key: &str, value: &str) -> Result<String, CallError> {
        let broken =
            || self.credential.map_or_else(unreadable, |one| one.broken(&format!("its {key} cannot be part of an address")));
        if before.is_empty() {
            return Ok(value.trim_end_matches('/').to_owned());
        }
        let rest = before.split_once("://").map_or(before, |(_, rest)| rest);
        if !rest.contains('/') {
            let is_name = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
            return if is_name { Ok(value.to_owned()) } else { Err(broken()) };
        }
        if matches!(value, "." | "..") {
            return Err(broken());
        }
        // A colon is as good as plain in a path, and tokens have them.
        Ok(segment(value).replace("%3A", ":"))
    }

    /// Whether the address may be called, and may see the credentials.
    pub(super) fn check(&self, url: &Url) -> Result<(), CallError> {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.');
        let port = url.port_or_known_default();
        let mut fits = false;
        for pattern in &self.connector.hosts {
            let pattern = self.fill(pattern)?;
            fits |= host_fits(authority(&pattern), host, port);
        }
        let narrowed = self.credential.map_or(&[][..], |credential| &credential.allowed_hosts);
        fits &= narrowed.is_empty() || narrowed.iter().any(|pattern| host_fits(pattern, host, port));
        // Plain http only where the address itself was given so, for a server in one's own network.
        let base = &self.connector.base_url;
        let is_plain = url.scheme() == "http" && (base.starts_with("http://") || base.starts_with('{'));
        fits &= url.scheme() == "https" || is_plain;
        if !fits || !url.username().is_empty() || url.password().is_some() {
            let message = format!("{} is not called at {host}, and credentials are not sent there", self.connector.name);
            return Err(CallError::new(ErrorClass::Permission, "connect.host", message));
        }
        Ok(())
    }

    fn not_a_host(&self) -> CallError {
        let message = format!("The connection of this step gives no address at which {} can be called", self.connector.name);
        CallError::new(ErrorClass::Permission, "connect.host", message)
    }

    /// What must not be recorded of an answer.
    pub(super) fn secrets(&self) -> Secrets {
        let Some(credential) = self.credential else { return Secrets::default() };
        let method = self.connector.auth_method(credential.method.id());
        let is_shown = |key: &str| {
            let field = method.and_then(|method| method.fields.iter().find(|field| field.key == key));
            // What was found out after connecting names a part of the account, and stands in its answers.
            let is_found_out = || self.connector.after_connect.iter().any(|after| after.values.contains_key(key));
            field.is_some_and(|field| !field.secret) || (field.is_none() && is_found_out())
        };
        credential.secrets_except(&is_shown)
    }
}

/// `https://gitlab.example.com/api` -> `gitlab.example.com`
fn authority(pattern: &str) -> &str {
    let rest = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

fn texts(placement: &Placement) -> Vec<&str> {
    match placement {
        Placement::Header { value, .. } | Placement::Query { value, .. } | Placement::Body { value, .. } => vec![value],
        Placement::Basic { username, password } => vec![username, password],
    }
}

fn fill(text: &str, credential: &Credential, _name: &str) -> Result<String, CallError> {
    let mut out = String::new();
    for part in parse_parts(text).map_err(|_| unreadable())? {
        match part {
            expr::Part::Text(text) => out.push_str(&text),
            expr::Part::Expr(source) => {
                let key = source.strip_prefix("connection.").ok_or_else(unreadable)?;
                out.push_str(value(key, credential)?);
            }
            expr::Part::Pill(_) => return Err(unreadable()),
        }
    }
    Ok(out)
}

fn value<'a>(key: &str, credential: &'a Credential) -> Result<&'a str, CallError> {
    let value = credential.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
    value.ok_or_else(|| credential.broken(&format!("its {} is missing", key.replace('_', " "))))
}

/// Doubled braces as one.
fn plain(text: &str) -> String {
    text.replace("{{", "{").replace("}}", "}")
}

fn unreadable() -> CallError {
    CallError::new(ErrorClass::System, "connect.request", "The recorded request cannot be sent: it is not readable")
}
