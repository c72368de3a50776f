//! Contents of files that came with events, for the runs that take them.

use model::ids::{RunId, WorkspaceId};

use crate::{Error, Store, sql};

/// Runs that are asked one after the other: those that started each other, and those gone through again.
const MOST_RUNS: usize = 32;
/// Newest events of a workflow in which the files of a test are looked for.
const MOST_EVENTS: usize = 10_000;

impl Store {
    /// The content of a file a run's data names by its hash (SHA-256 in hex). It is looked for beside the run's own event, those of
    /// runs that were gathered into it, of those that started it and of the one it goes through again, and nowhere else: knowing
    /// the hash of somebody's file is no right to it. A test, whose maker may read every event of the workflow, takes all of those.
    ///
    /// Nothing where it is no longer kept.
    pub async fn run_file(&self, workspace: WorkspaceId, run: RunId, sha256: &str) -> Result<Option<Vec<u8>>, Error> {
        let (mut asked, mut waiting) = (Vec::new(), vec![run.0]);
        while let Some(id) = waiting.pop().filter(|_| asked.len() < MOST_RUNS) {
            if asked.contains(&id) {
                continue;
            }
            asked.push(id);
            if let Some(body) = self.file_of(workspace, id, sha256).await? {
                return Ok(Some(body));
            }
            let sql = "SELECT parent_run_id, of_run, workflow_id, kind FROM run WHERE workspace_id = $1 AND id = $2";
            let Some(row) = sql::one(&self.shared.read, sql, vec![workspace.0.into(), id.into()]).await? else { continue };
            if sql::get::<String>(&row, 3)? == "test"
                && let Some(body) = self.file_of_workflow(workspace, sql::get(&row, 2)?, sha256).await?
            {
                return Ok(Some(body));
            }
            waiting.extend([sql::get::<Option<i64>>(&row, 1)?, sql::get::<Option<i64>>(&row, 0)?].into_iter().flatten());
        }
        Ok(None)
    }

    /// Of the event of a run, or of one gathered into it.
    async fn file_of(&self, workspace: WorkspaceId, run: i64, sha256: &str) -> Result<Option<Vec<u8>>, Error> {
        let sql = "WITH RECURSIVE source (id) AS (
            SELECT id FROM run WHERE id = $1
            UNION SELECT member_run_id FROM collect_member JOIN source ON collect_member.run_id = source.id
        ) SELECT p.body FROM source JOIN run r ON r.id = source.id JOIN payload p ON p.owner = r.event_id
        WHERE r.workspace_id = $2 AND p.hash = $3 LIMIT 1";
        self.body(sql, vec![run.into(), workspace.0.into(), sha256.into()]).await
    }

    async fn file_of_workflow(&self, workspace: WorkspaceId, workflow: i64, sha256: &str) -> Result<Option<Vec<u8>>, Error> {
        let sql = format!(
            "SELECT p.body FROM (
                SELECT id FROM event WHERE workflow_id = $1 AND workspace_id = $2 ORDER BY id DESC LIMIT {MOST_EVENTS}
            ) e JOIN payload p ON p.owner = e.id WHERE p.hash = $3 LIMIT 1"
        );
        self.body(&sql, vec![workflow.into(), workspace.0.into(), sha256.into()]).await
    }

    async fn body(&self, sql: &str, values: Vec<sea_orm::Value>) -> Result<Option<Vec<u8>>, Error> {
        sql::one(&self.shared.read, sql, values).await?.map(|row| sql::get(&row, 0)).transpose()
    }
}
