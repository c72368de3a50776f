//! What is asked of a vendor so that it tells of events, and what completes an event that names only ids.

use std::time::Duration;

use model::run::ErrorClass;
use serde_json::{Map, Value};

use crate::{CallError, Connect, Credential, data};

/// Which trigger of which connector.
#[derive(Debug, Clone, Copy)]
pub struct OfTrigger<'a> {
    pub connector: &'a str,
    pub trigger: &'a str,
}

/// What is done about a vendor's webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subscribing {
    Subscribe,
    Renew,
    Unsubscribe,
}

/// What the requests of a webhook see.
#[derive(Clone, Copy)]
pub struct Webhook<'a> {
    /// The trigger's form.
    pub input: &'a Value,
    /// Where the vendor is to send to.
    pub url: &'a str,
    /// What it is to sign with, where that is ours.
    pub secret: Option<&'a str>,
    /// What earlier answers gave.
    pub state: &'a Value,
}

impl Connect {
    /// Carries out one of the requests about a webhook. Gives back what the manifest keeps of the answer.
    pub async fn webhook(
        &self,
        of: OfTrigger<'_>,
        what: Subscribing,
        webhook: Webhook<'_>,
        credential: &Credential,
        timeout: Duration,
    ) -> Result<Map<String, Value>, CallError> {
        let caller = self.caller(of.connector, credential, timeout)?;
        Box::pin(data::subscribe(caller, of.trigger, what, webhook)).await
    }

    /// Fetches what an event of a delivery only names (`thin`). Repeating it changes nothing at the vendor.
    pub async fn fetch_event(
        &self,
        of: OfTrigger<'_>,
        input: &Value,
        event: &Value,
        credential: &Credential,
        timeout: Duration,
    ) -> Result<Value, CallError> {
        let caller = self.caller(of.connector, credential, timeout)?;
        Box::pin(data::fetch(caller, of.trigger, input, event)).await
    }
}

/// A trigger's form as its expressions see it: checked, with what is not filled in as the manifest says.
pub fn trigger_input(trigger: &manifest::Trigger, input: &Value) -> Result<Value, CallError> {
    data::complete(trigger, input)
}

/// There is no such webhook in this version.
pub(crate) fn unknown(of: &str) -> CallError {
    let message = format!("This version of Patchbay knows no such webhook of {of}");
    CallError::new(ErrorClass::Permanent, "connect.unknown_trigger", message)
}
