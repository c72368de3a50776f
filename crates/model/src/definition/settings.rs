use serde::{Deserialize, Serialize};

use super::MaskedField;
use crate::Mapped;

/// What holds for the whole workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Evaluated over the event: runs whose keys are equal are carried out one after the other, in the order they came; a missing or
    /// empty key has no order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_key: Option<Mapped>,
    /// What happens to the runs behind one of their order key that waits for a repair or a person.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub let_others_pass: bool,
    /// -10 to 10: runs of workflows with a higher one are taken first.
    #[serde(skip_serializing_if = "is_zero")]
    pub priority: i8,
    /// Runs begun per minute, evenly; absent: as they come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_per_minute: Option<u32>,
    /// Runs that may wait to begin, before new events are refused with 503; absent: 100,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backlog_limit: Option<u32>,
    #[serde(skip_serializing_if = "Retention::is_default")]
    pub retention: Retention,
    /// Fields whose values nobody sees and that are erased after the run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<MaskedField>,
    /// How many events should come by when: fewer are an alert. Absent: nothing is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expects: Option<Expectation>,
}

/// Events that should come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// At least so many ...
    pub events: u32,
    /// ... from one of these times to the next: a cron expression of five fields in the workflow's time zone.
    pub by: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &i8) -> bool {
    *n == 0
}

/// How long ended runs and their data are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Absent: the instance's, 30 unless configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Of failed runs; absent: the instance's, 90 unless configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_days: Option<u32>,
    /// Ended runs beyond this many go, oldest first, failed ones last; absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub most_runs: Option<u64>,
    pub payloads: KeepPayloads,
    /// Bytes: beyond them the payloads of ended runs are dropped, oldest first; absent: no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget_bytes: Option<u64>,
}

impl Retention {
    pub fn is_default(&self) -> bool {
        self == &Retention::default()
    }
}

/// Whether what ran through a run is kept after its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum KeepPayloads {
    #[default]
    Always,
    /// Of failed runs only.
    Failures,
    Never,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            time_zone: "UTC".into(),
            paused_events: PausedEvents::Hold,
            concurrency: None,
            run_timeout_ms: None,
            order_key: None,
            let_others_pass: false,
            priority: 0,
            max_per_minute: None,
            backlog_limit: None,
            retention: Retention::default(),
            masked: Vec::new(),
            expects: None,
        }
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
