//! Runs that the system holds: only a person lets them go on.

use model::run::{ErrorClass, Hold, RunStatus, SignalKind};
use sea_orm::Value;
use serde_json::json;

use crate::{
    Error, Lease, RunChange, Scope, Store, audit,
    dialect::for_update,
    sql,
    store::{Shared, transaction},
    writer::{NEVER, let_others_pass, lock_ahead},
};

impl Store {
    /// Gives a run back that the system holds, and that something else than a person's word to go on has woken. Its journal, its words
    /// and what waits for it stay as they are.
    pub async fn keep_held(&self, lease: Lease) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            // Locked first: a word that comes now either waits among the signals already, or comes after and wakes the run.
            let sql = "SELECT id FROM job WHERE id = $1 AND epoch = $2 AND lease_by IS NOT NULL".to_owned()
                + for_update(shared.backend);
            if sql::one(tx, sql, vec![lease.run.0.into(), lease.epoch.into()]).await?.is_none() {
                return Ok(());
            }
            let words: Vec<Value> = vec![lease.run.0.into(), SignalKind::Resume.as_str().into()];
            let is_told = sql::one(tx, "SELECT 1 FROM signal WHERE run_id = $1 AND kind = $2", words).await?.is_some();
            let until = if is_told { shared.now().ms() } else { NEVER };
            let sql = "UPDATE job SET available_at = $2, lease_by = NULL, claims = 0 WHERE id = $1";
            sql::exec(tx, sql, vec![lease.run.0.into(), until.into()]).await?;
            Ok(())
        })
    }

    /// Holds a run that cannot be driven at all, with words that say why. Nothing is added to its journal.
    pub async fn hold(&self, lease: Lease, code: &str, words: &str) -> Result<(), Error> {
        self.shared.hold(lease, code, words).await
    }
}

impl Shared {
    pub(super) async fn hold(&self, lease: Lease, code: &str, words: &str) -> Result<(), Error> {
        let held = transaction!(self, |tx| {
            lock_ahead(tx, [], &[lease.run.0]).await?;
            let sql = "UPDATE run SET status = $3, hold = $4, hold_ref = NULL, wake_at = NULL, error_class = $5, error_code = $6,
                       error_message = $7, error_path = NULL WHERE id = $1 AND epoch = $2";
            let values: Vec<Value> = vec![
                lease.run.0.into(),
                lease.epoch.into(),
                RunStatus::Waiting.as_str().into(),
                Hold::System.as_str().into(),
                ErrorClass::System.as_str().into(),
                code.into(),
                words.into(),
            ];
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Ok(false);
            }
            // The count of its claims stays: let go on without being mended, it is held again at once.
            let sql = "UPDATE job SET available_at = $3, lease_by = NULL WHERE id = $1 AND epoch = $2";
            sql::exec(tx, sql, vec![lease.run.0.into(), lease.epoch.into(), NEVER.into()]).await?;
            let_others_pass(tx, &[lease.run.0]).await?;
            let detail = json!({ "workflow": lease.workflow, "reason": words });
            audit::by(tx, self, &Scope::system(lease.workspace), "run.held", lease.run, detail).await?;
            Ok(true)
        })?;
        if held {
            metrics::counter!("patchbay_runs_held_total", "reason" => "unreadable").increment(1);
            let Lease { run, workspace, workflow, seq, .. } = lease;
            self.announce(RunChange { run, workspace, workflow, status: RunStatus::Waiting, seq });
            self.announce_work();
        }
        Ok(())
    }
}
