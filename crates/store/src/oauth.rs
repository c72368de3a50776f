//! What OAuth needs to be kept: the owner's apps at vendors, consents under way, and whose turn it is to renew a connection's tokens.

use crate::store::transaction;
use model::{
    Role, Timestamp, WorkflowDefinition,
    api::ConnectionStatus,
    ids::{ConnectionId, SecretId, WorkspaceId},
};
use sea_orm::{QueryResult, Value};
use serde_json::json;

use crate::{
    Error, Scope, Store, audit,
    connections::{Account, access},
    sql,
};

/// The owner's app at a vendor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OAuthApp {
    pub connector: String,
    pub client_id: String,
    /// Absent for public clients.
    pub secret: Option<SecretId>,
    pub updated_at: Timestamp,
}

/// A consent that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub workspace: WorkspaceId,
    /// SHA-256 of the state.
    pub state_hash: Vec<u8>,
    /// SHA-256 of the browser's session: nobody else can finish it.
    pub session_hash: Vec<u8>,
    pub connector: String,
    pub method: String,
    pub label: String,
    /// The connection that is renewed; absent: a new one.
    pub connection: Option<ConnectionId>,
    /// The PKCE verifier and the values typed before, sealed.
    pub secret: SecretId,
    pub redirect_uri: String,
    /// Asked for.
    pub scopes: Vec<String>,
    pub expires_at: Timestamp,
}

/// New values of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    pub secret: SecretId,
    pub expires_at: Option<Timestamp>,
    /// Absent: as before.
    pub scopes: Option<Vec<String>>,
    /// Absent: as before.
    pub account: Option<Account>,
}

impl Store {
    /// By connector.
    pub async fn oauth_apps(&self, scope: &Scope) -> Result<Vec<OAuthApp>, Error> {
        scope.require(Role::Viewer)?;
        let sql = "SELECT connector, client_id, secret_id, updated_at FROM oauth_app WHERE workspace_id = $1 ORDER BY connector";
        let rows = sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await?;
        rows.iter().map(app).collect()
    }

    /// For a consent or a renewal.
    pub async fn oauth_app(&self, workspace: WorkspaceId, connector: &str) -> Result<Option<OAuthApp>, Error> {
        let sql = "SELECT connector, client_id, secret_id, updated_at FROM oauth_app WHERE workspace_id = $1 AND connector = $2";
        let row = sql::one(&self.shared.read, sql, vec![workspace.0.into(), connector.into()]).await?;
        row.as_ref().map(app).transpose()
    }

