//! What a request to the link of a wait says.

use bytes::Bytes;
use http::{HeaderMap, Method};
use model::definition::WebhookTrigger;
use serde_json::Value;

use super::{HookRequest, body, event};
use crate::{Error, nesting};

/// `{method, headers, query, body}`, as a webhook's event: JSON, a form or text. Files have no place in an answer.
pub async fn read_answer(method: Method, headers: HeaderMap, query: String, bytes: Bytes) -> Result<Value, Error> {
    let parsed = body::parse(&headers, &bytes).await.map_err(Error::Invalid)?;
    if !parsed.files.is_empty() {
        return Err(Error::Invalid("An answer is JSON, a form or text; files are not taken here.".into()));
    }
    nesting::check("the body", &parsed.value)?;
    let request = HookRequest { key: String::new(), test: false, method, headers, query, body: Bytes::new() };
    Ok(event(&WebhookTrigger::default(), &request, parsed.value))
}
