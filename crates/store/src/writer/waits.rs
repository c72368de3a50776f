//! Waits whose time is up, in the commits that say so.

use std::collections::BTreeSet;

use sea_orm::{DatabaseTransaction, Value};

use super::{flush::Refused, prepare::PreparedAppend};
use crate::{
    Error,
    sql::{self, Bulk, Kind},
    store::Shared,
};

const CLOSE: Bulk = Bulk {
    head: "WITH v (v_run, v_path, v_at) AS (VALUES ",
    tail: ") INSERT INTO wait (run_id, path, state, at) SELECT v_run, v_path, 'timed_out', v_at FROM v WHERE v_run IS NOT NULL
            ON CONFLICT (run_id, path) DO NOTHING RETURNING run_id, path",
    columns: &[Kind::Int, Kind::Text, Kind::Int],
};

/// Closes them; runs whose wait was answered first are named in `refused`.
pub(super) async fn close(
    tx: &DatabaseTransaction,
    shared: &Shared,
    appends: &[&PreparedAppend],
    refused: &mut Refused,
) -> Result<(), Error> {
    let mut open: BTreeSet<(i64, String)> = BTreeSet::new();
    for prepared in appends {
        let run = prepared.append.lease.run.0;
        open.extend(prepared.append.closes.iter().map(|path| (run, path.0.clone())));
    }
    let now = shared.now().ms();
    let values = open.iter().flat_map(|(run, path)| [Value::from(*run), path.clone().into(), now.into()]);
    for row in CLOSE.query(tx, values.collect()).await? {
        open.remove(&(sql::get(&row, 0)?, sql::get::<String>(&row, 1)?));
    }
    refused.extend(open.into_iter().map(|(run, _)| (run, Error::Conflict { current: 0 })));
    Ok(())
}
