//! Reads every run back through the API and holds its journal against what the upstream saw.

use super::load::Receipt;
use super::upstream::{Arrivals, Book};
use super::workflows::{Flow, call_of, event_of};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A run as the API tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub id: String,
    /// The number of its event.
    pub n: Option<u64>,
    pub end: End,
    /// The calls its journal knows.
    pub calls: BTreeSet<String>,
    /// Where the journal contradicts itself or the upstream.
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Succeeded,
    /// Ended otherwise, with a reason that a person can read.
    Failed,
    /// Waits for a person to say what happened to a call.
    Parked,
    /// Stopped by the system, which did not get on with it: shown to a person, too.
    Held,
    Open,
}

impl End {
    pub fn of(status: &str, hold: Option<&str>) -> Self {
        match (status, hold) {
            ("succeeded", _) => Self::Succeeded,
            ("failed" | "filtered" | "cancelled", _) => Self::Failed,
            ("waiting", Some("unknown")) => Self::Parked,
            ("waiting", Some("system")) => Self::Held,
            _ => Self::Open,
        }
    }
}

/// What a journal says of one step's calls.
#[derive(Default)]
struct Calls {
    name: Option<String>,
    started: u32,
    keys: BTreeSet<String>,
    succeeded: bool,
    /// The upstream's number in the output.
    serial: Option<u64>,
    finished: bool,
}

/// Reads one run: its detail and its journal as the API gives them.
pub fn read(detail: &Value, journal: &Value, book: &Book) -> Told {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let run = &detail["run"];
    let end = End::of(run["status"].as_str().unwrap_or_default(), run["hold"].as_str());
    let n = detail["event"]["body"]["n"].as_u64();
    let mut told = Told { id: text(&run["id"]), n, end, calls: BTreeSet::new(), problems: Vec::new() };
    let rows = journal["rows"].as_array().cloned().unwrap_or_default();
    if !rows.iter().enumerate().all(|(at, row)| row["seq"].as_u64() == Some(at as u64)) {
        told.problems.push("the journal's rows are not numbered 0, 1, 2 ...".to_owned());
    }
    if run["seq"].as_u64() != Some((rows.len() as u64).saturating_sub(1)) {
        told.problems.push(format!("the run says seq {}, the journal has {} rows", run["seq"], rows.len()));
    }
    let mut steps: BTreeMap<String, Calls> = BTreeMap::new();
    let mut finished = Vec::new();
    for event in rows.iter().filter_map(|row| row["events"].as_array()).flatten() {
        let Some((name, fact)) = event["kind"].as_object().and_then(|kind| kind.iter().next()) else { continue };
        let path = || fact["path"].as_str().unwrap_or_default().to_owned();
        match name.as_str() {
            "attempt_started" => {
                let calls = steps.entry(path()).or_default();
                calls.started += 1;
                calls.keys.extend(fact["key"].as_str().map(str::to_owned));
                let body = fact["request"]["v"]["body"]["text"].as_str();
                calls.name = calls.name.take().or_else(|| call_of(body?.as_bytes()));
            }
            "attempt_succeeded" => steps.entry(path()).or_default().succeeded = true,
            "late_outcome" if fact["succeeded"] == true => steps.entry(path()).or_default().succeeded = true,
            "step_finished" => {
                let serial = fact["output"]["v"]["body"]["serial"].as_u64();
                if let Some(calls) = steps.get_mut(&path()) {
                    (calls.finished, calls.serial) = (true, serial);
                }
            }
            "run_finished" => finished.push(text(&fact["status"])),
            _ => {}
        }
    }
    let is_over = matches!(end, End::Succeeded | End::Failed);
    if finished.len() != usize::from(is_over) || finished.iter().any(|status| run["status"] != status.as_str()) {
        told.problems.push(format!("the run is {}, its journal ended {finished:?}", run["status"]));
    }
    compare(&mut told, steps, book);
    let flow = detail["event"]["body"]["flow"].as_str().and_then(Flow::named);
    if let (End::Succeeded, Some(flow), Some(n)) = (end, flow, n) {
        for call in flow.calls(n) {
            if !told.calls.contains(&call) || book.get(&call).is_none_or(|seen| seen.answers.is_empty()) {
                told.problems.push(format!("it succeeded without the call {call}"));
            }
        }
    }
    told
}

