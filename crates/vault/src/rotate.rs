//! Changing the master key. Every secret is sealed anew with the new key, a batch at a time; both keys stand in the file until the last
//! one is, so that every process can read every secret at any moment, and an interrupted change goes on where it was.

use std::path::Path;

use crate::{
    Error, Vault, key_file,
    seal::{MasterKey, Sealed},
    vault::{check_of, context_of},
};

/// Secrets of one batch.
const BATCH: u32 = 100;

/// What a change of keys did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// Names the new key; tells nothing about it.
    pub key_id: String,
    /// Secrets that were sealed anew by this call.
    pub sealed: u64,
    /// It went on with an earlier one that was interrupted, or with a key that was prepared.
    pub went_on: bool,
    /// It was told to stop; the next call goes on.
    pub is_stopped: bool,
    /// Secrets that none of the keys opens. While there are some, the former keys stay in the file.
    pub broken: u64,
}

/// Writes the key of the next change into the file without using it, so that the file can be brought to every machine first. Gives the
/// new key's name. A key that is prepared already stays.
pub async fn prepare(vault: &Vault) -> Result<String, Error> {
    let (mut keys, check) = keys_of(vault).await?;
    let newest = keys.first().map(MasterKey::id).filter(|id| *id != check);
    if let Some(prepared) = newest {
        return Ok(prepared);
    }
    keys.insert(0, MasterKey::generate()?);
    key_file::replace(&vault.path, &keys)?;
    vault.read_again().await?;
    Ok(keys.first().map(MasterKey::id).unwrap_or_default())
}

impl Vault {
    /// Changes the master key. `goes_on` hears after every batch how many secrets are sealed anew, and may stop it there.
    pub async fn rotate(&self, mut goes_on: impl FnMut(u64) -> bool) -> Result<Rotated, Error> {
        let (mut keys, check) = keys_of(self).await?;
        let went_on = keys.len() > 1;
        if !went_on {
            // Durable in the file before anything is sealed with it.
            keys.insert(0, MasterKey::generate()?);
            key_file::replace(&self.path, &keys)?;
        }
        let Some((new, former)) = keys.split_first() else { return Err(malformed(&self.path)) };
        if check != new.id() && !self.store.change_key_check(&check, check_of(new)?).await? {
            // Another process changes keys too, perhaps to another one.
            return Err(Error::KeyLacking(self.path.to_path_buf()));
        }
        self.read_again().await?;
        let mut rotated = Rotated { key_id: new.id(), sealed: 0, went_on, is_stopped: false, broken: 0 };
        let mut after = 0;
        loop {
            let rows = self.store.secrets_of_other_keys(&rotated.key_id, after, BATCH).await?;
            let Some(last) = rows.last() else { break };
            after = last.id.0;
            for row in rows {
                let context = context_of(&row);
                let sealed = Sealed { wrapped_key: row.wrapped_key, nonce: row.nonce, ciphertext: row.ciphertext };
                let plain = former.iter().find(|key| key.id() == row.key_id).map(|key| key.open(&sealed, &context));
                let Some(Ok(plain)) = plain else {
                    tracing::warn!(secret.id = %row.id, key.id = %row.key_id, owner = %row.owner, "a secret does not open and stays as it is");
                    rotated.broken += 1;
                    continue;
                };
                let Sealed { wrapped_key, nonce, ciphertext } = new.seal(&plain, &context)?;
                let anew = store::SealedSecret { key_id: new.id(), wrapped_key, nonce, ciphertext, ..row };
                // One that was deleted meanwhile needs no sealing.
                rotated.sealed += u64::from(self.store.reseal(anew).await?);
            }
            if !goes_on(rotated.sealed) {
                rotated.is_stopped = true;
                return Ok(rotated);
            }
        }
        if rotated.broken == 0 {
            key_file::replace(&self.path, std::slice::from_ref(new))?;
            self.read_again().await?;
        }
        Ok(rotated)
    }
}

/// The file's keys, and the name of the one that seals now.
async fn keys_of(vault: &Vault) -> Result<(Vec<MasterKey>, String), Error> {
    vault.read_again().await?;
    let keys = key_file::read(&vault.path)?.ok_or_else(|| Error::KeyMissing(vault.path.to_path_buf()))?;
    let check = vault.store.key_check().await?.ok_or_else(|| malformed(&vault.path))?;
    Ok((keys, check.key_id))
}

fn malformed(path: &Path) -> Error {
    Error::KeyMalformed(path.into())
}
