//! Reads definitions so that every problem is listed at once, not only the first.

mod children;
mod connections;
mod listeners;
mod settings;
mod shapes;

use manifest::Connector;
use model::{
    Place, Problem, Role, Severity, WorkflowDefinition,
    definition::{Settings, Trigger},
    ids::{StepId, TriggerId, WorkflowId},
    step::Step,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::{Scope, Store};

use crate::error::ApiError;

/// What a definition is checked for, and so what it is refused for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A maker's work in progress: only what contradicts itself.
    Draft,
    /// Comes from outside, whole: also references to steps that it does not have.
    New,
    /// Everything that would go wrong.
    Publish,
}

impl Purpose {
    fn refuses(self, problem: &Problem) -> bool {
        match self {
            Purpose::Draft => problem.severity >= Severity::Broken,
            Purpose::New => problem.severity >= Severity::Broken || is_missing_reference(problem),
            Purpose::Publish => problem.severity >= Severity::Error,
        }
    }
}

fn is_missing_reference(problem: &Problem) -> bool {
    problem.severity == Severity::Error && problem.code == "definition.unknown_reference"
}

/// Refuses with all problems, or gives back what is left to mend.
pub(crate) async fn check(
    store: &Store,
    scope: &Scope,
    connectors: &[Connector],
    own: Option<WorkflowId>,
    definition: &WorkflowDefinition,
    purpose: Purpose,
) -> Result<Vec<Problem>, ApiError> {
    let problems = list(store, scope, connectors, own, definition).await?;
    if problems.iter().any(|problem| purpose.refuses(problem)) { Err(ApiError::problems(&problems)) } else { Ok(problems) }
}

/// Everything that should be mended, connections and other workflows of the workspace and schedules included. `own`: the workflow whose
/// definition it is, once it has an id.
pub(crate) async fn list(
    store: &Store,
    scope: &Scope,
    connectors: &[Connector],
    own: Option<WorkflowId>,
    definition: &WorkflowDefinition,
) -> Result<Vec<Problem>, ApiError> {
    let mut problems = manifest::check(definition, connectors);
    problems.extend(triggers::schedule::check(definition));
    problems.extend(settings::check(definition));
    problems.extend(children::check(store, scope, own, definition).await?);
    let taken = model::shape::used(definition);
    if let Some(own) = own.filter(|_| !taken.is_empty()) {
        problems.extend(shapes::check(definition, &taken, &store.shapes(scope, own).await?));
    }
    let used = definition.through();
    if !used.is_empty() {
        let known = store.connections(scope).await?;
        problems.extend(connections::check(&used, &known));
        // Whoever only looks publishes nothing anyway.
        if scope.role >= Role::Maker {
            problems.extend(connections::allowed(&used, &known));
        }
        problems.extend(connections::scopes(definition, &used, connectors, &known));
        problems.extend(listeners::check(store, scope, connectors, own, definition).await?);
    }
    Ok(problems)
}

/// What is wrong with the `definition` of a body that could not be read as a whole; nothing where there is none or nothing is found.
pub(crate) fn problems_of_body(body: &[u8], connectors: &[Connector]) -> Vec<Problem> {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(mut body)) => match body.remove("definition") {
            Some(Value::Object(definition)) => problems_of(definition, connectors),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What a definition has.
const PARTS: [&str; 7] = ["schema", "triggers", "steps", "body", "shelf", "notes", "settings"];

/// Reads part by part; a part that cannot be read is replaced by an empty one, so that the rest can still be checked as a whole.
fn problems_of(mut definition: Map<String, Value>, connectors: &[Connector]) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut replaced = Vec::new();
    for name in definition.keys() {
        if !PARTS.contains(&name.as_str()) {
            problems.push(broken(Place::default(), name, "malformed", format!("A definition has no `{name}`.")));
        }
    }
    definition.retain(|name, _| PARTS.contains(&name.as_str()));
    if let Some(Value::Array(triggers)) = definition.get_mut("triggers") {
        for (at, trigger) in triggers.iter_mut().enumerate() {
            let id = trigger["id"].as_str().map(TriggerId::from);
            let place = Place { trigger: id.clone(), ..Place::default() };
            if let Err(problem) = part::<Trigger>(trigger, place, &format!("triggers.{at}")) {
                problems.push(*problem);
                let id = id.map_or_else(|| format!("unreadable_{at}"), |id| id.0);
                *trigger = json!({ "id": id, "label": "", "kind": { "type": "manual" } });
            }
        }
    }
    if let Some(Value::Object(steps)) = definition.get_mut("steps") {
        for (id, step) in steps {
            let step_id = StepId(id.clone());
            let place = Place { step: Some(step_id.clone()), ..Place::default() };
            if let Err(problem) = part::<Step>(step, place, &format!("steps.{id}")) {
                problems.push(*problem);
                *step = stand_in(id, step);
                replaced.push(step_id);
            }
        }
    }
    if let Some(settings) = definition.get_mut("settings")
        && let Err(problem) = part::<Settings>(settings, Place::default(), "settings")
    {
        problems.push(*problem);
        *settings = json!({});
    }
    match serde_path_to_error::deserialize::<_, WorkflowDefinition>(Value::Object(definition)) {
        Ok(definition) => {
            let rest = manifest::check(&definition, connectors).into_iter();
            let known: Vec<Option<TriggerId>> = problems.iter().filter_map(|p| p.place.trigger.clone().map(Some)).collect();
            problems.extend(
                rest.filter(|p| p.severity >= Severity::Error)
                    .filter(|p| !p.place.step.as_ref().is_some_and(|step| replaced.contains(step)))
                    .filter(|p| p.place.trigger.is_none() || !known.contains(&p.place.trigger)),
            );
        }
        Err(error) => {
            let path = error.path().to_string();
            let message = format!("`{path}` of the definition cannot be read: {}.", error.inner());
            problems.push(broken(Place::default(), &path, "malformed", message));
        }
    }
    problems
}

