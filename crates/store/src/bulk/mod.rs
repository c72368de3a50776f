//! One action for many runs, or a run for each row of a table: carried on in small pieces by a job, so that it goes on after a restart and
//! can be stopped.

mod rows;
mod settle;

use model::{
    Role, Timestamp,
    api::{Bulk, BulkAction, BulkState, Cursor, NewBulk, NewRows, RunsQuery},
    ids::{JobId, RunId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{QueryResult, Value};
use serde_json::{Map, Value as Json, json};

use crate::store::transaction;
use crate::{
    Actor, ClaimedJob, Error, NewJob, Scope, Store, audit, payload,
    queue::{BULK, put_job},
    sql,
};

use rows::{Due, forget_rows};

/// Runs of one piece at most.
const MOST: u32 = 100;

/// The next part of a bulk action.
#[derive(Debug, Clone)]
pub struct BulkPiece {
    pub id: JobId,
    /// On whose behalf: whoever started it.
    pub scope: Scope,
    pub work: BulkWork,
    /// Where this piece began, and where the next one does; absent: there is none.
    before: i64,
    next: Option<i64>,
}

#[derive(Debug, Clone)]
pub enum BulkWork {
    /// Runs of the filter, newest first.
    Runs { request: Box<NewBulk>, runs: Vec<RunId> },
    /// Rows, each with its place in the table.
    Rows { table: RowsOf, rows: Vec<(usize, Map<String, Json>)> },
}

impl BulkPiece {
    /// Runs the action is still to be done with.
    pub fn runs(&self) -> &[RunId] {
        match &self.work {
            BulkWork::Runs { runs, .. } => runs,
            BulkWork::Rows { .. } => &[],
        }
    }
}

/// What rows are for.
#[derive(Debug, Clone)]
pub struct RowsOf {
    pub workflow: WorkflowId,
    pub trigger: TriggerId,
    pub per_minute: u32,
}

/// What was asked for, as it is kept.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
enum Request {
    /// Its rows stand in a column of their own. Not of the shape of `Rows`: a version from before, running beside this one, would find
    /// an empty table in it and call it finished.
    Table {
        workflow: WorkflowId,
        trigger: TriggerId,
        per_minute: u32,
        total: u64,
    },
    /// A table from before there was such a column, with its rows.
    Rows {
        workflow: WorkflowId,
        table: NewRows,
        total: u64,
    },
    Runs(Box<NewBulk>),
}

/// What became of a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BulkOutcome {
    pub done: u64,
    /// Runs it does not apply to any more.
    pub skipped: u64,
    /// Runs for which it was refused, and the last reason.
    pub failed: u64,
    pub error: Option<String>,
}

impl BulkOutcome {
    /// Counts what became of one run.
    pub fn add<T>(&mut self, result: Result<T, impl std::fmt::Display>, applies: bool) {
        match result {
            Ok(_) => self.done += 1,
            Err(_) if !applies => self.skipped += 1,
            Err(error) => {
                self.failed += 1;
                self.error = Some(error.to_string());
            }
        }
    }
}

const COLUMNS: &str =
    "SELECT id, workspace_id, request, state, actor, before_id, done, skipped, failed, error, created_at, finished_at
    FROM bulk WHERE id = $1";

impl Store {
    /// Begins a bulk action and its job, in one commit. Runs that begin later are left out. Needs the operator's role.
    pub async fn start_bulk(&self, scope: &Scope, new: NewBulk) -> Result<Bulk, Error> {
        let detail = json!({ "action": new.action, "filter": new.filter });
        let before = self.shared.next_id();
        self.begin_bulk(scope, Request::Runs(Box::new(new)), None, before, detail).await
    }

    /// Begins a run for each row and the job of it, in one commit. The rows are kept until it is over. Needs the operator's role.
    pub async fn start_rows(&self, scope: &Scope, workflow: WorkflowId, table: NewRows) -> Result<Bulk, Error> {
        let NewRows { trigger, rows, per_minute } = table;
        let total = rows.len() as u64;
        let detail = json!({ "action": BulkAction::Run, "workflow": workflow, "rows": total, "per_minute": per_minute });
        let request = Request::Table { workflow, trigger, per_minute, total };
        self.begin_bulk(scope, request, Some(rows::lines(&rows)?), 0, detail).await
    }

    async fn begin_bulk(
        &self,
        scope: &Scope,
        request: Request,
        rows: Option<Vec<u8>>,
        before: i64,
        detail: Json,
    ) -> Result<Bulk, Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let id = JobId(shared.next_id());
        transaction!(shared, |tx| {
            let now = shared.now();
            let values: Vec<Value> = vec![
                id.0.into(),
                scope.workspace.0.into(),
                payload::json(&request)?.into(),
                payload::json(&Who::of(&scope.actor))?.into(),
                before.into(),
                now.ms().into(),
                rows.clone().into(),
            ];
            let sql = "INSERT INTO bulk (id, workspace_id, request, state, actor, before_id, done, skipped, failed, created_at, updated_at,
                       rows) VALUES ($1, $2, $3, 'running', $4, $5, 0, 0, 0, $6, $6, $7)";
            sql::exec(tx, sql, values).await?;
            let job = NewJob {
                workspace: scope.workspace,
                workflow: None,
                kind: BULK.into(),
                key: id.to_string(),
                available_at: now,
                body: serde_json::Value::Null,
            };
            put_job(tx, shared, &job).await?;
            audit::by(tx, shared, scope, "bulk.started", id, detail.clone()).await
        })?;
        shared.announce_work();
        self.bulk(scope, id).await
    }

    pub async fn bulk(&self, scope: &Scope, id: JobId) -> Result<Bulk, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} AND workspace_id = $2");
        let row = sql::one(&self.shared.read, sql, vec![id.0.into(), scope.workspace.0.into()]).await?;
        bulk(&row.ok_or(Error::NotFound("the bulk action"))?)
    }

    /// Stops it after the piece that is under way; what is done stays done.
    pub async fn stop_bulk(&self, scope: &Scope, id: JobId) -> Result<(), Error> {
        scope.require(Role::Operator)?;
        self.bulk(scope, id).await?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "UPDATE bulk SET state = 'stopped', finished_at = $3, updated_at = $3
                       WHERE id = $1 AND workspace_id = $2 AND state = 'running'";
            let values = vec![id.0.into(), scope.workspace.0.into(), shared.now().ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() > 0 {
                forget_rows(tx, id).await?;
                let key: Vec<Value> = vec![BULK.into(), id.to_string().into()];
                sql::exec(tx, "DELETE FROM job WHERE kind = $1 AND key = $2", key).await?;
                audit::by(tx, shared, scope, "bulk.stopped", id, json!({})).await?;
            }
            Ok(())
        })
    }

    /// The next piece of the action a claimed job of the kind `bulk` names; nothing: it is over. A piece may hold no runs and still not
    /// be the last.
    pub async fn bulk_next(&self, job: &ClaimedJob, most: u32) -> Result<Option<BulkPiece>, Error> {
        let id: JobId = job.key.parse().map_err(|_| Error::Invalid("the job names no bulk action".into()))?;
        let Some(row) = sql::one(&self.shared.read, COLUMNS, vec![id.0.into()]).await? else { return Ok(None) };
        if sql::get::<String>(&row, 3)? != BulkState::Running.as_str() {
            return Ok(None);
        }
        let request: Vec<u8> = sql::get(&row, 2)?;
        let actor: Vec<u8> = sql::get(&row, 4)?;
        let actor = payload::from_json::<Who>(&actor)?.actor();
        let scope = Scope { workspace: WorkspaceId(sql::get(&row, 1)?), actor, role: Role::Operator };
        let before: i64 = sql::get(&row, 5)?;
        let most = most.clamp(1, MOST);
        let (work, next) = match payload::from_json(&request)? {
            Request::Runs(request) => {
                let query = RunsQuery { cursor: Some(Cursor(before.to_string())), limit: Some(most), ..request.filter.clone() };
                let page = self.find_run_ids(&scope, &query).await?;
                let next = page.next.and_then(|cursor| cursor.0.parse().ok());
                (BulkWork::Runs { request, runs: page.items }, next)
            }
            Request::Table { workflow, trigger, per_minute, total } => {
                // Stopped since its row was read.
                let Some(lines) = self.bulk_rows(id).await? else { return Ok(None) };
                let due = Due::of(before, per_minute, most);
                let rows = rows::piece(&lines, due.first, due.most)?;
                (BulkWork::Rows { table: RowsOf { workflow, trigger, per_minute }, rows }, due.next(total))
            }
            Request::Rows { workflow, table: NewRows { trigger, rows, per_minute }, .. } => {
                let due = Due::of(before, per_minute, most);
                let next = due.next(rows.len() as u64);
                let rows = rows.into_iter().enumerate().skip(due.first).take(due.most).collect();
                (BulkWork::Rows { table: RowsOf { workflow, trigger, per_minute }, rows }, next)
            }
        };
        Ok(Some(BulkPiece { id, scope, work, before, next }))
    }

    /// Does a piece that needs nothing but the store: cancelling, settling, deleting. Doing it twice does nothing more. A replay is the
    /// caller's, with a duplicate key of action and run, so that a piece done twice makes no second run.
    pub async fn bulk_apply(&self, piece: &mut BulkPiece) -> Result<BulkOutcome, Error> {
        let mut outcome = BulkOutcome::default();
        let BulkWork::Runs { request, runs } = &mut piece.work else {
            return Err(Error::Invalid("the store starts no runs of rows".into()));
        };
        let (action, runs) = (request.action, std::mem::take(runs));
        if let (BulkAction::Settle, Some(choice)) = (action, request.choice.clone()) {
            self.settle_piece(piece, &choice, runs).await?;
            return Ok(outcome);
        }
        for run in runs {
            let result = match action {
                BulkAction::Cancel => self.cancel(&piece.scope, run).await,
                BulkAction::Delete => self.delete_run(&piece.scope, run).await,
                BulkAction::Settle => return Err(Error::Invalid("the action names no choice".into())),
                BulkAction::Replay | BulkAction::Run => return Err(Error::Invalid("the store makes no runs".into())),
            };
            match result {
                // Nothing can be written at all: tried again later, from this piece on.
                Err(error @ Error::Unavailable(_)) => return Err(error),
                result => {
                    let applies = !matches!(result, Err(Error::Ended | Error::NotFound(_)));
                    outcome.add(result, applies);
                }
            }
        }
        Ok(outcome)
    }

    /// Notes what became of a piece. False: that was the last, or it was stopped meanwhile, or another worker has noted the same piece.
    pub async fn bulk_advance(&self, piece: &BulkPiece, outcome: &BulkOutcome) -> Result<bool, Error> {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let values: Vec<Value> = vec![
            piece.id.0.into(),
            piece.before.into(),
            piece.next.unwrap_or(0).into(),
            number(outcome.done).into(),
            number(outcome.skipped).into(),
            number(outcome.failed).into(),
            outcome.error.clone().into(),
            self.now().ms().into(),
            i64::from(piece.next.is_none()).into(),
        ];
        let sql = "UPDATE bulk SET before_id = $3, done = done + $4, skipped = skipped + $5, failed = failed + $6,
                   error = COALESCE($7, error), updated_at = $8,
                   state = CASE WHEN $9 = 1 AND state = 'running' THEN 'finished' ELSE state END,
                   finished_at = CASE WHEN $9 = 1 AND state = 'running' THEN $8 ELSE finished_at END
                   WHERE id = $1 AND before_id = $2 RETURNING state";
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let row = sql::one(tx, sql, values.clone()).await?;
            let state = row.map(|row| sql::get::<String>(&row, 0)).transpose()?;
            if state.is_some() && piece.next.is_none() {
                forget_rows(tx, piece.id).await?;
            }
            Ok(state.as_deref() == Some(BulkState::Running.as_str()))
        })
    }

    /// Ends one that cannot go on.
    pub async fn fail_bulk(&self, id: JobId, reason: &str) -> Result<(), Error> {
        let sql =
            "UPDATE bulk SET state = 'failed', error = $2, finished_at = $3, updated_at = $3 WHERE id = $1 AND state = 'running'";
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let values: Vec<Value> = vec![id.0.into(), reason.into(), shared.now().ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() > 0 {
                forget_rows(tx, id).await?;
            }
            Ok(())
        })
    }
}

