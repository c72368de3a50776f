//! Evaluating what a manifest says of a connection's values and of an answer.

use std::sync::Arc;

use expr::{Data, Limits, Mapped, Outcome, evaluate};
use serde_json::{Map, Value};

use super::{OAuthError, Values};

/// Of a value that is part of an address.
const LONGEST_PART: usize = 100;

/// An address of the vendor with `{connection.<key>}`. The app's own secret goes there, so what a person typed may name a part of the
/// host, never another host: the end of the host is fixed, and values hold nothing that ends a host.
pub(crate) fn address(template: &str, values: &Values) -> Result<String, OAuthError> {
    let host = template.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    // A port may be open.
    let name = host.split_once(":{").map_or(host, |(name, _)| name);
    if let Some((_, fixed)) = name.rsplit_once('}')
        && !fixed.strip_prefix('.').is_some_and(|domain| domain.contains('.'))
    {
        return Err(OAuthError::Manifest(format!("`{template}` leaves the vendor's domain open")));
    }
    let is_part = |value: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        value.len() <= LONGEST_PART && value.starts_with(|c: char| c.is_ascii_alphanumeric()) && value.bytes().all(plain)
    };
    let odd = values.iter().find(|(key, value)| template.contains(&format!("connection.{key}")) && !is_part(value));
    match odd {
        Some((key, _)) => Err(OAuthError::Value(key.clone())),
        None => Scope::default().connection(values).fill(template),
    }
}

/// The names a manifest's expressions see.
#[derive(Default)]
pub(crate) struct Scope(Data);

impl Scope {
    pub fn with(self, name: &str, value: Value) -> Self {
        Scope(self.0.with_local(name, Arc::new(value)))
    }

    /// `connection.<key>`.
    pub fn connection(self, values: &Values) -> Self {
        let object: Map<String, Value> = values.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        self.with("connection", Value::Object(object))
    }

    fn get(&self, mapped: &Mapped) -> Option<Value> {
        match evaluate(mapped, &self.0, &Limits::default()) {
            Ok(evaluated) => match evaluated.outcome {
                Outcome::Value(value) => Some(value),
                Outcome::Missing => None,
            },
            // A field of something missing is as missing.
            Err(_) => None,
        }
    }

    /// The value of an expression; null counts as missing.
    pub fn value(&self, source: &str) -> Option<Value> {
        self.get(&Mapped::Expr(source.to_owned())).filter(|value| !value.is_null())
    }

    /// The value of an expression as text.
    pub fn text(&self, source: &str) -> Option<String> {
        match self.value(source)? {
            Value::String(text) if text.is_empty() => None,
            Value::String(text) => Some(text),
            other @ (Value::Number(_) | Value::Bool(_)) => Some(other.to_string()),
            _ => None,
        }
    }

    pub fn is_true(&self, source: &str) -> bool {
        match self.value(source) {
            Some(Value::Bool(is)) => is,
            Some(Value::String(text)) => !text.is_empty(),
            Some(Value::Number(n)) => n.as_f64() != Some(0.0),
            Some(Value::Array(_) | Value::Object(_)) => true,
            Some(Value::Null) | None => false,
        }
    }

    /// A text with `{connection.<key>}`.
    pub fn fill(&self, template: &str) -> Result<String, OAuthError> {
        let mapped = manifest::parse_text(template).map_err(OAuthError::Manifest)?;
        match self.get(&mapped) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Ok(other.to_string()),
            None => Ok(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(template: &str, value: &str) -> Result<String, String> {
        address(template, &Values::from([("domain".into(), value.into())])).map_err(|error| error.code().to_owned())
    }

    #[test]
    fn a_persons_part_of_an_address_stays_within_the_vendors() {
        let template = "https://{connection.domain}.vendor.example/token";
        assert_eq!(of(template, "acme").as_deref(), Ok("https://acme.vendor.example/token"));
        assert_eq!(of(template, "acme--dev.sandbox").as_deref(), Ok("https://acme--dev.sandbox.vendor.example/token"));
        for odd in [
            "",
            "evil.example/#",
            "evil.example/",
            "evil.example?",
            "a@evil.example",
            "evil.example\\",
            "a:b",
            ".",
            "a b",
            "%2f",
            "ä",
        ] {
            assert_eq!(of(template, odd), Err("oauth.value".to_owned()), "{odd}");
        }
        assert_eq!(of("https://vendor.example:{connection.domain}/t", "8443").as_deref(), Ok("https://vendor.example:8443/t"));
        assert_eq!(of("https://vendor.example:{connection.domain}/t", "1@evil.example"), Err("oauth.value".to_owned()));
        assert_eq!(of("https://login.vendor.example/{connection.domain}/token", "t/../x"), Err("oauth.value".to_owned()));
        for open in [
            "https://{connection.domain}/token",
            "https://{connection.domain}.com/token",
            "https://a.{connection.domain}/t",
            "https://{connection.domain}:{connection.domain}/t",
        ] {
            assert_eq!(of(open, "acme"), Err("oauth.manifest".to_owned()), "{open}");
        }
    }
}
