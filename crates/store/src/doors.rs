//! What a signed link leads to. The signature stands in for a scope: the caller has checked it.

use model::{
    Timestamp,
    ids::{RunId, StepPath, WorkspaceId},
};

use crate::{Error, Store, sql};

/// How a wait was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitRow {
    /// Nobody answered in time.
    pub timed_out: bool,
    /// Absent: whoever had the link.
    pub by: Option<String>,
    pub at: Timestamp,
}

impl Store {
    /// Whose a run is; nothing: there is no such run.
    pub async fn workspace_of_run(&self, run: RunId) -> Result<Option<WorkspaceId>, Error> {
        let row = sql::one(&self.shared.read, "SELECT workspace_id FROM run WHERE id = $1", vec![run.0.into()]).await?;
        row.map(|row| Ok(WorkspaceId(sql::get(&row, 0)?))).transpose()
    }

    /// Who was first to decide a wait; nothing: it is open, or not reached.
    pub async fn wait(&self, run: RunId, path: &StepPath) -> Result<Option<WaitRow>, Error> {
        let sql = "SELECT state, answered_by, at FROM wait WHERE run_id = $1 AND path = $2";
        let row = sql::one(&self.shared.read, sql, vec![run.0.into(), path.0.clone().into()]).await?;
        row.map(|row| {
            let state: String = sql::get(&row, 0)?;
            Ok(WaitRow { timed_out: state == "timed_out", by: sql::get(&row, 1)?, at: Timestamp(sql::get(&row, 2)?) })
        })
        .transpose()
    }
}