    /// Replaces the app of a connector. Needs the owner's role. The secret it replaces is deleted. The audit row names the client, never
    /// the secret.
    pub async fn put_oauth_app(
        &self,
        scope: &Scope,
        connector: &str,
        client_id: &str,
        secret: Option<SecretId>,
    ) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            delete_app(tx, scope.workspace, connector).await?;
            let sql =
                "INSERT INTO oauth_app (workspace_id, connector, client_id, secret_id, updated_at) VALUES ($1, $2, $3, $4, $5)";
            let values: Vec<Value> = vec![
                scope.workspace.0.into(),
                connector.into(),
                client_id.into(),
                secret.map(|id| id.0).into(),
                shared.now().ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            let detail = json!({ "client_id": client_id, "has_secret": secret.is_some() });
            audit::by(tx, shared, scope, "app.set", connector, detail).await
        })
    }

    /// Needs the owner's role.
    pub async fn delete_oauth_app(&self, scope: &Scope, connector: &str) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        let shared = &self.shared;
        let found = transaction!(shared, |tx| {
            let found = delete_app(tx, scope.workspace, connector).await?;
            if found {
                audit::by(tx, shared, scope, "app.deleted", connector, json!({})).await?;
            }
            Ok(found)
        })?;
        if found { Ok(()) } else { Err(Error::NotFound("the app")) }
    }

    /// Remembers a consent until it is taken or expires. Needs the maker's role.
    pub async fn begin_consent(&self, scope: &Scope, consent: Consent) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let sql =
            "INSERT INTO oauth_flow (state_hash, session_hash, workspace_id, connector, method, label, connection_id, secret_id,
                   redirect_uri, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let values: Vec<Value> = vec![
            consent.state_hash.into(),
            consent.session_hash.into(),
            scope.workspace.0.into(),
            consent.connector.into(),
            consent.method.into(),
            consent.label.into(),
            consent.connection.map(|id| id.0).into(),
            consent.secret.0.into(),
            consent.redirect_uri.into(),
            consent.scopes.join(" ").into(),
            self.now().ms().into(),
            consent.expires_at.ms().into(),
        ];
        sql::exec(&self.shared.write, sql, values).await?;
        Ok(())
    }

    /// The consent of this state, once, and only for the browser that began it. `None`: unknown, used, expired or somebody else's.
    pub async fn take_consent(&self, state_hash: &[u8], session_hash: &[u8]) -> Result<Option<Consent>, Error> {
        let sql = "DELETE FROM oauth_flow WHERE state_hash = $1 AND session_hash = $2 AND expires_at > $3
                   RETURNING workspace_id, state_hash, session_hash, connector, method, label, connection_id, secret_id, redirect_uri,
                   scopes, expires_at";
        let values: Vec<Value> = vec![state_hash.into(), session_hash.into(), self.now().ms().into()];
        let row = sql::one(&self.shared.write, sql, values).await?;
        row.as_ref().map(consent).transpose()
    }

    /// Takes the turn to renew a connection whose values are still `stale`. False: somebody else has it, or has been.
    pub async fn lock_refresh(&self, id: ConnectionId, stale: SecretId, until: Timestamp) -> Result<bool, Error> {
        let sql = "UPDATE connection SET refresh_until = $3 WHERE id = $1 AND secret_id = $2 AND status = 'active'
                   AND (refresh_until IS NULL OR refresh_until < $4)";
        let values: Vec<Value> = vec![id.0.into(), stale.0.into(), until.ms().into(), self.now().ms().into()];
        Ok(sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0)
    }

    /// Replaces values that are still `stale`, and ends the turn. The replaced values' row is deleted. False: they were replaced by
    /// somebody else, and nothing was written.
    pub async fn refreshed(&self, id: ConnectionId, stale: SecretId, renewal: Renewal) -> Result<bool, Error> {
        let shared = &self.shared;
        let Renewal { secret, expires_at, scopes, account } = &renewal;
        transaction!(shared, |tx| {
            let sql = "UPDATE connection SET secret_id = $3, expires_at = $4, scopes = COALESCE($5, scopes), account = COALESCE($6, account),
                       account_id = COALESCE($7, account_id), refresh_until = NULL, refresh_after = NULL, refresh_failures = 0,
                       refreshed_at = $8, updated_at = $8 WHERE id = $1 AND secret_id = $2";
            let values: Vec<Value> = vec![
                id.0.into(),
                stale.0.into(),
                secret.0.into(),
                expires_at.map(|at| at.ms()).into(),
                scopes.as_ref().map(|scopes| scopes.join(" ")).into(),
                account.as_ref().map(|account| account.label.clone()).into(),
                account.as_ref().map(|account| account.id.clone()).into(),
                shared.now().ms().into(),
            ];
            let won = sql::exec(tx, sql, values).await?.rows_affected() > 0;
            if won && secret != &stale {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![stale.0.into()]).await?;
            }
            Ok(won)
        })
    }

    /// New values that a person gave by a consent: the connection is active again, under the same id. The replaced values' row is
    /// deleted. Needs the maker's role; `Error::NotAllowed` for whoever may not use the connection.
    pub async fn reconnect(&self, scope: &Scope, id: ConnectionId, method: &str, renewal: Renewal) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        let Renewal { secret, expires_at, scopes, account } = &renewal;
        transaction!(shared, |tx| {
            let before = access::held(tx, shared, scope, id).await?.secret;
            let sql = "UPDATE connection SET secret_id = $2, expires_at = $3, scopes = COALESCE($4, scopes), account = COALESCE($5, account),
                       account_id = COALESCE($6, account_id), method = $7, status = 'active', refresh_until = NULL, refresh_after = NULL,
                       refresh_failures = 0, refreshed_at = $8, updated_at = $8 WHERE id = $1";
            let values: Vec<Value> = vec![
                id.0.into(),
                secret.0.into(),
                expires_at.map(|at| at.ms()).into(),
                scopes.as_ref().map(|scopes| scopes.join(" ")).into(),
                account.as_ref().map(|account| account.label.clone()).into(),
                account.as_ref().map(|account| account.id.clone()).into(),
                method.into(),
                shared.now().ms().into(),
            ];
            sql::exec(tx, sql, values).await?;
            if let Some(before) = before.filter(|before| before != secret) {
                sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![before.0.into()]).await?;
            }
            let detail = json!({ "account": account.as_ref().map(|account| &account.label) });
            audit::by(tx, shared, scope, "connection.reconnected", id, detail).await
        })
    }

    /// Drafts and live versions of the workspace's workflows, for what their steps need of accounts.
    pub async fn definitions_in_use(&self, scope: &Scope) -> Result<Vec<WorkflowDefinition>, Error> {
        scope.require(Role::Viewer)?;
        let found = crate::connections::definitions_of(&self.shared.read, scope.workspace).await?;
        // One that cannot be read is said elsewhere.
        let read = |bytes: &[u8]| crate::payload::from_json(bytes).ok();
        Ok(found.iter().flat_map(|(draft, live)| [read(draft), live.as_deref().and_then(read)]).flatten().collect())
    }

    /// Ends the turn without new values: nobody tries before `after`.
    pub async fn refresh_failed(&self, id: ConnectionId, stale: SecretId, after: Timestamp) -> Result<(), Error> {
        let sql = "UPDATE connection SET refresh_until = NULL, refresh_after = $3, refresh_failures = refresh_failures + 1
                   WHERE id = $1 AND secret_id = $2";
        sql::exec(&self.shared.write, sql, vec![id.0.into(), stale.0.into(), after.ms().into()]).await?;
        Ok(())
    }

    /// The vendor no longer accepts the values, unless they were replaced meanwhile. True: the connection says so now.
    pub async fn refused(&self, id: ConnectionId, stale: SecretId) -> Result<bool, Error> {
        let sql = "UPDATE connection SET status = $3, refresh_until = NULL, updated_at = $4 WHERE id = $1 AND secret_id = $2
                   AND status = 'active'";
        let values: Vec<Value> =
            vec![id.0.into(), stale.0.into(), ConnectionStatus::NeedsReauth.as_str().into(), self.now().ms().into()];
        Ok(sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0)
    }
}

