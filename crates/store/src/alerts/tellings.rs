//! Messages that are to be sent, and what became of them.

use model::{
    Role, Timestamp,
    api::{Alert, Telling, ToldState, tag_key},
    ids::{AlertId, ChannelId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value};

use super::{Raised, channels};
use crate::{Error, Scope, Store, sql, store::Shared, store::transaction, tags};

/// A message whose time has come.
#[derive(Debug, Clone)]
pub struct DueTelling {
    pub workspace: WorkspaceId,
    pub alert: Alert,
    pub channel: ChannelId,
    pub what: Telling,
    pub attempts: u32,
    /// When it was due first.
    pub first_at: Timestamp,
}

/// One row for each channel that the alert concerns. `from`: nobody is told before.
pub(super) async fn opened(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    id: AlertId,
    raised: &Raised,
    (now, from): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let workflow = raised.workflow.map(|workflow| workflow.0);
    let tags: Vec<String> = tags::of(tx, workflow.as_slice()).await?.into_values().flatten().map(|tag| tag_key(&tag)).collect();
    for channel in channels::of(tx, workspace).await? {
        let routing = &channel.config.routing;
        let is_tagged = || routing.tags.iter().any(|tag| tags.contains(&tag_key(tag)));
        let names = || raised.workflow.is_some_and(|workflow| routing.workflows.contains(&workflow));
        let concerns = channel.enabled
            && raised.kind.urgency() >= routing.least
            && (routing.workflows.is_empty() && routing.tags.is_empty() || names() || is_tagged());
        if concerns {
            insert(tx, workspace, (id, Telling::Opened), (channel.id, &channel.name), (now, from)).await?;
        }
    }
    shared.announce_work();
    Ok(())
}

/// Whoever was told that it began is told that it is over; who was not yet is told neither.
pub(super) async fn resolved(tx: &impl ConnectionTrait, id: AlertId, now: Timestamp) -> Result<(), Error> {
    let drop = "UPDATE telling SET state = 'dropped', at = $2 WHERE alert_id = $1 AND what = 'opened' AND state = 'waiting'";
    sql::exec(tx, drop, vec![id.0.into(), now.ms().into()]).await?;
    let insert = "INSERT INTO telling (alert_id, what, channel_id, workspace_id, name, state, attempts, at, first_at)
                  SELECT alert_id, 'resolved', channel_id, workspace_id, name, 'waiting', 0, $2, $2 FROM telling
                  WHERE alert_id = $1 AND what = 'opened' AND state = 'sent'";
    sql::exec(tx, insert, vec![id.0.into(), now.ms().into()]).await?;
    Ok(())
}

/// Not before then.
pub(super) async fn put_off(tx: &impl ConnectionTrait, id: AlertId, until: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE telling SET at = $2 WHERE alert_id = $1 AND state = 'waiting' AND at < $2";
    sql::exec(tx, sql, vec![id.0.into(), until.ms().into()]).await?;
    Ok(())
}

async fn insert(
    tx: &impl ConnectionTrait,
    workspace: WorkspaceId,
    (alert, what): (AlertId, Telling),
    (channel, name): (ChannelId, &str),
    (now, from): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let sql = "INSERT INTO telling (alert_id, what, channel_id, workspace_id, name, state, attempts, at, first_at)
               VALUES ($1, $2, $3, $4, $5, 'waiting', 0, $6, $7)";
    let values: Vec<Value> = vec![
        alert.0.into(),
        what.as_str().into(),
        channel.0.into(),
        workspace.0.into(),
        name.into(),
        from.ms().into(),
        now.ms().into(),
    ];
    sql::exec(tx, sql, values).await?;
    Ok(())
}

impl Store {
    /// The messages whose time has come, the longest due first.
    pub async fn due_tellings(&self, most: u32) -> Result<Vec<DueTelling>, Error> {
        let sql = format!(
            "SELECT workspace_id, alert_id, channel_id, what, attempts, first_at FROM telling
             WHERE state = 'waiting' AND at <= $1 ORDER BY at, alert_id LIMIT {most}"
        );
        let mut due = Vec::new();
        for row in sql::all(&self.shared.read, sql, vec![self.now().ms().into()]).await? {
            let (workspace, id) = (WorkspaceId(sql::get(&row, 0)?), AlertId(sql::get(&row, 1)?));
            let what: String = sql::get(&row, 3)?;
            let alert = match self.alert(&Scope::system(workspace), id).await {
                Ok(alert) => alert,
                // One that cannot be read keeps nobody from the others.
                Err(error @ (Error::Database(_) | Error::NotFound(_))) => {
                    tracing::error!(alert.id = %id, error = %error, "an alert cannot be read and is told to nobody");
                    self.give_up(id).await?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            due.push(DueTelling {
                workspace,
                alert,
                channel: ChannelId(sql::get(&row, 2)?),
                what: if what == Telling::Opened.as_str() { Telling::Opened } else { Telling::Resolved },
                attempts: u32::try_from(sql::get::<i64>(&row, 4)?).unwrap_or(u32::MAX),
                first_at: Timestamp(sql::get(&row, 5)?),
            });
        }
        Ok(due)
    }

    async fn give_up(&self, id: AlertId) -> Result<(), Error> {
        let sql = "UPDATE telling SET state = 'failed', at = $2 WHERE alert_id = $1 AND state = 'waiting'";
        sql::exec(&self.shared.write, sql, vec![id.0.into(), self.now().ms().into()]).await?;
        Ok(())
    }

    /// What became of a message; one that waits is tried again at `at`. The channel remembers whether it works.
    pub async fn told(&self, telling: &DueTelling, state: ToldState, at: Timestamp, error: Option<&str>) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let tried = i64::from(state != ToldState::Dropped && (error.is_some() || state == ToldState::Sent));
            let sql = "UPDATE telling SET state = $4, at = $5, error = $6, attempts = attempts + $7
                       WHERE alert_id = $1 AND what = $2 AND channel_id = $3 AND state = 'waiting'";
            let values: Vec<Value> = vec![
                telling.alert.id.0.into(),
                telling.what.as_str().into(),
                telling.channel.0.into(),
                state.as_str().into(),
                at.ms().into(),
                error.map(str::to_owned).into(),
                tried.into(),
            ];
            sql::exec(tx, sql, values).await?;
            if tried == 0 {
                return Ok(());
            }
            channels::heard(tx, telling.channel, shared.now(), error).await
        })
    }

    /// Whether a test message went through. Needs the owner's role.
    pub async fn channel_tested(&self, scope: &Scope, id: ChannelId, error: Option<&str>) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        channels::heard(&self.shared.write, id, self.now(), error).await
    }
}
