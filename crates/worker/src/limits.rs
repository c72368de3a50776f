//! Which of a connector's limits count a call.

use connect::budget::{Lane, Limits, Window};
use engine::Call;
use manifest::{LimitKey, Operation, RateLimit};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Catalog;

/// What a call is: a look of a trigger names no operation and has no input.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    pub connector: &'a str,
    pub operation: Option<&'a str>,
    /// The step's evaluated input.
    pub input: Option<&'a Value>,
}

impl<'a> From<&'a Call> for Use<'a> {
    fn from(call: &'a Call) -> Self {
        Use { connector: &call.connector, operation: Some(&call.operation), input: Some(&call.input) }
    }
}

/// A call of which only the connector is known: limits of operations and fields do not count it.
impl<'a> From<&'a str> for Use<'a> {
    fn from(connector: &'a str) -> Self {
        Use { connector, operation: None, input: None }
    }
}

impl<'a> From<&'a String> for Use<'a> {
    fn from(connector: &'a String) -> Self {
        Use::from(connector.as_str())
    }
}

/// A limit that counts a call, and the lane it counts it in; none: with all calls of the connection.
#[derive(Debug)]
pub(crate) struct Counted<'a> {
    pub limit: &'a RateLimit,
    pub lane: Option<String>,
}

pub(crate) fn counted<'a>(catalog: &'a Catalog, call: Use<'_>) -> Vec<Counted<'a>> {
    let operation = call.operation.and_then(|id| catalog.operation(call.connector, id));
    let limits = catalog.limits(call.connector).iter().enumerate();
    limits.filter_map(|(index, limit)| counts(index, limit, operation, call.input)).collect()
}

fn counts<'a>(index: usize, limit: &'a RateLimit, operation: Option<&Operation>, input: Option<&Value>) -> Option<Counted<'a>> {
    let is_for_all = limit.operations.is_empty();
    if !is_for_all && !operation.is_some_and(|operation| limit.operations.contains(&operation.id)) {
        return None;
    }
    let lane = match limit.by {
        LimitKey::App | LimitKey::Account if is_for_all => None,
        LimitKey::App | LimitKey::Account => Some(index.to_string()),
        LimitKey::Operation => Some(format!("{index}:{}", operation?.id)),
        LimitKey::Field => {
            let field = operation?.field(limit.field.as_ref()?)?;
            let given = input.and_then(|input| input.get(&field.key)).filter(|value| !value.is_null());
            let value = given.or(field.default.as_ref())?;
            // The row of a budget holds nothing of a payload.
            let text = value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned());
            Some(format!("{index}={}", hex::encode(&Sha256::digest(text.as_bytes())[..8])))
        }
    };
    Some(Counted { limit, lane })
}

/// Their windows.
pub(crate) fn windows(counted: &[Counted<'_>]) -> Limits {
    let mut limits = Limits::default();
    for Counted { limit, lane } in counted {
        let permits = u32::try_from(limit.requests).unwrap_or(u32::MAX);
        let window = Window { permits, per_ms: limit.per_s.saturating_mul(1_000).max(1) };
        match lane {
            None => limits.whole.push(window),
            Some(key) => limits.lanes.push(Lane { key: key.clone(), windows: vec![window] }),
        }
    }
    limits
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn catalog() -> Catalog {
        Catalog::new(Arc::new(manifest::builtin().to_vec()))
    }

    /// Permits and seconds.
    type Stated = Vec<(u32, u64)>;

    /// Of the whole connection, and of each lane.
    fn of(connector: &str, operation: &str, input: Value) -> (Stated, Stated) {
        let catalog = catalog();
        assert!(catalog.operation(connector, operation).is_some(), "{connector} {operation}");
        let call = Use { connector, operation: Some(operation), input: Some(&input) };
        let limits = windows(&counted(&catalog, call));
        let plain = |window: &Window| (window.permits, window.per_ms / 1_000);
        let lanes = limits.lanes.iter().flat_map(|lane| lane.windows.iter().map(plain)).collect();
        (limits.whole.iter().map(plain).collect(), lanes)
    }

    fn lanes(connector: &str, operation: &str, input: Value) -> Vec<String> {
        let catalog = catalog();
        let call = Use { connector, operation: Some(operation), input: Some(&input) };
        counted(&catalog, call).into_iter().filter_map(|counted| counted.lane).collect()
    }

    #[test]
    fn what_shipped_connectors_state_is_kept() {
        assert_eq!(of("gmail", "send_email", json!({})), (vec![(40, 1)], vec![(2, 1)]));
        assert_eq!(of("gmail", "get_message", json!({})), (vec![(40, 1)], vec![]));
        assert_eq!(of("hubspot", "search_contacts", json!({})), (vec![(100, 10)], vec![(5, 1)]));
        assert_eq!(of("github", "add_comment", json!({})), (vec![(5_000, 3_600)], vec![(80, 60)]));
        assert_eq!(of("x", "create_post", json!({})), (vec![], vec![(100, 900)]));
        assert_eq!(of("airtable", "get_record", json!({ "base": "app1" })), (vec![(50, 1)], vec![(5, 1)]));
        assert_eq!(of("discord", "send_message", json!({ "channel": "1" })), (vec![(50, 1)], vec![(5, 5)]));
        assert_eq!(of("slack", "send_message", json!({ "channel": "C1" })), (vec![], vec![(50, 60), (1, 1)]));
        assert_eq!(of("slack", "list_channels", json!({})), (vec![], vec![(50, 60)]));
    }

    /// A limit that no call is ever counted in would be a promise nobody keeps.
    #[test]
    fn every_stated_limit_counts_something() {
        let catalog = catalog();
        for connector in manifest::builtin() {
            let mut unused: Vec<_> = connector.limits.iter().collect();
            for operation in &connector.operations {
                let input = operation.fields.iter().map(|field| (field.key.clone(), json!("1"))).collect();
                let input = Value::Object(input);
                let call = Use { connector: &connector.id, operation: Some(&operation.id), input: Some(&input) };
                let counted = counted(&catalog, call);
                unused.retain(|limit| !counted.iter().any(|one| one.limit == *limit));
            }
            assert!(unused.is_empty(), "{}: {unused:?}", connector.id);
        }
    }

    #[test]
    fn calls_share_what_the_limit_says() {
        let github = |operation| lanes("github", operation, json!({}));
        assert_eq!(github("create_issue"), github("add_comment"), "counted together");
        assert!(github("list_issues").is_empty());
        assert_ne!(lanes("x", "find_user", json!({})), lanes("x", "get_post", json!({})), "each by itself");
        let discord = |channel: Value| lanes("discord", "send_message", json!({ "channel": channel }));
        assert_eq!(discord(json!("17")), discord(json!(17)), "a number in a template is text elsewhere");
        assert_eq!(discord(json!("17")), discord(json!(" 17 ")));
        assert_ne!(discord(json!("17")), discord(json!("18")));
        assert!(discord(json!(null)).is_empty() && lanes("discord", "send_message", json!([])).is_empty());
        let secret = discord(json!("<img onerror=1> \u{202e}".repeat(10_000)));
        assert!(secret[0].len() < 24 && !secret[0].contains("img"), "{secret:?}");
    }

    #[test]
    fn where_only_the_connector_is_known_the_whole_counts() {
        let catalog = catalog();
        for connector in ["slack", "airtable", "nobody"] {
            let limits = windows(&counted(&catalog, Use::from(connector)));
            assert!(limits.lanes.is_empty(), "{connector}");
            assert_eq!(limits.whole.len(), usize::from(connector == "airtable"));
        }
    }
}
