//! Erasing masked fields from one run that has ended, and from its event.

use std::{collections::HashSet, time::Instant};

use model::{
    ids::{EventId, RunId, WorkspaceId},
    run::RunEvent,
};
use sea_orm::{DatabaseTransaction, Value};

use super::Masking;
use crate::{
    Error, Scope, Store,
    payload::{self, FORMAT, Payload},
    retention::ended_status,
    sql,
    store::transaction,
    writer::{Ended, subtract},
};

/// Journal rows rewritten in one transaction.
const ROWS: i64 = 50;

/// A journal row as it is kept from now on.
struct Rewritten {
    seq: i64,
    events: Vec<u8>,
    payloads: Vec<Payload>,
}

impl Store {
    /// Last rows first: until the first ones are rewritten, what they say is still there to begin anew after a crash.
    pub(super) async fn erase_masked_run(
        &self,
        workspace: WorkspaceId,
        run: RunId,
        event: Option<i64>,
        mut masking: Masking,
    ) -> Result<(), Error> {
        let shared = &self.shared;
        if let Some(event) = event
            && let Some(payload) = self.event_payload(event).await?
        {
            masking.learn_event(&payload);
        }
        self.learn_run(&Scope::system(workspace), run, &mut masking).await?;
        let (mut before, mut kept) = (i64::MAX, HashSet::new());
        loop {
            let since = Instant::now();
            let sql = "SELECT seq, format, events FROM journal WHERE run_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3";
            let rows = sql::all(&shared.read, sql, vec![run.0.into(), before.into(), ROWS.into()]).await?;
            let Some(last) = rows.last() else { break };
            before = sql::get(last, 0)?;
            let mut rewritten = Vec::new();
            for row in &rows {
                let bytes: Vec<u8> = sql::get(row, 2)?;
                let mut events = payload::decode(sql::get(row, 1)?, &bytes)?;
                if let Some(row) = self.rewrite(run, sql::get(row, 0)?, &mut events, &mut masking).await? {
                    rewritten.push(row);
                }
                kept.extend(payload::references(&mut events));
            }
            if rewritten.is_empty() {
                continue;
            }
            transaction!(shared, |tx| put(tx, run, &rewritten).await)?;
            self.let_others_write(since).await;
        }
        let since = Instant::now();
        self.finish_masked_run(run, &kept, &mut masking).await?;
        if let Some(event) = event
            && !self.is_needed(EventId(event)).await?
        {
            self.erase_masked_event(event, masking).await?;
        }
        self.let_others_write(since).await;
        Ok(())
    }

    /// Nothing where the row says nothing of masked fields; `events` is then as it was.
    async fn rewrite(
        &self,
        run: RunId,
        seq: i64,
        events: &mut Vec<RunEvent>,
        masking: &mut Masking,
    ) -> Result<Option<Rewritten>, Error> {
        let hashes = payload::references(events);
        let mut whole = events.clone();
        if !hashes.is_empty() {
            let values = self.shared.payloads(run, &hashes).await?;
            payload::restore(&mut whole, &values);
        }
        let changed = whole.iter_mut().fold(false, |changed, event| masking.fact(&mut event.kind) | changed);
        if !changed {
            return Ok(None);
        }
        let (bytes, payloads) = payload::encode(&mut whole)?;
        *events = whole;
        Ok(Some(Rewritten { seq, events: bytes, payloads }))
    }

    /// Long values nothing refers to any more go, and what the run's row repeats of its data is masked.
    async fn finish_masked_run(&self, run: RunId, kept: &HashSet<String>, masking: &mut Masking) -> Result<(), Error> {
        let shared = &self.shared;
        let own = || vec![Value::from(run.0)];
        let mut gone: Vec<String> = Vec::new();
        for row in sql::all(&shared.read, "SELECT hash FROM payload WHERE owner = $1", own()).await? {
            let hash: String = sql::get(&row, 0)?;
            if !kept.contains(&hash) {
                gone.push(hash);
            }
        }
        let row = sql::one(&shared.read, "SELECT order_key, error_message FROM run WHERE id = $1", own()).await?;
        let Some(row) = row else { return Ok(()) };
        let mut mask = |text: Option<String>| text.map(|text| masking.text(&text).unwrap_or(text));
        let (order_key, error_message) = (mask(sql::get(&row, 0)?), mask(sql::get(&row, 1)?));
        transaction!(shared, |tx| {
            for hash in &gone {
                let values: Vec<Value> = vec![run.0.into(), hash.as_str().into()];
                sql::exec(tx, "DELETE FROM payload WHERE owner = $1 AND hash = $2", values).await?;
            }
            let sql = "SELECT workspace_id, workflow_id, status, created_at, finished_at, bytes,
                       CAST((SELECT COALESCE(SUM(LENGTH(j.events)), 0) FROM journal j WHERE j.run_id = run.id)
                       + (SELECT COALESCE(SUM(p.bytes), 0) FROM payload p WHERE p.owner = run.id) AS BIGINT) FROM run WHERE id = $1";
            let Some(row) = sql::one(tx, sql, own()).await? else { return Ok(()) };
            let (bytes, left): (i64, i64) = (sql::get(&row, 5)?, sql::get(&row, 6)?);
            let freed = Ended {
                workspace: sql::get(&row, 0)?,
                workflow: sql::get(&row, 1)?,
                // The run itself is still kept.
                counts: false,
                status: ended_status(&sql::get::<String>(&row, 2)?),
                created_at: sql::get(&row, 3)?,
                started_at: None,
                retries: 0,
                finished_at: sql::get::<Option<i64>>(&row, 4)?.unwrap_or_default(),
                bytes: bytes - left,
            };
            subtract(tx, shared, &[freed]).await?;
            let values: Vec<Value> = vec![run.0.into(), left.into(), order_key.clone().into(), error_message.clone().into()];
            sql::exec(tx, "UPDATE run SET bytes = $2, order_key = $3, error_message = $4 WHERE id = $1", values).await?;
            Ok(())
        })
    }

