//! Operations that are data: what a connector's manifest says, carried out.
//!
//! Rendering (`render`) is pure. Sending (`caller`) puts the connection's values in at the last moment and only for hosts of the
//! connector. `flow` goes through the requests, pieces and pages of one call.

mod body;
mod caller;
mod connecting;
mod env;
mod flow;
mod form;
mod input;
mod load;
mod message;
mod multipart;
mod native;
mod paging;
mod poll;
mod render;
mod send;
mod subscribe;
mod verdict;

use manifest::{Connector, IdempotencyClass, KeptError, Operation};
use model::run::{EffectClass, ErrorClass};
use serde_json::{Value, json};

use crate::connect::Prepared;
use crate::error::CallError;
use crate::http::input::Input;
use crate::record::Origin;

pub(crate) use body::bytes_of;
pub(crate) use caller::Caller;
pub(crate) use connecting::{Found, after_connect, exchange, revoke};
pub use env::Env;
pub(crate) use flow::{lookup, perform};
pub(crate) use input::complete as filled_in;
pub(crate) use load::{fields, identity, options, test};
pub(crate) use multipart::form as multipart;
pub(crate) use poll::poll;
pub(crate) use subscribe::{complete, fetch, subscribe};

/// Renders the first request that applies.
pub(crate) fn prepare(connector: &Connector, operation: &Operation, input: &Value) -> Result<Prepared, CallError> {
    let input = input::complete(&operation.fields, input)?;
    let env = Env::new().with("input", input.clone()).with("answers", json!({}));
    for (index, spec) in operation.requests.iter().enumerate() {
        let Some(env) = flow::pieces(spec, &env)?.into_iter().next() else { continue };
        let mut request = render::request(connector, spec, &env)?;
        request.idempotency_header = operation.idempotency.key.as_ref().and_then(send::header_name);
        request.origin = Some(Box::new(Origin {
            connector: connector.id.clone(),
            operation: operation.id.clone(),
            request: index,
            input: if needs_input(operation) { input.clone() } else { Value::Null },
        }));
        let (class, timeout_ms) = (class(operation, &input)?, operation.timeout_ms);
        let key_ttl_s = operation.idempotency.key.as_ref().and_then(|key| key.ttl_s);
        let replays_errors = operation.idempotency.key.as_ref().is_some_and(|key| key.kept_error == KeptError::Replayed);
        return Ok(Prepared { request, class, timeout_ms, key_ttl_s, replays_errors });
    }
    let message = format!("There is nothing to send: with this input \"{}\" makes no request", operation.label);
    Err(CallError::new(ErrorClass::Input, "connect.nothing_to_send", message))
}

/// Whether anything after the first request looks at the input.
fn needs_input(operation: &Operation) -> bool {
    let first = operation.requests.first();
    let repeats = first.is_some_and(|spec| {
        spec.paging.is_some() || spec.for_each_chunk.is_some() || spec.poll_until.is_some() || spec.when.is_some()
    });
    let output = operation.output.as_ref().and_then(|output| output.value.as_ref());
    let is_shown = output.is_some_and(|value| value.0.to_string().contains("input"));
    let is_judged = first.is_some_and(|spec| {
        spec.outcome.iter().flat_map(|rule| [&rule.when, &rule.path, &rule.say]).flatten().any(|source| source.contains("input"))
    });
    repeats || is_shown || is_judged || operation.requests.len() > 1 || operation.idempotency.lookup.is_some()
}

fn class(operation: &Operation, input: &Value) -> Result<EffectClass, CallError> {
    let said = match &operation.idempotency.override_field {
        Some(field) => Input::new(input)?.switch(field)?,
        None => None,
    };
    if let Some(repeatable) = said {
        return Ok(if repeatable { EffectClass::Safe } else { EffectClass::Unsafe });
    }
    Ok(match operation.idempotency.class {
        IdempotencyClass::Safe => EffectClass::Safe,
        IdempotencyClass::Lookup => EffectClass::Lookup,
        IdempotencyClass::Unsafe => EffectClass::Unsafe,
        IdempotencyClass::ByMethod => {
            let repeatable =
                operation.requests.iter().all(|spec| matches!(spec.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE"));
            if repeatable { EffectClass::Safe } else { EffectClass::Unsafe }
        }
    })
}
