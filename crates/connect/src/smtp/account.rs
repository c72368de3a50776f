//! Where and as whom a connection sends mail.

use lettre::message::Mailbox;
use model::run::ErrorClass;

use super::mail::mailbox;
use crate::credential::{Credential, host_fits};
use crate::error::CallError;
use crate::redact::Secrets;

/// How the connection to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// Encrypted from the first byte; port 465.
    Tls,
    /// Encrypted before anybody signs in; port 587.
    StartTls,
    /// Not at all: only within networks the operator allowed.
    None,
}

pub(super) struct Account {
    pub host: String,
    pub port: u16,
    pub security: Security,
    /// Nothing: the server asks for no sign-in.
    pub login: Option<Login>,
    pub from: Mailbox,
    /// What no record may hold.
    pub secrets: Secrets,
    /// The account that simulates the server, where it is not a real one.
    pub sandbox: Option<String>,
}

pub(super) struct Login {
    pub username: String,
    pub password: String,
}

impl Account {
    pub(super) fn of(credential: &Credential) -> Result<Self, CallError> {
        let value = |key: &str| credential.values.get(key).map(|value| value.trim()).filter(|value| !value.is_empty());
        let sandbox = credential.sandbox().map(str::to_owned);
        let is_simulated = sandbox.is_some();
        let needed = |key: &str, instead: &'static str| match value(key) {
            Some(value) => Ok(value),
            None if is_simulated => Ok(instead),
            None => Err(credential.broken(&format!("its {key} is missing"))),
        };
        let host = needed("host", "mail.example.com")?.to_owned();
        let security = match value("security").unwrap_or("tls") {
            "tls" => Security::Tls,
            "starttls" => Security::StartTls,
            "none" => Security::None,
            _ => return Err(credential.broken("its security must be tls, starttls or none")),
        };
        let port = match value("port") {
            Some(port) => port.parse().ok().filter(|port| *port > 0),
            None => Some(match security {
                Security::Tls => 465,
                Security::StartTls => 587,
                Security::None => 25,
            }),
        };
        let port = port.ok_or_else(|| credential.broken("its port must be a number between 1 and 65535"))?;
        if !credential.allowed_hosts.is_empty()
            && !credential.allowed_hosts.iter().any(|pattern| host_fits(pattern, &host.to_ascii_lowercase(), Some(port)))
        {
            let hosts = credential.allowed_hosts.join(", ");
            let message = format!("The connection of this step is only for {hosts}; its credentials are not sent to {host}");
            return Err(CallError::new(ErrorClass::Permission, "connection.host", message));
        }
        // Not trimmed: a password may begin with a space.
        let password = credential.values.get("password").cloned().unwrap_or_default();
        let login = match value("username") {
            Some(username) if username.chars().any(char::is_control) || password.chars().any(char::is_control) => {
                return Err(credential.broken("its user name or password holds a character nobody can type"));
            }
            Some(username) => Some(Login { username: username.to_owned(), password }),
            None => None,
        };
        let from = needed("from", "sandbox@example.com")?;
        let from = mailbox("from", from).map_err(|_| credential.broken("its sender is not an e-mail address"))?;
        let secrets = credential.secrets_except(&|key| key != "password");
        Ok(Self { host, port, security, login, from, secrets, sandbox })
    }
}