async fn delete_app(tx: &sea_orm::DatabaseTransaction, workspace: WorkspaceId, connector: &str) -> Result<bool, Error> {
    let sql = "DELETE FROM oauth_app WHERE workspace_id = $1 AND connector = $2 RETURNING secret_id";
    let Some(row) = sql::one(tx, sql, vec![workspace.0.into(), connector.into()]).await? else { return Ok(false) };
    if let Some(secret) = sql::get::<Option<i64>>(&row, 0)? {
        sql::exec(tx, "DELETE FROM secret WHERE id = $1", vec![secret.into()]).await?;
    }
    Ok(true)
}

fn app(row: &QueryResult) -> Result<OAuthApp, Error> {
    Ok(OAuthApp {
        connector: sql::get(row, 0)?,
        client_id: sql::get(row, 1)?,
        secret: sql::get::<Option<i64>>(row, 2)?.map(SecretId),
        updated_at: Timestamp(sql::get(row, 3)?),
    })
}

fn consent(row: &QueryResult) -> Result<Consent, Error> {
    let scopes: String = sql::get(row, 9)?;
    Ok(Consent {
        workspace: WorkspaceId(sql::get(row, 0)?),
        state_hash: sql::get(row, 1)?,
        session_hash: sql::get(row, 2)?,
        connector: sql::get(row, 3)?,
        method: sql::get(row, 4)?,
        label: sql::get(row, 5)?,
        connection: sql::get::<Option<i64>>(row, 6)?.map(ConnectionId),
        secret: SecretId(sql::get(row, 7)?),
        redirect_uri: sql::get(row, 8)?,
        scopes: words(&scopes),
        expires_at: Timestamp(sql::get(row, 10)?),
    })
}

/// Scopes as kept: no scope holds a space (RFC 6749, 3.3).
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
