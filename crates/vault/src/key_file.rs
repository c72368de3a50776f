//! The file with the master key.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use crate::{Error, seal::MasterKey};

/// The key of the file; nothing when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<MasterKey>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => MasterKey::parse(&text).map(Some).ok_or_else(|| Error::KeyMalformed(path.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(Error::KeyMalformed(path.into())),
        Err(error) => Err(Error::KeyFile(path.into(), error)),
    }
}

/// Writes a new key, readable for its owner alone, and durable before it is used.
pub(crate) fn create(path: &Path) -> Result<MasterKey, Error> {
    let key = MasterKey::generate()?;
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(key.to_text().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    match write() {
        Ok(()) => Ok(key),
        // Another process was first: its key holds.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path)?.ok_or_else(|| Error::KeyMissing(path.into())),
        Err(error) => Err(Error::KeyFile(path.into(), error)),
    }
}
