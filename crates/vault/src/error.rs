use std::path::PathBuf;

/// Why secrets cannot be opened. Never holds one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(
        "the key file {0} is missing, but the database holds secrets sealed with it; restore it from your backup, or set PATCHBAY_KEY_FILE to where it is"
    )]
    KeyMissing(PathBuf),
    #[error("the key file {0} is not the one this database's secrets were sealed with; restore the right one from your backup")]
    KeyWrong(PathBuf),
    #[error("the key file {0} does not hold a key (64 hexadecimal digits); restore it from your backup")]
    KeyMalformed(PathBuf),
    #[error("keys were changed, and the key file {0} lacks the new one; copy it from where `patchbay key rotate` ran")]
    KeyLacking(PathBuf),
    #[error("the key file {0} cannot be read or written: {1}")]
    KeyFile(PathBuf, std::io::Error),
    #[error("the secret does not open: it was changed or belongs elsewhere")]
    Broken,
    #[error("no randomness is to be had")]
    Random,
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::KeyMissing(_) => "vault.key_missing",
            Error::KeyWrong(_) => "vault.key_wrong",
            Error::KeyMalformed(_) => "vault.key_malformed",
            Error::KeyLacking(_) => "vault.key_lacking",
            Error::KeyFile(..) => "vault.key_file",
            Error::Broken => "vault.broken",
            Error::Random => "vault.random",
            Error::Store(error) => error.code(),
        }
    }
}
