use expr::{
    EvalError, Limits, Note, Outcome,
    operation::{self, Settings},
};
use model::{
    run::{Datum, ErrorClass, StepError},
    step::{Transform, TransformOp},
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    values::bounded,
    walk::{Flow, Walk},
};

/// Of one step, as many as the check of a definition lets through.
const MOST_OPERATIONS: usize = 50;

/// Output: `{value}`; left out where an operation gave nothing, with a note.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, transform: &'a Transform) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let mut notes = Vec::new();
    let result = reshape(walk, transform, &mut notes).and_then(|value| {
        let output = value.map(|value| ("value".to_owned(), value)).into_iter().collect();
        bounded(Value::Object(output), at.path)
    });
    match result {
        Ok(output) => {
            walk.finish(at.id, at.path, Datum::new(output), notes, None);
            Flow::Next
        }
        Err(error) => walk.fail(at.id, at.path, at.step, error),
    }
}

fn reshape(walk: &Walk<'_>, transform: &Transform, notes: &mut Vec<Note>) -> Result<Option<Value>, Box<StepError>> {
    let input = walk.field(&transform.input, "input")?;
    notes.extend(input.notes);
    if transform.operations.len() > MOST_OPERATIONS {
        let message = format!("The step has more than {MOST_OPERATIONS} operations. Divide them between two steps.");
        return Err(Box::new(StepError::new(ErrorClass::Permanent, "transform.too_many", message)));
    }
    let settings = Settings { zone: &walk.ctx.def.settings.time_zone, limits: Limits::default() };
    let mut value = input.value.map_or(Outcome::Missing, Outcome::Value);
    for (index, operation) in transform.operations.iter().enumerate() {
        let arguments = arguments(walk, index, operation, notes)?;
        let was_there = value != Outcome::Missing;
        value =
            operation::operate(&operation.op, value, &arguments, &settings).map_err(|error| failed(index, operation, &error))?;
        if was_there && value == Outcome::Missing {
            let label = operation::find(&operation.op).map_or(operation.op.as_str(), |found| found.label);
            let message = format!("\"{label}\" gave nothing: `value` was left out unless a later operation has a default.");
            notes.push(Note { at: format!("operations.{index}"), path: String::new(), message, suggestion: None });
        }
    }
    Ok(match value {
        Outcome::Value(value) => Some(value),
        Outcome::Missing => None,
    })
}

fn arguments(
    walk: &Walk<'_>,
    index: usize,
    operation: &TransformOp,
    notes: &mut Vec<Note>,
) -> Result<Map<String, Value>, Box<StepError>> {
    let mut arguments = Map::new();
    for (name, mapped) in &operation.with {
        let field = walk.field(mapped, &format!("operations.{index}.{name}"))?;
        arguments.extend(field.value.map(|value| (name.clone(), value)));
        notes.extend(field.notes);
    }
    Ok(arguments)
}

fn failed(index: usize, operation: &TransformOp, error: &EvalError) -> Box<StepError> {
    let field = match error.path.as_deref() {
        Some(argument) if operation.with.contains_key(argument) => format!("operations.{index}.{argument}"),
        _ => format!("operations.{index}"),
    };
    let message = format!("Operation {}: {}", index + 1, error.message);
    Box::new(StepError {
        field: Some(field),
        suggestion: error.suggestion.clone(),
        ..StepError::new(ErrorClass::Input, error.code(), message)
    })
}

#[cfg(test)]
mod tests {
    use model::run::{ErrorClass, RunStatus, StepError};
    use serde_json::{Value, json};

    use crate::fixture::{Run, pill, workflow};

    fn run(input: Value, operations: Value, body: Value) -> Run {
        let step = json!({ "type": "transform", "input": input, "operations": operations });
        let mut def = workflow(&["t"], json!({ "t": step }));
        def.settings.time_zone = "Europe/Berlin".into();
        let mut run = Run::new(def, body);
        run.decide();
        run
    }

    fn error(run: &Run) -> StepError {
        run.step("t").error.clone().unwrap_or_else(|| panic!("{:?}", run.step("t")))
    }

