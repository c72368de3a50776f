//! What a token answer says, as the manifest says to read it.

use manifest::{Expiry, OAuth2, TimeUnit};
use model::Timestamp;
use serde_json::Value;

use super::{Granted, Scope, Values};

impl Granted {
    /// Reads the tokens of an answer. `before`: the connection's values, of which a refresh token that is not answered again stays.
    pub(crate) fn read(oauth: &OAuth2, body: Value, before: &Values, now: Timestamp, is_refresh: bool) -> Self {
        let scope = Scope::default().with("body", body).connection(before);
        let read = if is_refresh && !oauth.refreshed.is_empty() { &oauth.refreshed } else { &oauth.tokens };
        let mut values = before.clone();
        for (key, source) in read {
            if let Some(text) = scope.text(source) {
                values.insert(key.clone(), text);
            }
        }
        let scopes = oauth.granted.as_ref().and_then(|source| scope.value(source)).map(|granted| split(&granted, oauth));
        Granted { values, expires_at: ends(&oauth.expiry, &scope, now), scopes }
    }
}

fn split(granted: &Value, oauth: &OAuth2) -> Vec<String> {
    match granted {
        Value::Array(items) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::String(text) => {
            let separator = oauth.granted_separator.as_deref().unwrap_or(&oauth.scope_separator);
            let words = text.split(separator).map(str::trim).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// When a token of this answer ends.
pub(crate) fn ends(expiry: &Expiry, scope: &Scope, now: Timestamp) -> Option<Timestamp> {
    let number = |path: &str| scope.text(path)?.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0 && *n < 1e14);
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    match expiry {
        Expiry::In { path } => number(path).map(|s| now.plus_ms((s * 1000.0) as i64)),
        Expiry::At { path, unit: TimeUnit::EpochS } => number(path).map(|s| Timestamp((s * 1000.0) as i64)),
        Expiry::At { path, unit: TimeUnit::EpochMs } => number(path).map(|ms| Timestamp(ms as i64)),
        Expiry::At { path, unit: TimeUnit::Seconds } => number(path).map(|s| now.plus_ms((s * 1000.0) as i64)),
        Expiry::At { path, unit: TimeUnit::Ms } => number(path).map(|ms| now.plus_ms(ms as i64)),
        Expiry::Assumed { s } => Some(now.plus_ms(i64::try_from(*s).unwrap_or(i64::MAX / 2000).saturating_mul(1000))),
        Expiry::At { unit: TimeUnit::HttpDate, .. } | Expiry::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn oauth(more: Value) -> OAuth2 {
        let mut data = json!({ "grant": "authorization_code", "token_url": "https://v.example/token" });
        if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
            data.extend(more);
        }
        serde_json::from_value(data).expect("a manifest")
    }

    #[test]
    fn a_refresh_token_that_is_not_answered_again_stays() {
        let before = Values::from([("refresh_token".into(), "old".into()), ("subdomain".into(), "acme".into())]);
        let granted =
            Granted::read(&oauth(json!({})), json!({ "access_token": "a2", "expires_in": 60 }), &before, Timestamp(0), true);
        assert_eq!(granted.values["access_token"], "a2");
        assert_eq!(granted.values["refresh_token"], "old");
        assert_eq!(granted.values["subdomain"], "acme");
        assert_eq!(granted.expires_at, Some(Timestamp(60_000)));
    }

    #[test]
    fn vendors_name_things_in_their_own_way() {
        let oauth = oauth(json!({
            "tokens": { "access_token": "body.access_token", "user_token": "body.authed_user.access_token", "team": "body.team.id" },
            "granted": "body.scope", "granted_separator": ",",
            "expiry": { "kind": "at", "path": "body.expires_at", "unit": "epoch_s" },
        }));
        let body = json!({ "access_token": "xoxb", "authed_user": { "access_token": "xoxp" }, "team": { "id": "T1" },
            "scope": "chat:write,channels:read", "expires_at": "1700000000" });
        let granted = Granted::read(&oauth, body, &Values::new(), Timestamp(0), false);
        assert_eq!(granted.values["user_token"], "xoxp");
        assert_eq!(granted.values["team"], "T1");
        assert_eq!(granted.scopes, Some(vec!["chat:write".to_owned(), "channels:read".to_owned()]));
        assert_eq!(granted.expires_at, Some(Timestamp(1_700_000_000_000)));
        assert!(!format!("{granted:?}").contains("xox"), "tokens are not printed");
    }

    #[test]
    fn what_shopify_leaves_out_is_granted_all_the_same() {
        let shopify = manifest::find("shopify").and_then(|connector| connector.auth_method("oauth")?.oauth2.as_ref());
        let body = json!({ "access_token": "shpua_x", "scope": "write_orders" });
        let granted = Granted::read(shopify.expect("a consent"), body, &Values::new(), Timestamp(0), false);
        assert_eq!((granted.values["access_token"].as_str(), granted.scopes), ("shpua_x", None), "what was asked for counts");
    }

    #[test]
    fn an_answer_may_say_nothing_of_its_end() {
        let read = |expiry: Value, body: Value| {
            Granted::read(&oauth(json!({ "expiry": expiry })), body, &Values::new(), Timestamp(5), false).expires_at
        };
        assert_eq!(read(json!({ "kind": "unknown" }), json!({ "expires_in": 9 })), None);
        assert_eq!(read(json!({ "kind": "assumed", "s": 7200 }), json!({})), Some(Timestamp(7_200_005)));
        assert_eq!(read(json!({ "kind": "in", "path": "body.expires_in" }), json!({ "expires_in": "soon" })), None);
        assert_eq!(read(json!({ "kind": "in", "path": "body.expires_in" }), json!({ "expires_in": -4 })), None);
    }
}
