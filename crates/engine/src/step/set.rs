use model::{run::Datum, step::Set};
use serde_json::{Map, Value};

use super::At;
use crate::{
    values::required,
    walk::{Flow, Walk},
};

/// Output: an object of the fields, in the maker's order; a missing one is left out and noted.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, set: &'a Set) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let mut output = Map::new();
    let mut notes = Vec::new();
    for set_field in &set.fields {
        let place = format!("fields.{}", set_field.name);
        let field = match walk.field(&set_field.value, &place) {
            Ok(field) => field,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        match field.value {
            Some(value) => {
                output.insert(set_field.name.clone(), value);
            }
            None if set_field.required => {
                let error = required(&place, &set_field.name, &field.notes);
                return walk.fail(at.id, at.path, at.step, error);
            }
            None => {}
        }
        notes.extend(field.notes);
    }
    walk.finish(at.id, at.path, Datum::new(Value::Object(output)), notes, None);
    Flow::Next
}

#[cfg(test)]
mod tests {
    use model::run::{ErrorClass, RunStatus};
    use serde_json::json;

    use crate::fixture::{Run, from_step, pill, workflow};

    #[test]
    fn names_values_and_leaves_out_missing_ones() {
        let steps = json!({
            "one": { "type": "set", "fields": [
                { "name": "z", "value": pill(&["email"]) },
                { "name": "gone", "value": pill(&["emial"]) },
                { "name": "none", "value": "null" },
                { "name": "a", "value": { "expr": "event.body.amount * 2" } },
            ] },
            "two": { "type": "set", "fields": [{ "name": "again", "value": from_step("one", &["z"]) }] },
        });
        let mut run = Run::new(workflow(&["one", "two"], steps), json!({ "email": "a@b.c", "amount": 4 }));
        run.decide();
        assert_eq!(run.output("one").to_string(), r#"{"z":"a@b.c","none":null,"a":8}"#, "in the maker's order");
        let notes = &run.step("one").notes;
        assert_eq!(notes.len(), 1);
        assert_eq!((notes[0].at.as_str(), notes[0].suggestion.as_deref()), ("fields.gone", Some("email")));
        assert_eq!(run.output("two"), &json!({ "again": "a@b.c" }), "the next step sees the output at once");
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn a_required_field_that_is_missing_fails_the_step() {
        let steps =
            json!({ "s": { "type": "set", "fields": [{ "name": "mail", "value": pill(&["emial"]), "required": true }] } });
        let mut run = Run::new(workflow(&["s"], steps), json!({ "email": "x" }));
        run.decide();
        let Some(error) = run.step("s").error.clone() else { panic!("no error") };
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Input, "expr.missing"));
        assert_eq!((error.field.as_deref(), error.suggestion.as_deref()), (Some("fields.mail"), Some("email")));
        assert!(error.message.contains("event.body.emial"), "{}", error.message);
        assert_eq!(run.state.error.as_ref().and_then(|e| e.path.clone()), Some("s".into()));
    }

    #[test]
    fn a_failed_step_may_let_the_run_go_on() {
        let steps = json!({
            "s": { "type": "set", "policy": { "on_error": "continue" }, "fields": [{ "name": "m", "value": pill(&["no"]), "required": true }] },
            "then": { "type": "set", "fields": [{ "name": "code", "value": from_step("s", &["error", "code"]) }] },
        });
        let mut run = Run::new(workflow(&["s", "then"], steps), json!({}));
        run.decide();
        assert!(run.step("s").continued);
        assert_eq!(run.output("then"), &json!({ "code": "expr.missing" }));
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }
}
