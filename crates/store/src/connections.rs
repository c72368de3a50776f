pub(crate) mod access;

use crate::store::transaction;
use model::{
    Role, Timestamp,
    api::{Connection, ConnectionStatus, User},
    ids::{ConnectionId, SecretId, UserId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::access::Asker;
use crate::{Error, Scope, Store, audit, dialect::for_update, oauth::words, payload, sql};

#[derive(Debug, Clone)]
pub struct ConnectionRow {
    pub connection: Connection,
    /// The sealed values: a JSON object of texts.
    pub secret: Option<SecretId>,
    /// Stable at the vendor: the same account after it was renewed.
    pub account_id: Option<String>,
    /// Somebody renews the tokens until then.
    pub refresh_until: Option<Timestamp>,
    /// After failures: nobody tries before.
    pub refresh_after: Option<Timestamp>,
    pub refresh_failures: u32,
}

/// Who a connection is at the vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    pub label: String,
}

/// `id`: made by the caller with [`Store::next_id`], so that the secret can be sealed for it first.
#[derive(Debug, Clone)]
pub struct NewConnection {
    pub id: ConnectionId,
    pub connector: String,
    pub method: String,
    pub label: String,
    pub hosts: Vec<String>,
    pub secret: Option<SecretId>,
    pub account: Option<Account>,
    /// Granted.
    pub scopes: Vec<String>,
    /// Of the access token.
    pub expires_at: Option<Timestamp>,
}

/// What a connection's row keeps as bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Config {
    #[serde(default)]
    hosts: Vec<String>,
    /// Of the vendor's kind for trying things out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    test_account: bool,
}

/// The environment of connections whose calls a simulated account answers.
const SANDBOX: &str = "sandbox";

/// $1: the person who asks, or 0.
const COLUMNS: &str =
    "SELECT id, connector, method, label, status, config, secret_id, created_at, updated_at, account, account_id, scopes,
    expires_at, refreshed_at, refresh_until, refresh_after, refresh_failures, environment, renews, restricted, owner_id,
    (SELECT u.email FROM users u WHERE u.id = connection.owner_id), (SELECT u.name FROM users u WHERE u.id = connection.owner_id),
    (SELECT COUNT(*) FROM connection_use n WHERE n.connection_id = connection.id AND n.user_id = $1) FROM connection";

impl Store {
    /// For everybody who makes workflows. Needs the maker's role.
    pub async fn create_connection(&self, scope: &Scope, new: NewConnection) -> Result<Connection, Error> {
        self.put_connection(scope, new, "", None).await
    }

    /// The same; with `only`, from its first moment on for nobody but these members, its owner and the workspace's owners.
    pub async fn create_connection_for(
        &self,
        scope: &Scope,
        new: NewConnection,
        only: Option<&[UserId]>,
    ) -> Result<Connection, Error> {
        self.put_connection(scope, new, "", only).await
    }

    /// One whose calls a simulated account answers. What it is stays so.
    pub async fn create_sandbox_connection(
        &self,
        scope: &Scope,
        new: NewConnection,
        only: Option<&[UserId]>,
    ) -> Result<Connection, Error> {
        self.put_connection(scope, new, SANDBOX, only).await
    }

