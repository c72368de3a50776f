//! Failures that a replay has carried through.

use sea_orm::DatabaseTransaction;

use super::rollup::Happened;
use crate::{Error, sql, store::Shared};

const CHAIN: &str = "WITH RECURSIVE chain (id) AS (SELECT r.id FROM run r WHERE r.id IN ";
const CHAIN_TAIL: &str = " UNION SELECT r.of_run FROM run r JOIN chain c ON r.id = c.id WHERE r.of_run IS NOT NULL)
    UPDATE run SET recovered_at = $1 WHERE id IN (SELECT c.id FROM chain c) AND status = 'failed' AND kind <> 'test'
    AND recovered_at IS NULL RETURNING workspace_id, workflow_id, finished_at";

/// Marks the failed ones among these runs, and among those they are replays of. They count in the minute they failed in.
pub(super) async fn mark(
    tx: &DatabaseTransaction,
    shared: &Shared,
    replayed: &[i64],
    happened: &mut Happened,
) -> Result<(), Error> {
    for row in sql::all_in_with(tx, CHAIN, CHAIN_TAIL, &[shared.now().ms().into()], replayed).await? {
        let finished_at = sql::get::<Option<i64>>(&row, 2)?.unwrap_or_default();
        happened.cell(sql::get(&row, 0)?, sql::get(&row, 1)?, finished_at).counts.recovered += 1;
    }
    Ok(())
}
