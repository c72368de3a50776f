//! What the data of workflows has looked like, learned a little later from the newest events: nothing is added to what stores them.

use std::collections::BTreeMap;

use model::{
    Role,
    ids::{TriggerId, WorkflowId, WorkspaceId},
    shape::Shape,
};
use sea_orm::{ConnectionTrait, Value};

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

/// What a workflow's newest events tell, not written yet. `after`, `until`: ids of events.
struct Lesson {
    workflow: WorkflowId,
    after: i64,
    until: i64,
    /// Of the triggers that had events.
    shapes: BTreeMap<String, Shape>,
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
        // Those that were not looked at for the longest time first, so that all have their turn.
        behind.sort_by_key(|(_, after)| *after);
        behind.truncate(WORKFLOWS);
        // Two processes write in the same order.
        behind.sort_by_key(|(workflow, _)| *workflow);
        let mut lessons = Vec::with_capacity(behind.len());
        for (workflow, after) in behind {
            lessons.extend(self.lesson(workflow, after).await?);
        }
        if !lessons.is_empty() {
            let shared = &self.shared;
            transaction!(shared, |tx| {
                for lesson in &lessons {
                    lesson.write(tx, workspace).await?;
                }
                Ok(())
            })?;
        }
        Ok(lessons.into_iter().map(|lesson| lesson.workflow).collect())
    }

    async fn lesson(&self, workflow: WorkflowId, after: i64) -> Result<Option<Lesson>, Error> {
        let shared = &self.shared;
        // The newest ones say what is so now; of more than these the older ones are left out.
        let sql = format!(
            "SELECT id, trigger_id, CASE WHEN state IN ('accepted', 'held') AND kind <> 'test' AND bytes <= {LONGEST} THEN payload END
             FROM event WHERE workflow_id = $1 AND id > $2 ORDER BY id DESC LIMIT {EVENTS}"
        );
        let rows = sql::all(&shared.read, sql, vec![workflow.0.into(), after.into()]).await?;
        let Some(until) = rows.first().map(|row| sql::get::<i64>(row, 0)).transpose()? else { return Ok(None) };
        let mut values: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
        for row in rows.iter().rev() {
            let Some(bytes) = sql::get::<Option<Vec<u8>>>(row, 2)? else { continue };
            if let Ok(serde_json::Value::Object(mut event)) = payload::from_json(&bytes) {
                // What every request brings along is no data.
                event.retain(|key, _| key == "body" || key == "query");
                values.entry(sql::get(row, 1)?).or_default().push(serde_json::Value::Object(event));
            }
        }
        let mut known = self.shapes_of(workflow).await?;
        let learned = |(trigger, values): (String, Vec<serde_json::Value>)| {
            let mut shape = known.remove(&trigger).unwrap_or_default();
            values.iter().for_each(|value| shape.learn(value));
            (trigger, shape)
        };
        Ok(Some(Lesson { workflow, after, until, shapes: values.into_iter().map(learned).collect() }))
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

impl Lesson {
    async fn write(&self, tx: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<(), Error> {
        // Another process may have learned from the same events meanwhile: the first one counts.
        let mark = "INSERT INTO shape (workflow_id, ref_id, workspace_id, shape, count) VALUES ($1, $2, $3, $4, $5)
                    ON CONFLICT (workflow_id, ref_id) DO UPDATE SET count = excluded.count WHERE shape.count = $6";
        let values: Vec<Value> = vec![
            self.workflow.0.into(),
            MARK.into(),
            workspace.0.into(),
            Vec::<u8>::new().into(),
            self.until.into(),
            self.after.into(),
        ];
        if sql::exec(tx, mark, values).await?.rows_affected() == 0 {
            return Ok(());
        }
        for (trigger, shape) in &self.shapes {
            let sql = "INSERT INTO shape (workflow_id, ref_id, workspace_id, shape, count) VALUES ($1, $2, $3, $4, $5)
                       ON CONFLICT (workflow_id, ref_id) DO UPDATE SET shape = excluded.shape, count = excluded.count";
            let row: Vec<Value> = vec![
                self.workflow.0.into(),
                trigger.as_str().into(),
                workspace.0.into(),
                payload::json(shape)?.into(),
                i64::try_from(shape.count).unwrap_or(i64::MAX).into(),
            ];
            sql::exec(tx, sql, row).await?;
        }
        Ok(())
    }
}
