//! What the data of workflows has looked like, learned a little later from the newest events: nothing is added to what stores them.

use std::collections::BTreeMap;

use model::{
    Role,
    ids::{TriggerId, WorkflowId, WorkspaceId},
    shape::Shape,
};
use sea_orm::Value;
use serde::{Deserialize, Serialize};

use crate::{Error, Scope, Store, payload, sql, store::transaction};

/// Events of a workflow that are looked at per round, the newest.
const EVENTS: usize = 50;
/// Workflows per round; the others follow in the next one.
const WORKFLOWS: usize = 100;
/// Bytes of an event that is looked into.
const LONGEST: i64 = 256 * 1024;
/// Under which a workflow's row says how far was looked; no trigger is called so.
const MARK: &str = "";

/// The shape of one trigger's events.
#[derive(Debug, Clone)]
pub struct Learned {
    pub workflow: WorkflowId,
    pub name: String,
    pub version: u32,
    pub trigger: TriggerId,
    pub shape: Shape,
}

/// How far was looked.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Mark {
    after: i64,
}

impl Store {
    /// Learns from events that came since it was last called. Gives back the workflows whose shapes have changed.
    pub async fn learn_shapes(&self, workspace: WorkspaceId) -> Result<Vec<WorkflowId>, Error> {
        let sql = "SELECT w.id, (SELECT MAX(e.id) FROM event e WHERE e.workflow_id = w.id), s.count FROM workflow w
                   LEFT JOIN shape s ON s.workflow_id = w.id AND s.ref_id = $2
                   WHERE w.workspace_id = $1 AND w.live_version IS NOT NULL AND w.deleted_at IS NULL";
        let mut behind = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![workspace.0.into(), MARK.into()]).await? {
            let (newest, after): (Option<i64>, Option<i64>) = (sql::get(&row, 1)?, sql::get(&row, 2)?);
            if newest > after {
                behind.push((WorkflowId(sql::get(&row, 0)?), after.unwrap_or(i64::MIN)));
            }
        }
        behind.truncate(WORKFLOWS);
        let mut changed = Vec::new();
        for (workflow, after) in behind {
            self.learn_from(workspace, workflow, after).await?;
            changed.push(workflow);
        }
        Ok(changed)
    }

    async fn learn_from(&self, workspace: WorkspaceId, workflow: WorkflowId, after: i64) -> Result<(), Error> {
        let shared = &self.shared;
        // The newest ones say what is so now; of more than these the older ones are left out.
        let sql = format!(
            "SELECT id, trigger_id, CASE WHEN state IN ('accepted', 'held') AND kind <> 'test' AND bytes <= {LONGEST} THEN payload END
             FROM event WHERE workflow_id = $1 AND id > $2 ORDER BY id DESC LIMIT {EVENTS}"
        );
        let rows = sql::all(&shared.read, sql, vec![workflow.0.into(), after.into()]).await?;
        let Some(newest) = rows.first().map(|row| sql::get::<i64>(row, 0)).transpose()? else { return Ok(()) };
        let mut values: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
        for row in rows.iter().rev() {
            let Some(bytes) = sql::get::<Option<Vec<u8>>>(row, 2)? else { continue };
            if let Ok(serde_json::Value::Object(mut event)) = payload::from_json(&bytes) {
                // What every request brings along is no data.
                event.retain(|key, _| key == "body" || key == "query");
                values.entry(sql::get(row, 1)?).or_default().push(serde_json::Value::Object(event));
            }
        }
        let mut shapes = self.shapes_of(workflow).await?;
        for (trigger, values) in &values {
            let shape = shapes.entry(trigger.clone()).or_default();
            values.iter().for_each(|value| shape.learn(value));
        }
        transaction!(shared, |tx| {
            // Another process may have learned from the same events meanwhile: the first one counts.
            let mark = "INSERT INTO shape (workflow_id, ref_id, workspace_id, shape, count) VALUES ($1, $2, $3, $4, $5)
                        ON CONFLICT (workflow_id, ref_id) DO UPDATE SET count = excluded.count WHERE shape.count = $6";
            let row = payload::json(&Mark { after: newest })?;
            let values_of_mark: Vec<Value> =
                vec![workflow.0.into(), MARK.into(), workspace.0.into(), row.into(), newest.into(), after.into()];
            if sql::exec(tx, mark, values_of_mark).await?.rows_affected() == 0 {
                return Ok(());
            }
            for trigger in values.keys() {
                let Some(shape) = shapes.get(trigger) else { continue };
                let sql = "INSERT INTO shape (workflow_id, ref_id, workspace_id, shape, count) VALUES ($1, $2, $3, $4, $5)
                           ON CONFLICT (workflow_id, ref_id) DO UPDATE SET shape = excluded.shape, count = excluded.count";
                let count = i64::try_from(shape.count).unwrap_or(i64::MAX);
                let row: Vec<Value> = vec![
                    workflow.0.into(),
                    trigger.as_str().into(),
                    workspace.0.into(),
                    payload::json(shape)?.into(),
                    count.into(),
                ];
                sql::exec(tx, sql, row).await?;
            }
            Ok(())
        })
    }

    /// What is known of a workflow's triggers; nothing of one that is not the workspace's.
    pub async fn shapes(&self, scope: &Scope, workflow: WorkflowId) -> Result<BTreeMap<TriggerId, Shape>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT 1 FROM workflow WHERE id = $1 AND workspace_id = $2";
        if sql::one(&self.shared.read, sql, vec![workflow.0.into(), scope.workspace.0.into()]).await?.is_none() {
            return Ok(BTreeMap::new());
        }
        Ok(self.shapes_of(workflow).await?.into_iter().map(|(trigger, shape)| (TriggerId(trigger), shape)).collect())
    }

    async fn shapes_of(&self, workflow: WorkflowId) -> Result<BTreeMap<String, Shape>, Error> {
        let sql = "SELECT ref_id, shape FROM shape WHERE workflow_id = $1 AND ref_id <> $2";
        let mut shapes = BTreeMap::new();
        for row in sql::all(&self.shared.read, sql, vec![workflow.0.into(), MARK.into()]).await? {
            let bytes: Vec<u8> = sql::get(&row, 1)?;
            // One of another form is learned anew.
            shapes.insert(sql::get(&row, 0)?, serde_json::from_slice(&bytes).unwrap_or_default());
        }
        Ok(shapes)
    }

    /// The shapes of these workflows, where they are live and on, with what is needed to judge them.
    pub async fn learned(&self, workspace: WorkspaceId, workflows: &[WorkflowId]) -> Result<Vec<Learned>, Error> {
        let mut learned = Vec::new();
        for workflow in workflows {
            let sql = "SELECT name, live_version FROM workflow
                       WHERE id = $1 AND workspace_id = $2 AND state <> 'off' AND live_version IS NOT NULL AND deleted_at IS NULL";
            let Some(row) = sql::one(&self.shared.read, sql, vec![workflow.0.into(), workspace.0.into()]).await? else {
                continue;
            };
            let name: String = sql::get(&row, 0)?;
            let version = u32::try_from(sql::get::<i64>(&row, 1)?).unwrap_or(u32::MAX);
            for (trigger, shape) in self.shapes_of(*workflow).await? {
                learned.push(Learned { workflow: *workflow, name: name.clone(), version, trigger: TriggerId(trigger), shape });
            }
        }
        Ok(learned)
    }
}