    async fn put_connection(
        &self,
        scope: &Scope,
        new: NewConnection,
        environment: &str,
        only: Option<&[UserId]>,
    ) -> Result<Connection, Error> {
        scope.require(Role::Maker)?;
        let now = self.now().ms();
        let values: Vec<Value> = vec![
            new.id.0.into(),
            scope.workspace.0.into(),
            new.connector.as_str().into(),
            new.method.as_str().into(),
            new.label.as_str().into(),
            payload::json(&Config { hosts: new.hosts.clone(), test_account: false })?.into(),
            new.secret.map(|id| id.0).into(),
            now.into(),
            new.account.as_ref().map(|account| account.label.clone()).into(),
            new.account.as_ref().map(|account| account.id.clone()).into(),
            new.scopes.join(" ").into(),
            new.expires_at.map(|at| at.ms()).into(),
            environment.into(),
            i64::from(only.is_some()).into(),
        ];
        let sql = "INSERT INTO connection (id, workspace_id, connector, method, label, environment, status, config, secret_id, created_at,
                   updated_at, account, account_id, scopes, expires_at, refresh_failures, restricted, owner_id)
                   VALUES ($1, $2, $3, $4, $5, $13, 'active', $6, $7, $8, $8, $9, $10, $11, $12, 0, $14, $15)";
        transaction!(self.shared, |tx| {
            // Whoever made the token of a script owns what it makes.
            let owner = access::person(tx, scope).await?;
            let values = [values.clone(), vec![owner.map(|id| id.0).into()]].concat();
            sql::exec(tx, sql, values).await?;
            let named = access::name(tx, scope.workspace, new.id, only.unwrap_or_default()).await?;
            let mut detail = json!({ "connector": new.connector, "label": new.label, "sandbox": environment == SANDBOX });
            if only.is_some() {
                detail["access"] = "named".into();
                detail["added"] = named.join(", ").into();
            }
            audit::by(tx, &self.shared, scope, "connection.created", new.id, detail).await
        })?;
        Ok(self.connection(scope, new.id).await?.connection)
    }

    /// Oldest first.
    pub async fn connections(&self, scope: &Scope) -> Result<Vec<Connection>, Error> {
        scope.require(Role::Viewer)?;
        let asker = Asker::of(&self.shared.read, scope, "").await?;
        let sql = format!("{COLUMNS} WHERE workspace_id = $2 ORDER BY id");
        let rows = sql::all(&self.shared.read, sql, vec![asker.key().into(), scope.workspace.0.into()]).await?;
        let used = definitions_of(&self.shared.read, scope.workspace).await?;
        rows.iter().map(|row| Ok(connection(row, &asker, &used)?.connection)).collect()
    }

    /// To be looked at. What acts through it for somebody asks [`Store::connection_to_use`].
    pub async fn connection(&self, scope: &Scope, id: ConnectionId) -> Result<ConnectionRow, Error> {
        scope.require(Role::Viewer)?;
        let asker = Asker::of(&self.shared.read, scope, "").await?;
        let row = row(&self.shared.read, scope.workspace, id, &asker, "").await?;
        connection(&row, &asker, &definitions_of(&self.shared.read, scope.workspace).await?)
    }

    /// The same for whatever acts in its name: `Error::NotAllowed` for whoever may not use it.
    pub async fn connection_to_use(&self, scope: &Scope, id: ConnectionId) -> Result<ConnectionRow, Error> {
        let row = self.connection(scope, id).await?;
        access::allowed(row, None)
    }

    /// What a call of a run needs, without counting who uses it. A run acts under its publication: it asks for nobody.
    pub async fn connection_for_call(&self, workspace: WorkspaceId, id: ConnectionId) -> Result<ConnectionRow, Error> {
        let asker = Asker::nobody();
        connection(&row(&self.shared.read, workspace, id, &asker, "").await?, &asker, &[])
    }

    /// Absent values stay. A new secret makes the connection active again; the replaced one's row is deleted.
    pub async fn update_connection(
        &self,
        scope: &Scope,
        id: ConnectionId,
        label: Option<String>,
        hosts: Option<Vec<String>>,
        secret: Option<SecretId>,
    ) -> Result<Connection, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let before = access::held(tx, shared, scope, id).await?;
            let hosts_now = hosts.clone().unwrap_or(before.connection.hosts);
            let config = Config { hosts: hosts_now, test_account: before.connection.test_account };
            let status = if secret.is_some() { ConnectionStatus::Active } else { before.connection.status };
            let values: Vec<Value> = vec![
                id.0.into(),
                label.clone().unwrap_or(before.connection.label).into(),
                payload::json(&config)?.into(),
                secret.or(before.secret).map(|id| id.0).into(),
                status.as_str().into(),
                shared.now().ms().into(),
            ];
            let sql = "UPDATE connection SET label = $2, config = $3, secret_id = $4, status = $5, updated_at = $6, refresh_after = NULL,
                       refresh_failures = 0, refresh_until = CASE WHEN secret_id = $4 THEN refresh_until END WHERE id = $1";
            sql::exec(tx, sql, values).await?;
            if let (Some(new), Some(old)) = (secret, before.secret)
                && new != old
            {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![old.0.into()]).await?;
            }
            let detail = json!({ "label": label, "hosts": hosts, "new_secret": secret.is_some() });
            audit::by(tx, shared, scope, "connection.changed", id, detail).await
        })?;
        Ok(self.connection(scope, id).await?.connection)
    }

    /// Whether its tokens can be renewed without a person. Where they cannot, the connection ends with them.
    pub async fn set_connection_renews(&self, scope: &Scope, id: ConnectionId, renews: bool) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let sql = "UPDATE connection SET renews = $3 WHERE id = $1 AND workspace_id = $2";
        transaction!(self.shared, |tx| {
            sql::exec(tx, sql, vec![id.0.into(), scope.workspace.0.into(), i64::from(renews).into()]).await.map(drop)
        })
    }

    /// Whether its account is one of the vendor's for trying things out, as its values tell.
    pub async fn set_test_account(&self, scope: &Scope, id: ConnectionId, is_test: bool) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let row = row(tx, scope.workspace, id, &Asker::nobody(), for_update(shared.backend)).await?;
            let config: Config = payload::from_json(&sql::get::<Vec<u8>>(&row, 5)?)?;
            let config = Config { test_account: is_test, ..config };
            let sql = "UPDATE connection SET config = $2 WHERE id = $1";
            sql::exec(tx, sql, vec![id.0.into(), payload::json(&config)?.into()]).await.map(drop)
        })
    }

    /// Needs no more than the viewer's role: a worker says that the credentials were refused.
    pub async fn set_connection_status(&self, scope: &Scope, id: ConnectionId, status: ConnectionStatus) -> Result<(), Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let row = row(tx, scope.workspace, id, &Asker::nobody(), for_update(shared.backend)).await?;
            if sql::get::<String>(&row, 4)? == status.as_str() {
                return Ok(());
            }
            let sql = "UPDATE connection SET status = $2, updated_at = $3 WHERE id = $1";
            sql::exec(tx, sql, vec![id.0.into(), status.as_str().into(), shared.now().ms().into()]).await?;
            audit::by(tx, shared, scope, "connection.status", id, json!({ "status": status.as_str() })).await
        })
    }

    /// With its secret. `Error::Invalid` while a workflow's draft or live version uses it.
    pub async fn delete_connection(&self, scope: &Scope, id: ConnectionId) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let mut found = access::held(tx, shared, scope, id).await?;
            found.connection.used_by = users(id, &definitions_of(tx, scope.workspace).await?);
            if found.connection.used_by > 0 {
                let n = found.connection.used_by;
                return Err(Error::Invalid(format!("{n} workflows use this connection; take it out of their steps first")));
            }
            sql::exec(tx, "DELETE FROM connection WHERE id = $1", vec![id.0.into()]).await?;
            sql::exec(tx, "DELETE FROM connection_use WHERE connection_id = $1", vec![id.0.into()]).await?;
            sql::exec(tx, "DELETE FROM sandbox_account WHERE connection_id = $1", vec![id.0.into()]).await?;
            if let Some(secret) = found.secret {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![secret.0.into()]).await?;
            }
            audit::by(tx, shared, scope, "connection.deleted", id, json!({ "label": found.connection.label })).await
        })
    }
}

