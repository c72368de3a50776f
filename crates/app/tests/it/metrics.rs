//! `/metrics` of a real process, read with a parser of somebody else.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use prometheus_parse::{Scrape, Value as Sample};
use serde_json::json;
use server::figures::{DURATION_BUCKETS_S, FIGURES, Kind};

use crate::instance::{Instance, workflow};

const GUIDE: &str = include_str!("../../../../docs/operations.md");

/// Name, type, label and its values, as the table of the guide has them.
fn documented() -> BTreeMap<String, (String, String)> {
    let lines = GUIDE.lines().filter(|line| line.starts_with("| `patchbay_"));
    lines
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            (cells[0].trim_matches('`').to_owned(), (cells[1].to_owned(), cells[2].replace('`', "")))
        })
        .collect()
}

fn labels(of: Option<(&str, &[&str])>) -> String {
    of.map(|(name, values)| format!("{name}: {}", values.join(", "))).unwrap_or_default()
}

#[test]
fn the_guide_and_the_code_name_the_same_figures() {
    let known: BTreeMap<String, (String, String)> =
        FIGURES.iter().map(|figure| (figure.name.to_owned(), (figure.kind.as_str().to_owned(), labels(figure.label)))).collect();
    assert_eq!(documented(), known);
}

/// A signed webhook gets one delivery before it has a secret, and after that one without a signature and one with a wrong one.
async fn deliver_unsigned(instance: &Instance) {
    let mut definition = workflow("w1.json", "http://127.0.0.1:9/echo");
    definition["triggers"][0]["kind"]["verify"] = json!({ "type": "hmac", "header": "X-Signature", "prefix": "" });
    let (id, hook) = instance.publish("Signed", &definition).await;
    assert_eq!(instance.send(Method::POST, &hook, Some(&json!({}))).await.0, 401);
    let trigger = definition["triggers"][0]["id"].as_str().expect("an id");
    let secret = json!({ "secret": "a long secret of the sender" });
    let path = format!("/api/v1/workflows/{id}/triggers/{trigger}/secret");
    assert_eq!(instance.send(Method::PUT, &path, Some(&secret)).await.0, 200);
    assert_eq!(instance.send(Method::POST, &hook, Some(&json!({}))).await.0, 401);
    let wrong = "0".repeat(64);
    let answer = instance.raw(Method::POST, &hook, &[("x-signature", &wrong)], Some(&json!({}))).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parser_reads_every_documented_figure_and_nothing_else() {
    let mut instance = Instance::new();
    instance.start().await;
    let wrong = json!({ "email": "a@example.com", "password": "wrong password" });
    assert_eq!(instance.send(Method::POST, "/api/v1/sign-in", Some(&wrong)).await.0, 401);
    deliver_unsigned(&instance).await;
    let answer = instance.try_send(Method::GET, "/metrics", None).await.expect("an answer");
    let text = String::from_utf8(answer.body.to_vec()).expect("text");
    let scrape = Scrape::parse(text.lines().map(|line| Ok(line.to_owned()))).expect("Prometheus' text");
    // A histogram has a sum and a count beside its buckets.
    let of_histogram = |name: &str| {
        let base = name.strip_suffix("_sum").or_else(|| name.strip_suffix("_count"))?;
        FIGURES.iter().find(|figure| figure.kind == Kind::Histogram && figure.name == base)
    };
    let told: BTreeSet<&str> = scrape
        .samples
        .iter()
        .filter(|sample| of_histogram(&sample.metric).is_none())
        .map(|sample| sample.metric.as_str())
        .collect();
    let named: BTreeSet<&str> = FIGURES.iter().map(|figure| figure.name).collect();
    assert_eq!(told, named, "{text}");
    for sample in scrape.samples.iter().filter(|sample| of_histogram(&sample.metric).is_none()) {
        let figure = FIGURES.iter().find(|figure| figure.name == sample.metric).expect("a figure");
        match (&sample.value, figure.kind) {
            (Sample::Counter(n), Kind::Counter) | (Sample::Gauge(n), Kind::Gauge) => {
                assert!(n.is_finite() && *n >= 0.0, "{text}")
            }
            (Sample::Histogram(buckets), Kind::Histogram) => {
                let ends: Vec<f64> = buckets.iter().map(|bucket| bucket.less_than).collect();
                assert_eq!(ends, [DURATION_BUCKETS_S, &[f64::INFINITY]].concat());
            }
            (other, _) => panic!("{} is {other:?}", sample.metric),
        }
        let has: Vec<(&String, &String)> = sample.labels.iter().collect();
        match figure.label {
            None => assert!(has.is_empty(), "{} {has:?}", sample.metric),
            Some((name, values)) => {
                let [(label, value)] = has[..] else { panic!("{} {has:?}", sample.metric) };
                assert!(label == name && values.contains(&value.as_str()), "{} {has:?}", sample.metric);
            }
        }
    }
    for figure in FIGURES {
        let samples = scrape.samples.iter().filter(|sample| sample.metric == figure.name).count();
        assert_eq!(samples, figure.label.map_or(1, |(_, values)| values.len()), "{}", figure.name);
        assert!(scrape.docs.contains_key(figure.name), "{} says what it is", figure.name);
    }
    for (metric, label, value) in [
        ("patchbay_sign_ins_total", "outcome", "refused"),
        ("patchbay_deliveries_refused_total", "reason", "no_secret"),
        ("patchbay_deliveries_refused_total", "reason", "unsigned"),
        ("patchbay_deliveries_refused_total", "reason", "signature"),
    ] {
        let counted = scrape.samples.iter().find(|sample| sample.metric == metric && sample.labels.get(label) == Some(value));
        assert!(matches!(counted.map(|sample| &sample.value), Some(Sample::Counter(n)) if *n == 1.0), "{value}: {text}");
    }
}
