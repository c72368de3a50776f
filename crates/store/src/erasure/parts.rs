//! What is gone through, one table after the other, a piece at a time.

use std::time::Instant;

use model::{
    api::ErasureCount,
    ids::{RunId, WorkflowId},
};
use sea_orm::{QueryResult, Value};

use super::Pass;
use crate::{Error, Store, masking::MASK, payload::journal_json, sql};

/// Runs of one piece, and other rows.
const RUNS: i64 = 50;
pub(super) const ROWS: i64 = 200;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Runs,
    Events,
    Samples,
    Requests,
    Deliveries,
    Alerts,
    KeptValues,
    Sandboxes,
    Tables,
    Definitions,
}

const PARTS: [Part; 10] = [
    Part::Runs,
    Part::Events,
    Part::Samples,
    Part::Requests,
    Part::Deliveries,
    Part::Alerts,
    Part::KeptValues,
    Part::Sandboxes,
    Part::Tables,
    Part::Definitions,
];

impl Part {
    pub(super) fn of(number: i64) -> Part {
        usize::try_from(number).ok().and_then(|at| PARTS.get(at)).copied().unwrap_or(Part::Definitions)
    }

    pub(super) fn number(self) -> i32 {
        PARTS.iter().position(|part| *part == self).and_then(|at| i32::try_from(at).ok()).unwrap_or(0)
    }
}

/// What was found in one row.
struct Found {
    id: i64,
    workflow: Option<i64>,
}

impl Store {
    /// Goes through the next rows. True: there are no more.
    pub(super) async fn next_piece(&self, pass: &mut Pass) -> Result<bool, Error> {
        let last = match pass.part {
            Part::Runs => self.runs_piece(pass).await?,
            Part::Events => self.events_piece(pass).await?,
            Part::Samples => self.simple_piece(pass, "sample", |count| &mut count.samples).await?,
            Part::Requests => self.requests_piece(pass).await?,
            Part::Deliveries => self.simple_piece(pass, "delivery", |count| &mut count.requests).await?,
            Part::Alerts => self.alerts_piece(pass).await?,
            Part::KeptValues => self.kept_piece(pass).await?,
            Part::Sandboxes => self.sandboxes_piece(pass).await?,
            Part::Tables => self.tables_piece(pass).await?,
            Part::Definitions => {
                self.texts(pass).await?;
                self.definitions(pass).await?;
                self.name(pass).await?;
                return Ok(true);
            }
        };
        match last {
            Some(last) => pass.after = last,
            None => {
                pass.part = Part::of(i64::from(pass.part.number()) + 1);
                pass.after = -1;
            }
        }
        Ok(false)
    }

    /// The rows after where the pass stands: the id first.
    pub(super) async fn rows(&self, pass: &mut Pass, sql: &str, most: i64) -> Result<(Vec<QueryResult>, Option<i64>), Error> {
        let values: Vec<Value> = vec![pass.workspace.0.into(), pass.after.into(), most.into()];
        let rows = sql::all(&self.shared.read, sql, values).await?;
        pass.looked_through += rows.len() as u64;
        let last = rows.last().map(|row| sql::get(row, 0)).transpose()?;
        Ok((rows, last))
    }

