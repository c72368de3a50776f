use std::{path::Path, sync::Arc};

use model::ids::{SecretId, WorkspaceId};
use store::{KeyCheck, SealedSecret, Store};

use crate::{
    Error, Revealed, key_file,
    seal::{MasterKey, Sealed},
};

const CHECK_TEXT: &[u8] = b"patchbay";
const CHECK_CONTEXT: &[u8] = b"key check";

/// Stores and opens secrets. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    store: Store,
    key: Arc<MasterKey>,
}

/// What a secret is bound to.
fn context(workspace: WorkspaceId, owner: &str, field: &str) -> Vec<u8> {
    // Lengths first, so that no two triples give the same bytes.
    format!("{workspace}|{}|{owner}|{}|{field}", owner.len(), field.len()).into_bytes()
}

impl Vault {
    /// Reads the key file and proves that it is this database's. A new database gets a new key.
    pub async fn open(store: Store, path: &Path) -> Result<Self, Error> {
        let check = store.key_check().await?;
        let key = match (key_file::read(path)?, &check) {
            (Some(key), _) => key,
            (None, None) => key_file::create(path)?,
            (None, Some(_)) => return Err(Error::KeyMissing(path.into())),
        };
        let check = match check {
            Some(check) => check,
            None => {
                let (nonce, ciphertext) = key.mark(CHECK_TEXT, CHECK_CONTEXT)?;
                store.put_key_check(KeyCheck { key_id: key.id(), nonce, ciphertext }).await?
            }
        };
        if !key.opens(&check.nonce, &check.ciphertext, CHECK_CONTEXT, CHECK_TEXT) {
            return Err(Error::KeyWrong(path.into()));
        }
        Ok(Vault { store, key: Arc::new(key) })
    }

    /// Seals and stores a secret of `owner` (`connection con_...`).
    pub async fn put_secret(
        &self,
        workspace: WorkspaceId,
        owner: &str,
        field: &str,
        plain: impl AsRef<[u8]>,
    ) -> Result<SecretId, Error> {
        let sealed = self.key.seal(plain.as_ref(), &context(workspace, owner, field))?;
        let id = SecretId(self.store.next_id());
        let Sealed { wrapped_key, nonce, ciphertext } = sealed;
        let (owner, field, key_id) = (owner.to_owned(), field.to_owned(), self.key.id());
        self.store.put_secret(SealedSecret { id, workspace, owner, field, key_id, wrapped_key, nonce, ciphertext }).await?;
        Ok(id)
    }

    /// Opens a secret of this workspace.
    pub async fn reveal(&self, workspace: WorkspaceId, id: SecretId) -> Result<Revealed, Error> {
        let row = self.store.secret(workspace, id).await?;
        let sealed = Sealed { wrapped_key: row.wrapped_key, nonce: row.nonce, ciphertext: row.ciphertext };
        self.key.open(&sealed, &context(row.workspace, &row.owner, &row.field)).map(Revealed)
    }

    pub async fn delete(&self, workspace: WorkspaceId, id: SecretId) -> Result<(), Error> {
        Ok(self.store.delete_secret(workspace, id).await?)
    }
}
