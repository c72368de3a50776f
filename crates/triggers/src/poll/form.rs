//! What a trigger was told: its form, and by what its list is known.

use model::definition::AppTrigger;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Error;

/// The values of the form. They refer to nothing, as nothing has happened yet.
pub fn input(app: &AppTrigger) -> Result<Value, Error> {
    let mut input = Map::new();
    for (key, mapped) in &app.input {
        match expr::evaluate(mapped, &expr::Data::new(), &expr::Limits::default()) {
            Ok(evaluated) => {
                if let expr::Outcome::Value(value) = evaluated.outcome {
                    input.insert(key.clone(), value);
                }
            }
            Err(error) => return Err(Error::Invalid(format!("The field “{key}” of the trigger cannot be read: {error}"))),
        }
    }
    Ok(Value::Object(input))
}

/// The same for two triggers that look at the same list. How often they look does not count.
pub(super) fn fingerprint(app: &AppTrigger, input: &Value) -> String {
    let of = json!([app.connector, app.trigger, app.connection, input]);
    hex::encode(&Sha256::digest(of.to_string().as_bytes())[..16])
}

/// The key of an item among all keys of its trigger: those of another list are others.
pub(super) fn hash(fingerprint: &str, key: &str) -> [u8; 32] {
    Sha256::digest(format!("poll:{fingerprint}:{key}").as_bytes()).into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn app(more: Value) -> AppTrigger {
        let mut app = json!({ "connector": "local", "version": 1, "trigger": "new", "input": { "folder": { "literal": "a" } } });
        app.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(app).unwrap()
    }

    fn of(more: Value) -> String {
        let app = app(more);
        fingerprint(&app, &input(&app).unwrap())
    }

    #[test]
    fn another_list_is_known_by_what_makes_it() {
        let same = of(json!({}));
        assert_eq!(of(json!({ "every_s": 900, "history": true, "version": 2 })), same);
        assert_eq!(
            of(json!({ "input": { "folder": { "template": [{ "text": "a" }] } } })),
            same,
            "the same value, written otherwise"
        );
        for other in [
            json!({ "connector": "other" }),
            json!({ "trigger": "changed" }),
            json!({ "connection": model::ids::ConnectionId(7) }),
            json!({ "input": { "folder": { "literal": "b" } } }),
            json!({ "input": {} }),
        ] {
            assert_ne!(of(other.clone()), same, "{other}");
        }
        assert_ne!(hash(&same, "1"), hash(&of(json!({ "trigger": "changed" })), "1"));
    }
}
