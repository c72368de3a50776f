//! Runs: their states, their journal, and the fold from one to the other.

mod call;
mod datum;
mod error;
mod event;
mod iteration;
mod kind;
mod state;
mod status;

pub use call::{CallOutcome, EffectClass};
pub use datum::{Datum, INLINE_BYTES};
pub use error::{ErrorClass, RunError, StepError};
pub use event::{Choice, RunEvent, RunEventKind, SignalKind, SkipReason};
pub use iteration::{IterationEnd, Iterations};
pub use kind::RunKind;
pub use state::{AttemptState, Projection, RunState, StepState};
pub use status::{ATTEMPT_MOVES, AttemptStatus, Control, Hold, RUN_MOVES, RunStatus, STEP_MOVES, StepStatus};
