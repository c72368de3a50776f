//! What others say to a run.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a person says of a call whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// "It happened, go on." The output may be given.
    Happened { output: Option<Value> },
    /// "Run it again": a new round with a new key.
    RunAgain,
    /// "It did not happen, let the step fail."
    Fail,
}

/// What a signal asks of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    Settle,
    LateOutcome,
    Resume,
    Pause,
    /// The connection it waited for works again.
    Reconnected,
    /// Somebody answered a wait. At most one per run and path. Body: the step's output, without `timed_out`.
    Answered,
    /// A run it started has ended. Body: `{run, status, output, error}`; `error`: a [`RunError`].
    ChildEnded,
}

impl SignalKind {
    pub fn as_str(self) -> &'static str {
        match self {
            SignalKind::Settle => "settle",
            SignalKind::LateOutcome => "late_outcome",
            SignalKind::Resume => "resume",
            SignalKind::Pause => "pause",
            SignalKind::Reconnected => "reconnected",
            SignalKind::Answered => "answered",
            SignalKind::ChildEnded => "child_ended",
        }
    }

    const ALL: [SignalKind; 7] = [
        SignalKind::Settle,
        SignalKind::LateOutcome,
        SignalKind::Resume,
        SignalKind::Pause,
        SignalKind::Reconnected,
        SignalKind::Answered,
        SignalKind::ChildEnded,
    ];

    pub fn parse(text: &str) -> Option<Self> {
        SignalKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}
