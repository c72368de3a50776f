use model::ids::{SecretId, WorkspaceId};
use sea_orm::{QueryResult, Value};

use crate::{Error, Store, dialect::for_update, sql, store::transaction};

/// A secret at rest. The store never sees the plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    pub id: SecretId,
    pub workspace: WorkspaceId,
    /// What it belongs to: `connection con_...`, `hook wf_... trigger`.
    pub owner: String,
    /// Which value of its owner.
    pub field: String,
    /// The master key that wrapped the data key.
    pub key_id: String,
    pub wrapped_key: Vec<u8>,
    pub nonce: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

/// A known text sealed with the master key: tells whether a key file is the right one.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyCheck {
    pub key_id: String,
    pub nonce: Vec<u8>,
    pub ciphertext: Vec<u8>,
}

impl Store {
    /// False: keys were changed, and the secret is sealed with a former one; nothing was written.
    pub async fn put_secret(&self, secret: SealedSecret) -> Result<bool, Error> {
        let shared = &self.shared;
        let values: Vec<Value> = vec![
            secret.id.0.into(),
            secret.workspace.0.into(),
            secret.owner.into(),
            secret.field.into(),
            secret.key_id.as_str().into(),
            secret.wrapped_key.into(),
            secret.nonce.into(),
            secret.ciphertext.into(),
            self.now().ms().into(),
        ];
        let sql = "INSERT INTO secret (id, workspace_id, owner, field, key_id, wrapped_key, nonce, ciphertext, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        transaction!(shared, |tx| {
            // Locked, so that a change of keys comes before or after, and misses no secret.
            let check = "SELECT key_id FROM key_check WHERE id = 1".to_owned() + for_update(shared.backend);
            let current = sql::one(tx, check, Vec::new()).await?.map(|row| sql::get::<String>(&row, 0)).transpose()?;
            if current.is_some_and(|current| current != secret.key_id) {
                return Ok(false);
            }
            sql::exec(tx, sql, values.clone()).await?;
            Ok(true)
        })
    }

    /// Of all workspaces, those that were sealed with other keys than this one, by id.
    pub async fn secrets_of_other_keys(&self, key_id: &str, after: i64, most: u32) -> Result<Vec<SealedSecret>, Error> {
        let sql = format!(
            "SELECT owner, field, key_id, wrapped_key, nonce, ciphertext, id, workspace_id FROM secret
             WHERE id > $1 AND key_id <> $2 ORDER BY id LIMIT {most}"
        );
        let rows = sql::all(&self.shared.read, sql, vec![after.into(), key_id.into()]).await?;
        rows.iter().map(|row| sealed(row, SecretId(sql::get(row, 6)?), WorkspaceId(sql::get(row, 7)?))).collect()
    }

    /// Replaces what is stored of a secret by the same one, sealed with another key. False: it is gone.
    pub async fn reseal(&self, secret: SealedSecret) -> Result<bool, Error> {
        let sql = "UPDATE secret SET key_id = $2, wrapped_key = $3, nonce = $4, ciphertext = $5 WHERE id = $1";
        let SealedSecret { id, key_id, wrapped_key, nonce, ciphertext, .. } = secret;
        let values: Vec<Value> = vec![id.0.into(), key_id.into(), wrapped_key.into(), nonce.into(), ciphertext.into()];
        Ok(sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0)
    }

    /// Only from its own workspace.
    pub async fn secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<SealedSecret, Error> {
        let sql = "SELECT owner, field, key_id, wrapped_key, nonce, ciphertext FROM secret WHERE id = $1 AND workspace_id = $2";
        let row = sql::one(&self.shared.read, sql, vec![id.0.into(), workspace.0.into()]).await?;
        sealed(&row.ok_or(Error::NotFound("the secret"))?, id, workspace)
    }

    pub async fn delete_secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<(), Error> {
        let sql = "DELETE FROM secret WHERE id = $1 AND workspace_id = $2";
        sql::exec(&self.shared.write, sql, vec![id.0.into(), workspace.0.into()]).await?;
        Ok(())
    }

    pub async fn key_check(&self) -> Result<Option<KeyCheck>, Error> {
        let row = sql::one(&self.shared.read, "SELECT key_id, nonce, ciphertext FROM key_check WHERE id = 1", Vec::new()).await?;
        row.map(|row| Ok(KeyCheck { key_id: sql::get(&row, 0)?, nonce: sql::get(&row, 1)?, ciphertext: sql::get(&row, 2)? }))
            .transpose()
    }

    /// Keeps the first one; gives back the one that stands.
    pub async fn put_key_check(&self, check: KeyCheck) -> Result<KeyCheck, Error> {
        let sql = "INSERT INTO key_check (id, key_id, nonce, ciphertext) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING";
        let values: Vec<Value> = vec![check.key_id.into(), check.nonce.into(), check.ciphertext.into()];
        sql::exec(&self.shared.write, sql, values).await?;
        self.key_check().await?.ok_or(Error::NotFound("the key check"))
    }

    /// From now on another key seals: whoever seals with a former one is told so. False: `before` is not the one that seals now.
    pub async fn change_key_check(&self, before: &str, check: KeyCheck) -> Result<bool, Error> {
        let sql = "UPDATE key_check SET key_id = $2, nonce = $3, ciphertext = $4 WHERE id = 1 AND key_id = $1";
        let values: Vec<Value> = vec![before.into(), check.key_id.into(), check.nonce.into(), check.ciphertext.into()];
        Ok(sql::exec(&self.shared.write, sql, values).await?.rows_affected() > 0)
    }
}

fn sealed(row: &QueryResult, id: SecretId, workspace: WorkspaceId) -> Result<SealedSecret, Error> {
    Ok(SealedSecret {
        id,
        workspace,
        owner: sql::get(row, 0)?,
        field: sql::get(row, 1)?,
        key_id: sql::get(row, 2)?,
        wrapped_key: sql::get(row, 3)?,
        nonce: sql::get(row, 4)?,
        ciphertext: sql::get(row, 5)?,
    })
}