fn part<T: DeserializeOwned>(value: &Value, mut place: Place, path: &str) -> Result<T, Box<Problem>> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let field = error.path().to_string();
        let field = if field == "." { String::new() } else { field };
        let reason = error.inner().to_string();
        let label =
            value["label"].as_str().filter(|label| !label.is_empty()).map_or_else(|| format!("`{path}`"), |l| format!("“{l}”"));
        let kind = value["kind"]["type"].as_str();
        match kind.filter(|kind| reason.starts_with(&format!("unknown variant `{kind}`"))) {
            Some(kind) => {
                let known = reason.split_once("expected ").map(|(_, known)| known).unwrap_or_default();
                let what = if place.step.is_some() { ("unknown_kind", "step") } else { ("unknown_trigger", "trigger") };
                let message =
                    format!("{label} is of the kind `{kind}`, and there is no such kind of {}; expected {known}.", what.1);
                Box::new(broken(place, "kind", what.0, message))
            }
            None => {
                let whole = [path, &field].into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(".");
                let message = format!("{label} cannot be read at `{whole}`: {reason}.");
                place.field = Some(field.clone()).filter(|f| !f.is_empty());
                Box::new(broken(place, &field, "malformed", message))
            }
        }
    })
}

/// A step with the same name and the same bodies, so that what stands in its arms is not reported as lost.
fn stand_in(id: &str, step: &Value) -> Value {
    let slug = step["slug"].as_str().unwrap_or(id);
    let arms: Vec<Value> = step["kind"]["arms"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(at, arm)| {
            let body: Vec<&Value> = arm["body"].as_array().into_iter().flatten().filter(|id| id.is_string()).collect();
            let arm_id = arm["id"].as_str().map_or_else(|| format!("arm_{at}"), str::to_owned);
            json!({ "id": arm_id, "label": "", "body": body })
        })
        .collect();
    let kind = if arms.is_empty() {
        json!({ "type": "set", "fields": [] })
    } else {
        json!({ "type": "branch", "mode": "all", "arms": arms })
    };
    json!({ "slug": slug, "label": "", "kind": kind })
}

fn broken(mut place: Place, field: &str, code: &str, message: String) -> Problem {
    if place.field.is_none() && !field.is_empty() {
        place.field = Some(field.to_owned());
    }
    Problem { code: format!("definition.{code}"), severity: Severity::Broken, place, message, suggestion: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_every_problem_of_an_unreadable_definition() {
        let body = json!({ "rev": 1, "definition": {
            "schema": 1,
            "triggers": [{ "id": "t", "label": "Start", "kind": { "type": "telepathy" } }],
            "steps": {
                "a": { "slug": "a", "label": "Dance", "kind": { "type": "dance" } },
                "b": { "slug": "b", "label": "Split", "kind": { "type": "branch", "mode": "sideways", "arms": [
                    { "id": "x", "label": "X", "body": ["c"] },
                ] } },
                "c": { "slug": "c", "label": "Keep", "kind": { "type": "set", "fields": [] } },
                "parked": { "slug": "parked", "label": "Parked", "kind": { "type": "set", "fields": [] } },
            },
            "body": ["a", "b", "ghost"],
            "shelf": ["parked"],
            "notes": { "n1": { "text": "Why?", "owner": "workflow" } },
            "colour": "red",
        } });
        let problems = problems_of_body(body.to_string().as_bytes(), manifest::builtin());
        let found: Vec<(&str, Option<&str>)> =
            problems.iter().map(|p| (p.code.as_str(), p.place.step.as_ref().map(StepId::as_str))).collect();
        assert!(found.contains(&("definition.unknown_trigger", None)), "{problems:#?}");
        assert!(found.contains(&("definition.unknown_kind", Some("a"))), "{problems:#?}");
        assert!(found.contains(&("definition.malformed", Some("b"))), "{problems:#?}");
        assert!(problems.iter().any(|p| p.message.contains("colour")), "{problems:#?}");
        assert!(problems.iter().any(|p| p.message.contains("ghost")), "the dangling id: {problems:#?}");
        assert!(
            !found.iter().any(|(_, step)| *step == Some("c")),
            "what stands in an unreadable branch is not lost: {problems:#?}"
        );
        assert!(!found.iter().any(|(_, step)| *step == Some("parked")), "{problems:#?}");
        assert!(!problems.iter().any(|p| p.message.contains("shelf") || p.message.contains("notes")), "{problems:#?}");
    }

    #[test]
    fn every_part_of_a_definition_is_known() {
        let mut definition = WorkflowDefinition::default();
        definition.shelf.push("a".into());
        let note = model::definition::Note { text: String::new(), owner: model::definition::BodyOwner::Workflow, after: None };
        definition.notes.insert("n1".into(), note);
        let written = json!(definition);
        let mut parts: Vec<&str> = written.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut known = PARTS.to_vec();
        parts.sort_unstable();
        known.sort_unstable();
        assert_eq!(parts, known);
    }

    #[test]
    fn other_bodies_have_none() {
        for body in ["[]", "{}", r#"{"definition": 7}"#] {
            assert!(problems_of_body(body.as_bytes(), manifest::builtin()).is_empty(), "{body}");
        }
    }
}
