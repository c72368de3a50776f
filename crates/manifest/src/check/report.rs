use model::ids::{StepId, TriggerId};
use model::{Place, Problem, Severity};

/// Collects problems.
#[derive(Default)]
pub(super) struct Report {
    pub problems: Vec<Problem>,
}

impl Report {
    pub fn broken(&mut self, place: Place, code: &str, message: impl Into<String>) -> &mut Problem {
        self.add(Severity::Broken, place, code, message.into())
    }

    pub fn error(&mut self, place: Place, code: &str, message: impl Into<String>) -> &mut Problem {
        self.add(Severity::Error, place, code, message.into())
    }

    pub fn warning(&mut self, place: Place, code: &str, message: impl Into<String>) -> &mut Problem {
        self.add(Severity::Warning, place, code, message.into())
    }

    fn add(&mut self, severity: Severity, place: Place, code: &str, message: String) -> &mut Problem {
        self.problems.push(Problem { code: format!("definition.{code}"), severity, place, message, suggestion: None });
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }
}

/// The definition itself.
pub(super) fn workflow() -> Place {
    Place::default()
}

pub(super) fn step(id: &StepId) -> Place {
    Place { step: Some(id.clone()), ..Place::default() }
}

pub(super) fn step_field(id: &StepId, field: impl Into<String>) -> Place {
    Place { field: Some(field.into()), ..step(id) }
}

pub(super) fn trigger(id: &TriggerId) -> Place {
    Place { trigger: Some(id.clone()), ..Place::default() }
}

pub(super) fn trigger_field(id: &TriggerId, field: impl Into<String>) -> Place {
    Place { field: Some(field.into()), ..trigger(id) }
}

/// `input` and `url` make `input.url`; `condition` and `[1].left` make `condition[1].left`.
pub(super) fn join(field: &str, inner: Option<&str>) -> String {
    match inner {
        None | Some("") => field.to_owned(),
        Some(inner) if inner.starts_with('[') => format!("{field}{inner}"),
        Some(inner) => format!("{field}.{inner}"),
    }
}
