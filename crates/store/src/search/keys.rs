use model::{Role, api::EventSummary, ids::WorkflowId};
use sea_orm::Value;

use super::events::{COLUMNS, summary};
use crate::{Error, Scope, Store, sql};

/// Steps from one trigger to the next through the key's order, so that it costs one look per trigger, not one per remembered key.
const BY_HASH: &str = "WITH RECURSIVE scopes (name) AS (
        SELECT MIN(trigger_scope) FROM dedupe WHERE workspace_id = $1
        UNION ALL
        SELECT (SELECT MIN(d.trigger_scope) FROM dedupe d WHERE d.workspace_id = $1 AND d.trigger_scope > scopes.name)
        FROM scopes WHERE scopes.name IS NOT NULL
    )
    SELECT d.event_id FROM scopes JOIN dedupe d ON d.workspace_id = $1 AND d.trigger_scope = scopes.name AND d.hash = $2";

impl Store {
    /// The events that were accepted with this duplicate key, one per trigger at most, newest first. `hash`: SHA-256 of the key.
    pub async fn events_by_key(
        &self,
        scope: &Scope,
        hash: [u8; 32],
        workflow: Option<WorkflowId>,
    ) -> Result<Vec<EventSummary>, Error> {
        scope.require(Role::Viewer)?;
        let own: Value = scope.workspace.0.into();
        let rows = sql::all(&self.shared.read, BY_HASH, vec![own.clone(), hash.to_vec().into()]).await?;
        let ids = rows.iter().map(|row| sql::get(row, 0)).collect::<Result<Vec<i64>, _>>()?;
        let head = format!("{COLUMNS} WHERE e.workspace_id = $1 AND e.kind <> 'test' AND e.id IN ");
        let rows = sql::all_in_with(&self.shared.read, &head, "", &[own], &ids).await?;
        let mut found = rows.iter().map(summary).collect::<Result<Vec<_>, _>>()?;
        found.retain(|event| workflow.is_none_or(|workflow| event.workflow == workflow));
        found.sort_unstable_by_key(|event| std::cmp::Reverse(event.id));
        Ok(found)
    }
}
