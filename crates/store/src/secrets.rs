use model::ids::{SecretId, WorkspaceId};

use crate::{Error, Store};

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
        todo!()
    }

    /// Only from its own workspace.
    pub async fn secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<SealedSecret, Error> {
        todo!()
    }

    pub async fn delete_secret(&self, workspace: WorkspaceId, id: SecretId) -> Result<(), Error> {
        todo!()
    }

    pub async fn key_check(&self) -> Result<Option<KeyCheck>, Error> {
        todo!()
    }

    /// Keeps the first one; gives back the one that stands.
    pub async fn put_key_check(&self, check: KeyCheck) -> Result<KeyCheck, Error> {
        todo!()
    }
}