/// An actor as it is kept.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    User { id: model::ids::UserId, email: String },
    Token { id: model::ids::TokenId, name: String },
    System,
}

impl Who {
    fn of(actor: &Actor) -> Self {
        match actor.clone() {
            Actor::User { id, email } => Who::User { id, email },
            Actor::Token { id, name } => Who::Token { id, name },
            Actor::System => Who::System,
        }
    }

    fn actor(self) -> Actor {
        match self {
            Who::User { id, email } => Actor::User { id, email },
            Who::Token { id, name } => Actor::Token { id, name },
            Who::System => Actor::System,
        }
    }
}

fn bulk(row: &QueryResult) -> Result<Bulk, Error> {
    let request: Vec<u8> = sql::get(row, 2)?;
    let (action, filter, total) = match payload::from_json(&request)? {
        Request::Runs(request) => (request.action, request.filter, None),
        Request::Table { workflow, total, .. } | Request::Rows { workflow, total, .. } => {
            (BulkAction::Run, RunsQuery { workflow: Some(workflow), ..RunsQuery::default() }, Some(total))
        }
    };
    let state: String = sql::get(row, 3)?;
    let actor: Vec<u8> = sql::get(row, 4)?;
    let count = |index| -> Result<u64, Error> { Ok(sql::get::<i64>(row, index)?.unsigned_abs()) };
    Ok(Bulk {
        id: JobId(sql::get(row, 0)?),
        action,
        filter,
        total,
        state: BulkState::parse(&state).ok_or_else(|| Error::Database(format!("`{state}` is no state of a bulk action")))?,
        done: count(6)?,
        skipped: count(7)?,
        failed: count(8)?,
        created_at: Timestamp(sql::get(row, 10)?),
        created_by: payload::from_json::<Who>(&actor)?.actor().name(),
        finished_at: sql::get::<Option<i64>>(row, 11)?.map(Timestamp),
        error: sql::get(row, 9)?,
    })
}
