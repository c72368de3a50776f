//! The workflows under torture: every way in which calls follow one another, repeatable and not.

use serde_json::{Value, json};
use std::net::SocketAddr;

/// Elements that a loop goes through.
const ITEMS: u64 = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flow {
    /// One call that may be sent twice.
    Repeatable,
    /// One call that may not.
    Unrepeatable,
    /// A loop of calls that may be sent twice, three at a time.
    Each,
    /// A loop of calls that may not.
    EachUnrepeatable,
    /// One of each kind at the same time.
    Parallel,
    /// A call, a wait, a call.
    Delay,
}

impl Flow {
    pub const ALL: [Self; 6] =
        [Self::Repeatable, Self::Unrepeatable, Self::Each, Self::EachUnrepeatable, Self::Parallel, Self::Delay];

    pub fn name(self) -> &'static str {
        match self {
            Self::Repeatable => "repeatable",
            Self::Unrepeatable => "unrepeatable",
            Self::Each => "each",
            Self::EachUnrepeatable => "each_unrepeatable",
            Self::Parallel => "parallel",
            Self::Delay => "delay",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.name() == name)
    }

    /// The body of event `n`; the calls it leads to are unlike all others.
    pub fn event(self, n: u64) -> String {
        json!({ "n": n, "flow": self.name(), "items": (0..ITEMS).collect::<Vec<_>>() }).to_string()
    }

    /// The calls that a run which succeeded has made.
    pub fn calls(self, n: u64) -> Vec<String> {
        let each = || (0..ITEMS).map(|item| call_name(n, "a", Some(item))).collect();
        let plain = |steps: &[&str]| steps.iter().map(|step| call_name(n, step, None)).collect();
        match self {
            Self::Repeatable | Self::Unrepeatable => plain(&["a"]),
            Self::Each | Self::EachUnrepeatable => each(),
            Self::Parallel | Self::Delay => plain(&["a", "b"]),
        }
    }

    pub fn definition(self, upstream: SocketAddr) -> Value {
        let call = |step, repeatable, looped| call(upstream, step, repeatable, looped);
        let (steps, body) = match self {
            Self::Repeatable => (json!({ "a": call("a", true, false) }), json!(["a"])),
            Self::Unrepeatable => (json!({ "a": call("a", false, false) }), json!(["a"])),
            Self::Each => (json!({ "each": each(), "a": call("a", true, true) }), json!(["each"])),
            Self::EachUnrepeatable => (json!({ "each": each(), "a": call("a", false, true) }), json!(["each"])),
            Self::Parallel => {
                let arm = |id: &str, step: &str| json!({ "id": id, "label": id, "body": [step] });
                let both = step("both", json!({ "type": "parallel", "arms": [arm("left", "a"), arm("right", "b")] }));
                (json!({ "both": both, "a": call("a", true, false), "b": call("b", false, false) }), json!(["both"]))
            }
            Self::Delay => {
                let pause = step("pause", json!({ "type": "delay", "for": { "ms": 250 } }));
                (json!({ "a": call("a", true, false), "pause": pause, "b": call("b", true, false) }), json!(["a", "pause", "b"]))
            }
        };
        let hook = json!({ "id": "hook", "label": "Webhook", "kind": { "type": "webhook" } });
        json!({ "schema": 1, "triggers": [hook], "steps": steps, "body": body })
    }
}

/// What tells a logical call from all others, whatever key it is sent under.
pub fn call_name(n: u64, step: &str, item: Option<u64>) -> String {
    match item {
        Some(item) => format!("{n}/{step}/{item}"),
        None => format!("{n}/{step}"),
    }
}

/// The name of a call by its request's body.
pub fn call_of(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    Some(call_name(body["n"].as_u64()?, body["step"].as_str()?, body["item"].as_u64()))
}

/// The event's number in the name of a call.
pub fn event_of(call: &str) -> Option<u64> {
    call.split('/').next()?.parse().ok()
}

fn step(slug: &str, kind: Value) -> Value {
    json!({ "slug": slug, "label": slug, "kind": kind })
}

fn each() -> Value {
    step("each", json!({ "type": "for_each", "over": { "expr": "event.body.items" }, "body": ["a"], "concurrency": 3 }))
}

fn call(upstream: SocketAddr, slug: &str, repeatable: bool, looped: bool) -> Value {
    let entry = |key: &str, value: Value| json!({ "key": { "literal": key }, "value": value });
    let mut body = vec![entry("n", json!({ "expr": "event.body.n" })), entry("step", json!({ "literal": slug }))];
    if looped {
        body.push(entry("item", json!({ "expr": "item" })));
    }
    // The path says what may happen to the call, for the upstream's own book.
    let path = if repeatable { "safe" } else { "unsafe" };
    let input = json!({
        "method": { "literal": "POST" },
        "url": { "literal": format!("http://{upstream}/{path}") },
        "body_kind": { "literal": "json" },
        "repeatable": { "literal": repeatable },
        "body": { "object": body },
    });
    let mut step =
        step(slug, json!({ "type": "action", "connector": "http", "version": 1, "operation": "request", "input": input }));
    step["policy"] = json!({ "timeout_ms": 800, "retry": { "max_attempts": 10, "first_delay_ms": 50, "max_delay_ms": 400 } });
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_have_the_format_of_the_model() {
        for flow in Flow::ALL {
            let definition = flow.definition(([127, 0, 0, 1], 1).into());
            let read: model::WorkflowDefinition = serde_json::from_value(definition).expect("the model's format");
            assert!(!read.steps.is_empty());
            assert_eq!(Flow::named(flow.name()), Some(flow));
        }
    }

    #[test]
    fn calls_have_names_of_their_own() {
        assert_eq!(call_of(br#"{"n":7,"step":"a","item":2}"#).as_deref(), Some("7/a/2"));
        assert_eq!(call_of(br#"{"n":7,"step":"b"}"#).as_deref(), Some("7/b"));
        assert_eq!(call_of(b"nonsense"), None);
        assert_eq!(Flow::Each.calls(7).len() as u64, ITEMS);
        assert_eq!(event_of("7/a/2"), Some(7));
    }
}
