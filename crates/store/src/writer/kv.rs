//! Kept values in the commits that change them.

use std::collections::{BTreeMap, HashMap};

use model::step::StoreScope;
use sea_orm::{DatabaseTransaction, DbBackend, Value};

use super::{Lease, flush::Refused, prepare::PreparedAppend};
use crate::{
    Error,
    sql::{self, Bulk, Kind},
    store::Shared,
};

type Key = (i64, i64, String);

/// As the database gives it back.
fn key(shared: &Shared, lease: &Lease, scope: StoreScope, key: &str) -> Key {
    let workflow = match scope {
        StoreScope::Workflow => lease.workflow.0,
        StoreScope::Workspace => 0,
    };
    (lease.workspace.0, workflow, sql::kept(shared.backend, key).into_owned())
}

const KEY: &[Kind] = &[Kind::Int, Kind::Int, Kind::Text];

macro_rules! select {
    ($tail:literal) => {
        Bulk {
            head: "WITH v (v_workspace, v_workflow, v_key) AS (VALUES ",
            tail: concat!(
                ") SELECT k.workspace_id, k.workflow_id, k.key, k.version FROM kv k
                   WHERE (k.workspace_id, k.workflow_id, k.key) IN (SELECT v_workspace, v_workflow, v_key FROM v)
                   ORDER BY k.workspace_id, k.workflow_id, k.key",
                $tail
            ),
            columns: KEY,
        }
    };
}

const PRESENT: Bulk = select!("");
const PRESENT_LOCKED: Bulk = select!(" FOR UPDATE");

const CHANGE: Bulk = Bulk {
    head: "WITH v (v_workspace, v_workflow, v_key, v_version, v_value, v_now) AS (VALUES ",
    tail: ") UPDATE kv SET version = v_version, value = v_value, updated_at = v_now FROM v
            WHERE kv.workspace_id = v_workspace AND kv.workflow_id = v_workflow AND kv.key = v_key",
    columns: &[Kind::Int, Kind::Int, Kind::Text, Kind::Int, Kind::Bytes, Kind::Int],
};

const INSERT: Bulk = Bulk {
    head: "WITH v (v_workspace, v_workflow, v_key, v_version, v_value, v_now) AS (VALUES ",
    tail: ") INSERT INTO kv (workspace_id, workflow_id, key, version, value, updated_at)
            SELECT * FROM v WHERE v_workspace IS NOT NULL ON CONFLICT (workspace_id, workflow_id, key) DO NOTHING
            RETURNING workspace_id, workflow_id, key",
    columns: CHANGE.columns,
};

const DELETE: Bulk = Bulk {
    head: "WITH v (v_workspace, v_workflow, v_key) AS (VALUES ",
    tail: ") DELETE FROM kv WHERE (workspace_id, workflow_id, key) IN (SELECT v_workspace, v_workflow, v_key FROM v)",
    columns: KEY,
};

/// A change of one key: by which run, of which version, to what.
type Change<'a> = (i64, Option<i64>, &'a Option<Vec<u8>>);

/// Writes the changes of commits whose reads still hold; the others are named in `refused`, after which the transaction is to be given
/// up and tried without them.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    shared: &Shared,
    appends: &[&PreparedAppend],
    refused: &mut Refused,
) -> Result<(), Error> {
    let mut writes: BTreeMap<Key, Vec<Change<'_>>> = BTreeMap::new();
    for prepared in appends {
        let lease = &prepared.append.lease;
        for (write, value) in prepared.append.kv.iter().zip(&prepared.values) {
            let of_key = writes.entry(key(shared, lease, write.scope, &write.key)).or_default();
            of_key.push((lease.run.0, write.expected_version, value));
        }
    }
    if writes.is_empty() {
        return Ok(());
    }
    let columns = |key: &Key| [Value::from(key.0), key.1.into(), key.2.clone().into()];
    let present = if shared.backend == DbBackend::Postgres { &PRESENT_LOCKED } else { &PRESENT };
    let mut versions: HashMap<Key, i64> = HashMap::new();
    for row in present.query(tx, writes.keys().flat_map(columns).collect()).await? {
        versions.insert((sql::get(&row, 0)?, sql::get(&row, 1)?, sql::get(&row, 2)?), sql::get(&row, 3)?);
    }
    let now = shared.now().ms();
    let (mut change, mut insert, mut delete, mut inserted) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
    for (key, of_key) in &writes {
        let version = versions.get(key).copied();
        let mut winner = None;
        for (run, expected, value) in of_key {
            // Of those that read the present value the first one changes it, so the others have read an old one.
            if *expected == version && winner.is_none() {
                winner = Some((*run, *value));
            } else {
                refused.insert(*run, Error::Conflict { current: version.unwrap_or(0) });
            }
        }
        let Some((run, value)) = winner else { continue };
        let row = |value: &Vec<u8>| columns(key).into_iter().chain([shared.next_id().into(), value.clone().into(), now.into()]);
        match (version, value) {
            (Some(_), Some(value)) => change.extend(row(value)),
            (Some(_), None) => delete.extend(columns(key)),
            (None, Some(value)) => {
                insert.extend(row(value));
                inserted.insert(key.clone(), run);
            }
            (None, None) => {}
        }
    }
    if !refused.is_empty() {
        return Ok(());
    }
    CHANGE.exec(tx, change).await?;
    DELETE.exec(tx, delete).await?;
    for row in INSERT.query(tx, insert).await? {
        inserted.remove(&(sql::get(&row, 0)?, sql::get(&row, 1)?, sql::get::<String>(&row, 2)?));
    }
    // Another process has put these in since they were looked for.
    refused.extend(inserted.into_values().map(|run| (run, Error::Conflict { current: 0 })));
    Ok(())
}
