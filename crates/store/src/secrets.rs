use model::ids::{SecretId, WorkspaceId};
use sea_orm::Value;

use crate::{Error, Store, sql};

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
    pub async fn put_secret(&self, secret: SealedSecret) -> Result<(), Error> {
        let values: Vec<Value> = vec![
            secret.id.0.into(),
            secret.workspace.0.into(),
            secret.owner.into(),
            secret.field.into(),
            secret.key_id.into(),
            secret.wrapped_key.into(),
            secret.nonce.into(),
            secret.ciphertext.into(),
            self.now().ms().into(),
        ];
        let sql = "INSERT INTO secret (id, workspace_id, owner, field, key_id, wrapped_key, nonce, ciphertext, created_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        sql::exec(&self.shared.write, sql, values).await?;
        Ok(())
    }

    /// Only from its own workspace.
    pub async fn secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<SealedSecret, Error> {
        let sql = "SELECT owner, field, key_id, wrapped_key, nonce, ciphertext FROM secret WHERE id = $1 AND workspace_id = $2";
        let row = sql::one(&self.shared.read, sql, vec![id.0.into(), workspace.0.into()]).await?;
        let row = row.ok_or(Error::NotFound("the secret"))?;
        Ok(SealedSecret {
            id,
            workspace,
            owner: sql::get(&row, 0)?,
            field: sql::get(&row, 1)?,
            key_id: sql::get(&row, 2)?,
            wrapped_key: sql::get(&row, 3)?,
            nonce: sql::get(&row, 4)?,
            ciphertext: sql::get(&row, 5)?,
        })
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
}
