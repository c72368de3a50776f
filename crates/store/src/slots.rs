//! Slots of schedules: the next ones, and those whose time has passed without their having fired.

use model::{
    Timestamp,
    ids::{TriggerId, WorkflowId},
};
use sea_orm::{ConnectionTrait, QueryResult};
use serde_json::Value;

use crate::{Error, payload, sql};

/// A slot whose time passed so long ago, in milliseconds, is late: jobs are looked at more often than that.
const LATE_MS: i64 = 60_000;
/// A job that is under way, or failed and is tried again, is due later than its slot, but not by more than this, in milliseconds.
const PUT_OFF_MS: i64 = 10 * 60_000;
/// Late slots that are read.
const MOST_LATE: usize = 100;

/// What a schedule waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub workflow: WorkflowId,
    pub workflow_name: String,
    pub trigger: TriggerId,
    pub at: Timestamp,
}

/// Whose slots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Of {
    pub workspace: i64,
    pub workflow: Option<WorkflowId>,
    /// Also of workflows that are paused: their events are held.
    pub paused: bool,
}

impl Of {
    /// Only our own words and numbers get into the statement.
    fn select(self) -> String {
        let state = if self.paused { "<> 'off'" } else { "= 'on'" };
        let only = self.workflow.map_or(String::new(), |id| format!(" AND j.workflow_id = {}", id.0));
        format!(
            "SELECT j.workflow_id, w.name, j.key, j.available_at, j.body FROM job j JOIN workflow w ON w.id = j.workflow_id
             WHERE j.queue = 'schedule' AND w.workspace_id = $1 AND w.state {state} AND w.deleted_at IS NULL{only}"
        )
    }
}

/// The slots that come next, one for each schedule, at most so many.
pub(crate) async fn next(db: &impl ConnectionTrait, of: Of, now: Timestamp, most: usize) -> Result<Vec<Slot>, Error> {
    let sql = format!("{} AND j.attempts = 0 AND j.available_at >= $2 ORDER BY j.available_at, j.id LIMIT {most}", of.select());
    sql::all(db, sql, vec![of.workspace.into(), now.plus_ms(-LATE_MS).ms().into()]).await?.iter().map(slot).collect()
}

/// Slots that should have fired by now and have not, the oldest first: nobody has taken them, or whoever does fails.
pub(crate) async fn late(db: &impl ConnectionTrait, of: Of, now: Timestamp) -> Result<Vec<Slot>, Error> {
    let before = now.plus_ms(-LATE_MS);
    let sql = format!(
        "{} AND j.available_at < $3 AND (j.available_at < $2 OR j.attempts > 0) ORDER BY j.available_at, j.id LIMIT {}",
        of.select(),
        10 * MOST_LATE
    );
    let values = vec![of.workspace.into(), before.ms().into(), now.plus_ms(PUT_OFF_MS).ms().into()];
    let mut late = sql::all(db, sql, values).await?.iter().map(slot).collect::<Result<Vec<_>, Error>>()?;
    late.retain(|slot| slot.at < before);
    late.sort_by_key(|slot| slot.at);
    late.truncate(MOST_LATE);
    Ok(late)
}

fn slot(row: &QueryResult) -> Result<Slot, Error> {
    let key: Option<String> = sql::get(row, 2)?;
    let body: Option<Vec<u8>> = sql::get(row, 4)?;
    // While it is tried again, the job is due later than its slot.
    let at = body.and_then(|body| payload::from_json::<Value>(&body).ok()).and_then(|body| body.get("slot")?.as_i64());
    Ok(Slot {
        workflow: WorkflowId(sql::get(row, 0)?),
        workflow_name: sql::get(row, 1)?,
        trigger: TriggerId::from(key.as_deref().and_then(|key| key.rsplit_once(':')).map_or("", |(_, trigger)| trigger)),
        at: Timestamp(at.unwrap_or(sql::get(row, 3)?)),
    })
}
