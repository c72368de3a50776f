use model::run::Datum;
use serde_json::json;

use super::At;
use crate::walk::{Flow, Walk};

/// Break and Continue. Output: an empty object.
pub(super) fn advance(walk: &mut Walk<'_>, at: At<'_, '_>, flow: Flow) -> Flow {
    if walk.loops == 0 && !walk.alone {
        let message = format!("“{}” stands in no loop, so there is nothing it could leave.", at.step.label);
        return walk.contradiction(at.path, "definition.outside_loop", message);
    }
    walk.finish(at.id, at.path, Datum::new(json!({})), Vec::new(), None);
    if walk.alone { Flow::Next } else { flow }
}
