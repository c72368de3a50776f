//! What steps take from an event that has come otherwise lately.

use std::collections::BTreeMap;

use model::{
    Problem, Severity, WorkflowDefinition,
    ids::TriggerId,
    shape::{Change, Shape, Used, changes},
};

/// `used`: what the definition's steps take from events. `shapes`: what the events of each trigger have looked like.
pub(super) fn check(definition: &WorkflowDefinition, used: &[Used], shapes: &BTreeMap<TriggerId, Shape>) -> Vec<Problem> {
    let mut problems: Vec<Problem> = Vec::new();
    for shape in definition.triggers.iter().filter_map(|trigger| shapes.get(&trigger.id)) {
        for changed in changes(shape, used.iter().map(|used| used.path.as_str())) {
            let inside = format!("{}/", changed.path);
            let places = used.iter().filter(|used| used.path == changed.path || used.path.starts_with(&inside));
            let suggestion = match &changed.change {
                Change::Gone { likely } => likely.clone(),
                Change::Type { .. } => None,
            };
            for used in places {
                if problems.iter().any(|known| known.place == used.place) {
                    continue;
                }
                problems.push(Problem {
                    code: "data.changed".into(),
                    severity: Severity::Warning,
                    place: used.place.clone(),
                    message: changed.words(),
                    suggestion: suggestion.clone(),
                });
            }
        }
    }
    problems
}
