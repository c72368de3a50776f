use serde::{Deserialize, Serialize};

use super::{Empty, RunSummary, endpoint::*};
use crate::{
    Timestamp,
    ids::{ConnectionId, TriggerId, WorkflowId},
};

endpoints! {
    GetStream: Get "/stream" VIEWER, "Server-sent events of the workspace: one `StreamEvent` as JSON per message; run updates come at most 8 times a second", (), Empty, Empty => StreamEvent;
}

/// One message of the workspace's event stream.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StreamEvent {
    /// Sent at once when a stream opens; after a gap a client reads its lists again.
    Hello { at: Timestamp },
    /// Runs that were created or changed since the message before, each once.
    Runs { runs: Vec<RunSummary> },
    /// A test event was captured.
    Sample { workflow: WorkflowId, trigger: TriggerId },
    /// A workflow was saved, published, renamed or switched.
    Workflow { workflow: WorkflowId },
    /// An account was connected or connected again.
    Connection { connection: ConnectionId },
    /// Messages were left out because this reader was too slow: read the lists again.
    Lagged,
}
