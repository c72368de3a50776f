//! Words that workflows are gathered by.

use std::collections::HashMap;

use model::{
    Role,
    api::{Tag, tag_key},
    ids::WorkflowId,
};
use sea_orm::{ConnectionTrait, Value};
use serde_json::json;

use crate::{Error, Scope, Store, audit, sql, store::transaction};

/// Workflows with a tag. `$1` is the workspace, `?` the tag in small letters.
pub(crate) const TAGGED: &str = "(SELECT t.workflow_id FROM workflow_tag t JOIN tag g ON g.id = t.tag_id
    WHERE t.workspace_id = $1 AND LOWER(g.name) = ?)";

impl Store {
    /// By name.
    pub async fn tags(&self, scope: &Scope) -> Result<Vec<Tag>, Error> {
        scope.require(Role::Viewer)?;
        let sql =
            "SELECT g.name, COUNT(*) FROM tag g JOIN workflow_tag t ON t.tag_id = g.id JOIN workflow w ON w.id = t.workflow_id
                   WHERE g.workspace_id = $1 AND w.deleted_at IS NULL GROUP BY g.id, g.name";
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await?;
        let tag = |row| Ok(Tag { name: sql::get(row, 0)?, workflows: sql::get::<i64>(row, 1)?.unsigned_abs() });
        let mut tags = rows.iter().map(tag).collect::<Result<Vec<_>, Error>>()?;
        tags.sort_by_key(|tag| tag_key(&tag.name));
        Ok(tags)
    }

    /// In place of the tags it had. They are as [`model::api::NewTags::checked`] gives them; one that is there already keeps its spelling.
    pub async fn tag_workflow(&self, scope: &Scope, id: WorkflowId, tags: &[String]) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let (shared, workspace) = (&self.shared, scope.workspace.0);
        transaction!(shared, |tx| {
            let sql = "SELECT 1 FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
            let known = sql::one(tx, sql, vec![id.0.into(), workspace.into()]).await?;
            known.ok_or(Error::NotFound("the workflow"))?;
            let mut known: HashMap<String, i64> = HashMap::new();
            for row in sql::all(tx, "SELECT id, name FROM tag WHERE workspace_id = $1", vec![workspace.into()]).await? {
                known.insert(tag_key(&sql::get::<String>(&row, 1)?), sql::get(&row, 0)?);
            }
            sql::exec(tx, "DELETE FROM workflow_tag WHERE workflow_id = $1", vec![id.0.into()]).await?;
            for name in tags {
                let tag = match known.get(&tag_key(name)) {
                    Some(tag) => *tag,
                    None => {
                        let tag = shared.next_id();
                        let sql = "INSERT INTO tag (id, workspace_id, name, color) VALUES ($1, $2, $3, '')";
                        sql::exec(tx, sql, vec![tag.into(), workspace.into(), name.as_str().into()]).await?;
                        tag
                    }
                };
                let values: Vec<Value> = vec![id.0.into(), tag.into(), workspace.into()];
                let sql = "INSERT INTO workflow_tag (workflow_id, tag_id, workspace_id) VALUES ($1, $2, $3)";
                sql::exec(tx, sql, values).await?;
            }
            // Nobody has to clear up what no workflow has any more.
            let sql = "DELETE FROM tag WHERE workspace_id = $1 AND id NOT IN (SELECT t.tag_id FROM workflow_tag t WHERE t.workspace_id = $1)";
            sql::exec(tx, sql, vec![workspace.into()]).await?;
            audit::by(tx, shared, scope, "workflow.tagged", id, json!({ "tags": tags.len() })).await
        })
    }
}

/// The tags of workflows, each's by name.
pub(crate) async fn of(db: &impl ConnectionTrait, workflows: &[i64]) -> Result<HashMap<i64, Vec<String>>, Error> {
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    let head = "SELECT t.workflow_id, g.name FROM workflow_tag t JOIN tag g ON g.id = t.tag_id WHERE t.workflow_id IN ";
    for row in sql::all_in(db, head, "", workflows).await? {
        found.entry(sql::get(&row, 0)?).or_default().push(sql::get(&row, 1)?);
    }
    found.values_mut().for_each(|tags| tags.sort_by_key(|tag| tag_key(tag)));
    Ok(found)
}