    async fn runs_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT r.id, r.workflow_id, r.finished_at, r.event_id, r.order_key, r.error_message, e.payload FROM run r
                   LEFT JOIN event e ON e.id = r.event_id WHERE r.workspace_id = $1 AND r.id > $2 ORDER BY r.id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, RUNS).await?;
        let mut gone = Vec::new();
        for row in &rows {
            let run: i64 = sql::get(row, 0)?;
            let event: Option<i64> = sql::get(row, 3)?;
            let texts = [sql::get::<Option<String>>(row, 4)?, sql::get(row, 5)?];
            let is_beside = texts.iter().flatten().any(|text| pass.needle.is_in(text.as_bytes()))
                || sql::get::<Option<Vec<u8>>>(row, 6)?.is_some_and(|payload| pass.needle.is_in(&payload))
                || self.is_in_payloads(pass, run).await?
                || match event {
                    Some(event) => self.is_in_payloads(pass, event).await?,
                    None => false,
                };
            let is_in = if is_beside { Some(true) } else { self.is_in_journal(pass, run).await? };
            if is_in == Some(false) {
                continue;
            }
            let has_ended = sql::get::<Option<i64>>(row, 2)?.is_some();
            let count = count(pass, Some(sql::get(row, 1)?));
            if is_in.is_none() {
                count.unreadable_runs += 1;
            } else if has_ended {
                count.runs += 1;
                gone.push(run);
            } else {
                count.live_runs += 1;
            }
        }
        if pass.erases {
            self.delete_in_slices(&gone).await?;
        }
        Ok(last)
    }

    /// Nothing: what can be read of it does not hold the value, and some of it cannot be read (it is damaged, or of a newer version).
    async fn is_in_journal(&self, pass: &Pass, run: i64) -> Result<Option<bool>, Error> {
        let (mut after, mut is_whole) = (-1_i64, true);
        loop {
            let sql = "SELECT seq, format, events FROM journal WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT 200";
            let rows = sql::all(&self.shared.read, sql, vec![run.into(), after.into()]).await?;
            let Some(last) = rows.last() else { return Ok(is_whole.then_some(false)) };
            after = sql::get(last, 0)?;
            for row in &rows {
                let bytes: Vec<u8> = sql::get(row, 2)?;
                match journal_json(sql::get(row, 1)?, &bytes) {
                    Ok(json) if pass.needle.is_in(&json) => return Ok(Some(true)),
                    Ok(_) => {}
                    Err(error) => {
                        if is_whole {
                            tracing::error!(run.id = %RunId(run), error = %error, "a run could not be looked through");
                        }
                        is_whole = false;
                    }
                }
            }
        }
    }

    /// Long values and files, one at a time: they may be large.
    async fn is_in_payloads(&self, pass: &Pass, owner: i64) -> Result<bool, Error> {
        for row in sql::all(&self.shared.read, "SELECT hash FROM payload WHERE owner = $1", vec![owner.into()]).await? {
            let values: Vec<Value> = vec![owner.into(), sql::get::<String>(&row, 0)?.into()];
            let body = sql::one(&self.shared.read, "SELECT body FROM payload WHERE owner = $1 AND hash = $2", values).await?;
            let body = body.map(|row| sql::get::<Vec<u8>>(&row, 0)).transpose()?;
            if body.is_some_and(|body| pass.needle.is_in(&body)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Those without a run: others go with theirs.
    async fn events_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT id, workflow_id, state, payload, order_key, reason FROM event
                   WHERE workspace_id = $1 AND id > $2 AND state <> 'accepted' ORDER BY id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, ROWS).await?;
        let mut gone = Vec::new();
        for row in &rows {
            let id: i64 = sql::get(row, 0)?;
            let texts = [sql::get::<Option<String>>(row, 4)?, sql::get(row, 5)?];
            let is_in = texts.iter().flatten().any(|text| pass.needle.is_in(text.as_bytes()))
                || sql::get::<Option<Vec<u8>>>(row, 3)?.is_some_and(|payload| pass.needle.is_in(&payload))
                || self.is_in_payloads(pass, id).await?;
            if !is_in {
                continue;
            }
            let count = count(pass, Some(sql::get(row, 1)?));
            if sql::get::<String>(row, 2)? == "held" {
                count.held_events += 1;
            } else {
                count.events += 1;
                gone.push(id);
            }
        }
        if pass.erases {
            self.delete_events(&gone).await?;
        }
        Ok(last)
    }

    /// Rows of a table of its own, which go as a whole. Names of tables are ours.
    async fn simple_piece(
        &self,
        pass: &mut Pass,
        table: &str,
        counted: fn(&mut ErasureCount) -> &mut u64,
    ) -> Result<Option<i64>, Error> {
        let sql = format!("SELECT id, workflow_id, body FROM {table} WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3");
        let (rows, last) = self.rows(pass, &sql, ROWS).await?;
        let mut found = Vec::new();
        for row in &rows {
            if pass.needle.is_in(&sql::get::<Vec<u8>>(row, 2)?) {
                found.push(Found { id: sql::get(row, 0)?, workflow: sql::get(row, 1)? });
            }
        }
        for one in &found {
            *counted(count(pass, one.workflow)) += 1;
        }
        self.delete_found(pass, table, &found).await?;
        Ok(last)
    }

    async fn delete_found(&self, pass: &Pass, table: &str, found: &[Found]) -> Result<(), Error> {
        if !pass.erases || found.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = found.iter().map(|found| found.id).collect();
        let since = Instant::now();
        sql::exec_in(&self.shared.write, &format!("DELETE FROM {table} WHERE id IN "), "", &ids).await?;
        self.let_others_write(since).await;
        Ok(())
    }

    async fn requests_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT id, hook, query, headers, body, reason FROM hook_request WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, ROWS).await?;
        let mut found = Vec::new();
        for row in &rows {
            let is_in = pass.needle.is_in(sql::get::<String>(row, 2)?.as_bytes())
                || pass.needle.is_in(&sql::get::<Vec<u8>>(row, 3)?)
                || pass.needle.is_in(&sql::get::<Vec<u8>>(row, 4)?)
                || pass.needle.is_in(sql::get::<String>(row, 5)?.as_bytes());
            if is_in {
                let hook: String = sql::get(row, 1)?;
                let workflow = hook.split(':').next().and_then(|id| id.parse::<WorkflowId>().ok());
                found.push(Found { id: sql::get(row, 0)?, workflow: workflow.map(|id| id.0) });
            }
        }
        for one in &found {
            count(pass, one.workflow).requests += 1;
        }
        self.delete_found(pass, "hook_request", &found).await?;
        Ok(last)
    }

    /// That something was wrong stays; the value in its words is replaced.
    async fn alerts_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT id, workflow_id, title, text FROM alert WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3";
        let (rows, last) = self.rows(pass, sql, ROWS).await?;
        for row in &rows {
            let (title, text): (String, String) = (sql::get(row, 2)?, sql::get(row, 3)?);
            let masked = (pass.needle.out_of(&title, MASK), pass.needle.out_of(&text, MASK));
            if masked == (None, None) {
                continue;
            }
            count(pass, sql::get(row, 1)?).alerts += 1;
            if pass.erases {
                let id: i64 = sql::get(row, 0)?;
                let values: Vec<Value> = vec![id.into(), masked.0.unwrap_or(title).into(), masked.1.unwrap_or(text).into()];
                sql::exec(&self.shared.write, "UPDATE alert SET title = $2, text = $3 WHERE id = $1", values).await?;
            }
        }
        Ok(last)
    }

    /// By workflow, those the workspace shares first (0): what one keeps is a piece.
    async fn kept_piece(&self, pass: &mut Pass) -> Result<Option<i64>, Error> {
        let sql = "SELECT MIN(workflow_id) FROM kv WHERE workspace_id = $1 AND workflow_id > $2";
        let row = sql::one(&self.shared.read, sql, vec![pass.workspace.0.into(), pass.after.into()]).await?;
        let Some(workflow) = row.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten() else { return Ok(None) };
        let mut after: Option<String> = None;
        loop {
            let sql = "SELECT key, value FROM kv WHERE workspace_id = $1 AND workflow_id = $2 AND ($4 = 1 OR key > $3) ORDER BY key LIMIT $5";
            let first = i64::from(after.is_none());
            let from = after.take().unwrap_or_default();
            let values: Vec<Value> = vec![pass.workspace.0.into(), workflow.into(), from.into(), first.into(), ROWS.into()];
            let rows = sql::all(&self.shared.read, sql, values).await?;
            pass.looked_through += rows.len() as u64;
            for row in &rows {
                let (key, value): (String, Vec<u8>) = (sql::get(row, 0)?, sql::get(row, 1)?);
                if pass.needle.is_in(key.as_bytes()) || pass.needle.is_in(&value) {
                    if !pass.erases || pass.kept_values {
                        count(pass, (workflow != 0).then_some(workflow)).kept_values += 1;
                    }
                    if pass.erases && pass.kept_values {
                        let sql = "DELETE FROM kv WHERE workspace_id = $1 AND workflow_id = $2 AND key = $3";
                        let values: Vec<Value> = vec![pass.workspace.0.into(), workflow.into(), key.as_str().into()];
                        sql::exec(&self.shared.write, sql, values).await?;
                    }
                }
                after = Some(key);
            }
            if rows.len() < usize::try_from(ROWS).unwrap_or(usize::MAX) {
                return Ok(Some(workflow));
            }
        }
    }

    /// What people wrote into drafts and live versions is only told.
    async fn definitions(&self, pass: &mut Pass) -> Result<(), Error> {
        let sql = "SELECT w.id, w.draft, v.definition FROM workflow w
                   LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.live_version
                   WHERE w.workspace_id = $1 AND w.deleted_at IS NULL ORDER BY w.id";
        for row in sql::all(&self.shared.read, sql, vec![pass.workspace.0.into()]).await? {
            let is_in = pass.needle.is_in(&sql::get::<Vec<u8>>(&row, 1)?)
                || sql::get::<Option<Vec<u8>>>(&row, 2)?.is_some_and(|definition| pass.needle.is_in(&definition));
            if is_in {
                count(pass, Some(sql::get(&row, 0)?)).in_definition = true;
            }
        }
        Ok(())
    }

    async fn name(&self, pass: &mut Pass) -> Result<(), Error> {
        for count in &mut pass.counts {
            let Some(id) = count.workflow else { continue };
            let row = sql::one(&self.shared.read, "SELECT name FROM workflow WHERE id = $1", vec![id.0.into()]).await?;
            // A name may hold the value itself.
            let name = row.map(|row| sql::get::<String>(&row, 0)).transpose()?;
            count.name = name.map(|name| pass.needle.out_of(&name, MASK).unwrap_or(name));
        }
        Ok(())
    }
}

pub(super) fn count(pass: &mut Pass, workflow: Option<i64>) -> &mut ErasureCount {
    let workflow = workflow.map(WorkflowId);
    let at = pass.counts.iter().position(|count| count.workflow == workflow).unwrap_or_else(|| {
        pass.counts.push(ErasureCount { workflow, ..ErasureCount::default() });
        pass.counts.len() - 1
    });
    &mut pass.counts[at]
}
