//! The same answer for every call whose outcome is unknown, of many runs.

use model::{
    Timestamp,
    ids::{RunId, StepPath},
    run::{Choice, StepState, StepStatus},
};
use sea_orm::{DbBackend, Value};

use super::BulkPiece;
use crate::{Error, Store, queue::settle_in, sql, store::transaction};

impl Store {
    /// Every call of the runs whose outcome is unknown gets the same answer. What was said of a run and that the action has come past it is
    /// one commit: done again after a crash, "run it again" would send a call a third time that nobody asked for.
    pub(super) async fn settle_piece(&self, piece: &mut BulkPiece, choice: &Choice, runs: Vec<RunId>) -> Result<(), Error> {
        for run in runs {
            let unknown = match self.unknown_calls(piece, run, choice).await {
                Ok(unknown) => unknown,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => {
                    tracing::info!(run.id = %run, error = %error, "a run of a bulk action cannot be read and is left out");
                    Vec::new()
                }
            };
            if !self.settle_next(piece, run, &unknown, choice).await? {
                // Somebody else carries the action on, or it was stopped.
                return Ok(());
            }
            piece.before = run.0;
        }
        Ok(())
    }

    /// Those that can be answered so: a call that may still be under way is not made again.
    async fn unknown_calls(&self, piece: &BulkPiece, run: RunId, choice: &Choice) -> Result<Vec<StepPath>, Error> {
        let state = self.folded(&piece.scope, run).await?;
        if state.status.is_final() {
            return Ok(Vec::new());
        }
        let may_be_answered = |step: &StepState| *choice != Choice::RunAgain || self.again_from(step).is_none();
        let unknown = state.steps.iter().filter(|(_, step)| step.status == StepStatus::Unknown && may_be_answered(step));
        Ok(unknown.map(|(path, _)| path.clone()).collect())
    }

    /// From when on a lost call may be made again on a person's word, where that is not now: until then it may still be under way, in a
    /// process that was stopped or cut off. What has a SQLite file to itself knows that the one before it has ended.
    pub fn again_from(&self, step: &StepState) -> Option<Timestamp> {
        let is_shared = self.shared.backend == DbBackend::Postgres;
        step.again_from().filter(|from| is_shared && *from > self.now())
    }

    /// False: the action no longer stands where the piece has it.
    async fn settle_next(&self, piece: &BulkPiece, run: RunId, unknown: &[StepPath], choice: &Choice) -> Result<bool, Error> {
        let shared = &self.shared;
        let went_on = transaction!(shared, |tx| {
            let sql = "UPDATE bulk SET before_id = $3, updated_at = $4 WHERE id = $1 AND before_id = $2 AND state = 'running'";
            let values: Vec<Value> = vec![piece.id.0.into(), piece.before.into(), run.0.into(), shared.now().ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Ok(false);
            }
            let mut is_done = !unknown.is_empty();
            for path in unknown {
                match settle_in(tx, shared, &piece.scope, run, path, choice).await {
                    Ok(_) => {}
                    // It has ended meanwhile.
                    Err(Error::Ended | Error::NotFound(_)) => is_done = false,
                    Err(error) => return Err(error),
                }
            }
            let count = if is_done { "done = done + 1" } else { "skipped = skipped + 1" };
            sql::exec(tx, format!("UPDATE bulk SET {count} WHERE id = $1"), vec![piece.id.0.into()]).await?;
            Ok(true)
        })?;
        shared.announce_work();
        Ok(went_on)
    }
}
