use model::{
    Role, Timestamp,
    api::{Token, Workspace},
    ids::{TokenId, UserId, WorkspaceId},
};
use sea_orm::{QueryResult, Value};
use serde_json::json;

use super::{IssuedToken, users::role};
use crate::{Error, Scope, Store, audit, sql, store::transaction};

/// A token's use is noted at most this often, in milliseconds.
const NOTE_EVERY_MS: i64 = 60_000;

const COLUMNS: &str = "SELECT t.id, t.name, t.role, t.prefix, t.created_at, t.expires_at, t.last_used_at";

impl Store {
    /// `hash`: SHA-256 of the secret, which the caller made and shows once. `prefix`: its first characters. Needs the owner's role.
    #[expect(clippy::too_many_arguments, reason = "the columns of a row")]
    pub async fn create_token(
        &self,
        scope: &Scope,
        user: UserId,
        name: &str,
        role: Role,
        hash: [u8; 32],
        prefix: &str,
        expires_at: Option<Timestamp>,
    ) -> Result<Token, Error> {
        scope.require(Role::Owner)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            return Err(Error::Invalid("a token's name has 1 to 100 characters".into()));
        }
        let token = Token {
            id: TokenId(self.next_id()),
            name: name.to_owned(),
            role,
            prefix: prefix.to_owned(),
            created_at: self.now(),
            expires_at,
            last_used_at: None,
        };
        let values: Vec<Value> = vec![
            token.id.0.into(),
            scope.workspace.0.into(),
            user.0.into(),
            name.into(),
            role.as_str().into(),
            hash.to_vec().into(),
            prefix.into(),
            token.created_at.ms().into(),
            expires_at.map(|at| at.ms()).into(),
        ];
        let sql = "INSERT INTO token (id, workspace_id, user_id, name, role, hash, prefix, created_at, expires_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let detail = json!({ "name": name, "role": role, "expires_at": expires_at });
        transaction!(self.shared, |tx| {
            sql::exec(tx, sql, values.clone()).await?;
            audit::by(tx, &self.shared, scope, "token.created", token.id, detail.clone()).await
        })?;
        Ok(token)
    }

    /// Those that are not revoked, newest first. Needs the owner's role.
    pub async fn tokens(&self, scope: &Scope) -> Result<Vec<Token>, Error> {
        scope.require(Role::Owner)?;
        let sql = format!("{COLUMNS} FROM token t WHERE t.workspace_id = $1 AND t.revoked_at IS NULL ORDER BY t.id DESC");
        sql::all(&self.shared.read, sql, vec![scope.workspace.0.into()]).await?.iter().map(token).collect()
    }

    /// Needs the owner's role.
    pub async fn revoke_token(&self, scope: &Scope, id: TokenId) -> Result<(), Error> {
        scope.require(Role::Owner)?;
        let sql = "UPDATE token SET revoked_at = $3 WHERE id = $1 AND workspace_id = $2 AND revoked_at IS NULL";
        let values: Vec<Value> = vec![id.0.into(), scope.workspace.0.into(), self.now().ms().into()];
        transaction!(self.shared, |tx| {
            if sql::exec(tx, sql, values.clone()).await?.rows_affected() == 0 {
                return Err(Error::NotFound("the token"));
            }
            audit::by(tx, &self.shared, scope, "token.revoked", id, json!({})).await
        })
    }

    /// A token that is neither revoked nor expired. Notes its use, at most once a minute.
    pub async fn token_by_hash(&self, hash: [u8; 32]) -> Result<Option<IssuedToken>, Error> {
        let sql = format!(
            "{COLUMNS}, t.user_id, w.id, w.name, w.time_zone FROM token t JOIN workspace w ON w.id = t.workspace_id
             WHERE t.hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2)"
        );
        let now = self.now();
        let row = sql::one(&self.shared.read, sql, vec![hash.to_vec().into(), now.ms().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let token = token(&row)?;
        if token.last_used_at.is_none_or(|at| now.since(at) >= NOTE_EVERY_MS) {
            let values = vec![token.id.0.into(), now.ms().into()];
            let noted = sql::exec(&self.shared.write, "UPDATE token SET last_used_at = $2 WHERE id = $1", values).await;
            if let Err(error) = noted {
                // Whoever only reads goes on even when nothing can be written.
                tracing::debug!(error = %error, "a token's use was not noted");
            }
        }
        Ok(Some(IssuedToken {
            token,
            user: UserId(sql::get(&row, 7)?),
            workspace: Workspace {
                id: WorkspaceId(sql::get(&row, 8)?),
                name: sql::get(&row, 9)?,
                time_zone: sql::get(&row, 10)?,
            },
        }))
    }
}

fn token(row: &QueryResult) -> Result<Token, Error> {
    let time = |index| -> Result<Option<Timestamp>, Error> { Ok(sql::get::<Option<i64>>(row, index)?.map(Timestamp)) };
    Ok(Token {
        id: TokenId(sql::get(row, 0)?),
        name: sql::get(row, 1)?,
        role: role(row, 2)?,
        prefix: sql::get(row, 3)?,
        created_at: Timestamp(sql::get(row, 4)?),
        expires_at: time(5)?,
        last_used_at: time(6)?,
    })
}
