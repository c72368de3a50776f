//! Where people are told.

use model::{
    Role, Timestamp,
    api::{Channel, ChannelKind, Routing},
    ids::{ChannelId, SecretId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Error, Scope, Store, audit, payload, sql, store::transaction};

/// A channel with where its secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRow {
    pub channel: Channel,
    /// A JSON object with `url` and `secret`, sealed.
    pub secret: Option<SecretId>,
}

/// `id`: made by the caller with [`Store::next_id`], so that the secret can be sealed for it first.
#[derive(Debug, Clone)]
pub struct NewChannelRow {
    pub id: ChannelId,
    pub name: String,
    pub kind: ChannelKind,
    pub routing: Routing,
    pub enabled: bool,
    pub host: Option<String>,
    pub is_signed: bool,
    /// Absent: as before.
    pub secret: Option<SecretId>,
}

/// What a row keeps as bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Config {
    pub kind: ChannelKind,
    pub routing: Routing,
    #[serde(default)]
    pub host: Option<String>,
    #[serde(default)]
    pub is_signed: bool,
}

pub(super) struct Stored {
    pub id: ChannelId,
    pub name: String,
    pub config: Config,
    pub enabled: bool,
}

const COLUMNS: &str = "SELECT id, name, config, enabled, secret_id, created_at, proven_at, error FROM channel";

/// All channels of a workspace, for the transaction that opens an alert. One that cannot be read keeps no alert from the others.
pub(super) async fn of(tx: &impl ConnectionTrait, workspace: WorkspaceId) -> Result<Vec<Stored>, Error> {
    let rows = sql::all(tx, format!("{COLUMNS} WHERE workspace_id = $1 ORDER BY id"), vec![workspace.0.into()]).await?;
    let readable = |row: &QueryResult| {
        stored(row).inspect_err(|error| tracing::error!(error = %error, "a channel cannot be read and is told of no alert")).ok()
    };
    Ok(rows.iter().filter_map(readable).collect())
}

/// Whether a channel works is known by its last message.
pub(super) async fn heard(db: &impl ConnectionTrait, id: ChannelId, now: Timestamp, error: Option<&str>) -> Result<(), Error> {
    let sql = "UPDATE channel SET proven_at = CASE WHEN $2 IS NULL THEN $3 ELSE proven_at END, error = $2 WHERE id = $1";
    sql::exec(db, sql, vec![id.0.into(), error.map(str::to_owned).into(), now.ms().into()]).await?;
    Ok(())
}

