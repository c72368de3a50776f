//! What is open after an account was connected, and what is said when a connection goes.

use serde::{Deserialize, Serialize};

use super::{AccountOption, Connection, Empty, endpoint::*};
use crate::ids::ConnectionId;

endpoints! {
    GetConnectionQuestion: Get "/connections/{id}/question" MAKER, "What has to be chosen before a connection can be used, read from the account", (ConnectionId,), Empty, Empty => ConnectionQuestion;
    AnswerConnectionQuestion: Post "/connections/{id}/question" MAKER, "Choose, and so finish connecting; another question may follow", (ConnectionId,), Empty, ConnectionAnswer => Connection;
}

/// An account may have several parts, of which a connection is for one. Until that is chosen the connection's status is `disabled`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionQuestion {
    /// Absent: nothing has to be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    pub choices: Vec<AccountOption>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConnectionAnswer {
    /// The `value` of one of the choices.
    pub choice: String,
}

/// A connection that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConnectionDeleted {
    /// The vendor could not be told that access ends, and why: take it back there. Absent: it was told, or knows no such call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_kept: Option<String>,
}
