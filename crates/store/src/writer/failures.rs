//! Failed runs that other workflows want to hear of.

use sea_orm::{DatabaseTransaction, Value};

use crate::{
    Error, payload,
    queue::FAILURE,
    sql::{Bulk, Kind},
    store::Shared,
};

use super::prepare::PreparedAppend;

const JOBS: Bulk = Bulk {
    head: "WITH v (v_id, v_workspace, v_workflow, v_key, v_available, v_body, v_kind) AS (VALUES ",
    tail: ") INSERT INTO job (id, workspace_id, workflow_id, key, available_at, body, kind, queue, blocked, priority, epoch, signalled,
            attempts, claims, claimed_seq) SELECT v_id, v_workspace, v_workflow, v_key, v_available, v_body, v_kind, v_kind, 0, 0, 0, 0, 0, 0, 0
            FROM v WHERE v_id IS NOT NULL ON CONFLICT (kind, key) WHERE key IS NOT NULL DO NOTHING",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Text, Kind::Int, Kind::Bytes, Kind::Text],
};

/// One job per failed run, in the commit that ends it.
pub(super) async fn tell(tx: &DatabaseTransaction, shared: &Shared, failed: &[&PreparedAppend]) -> Result<(), Error> {
    let now = shared.now().ms();
    let mut jobs = Vec::new();
    for prepared in failed {
        let lease = &prepared.append.lease;
        let body = payload::json(&serde_json::json!({ "run": lease.run, "workflow": lease.workflow }))?;
        jobs.extend([
            Value::from(shared.next_id()),
            lease.workspace.0.into(),
            lease.workflow.0.into(),
            lease.run.to_string().into(),
            now.into(),
            body.into(),
            FAILURE.into(),
        ]);
    }
    JOBS.exec(tx, jobs).await
}
