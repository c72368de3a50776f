use model::{
    run::{Datum, StepError},
    step::Lookup,
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    values::{Field, bad_input, bounded},
    walk::{Flow, Walk},
};

/// Output: `{value, matched}`. A value that is missing or null fits no row.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, lookup: &'a Lookup) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let found = look_up(walk, lookup).and_then(|(field, matched, mut notes)| {
        let mut output: Map<String, Value> = field.value.map(|value| ("value".to_owned(), value)).into_iter().collect();
        output.insert("matched".into(), matched.into());
        notes.extend(field.notes);
        Ok((bounded(Value::Object(output), at.path)?, notes))
    });
    match found {
        Ok((output, notes)) => {
            walk.finish(at.id, at.path, Datum::new(output), notes, None);
            Flow::Next
        }
        Err(error) => walk.fail(at.id, at.path, at.step, error),
    }
}

type Found = (Field, bool, Vec<expr::Note>);

fn look_up(walk: &Walk<'_>, lookup: &Lookup) -> Result<Found, Box<StepError>> {
    let given = walk.field(&lookup.value, "value")?;
    let text = match &given.value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(scalar @ (Value::Number(_) | Value::Bool(_))) => Some(scalar.to_string()),
        Some(Value::Array(_) | Value::Object(_)) => {
            let message = "The value to look up is a list or an object. Choose a field that holds text or a number.";
            return Err(Box::new(bad_input("value", "lookup.value", message)));
        }
    };
    let wanted = text.as_deref().map(|text| folded(text, lookup.loose));
    let row = wanted.as_ref().and_then(|wanted| lookup.rows.iter().position(|row| folded(&row.from, lookup.loose) == *wanted));
    if let Some((index, row)) = row.and_then(|index| lookup.rows.get(index).map(|row| (index, row))) {
        return Ok((walk.field(&row.to, &format!("rows.{index}"))?, true, given.notes));
    }
    if let Some(otherwise) = &lookup.otherwise {
        return Ok((walk.field(otherwise, "otherwise")?, false, given.notes));
    }
    let message = match text {
        Some(text) => {
            let shown: String = text.chars().take(80).collect();
            format!("No row of the table is for \"{shown}\". Add one, or say what counts otherwise.")
        }
        None => "There is no value to look up. Say what counts otherwise.".to_owned(),
    };
    Err(Box::new(bad_input("value", "lookup.no_match", message)))
}

fn folded(text: &str, loose: bool) -> String {
    if loose { text.trim().to_lowercase() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use model::run::ErrorClass;
    use serde_json::{Value, json};

    use crate::fixture::{Run, pill, with, workflow};

    fn table() -> Value {
        json!({ "type": "lookup", "value": pill(&["country"]), "rows": [
            { "from": "DE", "to": { "literal": { "team": "Berlin" } } },
            { "from": "7", "to": pill(&["seven"]) },
            { "from": "de", "to": { "literal": "second" } },
            { "from": "Österreich ", "to": { "literal": "Wien" } },
            { "from": "bad", "to": { "expr": "event.body.x.y" } },
        ] })
    }

    fn run(step: Value, body: Value) -> Run {
        let mut run = Run::new(workflow(&["l"], json!({ "l": step })), body);
        run.decide();
        run
    }

    #[test]
    fn the_first_row_that_fits_counts() {
        let otherwise = with(with(table(), "otherwise", json!({ "literal": "none" })), "loose", json!(true));
        for (step, country, output) in [
            (table(), json!("DE"), json!({ "value": { "team": "Berlin" }, "matched": true })),
            (table(), json!("de"), json!({ "value": "second", "matched": true })),
            (table(), json!(7), json!({ "value": 77, "matched": true })),
            (otherwise.clone(), json!(" de "), json!({ "value": { "team": "Berlin" }, "matched": true })),
            (otherwise.clone(), json!("ÖSTERREICH"), json!({ "value": "Wien", "matched": true })),
            (otherwise.clone(), json!("FR"), json!({ "value": "none", "matched": false })),
            (otherwise.clone(), json!(null), json!({ "value": "none", "matched": false })),
            (with(table(), "otherwise", json!("null")), json!(""), json!({ "value": null, "matched": false })),
            (with(table(), "otherwise", json!("omit")), json!("FR"), json!({ "matched": false })),
        ] {
            assert_eq!(run(step, json!({ "country": country, "seven": 77 })).output("l"), &output, "{country}");
        }
    }

    #[test]
    fn a_row_that_gives_nothing_is_noted() {
        let run = run(table(), json!({ "country": "7" }));
        assert_eq!(run.output("l"), &json!({ "matched": true }));
        assert_eq!(run.step("l").notes[0].at, "rows.1");
    }

    #[test]
    fn without_a_match_the_step_fails() {
        for (country, code) in [
            (json!("FR"), "lookup.no_match"),
            (json!(null), "lookup.no_match"),
            (json!("DE "), "lookup.no_match"),
            (json!(["DE"]), "lookup.value"),
            (json!({}), "lookup.value"),
            (json!("bad"), "expr.missing"),
        ] {
            let run = run(table(), json!({ "country": country }));
            let error = run.step("l").error.clone().unwrap_or_else(|| panic!("{country}"));
            assert_eq!((error.class, error.code.as_str()), (ErrorClass::Input, code), "{country}");
        }
        assert!(run(table(), json!({})).step("l").error.is_some(), "missing");
    }
}
