//! What rules cannot say: one file for each connector that needs code.

mod google_sheets;
mod openai;

use model::Timestamp;
use serde_json::Value;

use crate::account::Account;
use crate::env::Env;
use crate::known::Known;
use crate::request::Incoming;
use crate::simulate::Reply;

/// The answer of a connector's own code; nothing where it has none for this.
pub(crate) fn answer(
    known: &Known<'_>,
    account: &mut Account,
    incoming: &Incoming,
    env: &Env,
    now: Timestamp,
    doubles: bool,
) -> Option<Reply> {
    let path = |name: &str| env.value(&format!("path.{name}")).as_ref().and_then(Value::as_str).map(str::to_owned);
    match known.connector.id.as_str() {
        "openai" => Some(openai::answer(incoming, now)),
        "google_sheets" => google_sheets::answer(account, incoming, &path("spreadsheet")?, &path("range")?, now, doubles),
        _ => None,
    }
}
