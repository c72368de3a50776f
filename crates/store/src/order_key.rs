//! What runs of a workflow line up by.

use std::sync::Arc;

use model::definition::Settings;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Longer keys are kept as their hash.
const MOST_CHARS: usize = 200;

/// The order key of an event, evaluated as the workflow's settings say; none when it is missing or empty. One that cannot be evaluated
/// has no order, and the log says so.
pub fn order_key(settings: &Settings, event: &Arc<Value>) -> Option<String> {
    let mut data = expr::Data::new();
    data.set_event(Arc::clone(event));
    let value = match expr::evaluate(settings.order_key.as_ref()?, &data, &expr::Limits::default()) {
        Ok(evaluated) => match evaluated.outcome {
            expr::Outcome::Value(value) => value,
            expr::Outcome::Missing => return None,
        },
        Err(error) => {
            tracing::warn!(error = %error, "an order key could not be evaluated; the event has no place in line");
            return None;
        }
    };
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        other => other.to_string(),
    };
    if text.chars().count() > MOST_CHARS {
        return Some(format!("sha256:{}", hex::encode(Sha256::digest(text.as_bytes()))));
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(expression: &str, event: Value) -> Option<String> {
        let order_key = serde_json::from_value(json!({ "expr": expression })).ok();
        order_key_of(order_key, event)
    }

    fn order_key_of(mapped: Option<model::Mapped>, event: Value) -> Option<String> {
        order_key(&Settings { order_key: mapped, ..Settings::default() }, &Arc::new(event))
    }

    #[test]
    fn keys_are_text_and_bounded() {
        assert_eq!(key("event.body.id", json!({ "body": { "id": "a" } })).as_deref(), Some("a"));
        assert_eq!(key("event.body.id", json!({ "body": { "id": 7 } })).as_deref(), Some("7"));
        for missing in [json!({ "body": {} }), json!({ "body": { "id": null } }), json!({ "body": { "id": "" } })] {
            assert_eq!(key("event.body.id", missing), None);
        }
        assert_eq!(key("event.body.id.deeper > 1", json!({ "body": {} })), None, "what cannot be evaluated has no order");
        let long = key("event.body.id", json!({ "body": { "id": "é".repeat(201) } })).unwrap_or_default();
        assert!(long.starts_with("sha256:") && long.len() == 71, "{long}");
        assert_eq!(order_key_of(None, json!({})), None);
    }
}