    #[test]
    fn each_operation_works_on_what_the_one_before_gave() {
        let operations = json!([
            { "op": "csv_parse", "with": { "delimiter": { "literal": ";" } } },
            { "op": "filter", "with": { "by": { "literal": "city" }, "test": { "literal": "equals" }, "value": pill(&["city"]) } },
            { "op": "map", "with": { "field": { "literal": "name" } } },
            { "op": "join" },
        ]);
        let body = json!({ "csv": "name;city\nAda;Bern\nBob;Rome\nCy;Bern\n", "city": "Bern" });
        let run = run(pill(&["csv"]), operations, body);
        assert_eq!(run.output("t"), &json!({ "value": "Ada, Cy" }));
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn dates_are_in_the_workflows_zone() {
        let operations = json!([{ "op": "date_parse", "with": { "format": { "literal": "DD/MM/YYYY HH:mm" } } }]);
        let run = run(pill(&["at"]), operations, json!({ "at": "01/07/2026 09:30" }));
        assert_eq!(run.output("t"), &json!({ "value": "2026-07-01T09:30:00+02:00" }));
    }

    #[test]
    fn nothing_is_noted_and_left_out() {
        let first = run(
            pill(&["list"]),
            json!([{ "op": "first" }, { "op": "case", "with": { "to": { "literal": "upper" } } }]),
            json!({ "list": [] }),
        );
        assert_eq!(first.output("t"), &json!({}));
        let notes: Vec<&str> = first.step("t").notes.iter().map(|note| note.at.as_str()).collect();
        assert_eq!(notes, ["operations.0"]);
        let missing = run(pill(&["lsit"]), json!([{ "op": "first" }]), json!({ "list": [1] }));
        assert_eq!((missing.output("t"), missing.step("t").notes[0].suggestion.as_deref()), (&json!({}), Some("list")));
        let default = run(pill(&["gone"]), json!([{ "op": "default", "with": { "value": { "literal": "x" } } }]), json!({}));
        assert_eq!(default.output("t"), &json!({ "value": "x" }));
        let null = run(pill(&["n"]), json!([{ "op": "round" }]), json!({ "n": null }));
        assert_eq!(null.output("t"), &json!({ "value": null }));
    }

    #[test]
    fn an_error_names_the_operation_and_the_argument() {
        let trim = json!({ "op": "trim" });
        for (operation, code, field) in [
            (json!({ "op": "rund" }), "expr.syntax", "operations.1"),
            (json!({ "op": "round", "with": { "decimals": { "literal": 99 } } }), "expr.type", "operations.1.decimals"),
            (json!({ "op": "round", "with": { "places": { "literal": 2 } } }), "expr.syntax", "operations.1.places"),
            (json!({ "op": "case" }), "expr.missing", "operations.1"),
            (json!({ "op": "first" }), "expr.type", "operations.1"),
            (json!({ "op": "case", "with": { "to": { "expr": "event.body.a.b" } } }), "expr.missing", "operations.1.to"),
        ] {
            let found = error(&run(pill(&["x"]), json!([trim, operation]), json!({ "x": "text" })));
            assert_eq!(
                (found.class, found.code.as_str(), found.field.as_deref()),
                (ErrorClass::Input, code, Some(field)),
                "{operation}"
            );
        }
        let named = error(&run(pill(&["x"]), json!([trim, { "op": "first" }]), json!({ "x": "text" })));
        assert_eq!(named.message, "Operation 2: \"First item\" needs a list, but this is text.");
    }

    #[test]
    fn neither_work_nor_output_grows_without_bound() {
        let xs = "x".repeat(1_000_000);
        for (operations, code) in [
            (
                json!([{ "op": "replace", "with": { "find": { "literal": "x" }, "with": { "literal": "y".repeat(1_000) } } }]),
                "expr.limit",
            ),
            (json!([{ "op": "pattern_find_all", "with": { "pattern": { "literal": ".*[^x]|x" } } }]), "expr.limit"),
            (json!(vec![json!({ "op": "trim" }); 51]), "transform.too_many"),
        ] {
            assert_eq!(error(&run(pill(&["x"]), operations, json!({ "x": xs }))).code, code);
        }
        let nested = format!("{}{}", "[".repeat(102), "]".repeat(102));
        assert_eq!(error(&run(pill(&["x"]), json!([{ "op": "json_parse" }]), json!({ "x": nested }))).code, "expr.limit");
    }
}
