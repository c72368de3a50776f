//! Which runs an event has come through: a header on the calls of a run, found again on the events they lead to. A workflow that
//! keeps waking itself is noticed by it.

use model::{
    Timestamp,
    ids::{RunId, WorkflowId},
};
use serde_json::Value;

use crate::SigningKey;

/// The header that carries a trace.
pub const HEADER: &str = "Patchbay-Trace";

const PURPOSE: &str = "trace 1";
/// Hops a trace names, the last ones.
const MOST_HOPS: usize = 32;
/// Bytes of a header that is looked at.
const MOST_BYTES: usize = 4 * 1024;
/// A workflow that has woken itself so often within [`LOOP_MS`] is held.
const LOOP_HOPS: usize = 5;
const LOOP_MS: i64 = 60_000;

/// Makes and reads traces: `<first run>;<workflow>@<seconds>.<workflow>@<seconds>...;<signature>`. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traces {
    key: SigningKey,
}

#[derive(Debug, Clone, PartialEq)]
struct Trace {
    root: RunId,
    /// Oldest first: which workflow made a call, and when, in seconds since 1970.
    hops: Vec<(WorkflowId, i64)>,
}

impl Traces {
    pub fn new(key: SigningKey) -> Self {
        Traces { key }
    }

    /// The trace for the calls of a run of `workflow` that `event` led to.
    pub fn next(&self, event: &Value, run: RunId, workflow: WorkflowId, now: Timestamp) -> String {
        let mut trace = self.read(event).unwrap_or(Trace { root: run, hops: Vec::new() });
        trace.hops.push((workflow, now.ms().div_euclid(1000)));
        let from = trace.hops.len().saturating_sub(MOST_HOPS);
        let hops: Vec<String> = trace.hops[from..].iter().map(|(workflow, at)| format!("{workflow}@{at}")).collect();
        let text = format!("{};{}", trace.root, hops.join("."));
        let signature = self.key.sign(PURPOSE, &[text.as_bytes()]);
        format!("{text};{signature}")
    }

    /// Why a run of this event is not to begin by itself, in words: the workflow has woken itself again and again.
    pub fn looped(&self, event: &Value, workflow: WorkflowId, now: Timestamp) -> Option<String> {
        let trace = self.read(event)?;
        let since = now.plus_ms(-LOOP_MS).ms().div_euclid(1000);
        let own = trace.hops.iter().filter(|(of, at)| *of == workflow && *at >= since).count();
        (own >= LOOP_HOPS).then(|| {
            format!(
                "This workflow has started itself {own} times within a minute, beginning with {}. Mend the step whose call comes \
                 back as an event, or let the trigger's filter stop it.",
                trace.root
            )
        })
    }

    /// The trace an event came with; none when it was not signed here.
    fn read(&self, event: &Value) -> Option<Trace> {
        // Of a webhook it stands among the headers, of a run that was started by another at the top.
        let header = event.get("headers").and_then(|headers| headers.get("patchbay-trace"));
        let sent = header.or_else(|| event.get("trace"))?.as_str().filter(|sent| sent.len() <= MOST_BYTES)?;
        // A header that was sent twice stands there joined; the longest way counts.
        sent.split(',').filter_map(|one| self.parse(one.trim())).max_by_key(|trace| trace.hops.len())
    }

    fn parse(&self, sent: &str) -> Option<Trace> {
        let (text, signature) = sent.rsplit_once(';')?;
        if !self.key.verify(PURPOSE, &[text.as_bytes()], signature) {
            return None;
        }
        let (root, hops) = text.split_once(';')?;
        let hop = |hop: &str| {
            let (workflow, at) = hop.split_once('@')?;
            Some((workflow.parse().ok()?, at.parse().ok()?))
        };
        Some(Trace { root: root.parse().ok()?, hops: hops.split('.').map(hop).collect::<Option<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn came_back(header: &str) -> Value {
        json!({ "method": "POST", "headers": { "patchbay-trace": header }, "body": {} })
    }

    #[test]
    fn a_workflow_that_keeps_waking_itself_is_noticed() {
        let traces = Traces::new(SigningKey::of([1; 32]));
        let (own, other) = (WorkflowId(1), WorkflowId(2));
        let mut event = json!({ "headers": {}, "body": {} });
        for round in 0..5 {
            assert_eq!(traces.looped(&event, own, NOW), None, "round {round}");
            // Another workflow in between does not hide it.
            let through = came_back(&traces.next(&event, RunId(10 + round), own, NOW.plus_ms(round * 1_000)));
            event = came_back(&traces.next(&through, RunId(20 + round), other, NOW.plus_ms(round * 1_000)));
        }
        let reason = traces.looped(&event, own, NOW.plus_ms(5_000)).unwrap();
        assert!(reason.contains("5 times") && reason.contains(&RunId(10).to_string()), "{reason}");
        assert!(traces.looped(&event, other, NOW.plus_ms(5_000)).is_some());
        assert_eq!(traces.looped(&event, WorkflowId(3), NOW.plus_ms(5_000)), None);
        assert_eq!(traces.looped(&event, own, NOW.plus_ms(66_000)), None, "slow ones are no loop");
    }

    #[test]
    fn forged_and_damaged_traces_say_nothing() {
        let (traces, foreign) = (Traces::new(SigningKey::of([1; 32])), Traces::new(SigningKey::of([2; 32])));
        let mut event = json!({});
        for _ in 0..6 {
            event = came_back(&foreign.next(&event, RunId(1), WorkflowId(1), NOW));
        }
        assert!(foreign.looped(&event, WorkflowId(1), NOW).is_some());
        assert_eq!(traces.looped(&event, WorkflowId(1), NOW), None);
        for sent in ["", ";", ";;", "x;y;z", &"a".repeat(100_000)] {
            assert_eq!(traces.looped(&came_back(sent), WorkflowId(1), NOW), None);
        }
        assert_eq!(traces.looped(&json!({ "headers": ["patchbay-trace"] }), WorkflowId(1), NOW), None);
    }

    #[test]
    fn a_trace_stays_short_and_survives_doubling() {
        let traces = Traces::new(SigningKey::of([1; 32]));
        let mut event = json!({});
        for n in 0..100 {
            event = came_back(&traces.next(&event, RunId(n), WorkflowId(n), NOW));
        }
        let sent = event["headers"]["patchbay-trace"].as_str().unwrap().to_owned();
        assert!(sent.len() < MOST_BYTES, "{}", sent.len());
        assert_eq!(traces.read(&event).unwrap().root, RunId(0));
        let doubled = came_back(&format!("{sent}, {sent}"));
        assert_eq!(traces.read(&doubled), traces.read(&event));
        assert_eq!(traces.read(&json!({ "trace": sent })), traces.read(&event), "of a run that another one started");
    }
}
