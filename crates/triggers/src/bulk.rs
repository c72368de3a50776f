//! One action for many runs: carried on a piece at a time, so that it goes on after a restart and leaves room for other work.

use model::{
    Timestamp,
    api::{BulkAction, Replay},
};
use sha2::{Digest, Sha256};
use store::{BulkOutcome, BulkPiece, ClaimedJob, DedupeKey};

use crate::{Error, Ingest};

/// The kind of job that carries a bulk action on.
pub const JOB: &str = store::BULK;

/// Runs of one piece.
const PIECE: u32 = 20;
/// Between two pieces of replays, in milliseconds: 20 new runs a second leave room for live events.
const REPLAYS_MS: i64 = 1_000;
/// What makes no new runs goes on almost at once.
const OTHERS_MS: i64 = 20;
/// That a run was replayed by an action is remembered for 40 days: longer than any piece is tried again.
const REMEMBER_MS: u64 = 40 * 24 * 3_600 * 1_000;

impl Ingest {
    /// Does the next piece of the action a job names. Gives back when the one after it is due; none: it is over. A piece that is done
    /// twice changes nothing more.
    pub async fn bulk(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let Some(mut piece) = self.store.bulk_next(job, PIECE).await? else { return Ok(None) };
        let (outcome, pause_ms) = match piece.request.action {
            BulkAction::Replay => (self.replay_piece(&piece).await?, REPLAYS_MS),
            BulkAction::Cancel | BulkAction::Settle | BulkAction::Delete => (self.store.bulk_apply(&mut piece).await?, OTHERS_MS),
        };
        // Most runs of a filter may not fit: an empty piece need not wait.
        let pause_ms = if piece.runs.is_empty() { 0 } else { pause_ms };
        let goes_on = self.store.bulk_advance(&piece, &outcome).await?;
        Ok(goes_on.then(|| self.store.now().plus_ms(pause_ms)))
    }

    async fn replay_piece(&self, piece: &BulkPiece) -> Result<BulkOutcome, Error> {
        let mut outcome = BulkOutcome::default();
        for run in &piece.runs {
            let request = Replay { from: piece.request.from_step.clone(), newest: piece.request.newest };
            let key = Sha256::digest(format!("bulk:{}:{run}", piece.id).as_bytes()).into();
            let dedupe = DedupeKey { hash: key, keep_ms: Some(REMEMBER_MS) };
            match self.replay_once(&piece.scope, *run, request, Some(dedupe)).await {
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
