use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use model::ids::{SecretId, WorkspaceId};
use store::{KeyCheck, SealedSecret, Store};

use crate::{
    Error, Revealed, key_file,
    seal::{MasterKey, Sealed},
};

const CHECK_TEXT: &[u8] = b"patchbay";
const CHECK_CONTEXT: &[u8] = b"key check";
/// Keys are changed seldom: a secret that is sealed again this often meets something else.
const MOST_TRIES: u32 = 5;

/// Stores and opens secrets. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    pub(crate) store: Store,
    pub(crate) path: Arc<PathBuf>,
    /// Read again when the database names one that is not among them.
    keys: Arc<RwLock<Keys>>,
}

/// The keys of the file.
struct Keys {
    /// The one that seals.
    current: Arc<MasterKey>,
    all: Vec<Arc<MasterKey>>,
}

/// What a secret is bound to.
fn context(workspace: WorkspaceId, owner: &str, field: &str) -> Vec<u8> {
    // Lengths first, so that no two triples give the same bytes.
    format!("{workspace}|{}|{owner}|{}|{field}", owner.len(), field.len()).into_bytes()
}

/// What a sealed row is bound to.
pub(crate) fn context_of(row: &SealedSecret) -> Vec<u8> {
    context(row.workspace, &row.owner, &row.field)
}

/// The known text, sealed with a key.
pub(crate) fn check_of(key: &MasterKey) -> Result<KeyCheck, Error> {
    let (nonce, ciphertext) = key.mark(CHECK_TEXT, CHECK_CONTEXT)?;
    Ok(KeyCheck { key_id: key.id(), nonce, ciphertext })
}

impl Vault {
    /// Reads the key file and proves that it is this database's. A new database gets a new key.
    pub async fn open(store: Store, path: &Path) -> Result<Self, Error> {
        let check = store.key_check().await?;
        let keys = match (key_file::read(path)?, &check) {
            (Some(keys), _) => keys,
            (None, None) => key_file::create(path)?,
            (None, Some(_)) => return Err(Error::KeyMissing(path.into())),
        };
        let check = match (check, keys.first()) {
            (Some(check), _) => check,
            (None, Some(newest)) => store.put_key_check(check_of(newest)?).await?,
            (None, None) => return Err(Error::KeyMalformed(path.into())),
        };
        let keys = Keys::new(keys, &check).ok_or_else(|| Error::KeyWrong(path.into()))?;
        Ok(Vault { store, path: Arc::new(path.into()), keys: Arc::new(RwLock::new(keys)) })
    }

    /// Seals and stores a secret of `owner` (`connection con_...`).
    pub async fn put_secret(
        &self,
        workspace: WorkspaceId,
        owner: &str,
        field: &str,
        plain: impl AsRef<[u8]>,
    ) -> Result<SecretId, Error> {
        for _ in 0..MOST_TRIES {
            let key = self.current();
            let Sealed { wrapped_key, nonce, ciphertext } = key.seal(plain.as_ref(), &context(workspace, owner, field))?;
            let id = SecretId(self.store.next_id());
            let (owner, field, key_id) = (owner.to_owned(), field.to_owned(), key.id());
            let secret = SealedSecret { id, workspace, owner, field, key_id, wrapped_key, nonce, ciphertext };
            if self.store.put_secret(secret).await? {
                return Ok(id);
            }
            // Keys were changed by another process meanwhile.
            self.read_again().await?;
        }
        Err(Error::KeyLacking(self.path.to_path_buf()))
    }

    /// Opens a secret of this workspace.
    pub async fn reveal(&self, workspace: WorkspaceId, id: SecretId) -> Result<Revealed, Error> {
        let row = self.store.secret(workspace, id).await?;
        let key = match self.key(&row.key_id) {
            Some(key) => key,
            None => {
                self.read_again().await?;
                self.key(&row.key_id).ok_or_else(|| Error::KeyLacking(self.path.to_path_buf()))?
            }
        };
        let context = context_of(&row);
        key.open(&Sealed { wrapped_key: row.wrapped_key, nonce: row.nonce, ciphertext: row.ciphertext }, &context).map(Revealed)
    }

    pub async fn delete(&self, workspace: WorkspaceId, id: SecretId) -> Result<(), Error> {
        Ok(self.store.delete_secret(workspace, id).await?)
    }

    /// Reads the key file anew, after keys were changed.
    pub(crate) async fn read_again(&self) -> Result<(), Error> {
        let lacking = || Error::KeyLacking(self.path.to_path_buf());
        let check = self.store.key_check().await?.ok_or_else(lacking)?;
        let keys = key_file::read(&self.path)?.ok_or_else(|| Error::KeyMissing(self.path.to_path_buf()))?;
        let keys = Keys::new(keys, &check).ok_or_else(lacking)?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn current(&self) -> Arc<MasterKey> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner).current)
    }

    fn key(&self, id: &str) -> Option<Arc<MasterKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.all.iter().find(|key| key.id() == id).map(Arc::clone)
    }
}

impl Keys {
    /// Nothing when none of them is the one that the database's secrets are sealed with.
    fn new(keys: Vec<MasterKey>, check: &KeyCheck) -> Option<Self> {
        let all: Vec<Arc<MasterKey>> = keys.into_iter().map(Arc::new).collect();
        let opens = |key: &&Arc<MasterKey>| key.opens(&check.nonce, &check.ciphertext, CHECK_CONTEXT, CHECK_TEXT);
        let current = all.iter().find(opens).map(Arc::clone)?;
        Some(Keys { current, all })
    }
}
