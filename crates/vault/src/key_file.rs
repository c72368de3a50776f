//! The file with the master key: 64 hexadecimal digits. While keys are changed it holds several, one a line, the newest first; which one
//! seals is said by the database.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use zeroize::Zeroizing;

use crate::{Error, seal::MasterKey};

/// The keys of the file; nothing when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<MasterKey>>, Error> {
    let malformed = || Error::KeyMalformed(path.into());
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(malformed()),
        Err(error) => return Err(Error::KeyFile(path.into(), error)),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<MasterKey> = lines.map(|line| MasterKey::parse(line).ok_or_else(malformed)).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err(malformed()) } else { Ok(Some(keys)) }
}

/// Writes a new key, readable for its owner alone, and durable before it is used.
pub(crate) fn create(path: &Path) -> Result<Vec<MasterKey>, Error> {
    let keys = vec![MasterKey::generate()?];
    let write = || -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fill(&mut private(path, OpenOptions::new().write(true).create_new(true))?, &keys)
    };
    match write() {
        Ok(()) => Ok(keys),
        // Another process was first: its key holds.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(path)?.ok_or_else(|| Error::KeyMissing(path.into())),
        Err(error) => Err(Error::KeyFile(path.into(), error)),
    }
}

/// Replaces the file in one step: whatever happens, either the old keys or the new ones stand in it.
pub(crate) fn replace(path: &Path, keys: &[MasterKey]) -> Result<(), Error> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = Path::new(&beside);
    let write = || -> io::Result<()> {
        fill(&mut private(beside, OpenOptions::new().write(true).create(true).truncate(true))?, keys)?;
        fs::rename(beside, path)?;
        #[cfg(unix)]
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(|error| Error::KeyFile(path.into(), error))
}

fn private(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}

fn fill(file: &mut File, keys: &[MasterKey]) -> io::Result<()> {
    for key in keys {
        file.write_all(key.to_text().as_bytes())?;
        file.write_all(b"\n")?;
    }
    file.sync_all()
}
