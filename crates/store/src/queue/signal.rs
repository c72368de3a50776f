use std::{collections::HashMap, sync::Arc};

use crate::store::transaction;
use model::{
    Role,
    ids::{ConnectionId, RunId, SignalId, StepPath},
    run::{Choice, Hold, RunStatus, SignalKind},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Value as Bound};
use serde_json::{Value, json};

use super::{Inbox, Signal};
use crate::{Error, Scope, Store, audit, payload, sql, store::Shared};

impl Store {
    /// Long values of a run's journal, by hash.
    pub async fn payloads(&self, run: RunId, hashes: &[String]) -> Result<HashMap<String, Arc<Value>>, Error> {
        self.shared.payloads(run, hashes).await
    }

    /// The signals that wait for a run, oldest first.
    pub async fn signals(&self, run: RunId) -> Result<Vec<Signal>, Error> {
        Ok(self.inbox(run).await?.signals)
    }

    /// All that waits for a run.
    pub async fn inbox(&self, run: RunId) -> Result<Inbox, Error> {
        Ok(self.shared.inboxes(&[run.0]).await?.remove(&run.0).unwrap_or_default())
    }

    /// Leaves a message for a run and wakes it. `Error::Ended` when there is no such live run.
    pub async fn signal(
        &self,
        run: RunId,
        kind: SignalKind,
        path: Option<StepPath>,
        body: Value,
        by: Option<String>,
    ) -> Result<SignalId, Error> {
        let shared = &self.shared;
        let body = payload::json(&body)?;
        let id = transaction!(shared, |tx| leave(tx, shared, run, kind, path.as_ref(), &body, by.as_deref()).await)?;
        shared.announce_work();
        Ok(id)
    }

    /// Says on a person's behalf what happened to a call whose outcome is unknown.
    pub async fn settle(&self, scope: &Scope, run: RunId, path: &StepPath, choice: &Choice) -> Result<SignalId, Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let id = transaction!(shared, |tx| settle_in(tx, shared, scope, run, path, choice).await)?;
        shared.announce_work();
        Ok(id)
    }

    /// Lets a run go on that the system holds or that is paused. [`Error::NotHeld`] where nobody stopped it.
    pub async fn let_go_on(&self, scope: &Scope, run: RunId) -> Result<SignalId, Error> {
        scope.require(Role::Operator)?;
        let shared = &self.shared;
        let by = scope.actor.name();
        let id = transaction!(shared, |tx| {
            let own = "SELECT status, hold FROM run WHERE id = $1 AND workspace_id = $2";
            let row = sql::one(tx, own, vec![run.0.into(), scope.workspace.0.into()]).await?.ok_or(Error::NotFound("the run"))?;
            if RunStatus::parse(&sql::get::<String>(&row, 0)?).is_none_or(RunStatus::is_final) {
                return Err(Error::Ended);
            }
            let hold = sql::get::<Option<String>>(&row, 1)?;
            if !matches!(hold.as_deref().and_then(Hold::parse), Some(Hold::System | Hold::Paused)) {
                return Err(Error::NotHeld);
            }
            let id = leave(tx, shared, run, SignalKind::Resume, None, &payload::json(&Value::Null)?, Some(&by)).await?;
            audit::by(tx, shared, scope, "run.resumed", run, json!({})).await?;
            Ok(id)
        })?;
        shared.announce_work();
        Ok(id)
    }

    /// Wakes every run that waits for this connection; how many.
    pub async fn connection_repaired(&self, connection: ConnectionId) -> Result<u64, Error> {
        let shared = &self.shared;
        self.wake_polls(connection).await?;
        self.wake_subscriptions(connection).await?;
        let values = vec![Hold::Connection.as_str().into(), connection.0.into()];
        let rows = sql::all(&shared.read, "SELECT id FROM run WHERE hold = $1 AND hold_ref = $2 ORDER BY id", values).await?;
        let mut woken = 0;
        for row in rows {
            let run = RunId(sql::get(&row, 0)?);
            match self.signal(run, SignalKind::Reconnected, None, Value::Null, None).await {
                Ok(_) => woken += 1,
                Err(Error::Ended) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(woken)
    }
}

/// The same within the caller's transaction.
pub(crate) async fn settle_in(
    tx: &DatabaseTransaction,
    shared: &Shared,
    scope: &Scope,
    run: RunId,
    path: &StepPath,
    choice: &Choice,
) -> Result<SignalId, Error> {
    let (body, by) = (payload::json(choice)?, scope.actor.name());
    let word = match choice {
        Choice::Happened { .. } => "happened",
        Choice::RunAgain => "run_again",
        Choice::Fail => "fail",
    };
    let own = "SELECT 1 FROM run WHERE id = $1 AND workspace_id = $2";
    let known = sql::one(tx, own, vec![run.0.into(), scope.workspace.0.into()]).await?;
    known.ok_or(Error::NotFound("the run"))?;
    let id = leave(tx, shared, run, SignalKind::Settle, Some(path), &body, Some(&by)).await?;
    audit::by(tx, shared, scope, "run.settled", run, json!({ "path": path, "choice": word })).await?;
    Ok(id)
}

/// The job's row tells whether the run lives; touching it first makes this and a park of the run follow one another.
pub(super) async fn leave(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    run: RunId,
    kind: SignalKind,
    path: Option<&StepPath>,
    body: &[u8],
    by: Option<&str>,
) -> Result<SignalId, Error> {
    let now = shared.now().ms();
    let wake = "UPDATE job SET signalled = signalled + 1, available_at = CASE WHEN lease_by IS NULL THEN $2 ELSE available_at END
                WHERE id = $1 AND run_id = $1 RETURNING workspace_id";
    let job = sql::one(tx, wake, vec![run.0.into(), now.into()]).await?.ok_or(Error::Ended)?;
    let id = shared.next_id();
    let values: Vec<Bound> = vec![
        id.into(),
        sql::get::<i64>(&job, 0)?.into(),
        run.0.into(),
        path.map(|path| path.0.clone()).into(),
        kind.as_str().into(),
        body.to_vec().into(),
        by.map(str::to_owned).into(),
        now.into(),
    ];
    let insert = "INSERT INTO signal (id, workspace_id, run_id, path, kind, body, sent_by, created_at)
                  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    sql::exec(tx, insert, values).await?;
    Ok(SignalId(id))
}

impl Shared {
    pub(crate) async fn payloads(&self, run: RunId, hashes: &[String]) -> Result<HashMap<String, Arc<Value>>, Error> {
        let mut found = HashMap::new();
        for hash in hashes {
            let sql = "SELECT body FROM payload WHERE owner = $1 AND hash = $2";
            if let Some(row) = sql::one(&self.read, sql, vec![run.0.into(), hash.as_str().into()]).await? {
                let body: Vec<u8> = sql::get(&row, 0)?;
                found.insert(hash.clone(), Arc::new(payload::from_json(&body)?));
            }
        }
        Ok(found)
    }
}
