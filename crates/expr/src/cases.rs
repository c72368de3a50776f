//! Runs case files, natively in tests and in the browser.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::operation::{Settings, operate};
use crate::{
    Condition, Data, ErrorKind, EvalError, Limits, Mapped, Names, Outcome, StepData, evaluate, parse_text, print_text, test,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    data: CaseData,
    cases: Vec<Case>,
}

/// One of `mapped`, `text`, `condition` and `operation` is evaluated; one of `value`, `missing`, `error` and `holds` is expected.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// In place of the file's data.
    data: Option<CaseData>,
    mapped: Option<Mapped>,
    text: Option<String>,
    condition: Option<Condition>,
    /// The name of an operation, which gets `input` and the arguments `with`; dates are in Europe/Berlin.
    operation: Option<String>,
    #[serde(default, deserialize_with = "present")]
    input: Option<Value>,
    #[serde(default)]
    with: serde_json::Map<String, Value>,
    #[serde(default, deserialize_with = "present")]
    value: Option<Value>,
    #[serde(default)]
    missing: bool,
    error: Option<Wanted>,
    holds: Option<bool>,
    /// All notes, in order; none are expected unless said.
    #[serde(default)]
    notes: Vec<WantedNote>,
}

/// `null` is a value, too.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct CaseData {
    event: Option<Value>,
    vars: Option<Value>,
    run: Option<Value>,
    steps: Vec<CaseStep>,
    locals: serde_json::Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseStep {
    id: String,
    slug: String,
    output: Option<Value>,
    #[serde(default)]
    skipped: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    kind: ErrorKind,
    path: Option<String>,
    suggestion: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedNote {
    at: String,
    path: String,
    suggestion: Option<String>,
}

impl CaseData {
    fn bind(&self) -> (Data, Names) {
        let (mut data, mut names) = (Data::new(), Names::new());
        let shared = |value: &Value| Arc::new(value.clone());
        if let Some(event) = &self.event {
            data.set_event(shared(event));
        }
        if let Some(vars) = &self.vars {
            data.set_vars(shared(vars));
        }
        if let Some(run) = &self.run {
            data.set_run(shared(run));
        }
        for step in &self.steps {
            let output = match &step.output {
                Some(output) => StepData::Output(shared(output)),
                None if step.skipped => StepData::Skipped,
                None => StepData::NotRun,
            };
            data.set_step(&step.id, &step.slug, output);
            names.insert(&step.id, &step.slug);
        }
        for (name, value) in &self.locals {
            data = data.with_local(name, shared(value));
        }
        (data, names)
    }
}

/// Runs every case of a case file; gives a sentence for each that fails, also when the file cannot be read.
pub fn run_cases(json: &str) -> Vec<String> {
    let file: File = match serde_json::from_str(json) {
        Ok(file) => file,
        Err(error) => return vec![format!("The case file cannot be read: {error}")],
    };
    if file.cases.is_empty() {
        return vec!["The case file holds no cases.".to_owned()];
    }
    file.cases
        .iter()
        .filter_map(|case| run(case, case.data.as_ref().unwrap_or(&file.data)).map(|why| format!("{}: {why}", case.name)))
        .collect()
}

fn run(case: &Case, data: &CaseData) -> Option<String> {
    let (data, names) = data.bind();
    let limits = Limits::default();
    if let Some(condition) = &case.condition {
        return match (test(condition, &data, &limits), case.holds, &case.error) {
            (Ok(holds), Some(wanted), None) if holds == wanted => None,
            (Err(error), None, Some(wanted)) => differs(&error, wanted),
            (got, ..) => Some(format!("gives {got:?}")),
        };
    }
    if let Some(operation) = &case.operation {
        let input = case.input.clone().map_or(Outcome::Missing, Outcome::Value);
        let settings = Settings { zone: "Europe/Berlin", limits };
        return match (operate(operation, input, &case.with, &settings), &case.error) {
            (Ok(outcome), None) => unexpected(case, &outcome),
            (Err(error), Some(wanted)) => differs(&error, wanted),
            (got, _) => Some(format!("gives {got:?}")),
        };
    }
    let mapped = match (&case.mapped, &case.text) {
        (Some(mapped), None) => mapped.clone(),
        (None, Some(text)) => {
            let mapped = parse_text(text, &names);
            let printed = print_text(&mapped, &names).unwrap_or_default();
            if parse_text(&printed, &names) != mapped {
                return Some(format!("prints as {printed:?}, which reads differently"));
            }
            mapped
        }
        _ => return Some("needs one of mapped, text, condition and operation".to_owned()),
    };
    let evaluated = match (evaluate(&mapped, &data, &limits), &case.error) {
        (Ok(evaluated), None) => evaluated,
        (Err(error), Some(wanted)) => return differs(&error, wanted),
        (got, _) => return Some(format!("gives {got:?}")),
    };
    if let Some(why) = unexpected(case, &evaluated.outcome) {
        return Some(why);
    }
    let noted = evaluated.notes.len() == case.notes.len()
        && evaluated
            .notes
            .iter()
            .zip(&case.notes)
            .all(|(got, wanted)| got.at == wanted.at && got.path == wanted.path && got.suggestion == wanted.suggestion);
    (!noted).then(|| format!("notes {:?}", evaluated.notes))
}

fn unexpected(case: &Case, outcome: &Outcome) -> Option<String> {
    // Compared as JSON text: the order of fields counts.
    let same = match (outcome, &case.value) {
        (Outcome::Value(got), Some(wanted)) => serde_json::to_string(got).ok() == serde_json::to_string(wanted).ok(),
        (Outcome::Missing, None) => case.missing,
        _ => false,
    };
    (!same).then(|| format!("gives {outcome:?}"))
}

fn differs(got: &EvalError, wanted: &Wanted) -> Option<String> {
    let same = got.kind == wanted.kind
        && (wanted.path.is_none() || got.path == wanted.path)
        && (wanted.suggestion.is_none() || got.suggestion == wanted.suggestion)
        && wanted.message.as_ref().is_none_or(|message| &got.message == message);
    (!same).then(|| format!("fails with {got:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_file_passes() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
        let mut failures = Vec::new();
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files += 1;
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                failures
                    .extend(run_cases(&std::fs::read_to_string(&path).unwrap()).into_iter().map(|why| format!("{name}: {why}")));
            }
        }
        assert!(files >= 4, "only {files} case files");
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn a_wrong_case_fails() {
        let wrong = |case: &str| run_cases(&format!(r#"{{"data": {{"event": {{"n": 1}}}}, "cases": [{case}]}}"#));
        assert_eq!(wrong(r#"{"name": "a", "text": "{{ event.n }}", "value": 2}"#).len(), 1);
        assert_eq!(wrong(r#"{"name": "a", "text": "{{ event.n }}", "missing": true}"#).len(), 1);
        assert_eq!(wrong(r#"{"name": "a", "text": "{{ event.m }}", "value": null}"#).len(), 1);
        assert_eq!(wrong(r#"{"name": "a", "text": "{{ event.n }}", "error": {"kind": "type"}}"#).len(), 1);
        assert_eq!(wrong(r#"{"name": "a", "condition": {"expr": "event.n == 1"}, "holds": false}"#).len(), 1);
        assert_eq!(wrong(r#"{"name": "a", "text": "{{ event.n }}", "value": 1}"#).len(), 0);
        assert_eq!(run_cases("{}").len(), 1);
    }
}
