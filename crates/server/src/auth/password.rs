use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2, PasswordHasher, PasswordVerifier,
    password_hash::{PasswordHash, SaltString, rand_core::OsRng},
};
use tokio::sync::Semaphore;

use crate::{Error, error::ApiError};

const SHORTEST: usize = 10;
/// Bytes; a longer one only costs time.
const LONGEST: usize = 1_000;
/// Checks at once: each takes 19 MiB for a moment.
const AT_ONCE: usize = 2;

/// argon2id in PHC format. Takes a noticeable moment: not for async threads.
pub fn hash_password(password: &str) -> Result<String, Error> {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt).map_err(|error| Error::Hash(error.to_string()))?;
    Ok(hash.to_string())
}

/// What is compared with when there is no such account, so that the time an answer takes does not tell.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_password("nobody has this password").unwrap_or_default());

fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Refuses a new password that is too easy to guess or too long; `path`: its field in the body.
pub(crate) fn check_new(path: &str, password: &str) -> Result<(), ApiError> {
    if password.chars().count() < SHORTEST {
        return Err(ApiError::field(path, format!("The password needs at least {SHORTEST} characters.")));
    }
    if password.len() > LONGEST {
        return Err(ApiError::field(path, format!("The password may have at most {LONGEST} bytes.")));
    }
    Ok(())
}

/// Hashes and checks passwords on threads of their own, a few at a time.
pub(crate) struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Passwords(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Passwords {
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.apart(move || hash_password(&password)).await?.map_err(|error| ApiError::internal(&error))
    }

    /// `hash` absent: there is no such account; takes just as long.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, ApiError> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        self.apart(move || match hash {
            Some(hash) => verify(&password, &hash),
            None => {
                verify(&password, &NOBODY);
                false
            }
        })
        .await
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
        let permit = Arc::clone(&self.0).acquire_owned().await.map_err(|error| ApiError::internal(&error))?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        })
        .await
        .map_err(|error| ApiError::internal(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn verifies_what_it_hashed() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse".into()).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(hash.clone())).await.expect("checked"));
        assert!(!passwords.verify("wrong horse".into(), Some(hash)).await.expect("checked"));
        assert!(!passwords.verify("nobody has this password".into(), None).await.expect("checked"));
    }
}
