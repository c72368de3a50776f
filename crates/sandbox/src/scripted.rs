//! Answers where there is no vendor: what a person wrote for them, or what was asked, told back.

use model::api::ScriptedAnswer;
use serde_json::{Value, json};

use crate::account::Account;
use crate::request::Incoming;
use crate::simulate::Reply;

pub(crate) fn answer(account: &Account, incoming: &Incoming) -> Reply {
    match &account.behaviour.answer {
        Some(ScriptedAnswer { status, headers, body }) => {
            let headers = headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
            Reply { status: *status, headers, body: body.clone(), is_json: !body.is_string() }
        }
        None => Reply::json(200, echo(incoming)),
    }
}

fn echo(incoming: &Incoming) -> Value {
    let Incoming { method, url, query, body, headers } = incoming;
    json!({ "method": method, "url": url, "query": query, "headers": headers, "body": body })
}
