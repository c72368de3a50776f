//! Every recorded delivery of every connector: which events it makes for a form, under which keys, and what a workflow sees of them.
//! `docs/connectors.md` says what a case holds.

use std::path::Path;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    what: String,
    /// The id of a trigger.
    delivery: Option<String>,
    /// Of the connection.
    account: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Value,
    /// What completes each event, where deliveries name ids only.
    fetched: Option<Value>,
    #[serde(default)]
    input: Value,
    output: Option<Value>,
}

fn cases(connector: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/connectors").join(connector).join("cases");
    let files = std::fs::read_dir(folder).into_iter().flatten().map(|file| file.unwrap().path());
    let read = |file| serde_json::from_str::<Vec<Case>>(&std::fs::read_to_string(file).unwrap()).unwrap();
    files.flat_map(read).filter(|case| case.delivery.is_some()).collect()
}

fn events(known: Known<'_>, case: &Case) -> Value {
    let header = |(name, value): (&String, &Value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value.as_str().unwrap()).unwrap())
    };
    let headers: HeaderMap = case.headers.iter().map(header).collect();
    let delivered = Delivered::new(&headers, case.body.clone());
    let input = connect::trigger_input(known.trigger, &case.input).unwrap();
    let found = found(known, &input, case.account.as_deref(), &delivered).unwrap();
    let seen = |found: Found| {
        let payload = payload(known, &input, &delivered.headers, &found.event, case.fetched.clone()).unwrap();
        json!({ "key": found.key, "data": payload["body"] })
    };
    found.into_iter().map(seen).collect()
}

#[test]
fn every_recorded_delivery() {
    let (mut failures, mut looked_at) = (Vec::new(), 0);
    for connector in manifest::builtin() {
        for case in cases(&connector.id) {
            let trigger = connector.trigger(case.delivery.as_ref().unwrap()).expect("a trigger");
            let known = Known { connector, trigger, webhook: trigger.webhook.as_ref().expect("a webhook") };
            let (is, wanted) = (events(known, &case), case.output.as_ref().expect("an output"));
            looked_at += 1;
            if is != *wanted {
                failures.push(format!("{}: {}\nis\n{is:#}\nshould be\n{wanted:#}", connector.id, case.what));
            }
        }
    }
    assert!(failures.is_empty(), "{} deliveries\n\n{}", failures.len(), failures.join("\n\n"));
    assert!(looked_at > 10, "{looked_at}");
}
