//! Snapshots in the commits that carry them.

use sea_orm::{DatabaseTransaction, Value};

use super::prepare::PreparedAppend;
use crate::{
    Error,
    sql::{Bulk, Kind},
};

const WRITE: Bulk = Bulk {
    head: "WITH v (v_run, v_seq, v_format, v_state) AS (VALUES ",
    // One per run: what an older one stood for, the newer one does too.
    tail: ") INSERT INTO snapshot (run_id, seq, format, state) SELECT * FROM v WHERE v_run IS NOT NULL
            ON CONFLICT (run_id) DO UPDATE SET seq = excluded.seq, format = excluded.format, state = excluded.state",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Bytes],
};

const MARK: Bulk = Bulk {
    head: "WITH v (v_run, v_seq) AS (VALUES ",
    tail: ") UPDATE run SET snapshot_seq = v_seq FROM v WHERE run.id = v_run",
    columns: &[Kind::Int, Kind::Int],
};

pub(super) async fn write(tx: &DatabaseTransaction, appends: &[&PreparedAppend]) -> Result<(), Error> {
    let (mut rows, mut marks) = (Vec::new(), Vec::new());
    for prepared in appends {
        let (run, Some(snapshot)) = (prepared.append.lease.run.0, &prepared.append.snapshot) else { continue };
        rows.extend([Value::from(run), snapshot.seq.into(), snapshot.format.into(), snapshot.state.to_vec().into()]);
        marks.extend([Value::from(run), snapshot.seq.into()]);
    }
    WRITE.exec(tx, rows).await?;
    MARK.exec(tx, marks).await
}
