//! One action for many runs, and a run for each row of a table: carried on a piece at a time, so that it goes on after a restart and
//! leaves room for other work.

use model::{
    Timestamp,
    api::{Bulk, BulkAction, ManualRun, NewBulk, NewRows, Replay},
    ids::{RunId, WorkflowId},
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use store::{BulkOutcome, BulkPiece, BulkWork, ClaimedJob, DedupeKey, RowsOf, Scope};

use crate::{Error, Ingest, manual::fill};

/// The kind of job that carries a bulk action on.
pub const JOB: &str = store::BULK;

/// Runs of one piece.
const PIECE: u32 = 20;
/// Between two pieces of replays, in milliseconds: 20 new runs a second leave room for live events.
const REPLAYS_MS: i64 = 1_000;
/// What makes no new runs goes on almost at once.
const OTHERS_MS: i64 = 20;
const MINUTE_MS: i64 = 60_000;
/// That a run was replayed by an action is remembered for 40 days: longer than any piece is tried again.
const REMEMBER_MS: u64 = 40 * 24 * 3_600 * 1_000;

impl Ingest {
    /// Does the next piece of the action a job names. Gives back when the one after it is due; none: it is over. A piece that is done
    /// twice changes nothing more.
    pub async fn bulk(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let Some(mut piece) = self.store.bulk_next(job, PIECE).await? else { return Ok(None) };
        let (outcome, pause_ms) = match &piece.work {
            // Most runs of a filter may not fit: an empty piece need not wait.
            BulkWork::Runs { runs, .. } if runs.is_empty() => (BulkOutcome::default(), 0),
            BulkWork::Runs { request, runs } if request.action == BulkAction::Replay => {
                (self.replay_piece(&piece, request, runs).await?, REPLAYS_MS)
            }
            BulkWork::Runs { .. } => (self.store.bulk_apply(&mut piece).await?, OTHERS_MS),
            BulkWork::Rows { table, rows } => match self.run_rows(&piece, table, rows).await? {
                Ok(outcome) => (outcome, rows.len() as i64 * MINUTE_MS / i64::from(table.per_minute.max(1))),
                Err(reason) => {
                    self.store.fail_bulk(piece.id, &reason).await?;
                    return Ok(None);
                }
            },
        };
        let goes_on = self.store.bulk_advance(&piece, &outcome).await?;
        Ok(goes_on.then(|| self.store.now().plus_ms(pause_ms)))
    }

    /// Begins a run for each row of a table, once every row fits the trigger's form.
    pub async fn run_many(&self, scope: &Scope, workflow: WorkflowId, table: NewRows) -> Result<Bulk, Error> {
        let (_, form) = self.live_form(scope, workflow, &table.trigger).await?;
        for (at, row) in table.rows.iter().enumerate() {
            fill(&form, &Value::Object(row.clone())).map_err(|error| Error::Invalid(format!("Row {}: {error}", at + 1)))?;
        }
        Ok(self.store.start_rows(scope, workflow, table).await?)
    }

    /// `Err`: why no row can be run any more.
    async fn run_rows(
        &self,
        piece: &BulkPiece,
        table: &RowsOf,
        rows: &[(usize, Map<String, Value>)],
    ) -> Result<Result<BulkOutcome, String>, Error> {
        let mut outcome = BulkOutcome::default();
        for (at, row) in rows {
            let request = ManualRun { trigger: table.trigger.clone(), body: Value::Object(row.clone()) };
            match self.manual_once(&piece.scope, table.workflow, request, Some(key(piece, at))).await {
                Err(Error::Store(error @ (store::Error::Unavailable(_) | store::Error::Backlog { .. }))) => {
                    return Err(error.into());
                }
                // Off, deleted, or published without the trigger: so it is for every other row. What this piece has done before is
                // counted first; the next piece ends the table.
                Err(error @ (Error::Gone(_) | Error::NotFound(_) | Error::Store(store::Error::NotFound(_))))
                    if outcome == BulkOutcome::default() =>
                {
                    return Ok(Err(format!("Row {}: {error}", at + 1)));
                }
                result => outcome.add(result.map_err(|error| format!("Row {}: {error}", at + 1)), true),
            }
        }
        Ok(Ok(outcome))
    }

    async fn replay_piece(&self, piece: &BulkPiece, request: &NewBulk, runs: &[RunId]) -> Result<BulkOutcome, Error> {
        let mut outcome = BulkOutcome::default();
        for run in runs {
            let request = Replay { from: request.from_step.clone(), newest: request.newest };
            match self.replay_once(&piece.scope, *run, request, Some(key(piece, run))).await {
                // Nothing can be written now, or too much waits already: tried again later, from this piece on.
                Err(Error::Store(error @ (store::Error::Unavailable(_) | store::Error::Backlog { .. }))) => {
                    return Err(error.into());
                }
                result => {
                    let gone =
                        matches!(result, Err(Error::Gone(_) | Error::NotFound(_) | Error::Store(store::Error::NotFound(_))));
                    outcome.add(result, !gone);
                }
            }
        }
        Ok(outcome)
    }
}

/// What is done for one run or row of an action is done once.
fn key(piece: &BulkPiece, what: impl std::fmt::Display) -> DedupeKey {
    let hash = Sha256::digest(format!("bulk:{}:{what}", piece.id).as_bytes()).into();
    DedupeKey { hash, keep_ms: Some(REMEMBER_MS) }
}