/// Every step's calls against what the upstream saw of them.
fn compare(told: &mut Told, steps: BTreeMap<String, Calls>, book: &Book) {
    let nothing = Arrivals::default();
    for (path, calls) in steps {
        let Some(name) = calls.name else {
            told.problems.push(format!("{path}: no recorded request"));
            continue;
        };
        let seen = book.get(&name).unwrap_or(&nothing);
        let mut say = |what: String| told.problems.push(format!("{path} ({name}): {what}"));
        if seen.count > calls.started {
            say(format!("{} calls arrived, the journal knows {}", seen.count, calls.started));
        }
        if !seen.keys.is_subset(&calls.keys) {
            say(format!("keys {:?} arrived, the journal knows {:?}", seen.keys, calls.keys));
        }
        if calls.succeeded && seen.answers.is_empty() {
            say("the journal says it succeeded, the upstream never answered well".to_owned());
        }
        if calls.finished && calls.serial.is_none_or(|serial| !seen.answers.contains(&serial)) {
            say(format!("the output has the answer {:?}, the upstream gave {:?}", calls.serial, seen.answers));
        }
        if told.calls.contains(&name) {
            told.problems.push(format!("{path}: the call {name} belongs to two steps"));
        }
        told.calls.insert(name);
    }
}

/// The count of a whole round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Count {
    pub acknowledged: usize,
    /// Every run, also of events whose senders never heard.
    pub runs: usize,
    pub succeeded: usize,
    pub failed: usize,
    pub parked: usize,
    /// Stopped by the system: not lost, but not as it should be.
    pub held: usize,
    /// Acknowledged, and neither ended nor parked, or not there at all.
    pub lost: usize,
    /// One logical call under two keys, or one that must not be repeated twice.
    pub doubled: usize,
    /// Calls sent again under their key, as the promise allows.
    pub repeated: usize,
    /// Runs and calls whose books do not agree.
    pub disagreeing: usize,
    /// What is wrong, in words.
    pub findings: Vec<String>,
}

impl Count {
    pub fn holds(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.disagreeing == 0 && self.held == 0
    }
}

/// Holds receipts, runs and the upstream's book against one another.
pub fn count(receipts: &[Receipt], told: &[Told], book: &Book, strange: &[String]) -> Count {
    let mut count = Count { acknowledged: receipts.len(), runs: told.len(), ..Count::default() };
    let by_id: HashMap<&str, &Told> = told.iter().map(|run| (run.id.as_str(), run)).collect();
    let mut by_event: HashMap<u64, &Told> = HashMap::new();
    for run in told {
        match run.end {
            End::Succeeded => count.succeeded += 1,
            End::Failed => count.failed += 1,
            End::Parked => count.parked += 1,
            End::Held => {
                count.held += 1;
                count.findings.push(format!("{}: held by the system", run.id));
            }
            End::Open => {}
        }
        if !run.problems.is_empty() {
            count.disagreeing += 1;
            count.findings.extend(run.problems.iter().map(|problem| format!("{}: {problem}", run.id)));
        }
        if let Some(n) = run.n
            && let Some(other) = by_event.insert(n, run)
        {
            count.doubled += 1;
            count.findings.push(format!("event {n} was sent once and has two runs: {} and {}", other.id, run.id));
        }
    }
    for receipt in receipts {
        let found = by_id.get(receipt.run.as_str());
        if found.is_none_or(|run| run.end == End::Open || run.n != Some(receipt.n)) {
            count.lost += 1;
            let how = found.map(|run| (run.end, run.n));
            count.findings.push(format!("event {} was acknowledged with run `{}`: {how:?}", receipt.n, receipt.run));
        }
    }
    for (call, seen) in book {
        count.repeated += usize::from(seen.repeatable && seen.count > 1);
        let effects = seen.count - seen.refused;
        let doubled = if seen.repeatable { seen.keys.len() != 1 } else { effects > 1 };
        if doubled {
            count.doubled += 1;
            count.findings.push(format!("the call {call} arrived {} times under the keys {:?}", seen.count, seen.keys));
        }
        let run = event_of(call).and_then(|n| by_event.get(&n));
        if run.is_none_or(|run| !run.calls.contains(call)) {
            count.disagreeing += 1;
            let id = run.map_or("no run", |run| &run.id);
            count.findings.push(format!("the call {call} arrived, and no journal intended it ({id})"));
        }
    }
    count.disagreeing += strange.len();
    count.findings.extend(strange.iter().map(|request| format!("a request that no workflow makes: {request}")));
    count
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
