use model::{
    Role, Timestamp,
    api::{JournalRow, Page, RunSummary, RunsQuery},
    ids::{EventId, RunId, StepPath, TriggerId, WorkflowId, WorkspaceId},
    run::{Control, ErrorClass, Hold, RunError, RunStatus},
};
use sea_orm::{QueryResult, Value};

use crate::{Error, Scope, Store, ids, page, payload, sql, store::Shared};

const COLUMNS: &str =
    "SELECT r.id, r.workflow_id, w.name, r.version, r.trigger_id, r.event_id, r.kind, r.of_run, r.status, r.control,
    r.hold, r.wake_at, r.created_at, r.started_at, r.finished_at, r.error_class, r.error_code, r.error_message, r.error_path,
    r.notes, r.retries, r.seq FROM run r LEFT JOIN workflow w ON w.id = r.workflow_id";

impl Store {
    /// Runs, newest first.
    pub async fn runs(&self, scope: &Scope, query: &RunsQuery) -> Result<Page<RunSummary>, Error> {
        scope.require(Role::Viewer)?;
        let limit = page::limit(query.limit);
        let mut sql = format!("{COLUMNS} WHERE r.workspace_id = $1");
        let mut values: Vec<Value> = vec![scope.workspace.0.into()];
        let mut and = |condition: &str, value: Value| {
            values.push(value);
            sql.push_str(" AND ");
            sql.push_str(&condition.replace('?', &format!("${}", values.len())));
        };
        if let Some(workflow) = query.workflow {
            and("r.workflow_id = ?", workflow.0.into());
        }
        if let Some(hold) = query.hold {
            and("r.hold = ?", hold.as_str().into());
        }
        if let Some(since) = query.since {
            and("r.created_at >= ?", since.into());
            // Ids are in order of time to within a few seconds: the index narrows the search.
            and("r.id >= ?", ids::first_at(Timestamp(since).plus_ms(-10_000)).into());
        }
        if let Some(until) = query.until {
            and("r.created_at < ?", until.into());
            and("r.id < ?", ids::first_at(Timestamp(until).plus_ms(10_000)).into());
        }
        if let Some(after) = page::after(query.cursor.as_ref())? {
            and("r.id < ?", after.into());
        }
        match query.kind.as_deref() {
            None | Some("live") => sql.push_str(" AND r.kind <> 'test'"),
            Some("test") => sql.push_str(" AND r.kind = 'test'"),
            Some("all") => {}
            Some(other) => return Err(Error::Invalid(format!("`{other}` is no kind of run: live, test or all"))),
        }
        let newest = format!("ORDER BY r.id DESC LIMIT {}", limit + 1);
        match query.status.as_deref().map(statuses).transpose()?.as_deref() {
            None => {}
            Some([status]) => sql.push_str(&format!(" AND r.status = '{}'", status.as_str())),
            // Each status by itself through the index: a rare one must not be searched for among millions of others.
            Some(statuses) => {
                let conditions = sql.split_once(" WHERE ").map_or("", |(_, conditions)| conditions);
                let each = statuses.iter().map(|status| {
                    let status = status.as_str();
                    format!("SELECT id FROM (SELECT r.id FROM run r WHERE {conditions} AND r.status = '{status}' {newest}) AS {status}_runs")
                });
                sql = format!("{COLUMNS} WHERE r.id IN ({})", each.collect::<Vec<_>>().join(" UNION ALL "));
            }
        }
        sql.push_str(&format!(" {newest}"));
        let rows = sql::all(&self.shared.read, sql, values).await?;
        let items = rows.iter().map(summary).collect::<Result<_, _>>()?;
        Ok(page::page(items, limit, |run: &RunSummary| run.id.0))
    }

