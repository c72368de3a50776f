//! What leaves this instance and comes back (links of waits, traces of runs) is signed with a key of its own.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use model::ids::{SecretId, WorkspaceId};
use rand::TryRngCore as _;
use sha2::Sha256;
use store::Store;
use vault::Vault;

use crate::Error;

/// The setting that names the sealed key.
const SETTING: &str = "signing_key";
/// The key belongs to the instance, not to a workspace.
const NOBODY: WorkspaceId = WorkspaceId(0);

/// The instance's key: made once, sealed in the database, the same in every process.
#[derive(Clone)]
pub struct SigningKey([u8; 32]);

impl SigningKey {
    /// Reads the key, or makes it where there is none yet.
    pub async fn open(store: &Store, vault: &Vault) -> Result<Self, Error> {
        let name = match store.setting(SETTING).await? {
            Some(name) => name,
            None => {
                let mut key = [0; 32];
                rand::rngs::OsRng
                    .try_fill_bytes(&mut key)
                    .map_err(|_| broken("the machine gives no randomness; no signing key could be made"))?;
                let made = vault.put_secret(NOBODY, "instance", SETTING, key).await.map_err(unusable)?;
                let stands = store.keep_setting(SETTING, &made.to_string()).await?;
                if stands != made.to_string() {
                    // Another process was first.
                    vault.delete(NOBODY, made).await.map_err(unusable)?;
                }
                stands
            }
        };
        let id: SecretId = name.parse().map_err(|_| broken("the setting `signing_key` names no secret"))?;
        let revealed = vault.reveal(NOBODY, id).await.map_err(unusable)?;
        let key = revealed.as_bytes().try_into().map_err(|_| broken("the signing key is not 32 bytes long"))?;
        Ok(SigningKey(key))
    }

    /// For tests of what is signed.
    #[cfg(test)]
    pub(crate) fn of(key: [u8; 32]) -> Self {
        SigningKey(key)
    }

    /// HMAC-SHA256 over the parts, each with its length, in base64url. `purpose` keeps signatures of different things apart.
    pub(crate) fn sign(&self, purpose: &str, parts: &[&[u8]]) -> String {
        self.mac(purpose, parts).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default()
    }

    /// Compares without telling by its duration where the signatures differ.
    pub(crate) fn verify(&self, purpose: &str, parts: &[&[u8]], signature: &str) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.mac(purpose, parts).is_some_and(|mac| mac.verify_slice(&signature).is_ok())
    }

    fn mac(&self, purpose: &str, parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

fn unusable(error: vault::Error) -> Error {
    match error {
        vault::Error::Store(error) => Error::Store(error),
        error => broken(&format!("the signing key cannot be used: {error}")),
    }
}

fn broken(why: &str) -> Error {
    Error::Store(store::Error::Database(why.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_bind_key_purpose_and_parts() {
        let (one, two) = (SigningKey::of([1; 32]), SigningKey::of([2; 32]));
        let signature = one.sign("a", &[b"xy", b"z"]);
        assert_eq!(signature.len(), 43, "256 bits");
        assert!(one.verify("a", &[b"xy", b"z"], &signature));
        assert!(!two.verify("a", &[b"xy", b"z"], &signature));
        assert!(!one.verify("b", &[b"xy", b"z"], &signature));
        assert!(!one.verify("a", &[b"x", b"yz"], &signature), "the parts do not run together");
        for forged in ["", "=", "AAAA", &signature[..42], "é", &format!("{signature}=")] {
            assert!(!one.verify("a", &[b"xy", b"z"], forged), "{forged}");
        }
        assert_eq!(format!("{one:?}"), "SigningKey(..)");
    }
}
