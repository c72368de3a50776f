//! Which workflows use a connection.

use model::{
    Role,
    api::{ConnectionUse, WorkflowState},
    ids::{ConnectionId, WorkflowId},
};

use crate::{Error, Scope, Store, sql};

impl Store {
    /// By name. The same workflows as a connection's count of them.
    pub async fn uses_of_connection(&self, scope: &Scope, id: ConnectionId) -> Result<Vec<ConnectionUse>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT w.id, w.name, w.state, w.draft, v.definition FROM workflow w
                   LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.live_version
                   WHERE w.workspace_id = $1 AND w.deleted_at IS NULL ORDER BY LOWER(w.name), w.id";
        // An id's text is unmistakable, so finding it in the JSON is enough.
        let text = id.to_string();
        let uses = |definition: &[u8]| definition.windows(text.len()).any(|window| window == text.as_bytes());
        let mut found = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await? {
            let live = sql::get::<Option<Vec<u8>>>(&row, 4)?.is_some_and(|definition| uses(&definition));
            if !live && !uses(&sql::get::<Vec<u8>>(&row, 3)?) {
                continue;
            }
            found.push(ConnectionUse {
                id: WorkflowId(sql::get(&row, 0)?),
                name: sql::get(&row, 1)?,
                state: WorkflowState::parse(&sql::get::<String>(&row, 2)?).unwrap_or(WorkflowState::Off),
                live,
            });
        }
        Ok(found)
    }
}