    /// Another run of the same event is still under way.
    async fn is_needed(&self, event: EventId) -> Result<bool, Error> {
        let sql = "SELECT 1 FROM event e JOIN run r ON r.id = e.run_id WHERE e.id = $1 AND r.finished_at IS NULL
                   UNION ALL SELECT 1 FROM run r WHERE r.kind = 'replay' AND r.event_id = $1 AND r.finished_at IS NULL";
        Ok(sql::one(&self.shared.read, sql, vec![event.0.into()]).await?.is_some())
    }

    async fn event_payload(&self, event: i64) -> Result<Option<serde_json::Value>, Error> {
        let row = sql::one(&self.shared.read, "SELECT payload FROM event WHERE id = $1", vec![event.into()]).await?;
        let bytes = row.map(|row| sql::get::<Option<Vec<u8>>>(&row, 0)).transpose()?.flatten();
        bytes.map(|bytes| payload::from_json(&bytes)).transpose()
    }

    /// Its data, its order key, and files nothing in it names any more.
    pub(super) async fn erase_masked_event(&self, event: i64, mut masking: Masking) -> Result<(), Error> {
        let shared = &self.shared;
        let Some(mut payload) = self.event_payload(event).await? else { return Ok(()) };
        if !masking.event(&mut payload) {
            return Ok(());
        }
        let bytes = payload::json(&payload)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let row = sql::one(&shared.read, "SELECT order_key, reason FROM event WHERE id = $1", vec![event.into()]).await?;
        let Some(row) = row else { return Ok(()) };
        let mut mask = |text: Option<String>| text.map(|text| masking.text(&text).unwrap_or(text));
        let (order_key, reason) = (mask(sql::get(&row, 0)?), mask(sql::get(&row, 1)?));
        let mut gone: Vec<String> = Vec::new();
        for row in sql::all(&shared.read, "SELECT hash FROM payload WHERE owner = $1", vec![event.into()]).await? {
            let hash: String = sql::get(&row, 0)?;
            if !text.contains(&hash) {
                gone.push(hash);
            }
        }
        transaction!(shared, |tx| {
            for hash in &gone {
                let values: Vec<Value> = vec![event.into(), hash.as_str().into()];
                sql::exec(tx, "DELETE FROM payload WHERE owner = $1 AND hash = $2", values).await?;
            }
            let values: Vec<Value> = vec![event.into(), bytes.clone().into(), order_key.clone().into(), reason.clone().into()];
            sql::exec(tx, "UPDATE event SET payload = $2, order_key = $3, reason = $4 WHERE id = $1", values).await?;
            Ok(())
        })
    }
}

async fn put(tx: &DatabaseTransaction, run: RunId, rows: &[Rewritten]) -> Result<(), Error> {
    for row in rows {
        let values: Vec<Value> = vec![run.0.into(), row.seq.into(), row.events.clone().into(), FORMAT.into()];
        sql::exec(tx, "UPDATE journal SET events = $3, format = $4 WHERE run_id = $1 AND seq = $2", values).await?;
        for payload in &row.payloads {
            let bytes = i64::try_from(payload.body.len()).unwrap_or(i64::MAX);
            let values: Vec<Value> = vec![run.0.into(), payload.hash.as_str().into(), bytes.into(), payload.body.clone().into()];
            let sql =
                "INSERT INTO payload (owner, hash, bytes, body) VALUES ($1, $2, $3, $4) ON CONFLICT (owner, hash) DO NOTHING";
            sql::exec(tx, sql, values).await?;
        }
    }
    Ok(())
}
