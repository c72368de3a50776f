//! Going through the ended runs of workflows that mask fields: each once, and all of them again when the fields change.

use std::time::Instant;

use model::{
    definition::Settings,
    ids::{RunId, WorkflowId, WorkspaceId},
};
use sea_orm::{DbBackend, Value};
use sha2::{Digest, Sha256};

use super::Masking;
use crate::{Error, Store, ids, payload, retention::GRACE_MS, sql, store::transaction};

/// A workflow, what it masks, and how far its history has been gone through.
struct Walk {
    workflow: WorkflowId,
    workspace: WorkspaceId,
    masks: i64,
    after: i64,
    masking: Masking,
}

impl Store {
    /// Erases masked fields from up to `most` runs of each workflow that have ended, and from events that led to none. How many were
    /// gone through; repeat until 0.
    ///
    /// A run that cannot be read holds up its own workflow and no other; the error comes once nothing else is left to do.
    pub async fn erase_masked(&self, most: u32) -> Result<u64, Error> {
        let (mut done, mut first) = (0, None);
        for walk in self.walks().await? {
            let workflow = walk.workflow;
            match self.erase_walk(walk, most).await {
                Ok(more) => done += more,
                Err(error @ Error::Unavailable(_)) => return Err(error),
                Err(error) => {
                    tracing::error!(workflow.id = %workflow, error = %error, "masked fields of a workflow could not be erased");
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if done == 0 => Err(error),
            _ => Ok(done),
        }
    }

    async fn erase_walk(&self, walk: Walk, most: u32) -> Result<u64, Error> {
        Ok(self.erase_open(&walk, most).await? + self.walk_on(walk, most).await?)
    }

    async fn walks(&self) -> Result<Vec<Walk>, Error> {
        // The text of a key of the JSON: most workflows are left out without being read.
        let has = match self.shared.backend {
            DbBackend::Postgres => "POSITION('\"masked\"'::bytea IN w.live_settings) > 0",
            _ => "INSTR(w.live_settings, CAST('\"masked\"' AS BLOB)) > 0",
        };
        let sql = format!(
            "SELECT w.id, w.workspace_id, w.live_settings, m.masks, m.after_id FROM workflow w
             LEFT JOIN mask_walk m ON m.workflow_id = w.id WHERE w.live_settings IS NOT NULL AND {has} ORDER BY w.id"
        );
        let mut walks = Vec::new();
        for row in sql::all(&self.shared.read, sql, Vec::new()).await? {
            let settings: Settings = payload::from_json(&sql::get::<Vec<u8>>(&row, 2)?)?;
            let Some(masking) = Masking::of(&settings) else { continue };
            let masks = fingerprint(&settings)?;
            let is_same = sql::get::<Option<i64>>(&row, 3)? == Some(masks);
            let after = if is_same { sql::get::<Option<i64>>(&row, 4)?.unwrap_or(-1) } else { -1 };
            let (workflow, workspace) = (WorkflowId(sql::get(&row, 0)?), WorkspaceId(sql::get(&row, 1)?));
            walks.push(Walk { workflow, workspace, masks, after, masking });
        }
        Ok(walks)
    }

    /// Runs that had not ended when their turn came.
    async fn erase_open(&self, walk: &Walk, most: u32) -> Result<u64, Error> {
        let sql = "SELECT o.run_id, r.event_id, r.finished_at FROM mask_open o LEFT JOIN run r ON r.id = o.run_id
                   WHERE o.workflow_id = $1 AND (r.id IS NULL OR r.finished_at <= $2) ORDER BY o.run_id LIMIT $3";
        let ended_before = self.now().plus_ms(-GRACE_MS).ms();
        let rows =
            sql::all(&self.shared.read, sql, vec![walk.workflow.0.into(), ended_before.into(), i64::from(most).into()]).await?;
        let mut gone = Vec::new();
        for row in &rows {
            let run: i64 = sql::get(row, 0)?;
            if sql::get::<Option<i64>>(row, 2)?.is_some() {
                self.erase_masked_run(walk.workspace, RunId(run), sql::get(row, 1)?, walk.masking.clone()).await?;
            }
            gone.push(run);
        }
        sql::exec_in(&self.shared.write, "DELETE FROM mask_open WHERE run_id IN ", "", &gone).await?;
        Ok(rows.len() as u64)
    }

    /// The next slice of its history. What is younger than the grace waits.
    async fn walk_on(&self, walk: Walk, most: u32) -> Result<u64, Error> {
        let shared = &self.shared;
        let ended_before = self.now().plus_ms(-GRACE_MS);
        let horizon = ids::first_at(ended_before);
        let sql = "SELECT id, event_id, finished_at FROM run WHERE workflow_id = $1 AND id > $2 AND id < $3 ORDER BY id LIMIT $4";
        let values: Vec<Value> = vec![walk.workflow.0.into(), walk.after.into(), horizon.into(), i64::from(most).into()];
        let runs = sql::all(&shared.read, sql, values).await?;
        let is_last = runs.len() < most as usize;
        let upto = match runs.last() {
            Some(last) if !is_last => sql::get::<i64>(last, 0)?,
            _ => horizon - 1,
        };
        if upto <= walk.after {
            return Ok(0);
        }
        let mut open: Vec<i64> = Vec::new();
        for row in &runs {
            let run: i64 = sql::get(row, 0)?;
            match sql::get::<Option<i64>>(row, 2)? {
                Some(finished) if finished <= ended_before.ms() => {
                    self.erase_masked_run(walk.workspace, RunId(run), sql::get(row, 1)?, walk.masking.clone()).await?;
                }
                _ => open.push(run),
            }
        }
        let events = self.erase_idle_events(&walk, upto, most).await?;
        let since = Instant::now();
        transaction!(shared, |tx| {
            for run in &open {
                let sql = "INSERT INTO mask_open (run_id, workflow_id) VALUES ($1, $2) ON CONFLICT (run_id) DO NOTHING";
                sql::exec(tx, sql, vec![(*run).into(), walk.workflow.0.into()]).await?;
            }
            let sql = "INSERT INTO mask_walk (workflow_id, workspace_id, masks, after_id) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (workflow_id) DO UPDATE SET masks = excluded.masks, after_id = excluded.after_id";
            sql::exec(tx, sql, vec![walk.workflow.0.into(), walk.workspace.0.into(), walk.masks.into(), upto.into()]).await?;
            Ok(())
        })?;
        self.let_others_write(since).await;
        Ok(runs.len() as u64 + events)
    }

    /// Events that led to no run: filtered out, refused. Held ones have theirs to come.
    async fn erase_idle_events(&self, walk: &Walk, upto: i64, most: u32) -> Result<u64, Error> {
        let (mut after, mut done) = (walk.after, 0);
        loop {
            let sql =
                "SELECT id FROM event WHERE workflow_id = $1 AND state <> 'accepted' AND state <> 'held' AND payload IS NOT NULL
                       AND id > $2 AND id <= $3 ORDER BY id LIMIT $4";
            let values: Vec<Value> = vec![walk.workflow.0.into(), after.into(), upto.into(), i64::from(most).into()];
            let found = sql::all(&self.shared.read, sql, values).await?;
            let Some(last) = found.last() else { return Ok(done) };
            after = sql::get(last, 0)?;
            for row in &found {
                self.erase_masked_event(sql::get(row, 0)?, walk.masking.clone()).await?;
            }
            done += found.len() as u64;
        }
    }
}

/// Changes with the fields.
fn fingerprint(settings: &Settings) -> Result<i64, Error> {
    let digest = Sha256::digest(payload::json(&settings.masked)?);
    Ok(digest.iter().take(8).fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte)))
}