impl Store {
    /// Oldest first.
    pub async fn channels(&self, scope: &Scope) -> Result<Vec<Channel>, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} WHERE workspace_id = $1 ORDER BY id");
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await?;
        rows.iter().map(|row| Ok(channel(row)?.channel)).collect()
    }

    pub async fn channel(&self, scope: &Scope, id: ChannelId) -> Result<ChannelRow, Error> {
        scope.require(Role::Viewer)?;
        let sql = format!("{COLUMNS} WHERE workspace_id = $1 AND id = $2");
        let row = sql::one(&self.shared.read, sql, vec![scope.workspace.0.into(), id.0.into()]).await?;
        channel(&row.ok_or(Error::NotFound("the channel"))?)
    }

    /// Needs the owner's role.
    pub async fn create_channel(&self, scope: &Scope, new: NewChannelRow) -> Result<Channel, Error> {
        scope.require(Role::Owner)?;
        let (shared, now) = (&self.shared, self.now().ms());
        transaction!(shared, |tx| {
            let sql = "INSERT INTO channel (id, workspace_id, name, config, secret_id, enabled, created_at, updated_at)
                       VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
            let values: Vec<Value> = vec![
                new.id.0.into(),
                scope.workspace.0.into(),
                new.name.as_str().into(),
                payload::json(&config(&new))?.into(),
                new.secret.map(|id| id.0).into(),
                i64::from(new.enabled).into(),
                now.into(),
            ];
            sql::exec(tx, sql, values).await?;
            let detail = json!({ "name": new.name, "kind": new.kind.name() });
            audit::by(tx, shared, scope, "channel.created", new.id, detail).await
        })?;
        Ok(self.channel(scope, new.id).await?.channel)
    }

    /// Needs the owner's role. A new address has to prove itself anew; the secret it replaces is deleted.
    pub async fn update_channel(&self, scope: &Scope, new: NewChannelRow) -> Result<Channel, Error> {
        scope.require(Role::Owner)?;
        let (shared, now) = (&self.shared, self.now().ms());
        transaction!(shared, |tx| {
            let find = format!("{COLUMNS} WHERE workspace_id = $1 AND id = $2");
            let row = sql::one(tx, find, vec![scope.workspace.0.into(), new.id.0.into()]).await?;
            let before = channel(&row.ok_or(Error::NotFound("the channel"))?)?;
            let is_other = new.secret.is_some() || before.channel.kind != new.kind;
            let sql = "UPDATE channel SET name = $2, config = $3, secret_id = $4, enabled = $5, updated_at = $6,
                       proven_at = CASE WHEN $7 = 1 THEN NULL ELSE proven_at END, error = CASE WHEN $7 = 1 THEN NULL ELSE error END
                       WHERE id = $1";
            let values: Vec<Value> = vec![
                new.id.0.into(),
                new.name.as_str().into(),
                payload::json(&config(&new))?.into(),
                new.secret.or(before.secret).map(|id| id.0).into(),
                i64::from(new.enabled).into(),
                now.into(),
                i64::from(is_other).into(),
            ];
            sql::exec(tx, sql, values).await?;
            if let (Some(_), Some(old)) = (new.secret, before.secret) {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![old.0.into()]).await?;
            }
            audit::by(tx, shared, scope, "channel.changed", new.id, json!({ "name": new.name, "new_address": is_other })).await
        })?;
        Ok(self.channel(scope, new.id).await?.channel)
    }

    /// Needs the owner's role. What it was still to carry is dropped.
    pub async fn delete_channel(&self, scope: &Scope, id: ChannelId) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        let (shared, now) = (&self.shared, self.now().ms());
        transaction!(shared, |tx| {
            let delete = "DELETE FROM channel WHERE workspace_id = $1 AND id = $2 RETURNING secret_id, name";
            let row = sql::one(tx, delete, vec![scope.workspace.0.into(), id.0.into()]).await?;
            let row = row.ok_or(Error::NotFound("the channel"))?;
            if let Some(secret) = sql::get::<Option<i64>>(&row, 0)? {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![secret.into()]).await?;
            }
            let drop = "UPDATE telling SET state = 'dropped', at = $2 WHERE channel_id = $1 AND state = 'waiting'";
            sql::exec(tx, drop, vec![id.0.into(), now.into()]).await?;
            audit::by(tx, shared, scope, "channel.deleted", id, json!({ "name": sql::get::<String>(&row, 1)? })).await
        })
    }
}

fn config(new: &NewChannelRow) -> Config {
    Config { kind: new.kind.clone(), routing: new.routing.clone(), host: new.host.clone(), is_signed: new.is_signed }
}

fn stored(row: &QueryResult) -> Result<Stored, Error> {
    let config: Vec<u8> = sql::get(row, 2)?;
    Ok(Stored {
        id: ChannelId(sql::get(row, 0)?),
        name: sql::get(row, 1)?,
        config: payload::from_json(&config)?,
        enabled: sql::get::<i64>(row, 3)? == 1,
    })
}

fn channel(row: &QueryResult) -> Result<ChannelRow, Error> {
    let Stored { id, name, config, enabled } = stored(row)?;
    Ok(ChannelRow {
        channel: Channel {
            id,
            name,
            kind: config.kind,
            routing: config.routing,
            enabled,
            host: config.host,
            is_signed: config.is_signed,
            created_at: Timestamp(sql::get(row, 5)?),
            proven_at: sql::get::<Option<i64>>(row, 6)?.map(Timestamp),
            error: sql::get(row, 7)?,
        },
        secret: sql::get::<Option<i64>>(row, 4)?.map(SecretId),
    })
}
