use std::collections::HashMap;

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{LastRun, Page, WorkflowState, WorkflowSummary, WorkflowsQuery, tag_key},
    ids::{RunId, WorkflowId},
    run::RunStatus,
};
use sea_orm::{QueryResult, Value};

use super::Summary;
use crate::{
    Error, Scope, Store,
    dashboard::{DAY, QUARTER},
    page, payload, sql, tags,
};

/// What a workflow will be once it is published.
#[derive(Debug, Clone)]
pub struct Draft {
    pub id: WorkflowId,
    pub name: String,
    pub definition: WorkflowDefinition,
}

impl Store {
    /// Newest first.
    pub async fn workflows(&self, scope: &Scope, query: &WorkflowsQuery) -> Result<Page<WorkflowSummary>, Error> {
        scope.require(Role::Viewer)?;
        let db = &self.shared.read;
        let limit = page::limit(query.limit);
        let mut sql = "SELECT w.id, w.name, w.state, w.live_version, w.live_rev, w.draft_rev, w.summary, w.updated_at,
            (SELECT r.id FROM run r WHERE r.workflow_id = w.id AND r.kind <> 'test' ORDER BY r.id DESC LIMIT 1)
            FROM workflow w WHERE w.workspace_id = $1 AND w.deleted_at IS NULL"
            .to_owned();
        let mut values: Vec<Value> = vec![scope.workspace.0.into()];
        if let Some(search) = query.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) {
            values.push(format!("%{}%", escaped(&search.to_lowercase())).into());
            sql.push_str(&format!(" AND LOWER(w.name) LIKE ${} ESCAPE '\\'", values.len()));
        }
        if let Some(tag) = &query.tag {
            values.push(tag_key(tag).into());
            sql.push_str(" AND w.id IN ");
            sql.push_str(&tags::TAGGED.replace('?', &format!("${}", values.len())));
        }
        if let Some(after) = page::after(query.cursor.as_ref())? {
            values.push(after.into());
            sql.push_str(&format!(" AND w.id < ${}", values.len()));
        }
        sql.push_str(&format!(" ORDER BY w.id DESC LIMIT {}", limit + 1));
        let rows = sql::all(db, sql, values).await?;

        let mut items = Vec::with_capacity(rows.len());
        let mut last_runs = Vec::new();
        for row in &rows {
            let state: String = sql::get(row, 2)?;
            let summary: Vec<u8> = sql::get(row, 6)?;
            let summary: Summary = payload::from_json(&summary)?;
            if let Some(run) = sql::get::<Option<i64>>(row, 8)? {
                last_runs.push(run);
            }
            items.push(WorkflowSummary {
                id: WorkflowId(sql::get(row, 0)?),
                name: sql::get(row, 1)?,
                state: WorkflowState::parse(&state).unwrap_or(WorkflowState::Off),
                live_version: sql::get::<Option<i64>>(row, 3)?.and_then(|version| u32::try_from(version).ok()),
                draft_changed: sql::get::<Option<i64>>(row, 4)? != Some(sql::get::<i64>(row, 5)?),
                triggers: summary.triggers,
                steps: summary.steps,
                tags: Vec::new(),
                updated_at: Timestamp(sql::get(row, 7)?),
                last_run: None,
                runs_24h: 0,
                failures_24h: 0,
                held: 0,
            });
        }
        self.fill(scope, &mut items, &last_runs).await?;
        Ok(page::page(items, limit, |workflow: &WorkflowSummary| workflow.id.0))
    }

    /// Newest first; `before`: only older workflows than this one.
    pub async fn drafts(&self, scope: &Scope, before: Option<WorkflowId>, most: u32) -> Result<Vec<Draft>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!(
            "SELECT id, name, draft FROM workflow WHERE workspace_id = $1 AND deleted_at IS NULL AND id < $2 ORDER BY id DESC LIMIT {most}"
        );
        let values: Vec<Value> = vec![scope.workspace.0.into(), before.map_or(i64::MAX, |id| id.0).into()];
        let draft = |row: &QueryResult| {
            let definition: Vec<u8> = sql::get(row, 2)?;
            Ok(Draft { id: WorkflowId(sql::get(row, 0)?), name: sql::get(row, 1)?, definition: payload::from_json(&definition)? })
        };
        sql::all(&self.shared.read, sql, values).await?.iter().map(draft).collect()
    }

    /// How the listed workflows fare.
    async fn fill(&self, scope: &Scope, items: &mut [WorkflowSummary], last_runs: &[i64]) -> Result<(), Error> {
        let db = &self.shared.read;
        let ids: Vec<i64> = items.iter().map(|item| item.id.0).collect();
        let head = "SELECT workflow_id, id, status, created_at FROM run WHERE id IN ";
        let mut last: HashMap<i64, LastRun> = HashMap::new();
        for row in sql::all_in(db, head, "", last_runs).await? {
            let status: String = sql::get(&row, 2)?;
            let status = RunStatus::parse(&status).unwrap_or_default();
            last.insert(sql::get(&row, 0)?, LastRun { id: RunId(sql::get(&row, 1)?), status, at: Timestamp(sql::get(&row, 3)?) });
        }
        // New figures are gathered a little later: they are added up with the rest.
        let head = "SELECT t.workflow_id, CAST(SUM(t.succeeded + t.failed + t.filtered + t.cancelled) AS BIGINT), CAST(SUM(t.failed) AS BIGINT)
                    FROM (SELECT workflow_id, succeeded, failed, filtered, cancelled FROM tally
                          WHERE workspace_id = $1 AND width = $2 AND bucket_at >= $3
                          UNION ALL SELECT workflow_id, succeeded, failed, filtered, cancelled FROM tally_new
                          WHERE workspace_id = $1 AND minute >= $3) AS t WHERE t.workflow_id IN ";
        let own = [scope.workspace.0.into(), QUARTER.into(), self.now().plus_ms(-DAY).ms().into()];
        let mut counts: HashMap<i64, (i64, i64)> = HashMap::new();
        for row in sql::all_in_with(db, head, " GROUP BY t.workflow_id", &own, &ids).await? {
            counts.insert(sql::get(&row, 0)?, (sql::get(&row, 1)?, sql::get(&row, 2)?));
        }
        let head = "SELECT workflow_id, COUNT(*) FROM event WHERE state = 'held' AND state <> 'accepted' AND workflow_id IN ";
        let mut held: HashMap<i64, i64> = HashMap::new();
        for row in sql::all_in(db, head, " GROUP BY workflow_id", &ids).await? {
            held.insert(sql::get(&row, 0)?, sql::get(&row, 1)?);
        }
        let mut tags = tags::of(db, &ids).await?;
        for item in items {
            let id = item.id.0;
            item.tags = tags.remove(&id).unwrap_or_default();
            item.last_run = last.remove(&id);
            let (runs, failures) = counts.get(&id).copied().unwrap_or_default();
            item.runs_24h = runs.unsigned_abs();
            item.failures_24h = failures.unsigned_abs();
            item.held = held.get(&id).copied().unwrap_or_default().unsigned_abs();
        }
        Ok(())
    }
}

/// `%` and `_` are text, not wildcards.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
