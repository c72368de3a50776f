//! Runs: their states, their journal, and the fold from one to the other.

mod call;
mod datum;
mod error;
mod event;
mod iteration;
mod kind;
mod signal;
mod snapshot;
mod state;
mod status;
mod step;
mod tally;
mod texts;

pub use call::{CallOutcome, EffectClass, KeyLimits, LookupAnswer};
pub use datum::{Datum, INLINE_BYTES};
pub use error::{ErrorClass, RunError, StepError};
pub use event::{Ending, RunEvent, RunEventKind, SkipReason};
pub use iteration::{IterationEnd, Iterations, Page};
pub use kind::RunKind;
pub use signal::{Choice, SignalKind};
pub use snapshot::Snapshot;
pub use state::{Projection, RunState};
pub use status::{ATTEMPT_MOVES, AttemptStatus, Control, Hold, RUN_MOVES, RunStatus, STEP_MOVES, StepStatus};
pub use step::{AttemptState, StepState};
pub use tally::Tally;
