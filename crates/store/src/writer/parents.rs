//! The end of a child, told to the parent that waits for it.

use std::collections::BTreeMap;

use model::{
    ids::{RunId, StepPath},
    run::SignalKind,
};
use sea_orm::{DatabaseTransaction, DbBackend, Value};

use crate::{
    Error,
    dialect::for_update,
    sql::{self, Bulk, Kind},
    store::Shared,
};

/// `body`: JSON `{run, status, output, error}`.
pub(crate) struct ChildEnd<'a> {
    pub parent: RunId,
    pub path: &'a StepPath,
    pub body: &'a [u8],
}

const WAKE: Bulk = Bulk {
    head: "WITH v (v_id, v_count, v_now) AS (VALUES ",
    tail: ") UPDATE job SET signalled = signalled + v_count,
            available_at = CASE WHEN lease_by IS NULL THEN v_now ELSE available_at END
            FROM v WHERE job.id = v_id AND job.run_id = v_id RETURNING id, workspace_id",
    columns: &[Kind::Int, Kind::Int, Kind::Int],
};

const SIGNALS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_run, v_path, v_kind, v_body, v_at) AS (VALUES ",
    tail: ") INSERT INTO signal (id, workspace_id, run_id, path, kind, body, created_at) SELECT * FROM v WHERE v_id IS NOT NULL",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Text, Kind::Text, Kind::Bytes, Kind::Int],
};

/// Leaves the signals and wakes the parents that live. `also`: runs whose jobs this transaction will change too.
pub(crate) async fn signal_parents(
    tx: &DatabaseTransaction,
    shared: &Shared,
    ends: &[ChildEnd<'_>],
    also: &[i64],
) -> Result<bool, Error> {
    if ends.is_empty() {
        return Ok(false);
    }
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    for end in ends {
        *counts.entry(end.parent.0).or_default() += 1;
    }
    if shared.backend == DbBackend::Postgres {
        // Locked in one order, so that two flushes never wait for each other.
        let mut jobs: Vec<i64> = counts.keys().copied().chain(also.iter().copied()).collect();
        jobs.sort_unstable();
        let tail = format!(" ORDER BY id{}", for_update(shared.backend));
        sql::all_in(tx, "SELECT id FROM job WHERE id IN ", &tail, &jobs).await?;
    }
    let now = shared.now().ms();
    let wake = counts.iter().flat_map(|(run, count)| [Value::from(*run), (*count).into(), now.into()]);
    let mut live: BTreeMap<i64, i64> = BTreeMap::new();
    for row in WAKE.query(tx, wake.collect()).await? {
        live.insert(sql::get(&row, 0)?, sql::get(&row, 1)?);
    }
    let mut signals = Vec::new();
    for end in ends {
        let Some(workspace) = live.get(&end.parent.0) else { continue };
        signals.extend([
            Value::from(shared.next_id()),
            (*workspace).into(),
            end.parent.0.into(),
            end.path.0.clone().into(),
            SignalKind::ChildEnded.as_str().into(),
            end.body.to_vec().into(),
            now.into(),
        ]);
    }
    SIGNALS.exec(tx, signals).await?;
    Ok(!live.is_empty())
}
