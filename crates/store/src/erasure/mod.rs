//! Deleting everything about a person: first what there is is counted, then a person says so, then it goes, both a piece at a time.

mod beside;
mod needle;
mod parts;

use std::time::Duration;

use model::{
    Role, Timestamp,
    api::{Erasure, ErasureCount, ErasureState, Erasures, NewErasure},
    ids::{JobId, WorkspaceId},
};
use sea_orm::{QueryResult, Value};
use serde_json::json;

use crate::{
    ClaimedJob, Error, NewJob, Scope, Store, audit, payload,
    queue::{ERASURE, put_job},
    sql,
    store::transaction,
};

use needle::Needle;
use parts::Part;

/// What was counted is deleted within so long, or what was looked for is forgotten.
const WAITS_MS: i64 = 3_600_000;
/// Shown.
const LAST: u32 = 20;
/// Between two pieces, in milliseconds.
const PAUSE_MS: i64 = 20;
/// Pieces of one claim last so long together.
const PIECE: Duration = Duration::from_secs(5);

const COLUMNS: &str =
    "SELECT id, state, looked_through, counts, created_by, created_at, finished_at, value, kept_values, part, after_id,
    workspace_id FROM erasure";

/// One that is under way.
struct Pass {
    id: JobId,
    workspace: WorkspaceId,
    needle: Needle,
    erases: bool,
    kept_values: bool,
    part: Part,
    after: i64,
    looked_through: u64,
    counts: Vec<ErasureCount>,
}