    pub async fn run(&self, scope: &Scope, id: RunId) -> Result<RunSummary, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} WHERE r.workspace_id = $1 AND r.id = $2");
        let row = sql::one(&self.shared.read, sql, vec![scope.workspace.0.into(), id.0.into()]).await?;
        summary(&row.ok_or(Error::NotFound("the run"))?)
    }

    /// Several by id, for the live list; unknown ones are left out.
    pub async fn runs_by_id(&self, workspace: WorkspaceId, ids: &[RunId]) -> Result<Vec<RunSummary>, Error> {
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        let head = format!("{COLUMNS} WHERE r.workspace_id = $1 AND r.id IN ");
        let rows = sql::all_in_with(&self.shared.read, &head, "", &[workspace.0.into()], &ids).await?;
        rows.iter().map(summary).collect()
    }

    /// Journal rows with a higher sequence number than `after` (-1: all), oldest first.
    pub async fn journal(&self, scope: &Scope, id: RunId, after: i64) -> Result<Vec<JournalRow>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT 1 FROM run WHERE id = $1 AND workspace_id = $2";
        let known = sql::one(&self.shared.read, sql, vec![id.0.into(), scope.workspace.0.into()]).await?;
        known.ok_or(Error::NotFound("the run"))?;
        self.shared.journal_rows(id, after).await
    }

    /// The same with every long value put back in place, for showing.
    pub async fn journal_with_payloads(&self, scope: &Scope, id: RunId, after: i64) -> Result<Vec<JournalRow>, Error> {
        let mut rows = self.journal(scope, id, after).await?;
        let mut hashes: Vec<String> = rows.iter_mut().flat_map(|row| payload::references(&mut row.events)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let values = self.shared.payloads(id, &hashes).await?;
        for row in &mut rows {
            payload::restore(&mut row.events, &values);
        }
        Ok(rows)
    }
}

impl Shared {
    pub(crate) async fn journal_rows(&self, run: RunId, after: i64) -> Result<Vec<JournalRow>, Error> {
        let sql = "SELECT seq, at, format, events FROM journal WHERE run_id = $1 AND seq > $2 ORDER BY seq";
        let rows = sql::all(&self.read, sql, vec![run.0.into(), after.into()]).await?;
        rows.iter()
            .map(|row| {
                let events: Vec<u8> = sql::get(row, 3)?;
                Ok(JournalRow {
                    seq: sql::get(row, 0)?,
                    at: Timestamp(sql::get(row, 1)?),
                    events: payload::decode(sql::get(row, 2)?, &events)?,
                })
            })
            .collect()
    }
}

/// `failed,waiting`; only our own names get into the statement.
fn statuses(text: &str) -> Result<Vec<RunStatus>, Error> {
    let mut list = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let status = RunStatus::parse(name).ok_or_else(|| Error::Invalid(format!("`{name}` is no status of a run")))?;
        if !list.contains(&status) {
            list.push(status);
        }
    }
    if list.is_empty() {
        return Err(Error::Invalid("`status` names no status".into()));
    }
    Ok(list)
}

fn summary(row: &QueryResult) -> Result<RunSummary, Error> {
    let time = |index| -> Result<Option<Timestamp>, Error> { Ok(sql::get::<Option<i64>>(row, index)?.map(Timestamp)) };
    let count = |index| -> Result<u32, Error> { Ok(u32::try_from(sql::get::<i64>(row, index)?).unwrap_or(u32::MAX)) };
    let text = |index| sql::get::<Option<String>>(row, index);
    let status = text(8)?.unwrap_or_default();
    let class = text(15)?.and_then(|class| ErrorClass::parse(&class));
    let error = match class {
        Some(class) => Some(RunError {
            path: text(18)?.map(StepPath),
            class,
            code: text(16)?.unwrap_or_default(),
            message: text(17)?.unwrap_or_default(),
        }),
        None => None,
    };
    Ok(RunSummary {
        id: RunId(sql::get(row, 0)?),
        workflow: WorkflowId(sql::get(row, 1)?),
        workflow_name: text(2)?.unwrap_or_default(),
        version: count(3)?,
        trigger: TriggerId(sql::get(row, 4)?),
        event: sql::get::<Option<i64>>(row, 5)?.map(EventId),
        kind: sql::get(row, 6)?,
        replay_of: sql::get::<Option<i64>>(row, 7)?.map(RunId),
        status: RunStatus::parse(&status).ok_or_else(|| Error::Database(format!("`{status}` is no status of a run")))?,
        control: text(9)?.and_then(|control| Control::parse(&control)).unwrap_or_default(),
        hold: text(10)?.and_then(|hold| Hold::parse(&hold)),
        wake_at: time(11)?,
        created_at: Timestamp(sql::get(row, 12)?),
        started_at: time(13)?,
        finished_at: time(14)?,
        error,
        notes: count(19)?,
        retries: count(20)?,
        seq: sql::get(row, 21)?,
    })
}
