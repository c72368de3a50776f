//! Refusals in the vendor's own form.

use serde_json::{Value, json};

use crate::json::{path, set};
use crate::known::Known;
use crate::simulate::Reply;

/// A refusal. `class`: the kind of recorded one whose form is taken; `say`: what stands where this vendor says what is wrong.
pub(crate) fn refuse(known: &Known<'_>, class: &str, status: u16, say: Option<&str>) -> Reply {
    let recorded = known.refusal(class, status);
    let mut reply = match recorded {
        // Vendors that tell errors with 200 do so here.
        Some(answer) if answer.status == status || answer.status < 300 => Reply {
            status: answer.status,
            headers: answer.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect(),
            body: answer.body.clone().unwrap_or_default(),
            is_json: true,
        },
        Some(answer) => Reply::json(status, answer.body.clone().unwrap_or_default()),
        None => Reply::json(status, json!({})),
    };
    if reply.body.get("$base64").is_some() || !(reply.body.is_object() || reply.body.is_array()) {
        reply.body = json!({});
    }
    let words = say.map(str::to_owned).or_else(|| recorded.is_none().then(|| words(status).to_owned()));
    if let Some(words) = words {
        let place = known
            .connector
            .message
            .iter()
            .find_map(|source| path(source.strip_prefix("body").unwrap_or(source).trim_start_matches('.')));
        match place {
            // The recorded form and the place of the message may not fit together.
            Some(steps) if fits(&reply.body, &steps) => set(&mut reply.body, &steps, Value::from(words)),
            Some(steps) => {
                reply.body = Value::Null;
                set(&mut reply.body, &steps, Value::from(words));
            }
            None => reply.body = json!({ "message": words }),
        }
    }
    reply
}

/// Whether a message can be put there without breaking the form.
fn fits(body: &Value, steps: &[crate::json::Step]) -> bool {
    match steps.first() {
        Some(crate::json::Step::Index(_)) => body.is_array(),
        _ => body.is_object(),
    }
}

fn words(status: u16) -> &'static str {
    match status {
        400 | 422 => "The request is not valid",
        401 => "The credentials are not valid",
        403 => "This is not allowed",
        404 => "There is nothing at this address",
        409 => "There is one already",
        413 => "This is too large",
        429 => "Too many requests",
        _ => "This does not work at the moment",
    }
}
