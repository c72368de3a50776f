//! Who did what; only ever added to. [`Store::activity`] reads it.

use model::ids::WorkspaceId;
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::Value;

use crate::{Error, Scope, Store, payload, sql, store::Shared};

/// A row in the transaction that does what it tells of. `by`: [`crate::Actor::name`].
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    by: &str,
    action: &str,
    target: &str,
    detail: &Value,
) -> Result<(), Error> {
    let values: Vec<Bound> = vec![
        shared.next_id().into(),
        workspace.0.into(),
        by.into(),
        action.into(),
        target.into(),
        payload::json(detail)?.into(),
        shared.now().ms().into(),
    ];
    let sql = "INSERT INTO audit (id, workspace_id, actor, action, target, detail, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    sql::exec(db, sql, values).await?;
    Ok(())
}

/// The same on behalf of a scope's actor.
pub(crate) async fn by(
    db: &impl ConnectionTrait,
    shared: &Shared,
    scope: &Scope,
    action: &str,
    target: impl std::fmt::Display,
    detail: Value,
) -> Result<(), Error> {
    write(db, shared, scope.workspace, &scope.actor.name(), action, &target.to_string(), &detail).await
}

impl Store {
    /// What is done outside the store: signing in, exports.
    pub async fn audit(&self, scope: &Scope, action: &str, target: &str, detail: Value) -> Result<(), Error> {
        by(&self.shared.write, &self.shared, scope, action, target, detail).await
    }
}
