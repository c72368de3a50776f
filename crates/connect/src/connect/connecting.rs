//! Calls around the life of a connection.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Connect, unknown};
use crate::credential::Credential;
use crate::data::{self, Found};
use crate::error::CallError;

/// What was given for the keys of a connection.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchanged {
    /// By the connection's keys.
    pub tokens: BTreeMap<String, String>,
    /// The whole answer: when the token ends stands in it.
    pub body: Value,
}

/// What was found out about an account after connecting.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FoundOut {
    /// Further values of the connection.
    pub values: BTreeMap<String, String>,
    /// What a person has to choose before anything else can be found out. Absent: all is known.
    pub ask: Option<Choose>,
}

/// One of several has to be chosen. A choice's `value` names it in [`Connect::find_out`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choose {
    pub question: String,
    pub choices: Vec<manifest::Choice>,
}

impl Connect {
    /// Turns the keys of a connection into a token. What the token itself was before must not be among the values.
    pub async fn exchange(&self, connector: &str, credential: &Credential, timeout: Duration) -> Result<Exchanged, CallError> {
        let caller = self.caller(connector, credential, timeout)?;
        Box::pin(data::exchange(caller)).await
    }

    /// Makes the calls that follow connecting. `before`: values the connection had; what was chosen then is chosen again, where it is
    /// still there. `choice`: what a person chose of [`FoundOut::ask`].
    pub async fn find_out(
        &self,
        connector: &str,
        credential: &Credential,
        before: &BTreeMap<String, String>,
        choice: Option<&str>,
        timeout: Duration,
    ) -> Result<FoundOut, CallError> {
        let found = self.find(connector).ok_or_else(|| unknown(connector, ""))?;
        let mut credential = credential.clone();
        let mut out = FoundOut::default();
        for after in &found.after_connect {
            let caller = self.caller(connector, &credential, timeout)?;
            match Box::pin(data::after_connect(caller, after, before, choice)).await? {
                Found::Nothing => {}
                Found::Values(values) => {
                    credential.values.extend(values.clone());
                    out.values.extend(values);
                }
                Found::Ask(choose) => {
                    out.ask = Some(choose);
                    break;
                }
            }
        }
        Ok(out)
    }

    /// Tells the vendor that the connection's tokens are no longer used, where its manifest knows such a call.
    pub async fn revoke(&self, connector: &str, credential: &Credential, timeout: Duration) -> Result<(), CallError> {
        let caller = self.caller(connector, credential, timeout)?;
        Box::pin(data::revoke(caller)).await
    }
}