async fn row(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
    id: ConnectionId,
    asker: &Asker,
    lock: &str,
) -> Result<QueryResult, Error> {
    let sql = format!("{COLUMNS} WHERE id = $2 AND workspace_id = $3{lock}");
    let values = vec![asker.key().into(), id.0.into(), workspace.0.into()];
    sql::one(db, sql, values).await?.ok_or(Error::NotFound("the connection"))
}

/// The definitions of a workspace that matter, draft and live, one pair per workflow.
pub(crate) async fn definitions_of(
    db: &impl ConnectionTrait,
    workspace: WorkspaceId,
) -> Result<Vec<(Vec<u8>, Option<Vec<u8>>)>, Error> {
    let sql = "SELECT w.draft, v.definition FROM workflow w
               LEFT JOIN workflow_version v ON v.workflow_id = w.id AND v.version = w.live_version
               WHERE w.workspace_id = $1 AND w.deleted_at IS NULL";
    let rows = sql::all(db, sql, vec![workspace.0.into()]).await?;
    rows.iter().map(|row| Ok((sql::get(row, 0)?, sql::get(row, 1)?))).collect()
}

/// Of how many workflows the draft or the live version uses a connection.
fn users(id: ConnectionId, definitions: &[(Vec<u8>, Option<Vec<u8>>)]) -> u64 {
    // An id's text is unmistakable, so finding it in the JSON is enough.
    let text = id.to_string();
    let uses = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    definitions.iter().filter(|(draft, live)| uses(draft) || live.as_deref().is_some_and(uses)).count() as u64
}

