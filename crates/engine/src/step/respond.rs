use model::{
    run::{Datum, RunEventKind},
    step::Respond,
};
use serde_json::{Value, json};

use super::At;
use crate::{
    values::bad_input,
    walk::{Flow, Walk},
};

/// Output: `{status}`. A second answer is not sent; its detail says so.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, respond: &'a Respond) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let mut notes = Vec::new();
    let mut headers = Vec::new();
    if !(200..=599).contains(&respond.status) {
        let error =
            bad_input("status", "respond.status", format!("{} is no status an answer can have: 200 to 599.", respond.status));
        return walk.fail(at.id, at.path, at.step, error);
    }
    for (name, mapped) in &respond.headers {
        let place = format!("headers.{name}");
        let field = match walk.field(mapped, &place) {
            Ok(field) => field,
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        };
        notes.extend(field.notes);
        let Some(value) = field.value.as_ref().and_then(text) else { continue };
        if !header_name(name) || value.bytes().any(|b| b < b' ' && b != b'\t' || b == 0x7f) {
            let error = bad_input(
                &place,
                "respond.header",
                format!("`{name}` cannot be sent as a header: it holds a character headers may not have."),
            );
            return walk.fail(at.id, at.path, at.step, error);
        }
        headers.push((name.clone(), value));
    }
    let body = match walk.field(&respond.body, "body") {
        Ok(field) => {
            notes.extend(field.notes);
            Datum::new(field.value.unwrap_or(Value::Null))
        }
        Err(error) => return walk.fail(at.id, at.path, at.step, error),
    };
    let first = walk.state.responded.is_none();
    if first {
        walk.emit(RunEventKind::Responded { path: Some(at.path.clone()), status: respond.status, headers, body });
    }
    let detail = (!first).then(|| json!({ "answered_before": true }));
    walk.finish(at.id, at.path, Datum::new(json!({ "status": respond.status })), notes, detail);
    Flow::Next
}

/// RFC 9110, section 5.6.2: a token.
fn header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// A value as text: text as it is, null as none, everything else as JSON.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use model::run::{Datum, RunStatus};
    use serde_json::json;

    use crate::fixture::{Run, pill, workflow};

    #[test]
    fn the_first_answer_counts() {
        let steps = json!({
            "a": { "type": "respond", "status": 201, "body": { "object": [{ "key": { "literal": "ok" }, "value": { "literal": true } }] },
                   "headers": { "x-id": pill(&["id"]), "x-none": pill(&["nothing"]) } },
            "b": { "type": "respond", "status": 500, "body": "null" },
        });
        let mut run = Run::new(workflow(&["a", "b"], steps), json!({ "id": 5 }));
        run.decide();
        let answer = Some((201, vec![("x-id".to_owned(), "5".to_owned())], Datum::new(json!({ "ok": true }))));
        assert_eq!(run.state.responded, answer);
        assert_eq!(run.names().iter().filter(|name| **name == "responded").count(), 1);
        assert_eq!(run.output("b"), &json!({ "status": 500 }));
        assert!(run.step("b").detail.is_some());
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn refuses_what_cannot_be_sent() {
        for (headers, status, code) in [
            (json!({ "x": pill(&["bad"]) }), 200, "respond.header"),
            (json!({ "x y": { "literal": "v" } }), 200, "respond.header"),
            (json!({}), 99, "respond.status"),
        ] {
            let steps = json!({ "r": { "type": "respond", "status": status, "body": "null", "headers": headers } });
            let mut run = Run::new(workflow(&["r"], steps), json!({ "bad": "a\r\nset-cookie: b" }));
            run.decide();
            assert_eq!(run.step("r").error.as_ref().map(|e| e.code.as_str()), Some(code));
            assert_eq!(run.state.responded, None);
        }
    }
}
