use serde::{Deserialize, Serialize};

/// What holds for the whole workflow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// IANA time zone of dates, schedules and "every weekday at 9".
    pub time_zone: String,
    /// What happens to events that arrive while the workflow is paused.
    pub paused_events: PausedEvents,
    /// Runs at once; absent: no limit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// A run that takes longer, in milliseconds, is ended as failed; absent: none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_timeout_ms: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { time_zone: "UTC".into(), paused_events: PausedEvents::Hold, concurrency: None, run_timeout_ms: None }
    }
}

/// What a paused workflow does with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PausedEvents {
    /// Kept, in order, and run when the workflow goes on.
    Hold,
    /// Answered with 410 and kept only as a refused delivery.
    Refuse,
}