fn connection(row: &QueryResult, asker: &Asker, definitions: &[(Vec<u8>, Option<Vec<u8>>)]) -> Result<ConnectionRow, Error> {
    let id = ConnectionId(sql::get(row, 0)?);
    let status: String = sql::get(row, 4)?;
    let config: Vec<u8> = sql::get(row, 5)?;
    let config: Config = payload::from_json(&config)?;
    let renews: Option<i64> = sql::get(row, 18)?;
    let restricted = sql::get::<i64>(row, 19)? != 0;
    let owner =
        match (sql::get::<Option<i64>>(row, 20)?, sql::get::<Option<String>>(row, 21)?, sql::get::<Option<String>>(row, 22)?) {
            (Some(id), Some(email), Some(name)) => Some(User { id: UserId(id), email, name }),
            _ => None,
        };
    let is_named = sql::get::<i64>(row, 23)? > 0;
    Ok(ConnectionRow {
        connection: Connection {
            id,
            connector: sql::get(row, 1)?,
            method: sql::get(row, 2)?,
            label: sql::get(row, 3)?,
            status: ConnectionStatus::parse(&status).ok_or_else(|| Error::Database(format!("`{status}` is no status")))?,
            hosts: config.hosts,
            created_at: Timestamp(sql::get(row, 7)?),
            updated_at: Timestamp(sql::get(row, 8)?),
            used_by: users(id, definitions),
            account: sql::get(row, 9)?,
            scopes: words(&sql::get::<String>(row, 11)?),
            needed_scopes: Vec::new(),
            expires_at: time(row, 12)?,
            ends_at: time(row, 12)?.filter(|_| renews == Some(0)),
            refreshed_at: time(row, 13)?,
            sandbox: sql::get::<String>(row, 17)? == SANDBOX,
            test_account: config.test_account,
            usable: !restricted || is_named || asker.may_change(owner.as_ref().map(|owner| owner.id)),
            restricted,
            owner,
        },
        secret: sql::get::<Option<i64>>(row, 6)?.map(SecretId),
        account_id: sql::get(row, 10)?,
        refresh_until: time(row, 14)?,
        refresh_after: time(row, 15)?,
        refresh_failures: u32::try_from(sql::get::<i64>(row, 16)?).unwrap_or(u32::MAX),
    })
}

fn time(row: &QueryResult, index: usize) -> Result<Option<Timestamp>, Error> {
    Ok(sql::get::<Option<i64>>(row, index)?.map(Timestamp))
}