impl Store {
    /// Begins to count. Needs the owner's role; one at a time.
    pub async fn start_erasure(&self, scope: &Scope, value: &str) -> Result<Erasure, Error> {
        scope.require(Role::Owner)?;
        let value = value.trim();
        if !NewErasure::fits(value) {
            let (shortest, longest) = (NewErasure::SHORTEST, NewErasure::LONGEST);
            return Err(Error::Invalid(format!("look for {shortest} to {longest} characters")));
        }
        Needle::new(value)?;
        let shared = &self.shared;
        let id = JobId(shared.next_id());
        transaction!(shared, |tx| {
            let open = "SELECT 1 FROM erasure WHERE workspace_id = $1 AND state IN ('counting', 'erasing')";
            if sql::one(tx, open, vec![scope.workspace.0.into()]).await?.is_some() {
                return Err(Error::Invalid("another erasure is under way; wait for it or stop it".into()));
            }
            let forget = "UPDATE erasure SET state = 'stopped', value = NULL, finished_at = $2 WHERE workspace_id = $1 AND state = 'counted'";
            sql::exec(tx, forget, vec![scope.workspace.0.into(), shared.now().ms().into()]).await?;
            let values: Vec<Value> = vec![
                id.0.into(),
                scope.workspace.0.into(),
                value.into(),
                payload::json(&Vec::<ErasureCount>::new())?.into(),
                scope.actor.name().into(),
                shared.now().ms().into(),
            ];
            let sql = "INSERT INTO erasure (id, workspace_id, value, state, kept_values, part, after_id, looked_through, counts, created_by,
                       created_at, updated_at) VALUES ($1, $2, $3, 'counting', 0, 0, -1, 0, $4, $5, $6, $6)";
            sql::exec(tx, sql, values).await?;
            put_job(tx, shared, &self.job_of(scope.workspace, id)).await?;
            // What was looked for is said nowhere.
            audit::by(tx, shared, scope, "person.looked_for", id, json!({})).await
        })?;
        shared.announce_work();
        self.erasure(scope, id).await
    }

    /// Deletes what was counted.
    pub async fn carry_out_erasure(&self, scope: &Scope, id: JobId, kept_values: bool) -> Result<Erasure, Error> {
        scope.require(Role::Owner)?;
        self.erasure(scope, id).await?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let values: Vec<Value> = vec![
                id.0.into(),
                scope.workspace.0.into(),
                i64::from(kept_values).into(),
                payload::json(&Vec::<ErasureCount>::new())?.into(),
                shared.now().ms().into(),
            ];
            let sql = "UPDATE erasure SET state = 'erasing', kept_values = $3, part = 0, after_id = -1, looked_through = 0, counts = $4,
                       updated_at = $5 WHERE id = $1 AND workspace_id = $2 AND state = 'counted' AND value IS NOT NULL";
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Err(Error::Invalid("only what was counted within the last hour can be deleted; look again".into()));
            }
            put_job(tx, shared, &self.job_of(scope.workspace, id)).await?;
            audit::by(tx, shared, scope, "person.erasing", id, json!({ "kept_values": kept_values })).await
        })?;
        shared.announce_work();
        self.erasure(scope, id).await
    }

    /// Stops after the piece that is under way.
    pub async fn stop_erasure(&self, scope: &Scope, id: JobId) -> Result<Erasure, Error> {
        scope.require(Role::Owner)?;
        self.erasure(scope, id).await?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let sql = "UPDATE erasure SET state = 'stopped', value = NULL, finished_at = $3, updated_at = $3
                       WHERE id = $1 AND workspace_id = $2 AND state IN ('counting', 'counted', 'erasing')";
            let values = vec![id.0.into(), scope.workspace.0.into(), shared.now().ms().into()];
            if sql::exec(tx, sql, values).await?.rows_affected() > 0 {
                let key: Vec<Value> = vec![ERASURE.into(), id.to_string().into()];
                sql::exec(tx, "DELETE FROM job WHERE kind = $1 AND key = $2", key).await?;
                audit::by(tx, shared, scope, "person.stopped", id, json!({})).await?;
            }
            Ok(())
        })?;
        self.erasure(scope, id).await
    }

    pub async fn erasure(&self, scope: &Scope, id: JobId) -> Result<Erasure, Error> {
        scope.require(Role::Owner)?;
        let sql = format!("{COLUMNS} WHERE id = $1 AND workspace_id = $2");
        let row = sql::one(&self.shared.read, sql, vec![id.0.into(), scope.workspace.0.into()]).await?;
        erasure(&row.ok_or(Error::NotFound("the erasure"))?)
    }

    pub async fn erasures(&self, scope: &Scope) -> Result<Erasures, Error> {
        scope.require(Role::Owner)?;
        let sql = format!("{COLUMNS} WHERE workspace_id = $1 ORDER BY id DESC LIMIT {LAST}");
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await?;
        Ok(Erasures { items: rows.iter().map(erasure).collect::<Result<_, _>>()? })
    }

    /// Forgets what was looked for where nobody said to go on.
    pub async fn forget_counted(&self) -> Result<u64, Error> {
        let sql =
            "UPDATE erasure SET state = 'stopped', value = NULL, finished_at = $1 WHERE state = 'counted' AND updated_at < $2";
        let now = self.now();
        Ok(sql::exec(&self.shared.write, sql, vec![now.ms().into(), now.plus_ms(-WAITS_MS).ms().into()]).await?.rows_affected())
    }

    /// Carries on the one a job names for a while. When it goes on; nothing: this pass is over.
    pub async fn erase_on(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let id: JobId = job.key.parse().map_err(|_| Error::Invalid("the job names no erasure".into()))?;
        let begun = std::time::Instant::now();
        while let Some(mut pass) = self.pass(id).await? {
            let from = (pass.part, pass.after);
            let is_over = self.next_piece(&mut pass).await?;
            if !self.note(&pass, from, is_over).await? || is_over {
                return Ok(None);
            }
            if begun.elapsed() > PIECE {
                return Ok(Some(self.now().plus_ms(PAUSE_MS)));
            }
        }
        Ok(None)
    }

    async fn pass(&self, id: JobId) -> Result<Option<Pass>, Error> {
        let sql = format!("{COLUMNS} WHERE id = $1 AND state IN ('counting', 'erasing') AND value IS NOT NULL");
        let Some(row) = sql::one(&self.shared.read, sql, vec![id.0.into()]).await? else { return Ok(None) };
        let Erasure { state, looked_through, counts, .. } = erasure(&row)?;
        Ok(Some(Pass {
            id,
            workspace: WorkspaceId(sql::get(&row, 11)?),
            needle: Needle::new(&sql::get::<String>(&row, 7)?)?,
            erases: state == ErasureState::Erasing,
            kept_values: sql::get::<i64>(&row, 8)? != 0,
            part: Part::of(sql::get(&row, 9)?),
            after: sql::get(&row, 10)?,
            looked_through,
            counts,
        }))
    }

    /// False: it was stopped meanwhile, or somebody else has noted the same piece.
    async fn note(&self, pass: &Pass, from: (Part, i64), is_over: bool) -> Result<bool, Error> {
        let shared = &self.shared;
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        transaction!(shared, |tx| {
            let now = shared.now().ms();
            let state = match (pass.erases, is_over) {
                (false, false) => "counting",
                (false, true) => "counted",
                (true, false) => "erasing",
                (true, true) => "finished",
            };
            let values: Vec<Value> = vec![
                pass.id.0.into(),
                i64::from(from.0.number()).into(),
                from.1.into(),
                state.into(),
                i64::from(pass.part.number()).into(),
                pass.after.into(),
                number(pass.looked_through).into(),
                payload::json(&pass.counts)?.into(),
                now.into(),
                i64::from(pass.erases && is_over).into(),
            ];
            let sql = "UPDATE erasure SET state = $4, part = $5, after_id = $6, looked_through = $7, counts = $8, updated_at = $9,
                       value = CASE WHEN $10 = 1 THEN NULL ELSE value END, finished_at = CASE WHEN $10 = 1 THEN $9 ELSE finished_at END
                       WHERE id = $1 AND part = $2 AND after_id = $3 AND state IN ('counting', 'erasing')";
            if sql::exec(tx, sql, values).await?.rows_affected() == 0 {
                return Ok(false);
            }
            if pass.erases && is_over {
                let by = sql::one(tx, "SELECT created_by FROM erasure WHERE id = $1", vec![pass.id.0.into()]).await?;
                let by: String = by.map(|row| sql::get(&row, 0)).transpose()?.unwrap_or_default();
                let detail = json!({ "deleted": pass.counts });
                audit::write(tx, shared, pass.workspace, &by, "person.erased", &pass.id.to_string(), &detail).await?;
            }
            Ok(true)
        })
    }

    fn job_of(&self, workspace: WorkspaceId, id: JobId) -> NewJob {
        NewJob {
            workspace,
            workflow: None,
            kind: ERASURE.into(),
            key: id.to_string(),
            available_at: self.now(),
            body: serde_json::Value::Null,
        }
    }
}

fn erasure(row: &QueryResult) -> Result<Erasure, Error> {
    let state: String = sql::get(row, 1)?;
    Ok(Erasure {
        id: JobId(sql::get(row, 0)?),
        state: ErasureState::parse(&state).ok_or_else(|| Error::Database(format!("`{state}` is no state of an erasure")))?,
        looked_through: sql::get::<i64>(row, 2)?.unsigned_abs(),
        counts: payload::from_json(&sql::get::<Vec<u8>>(row, 3)?)?,
        created_by: sql::get(row, 4)?,
        created_at: Timestamp(sql::get(row, 5)?),
        finished_at: sql::get::<Option<i64>>(row, 6)?.map(Timestamp),
    })
}
