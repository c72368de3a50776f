//! Secrets that stand outside the database: in the environment, or in files that a secret manager mounts. A value of a connection may
//! be `env:NAME` or `file:PATH` instead of the secret itself; the operator allows names and folders, and everything else is refused.

use std::{
    collections::BTreeMap,
    io::Read as _,
    path::{Component, Path, PathBuf},
};

/// Bytes of one file.
const LONGEST: u64 = 64 * 1024;
/// Our own settings hold passwords and are nobody's credentials.
const OWN: &str = "PATCHBAY_";

/// What may be referred to. Without anything allowed, every reference is refused.
#[derive(Clone, Default)]
pub struct Sources {
    names: Vec<String>,
    /// Allowed variables that are set.
    environment: BTreeMap<String, String>,
    /// Absolute.
    folders: Vec<PathBuf>,
}

/// Why a reference gives no secret. Repeats the reference, never what stands behind it.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Says the same of what exists and what does not.
    #[error("“{0}” may not be used: an operator lists names in PATCHBAY_SECRET_ENV and folders in PATCHBAY_SECRET_FILES")]
    NotAllowed(String),
    #[error("“{0}” is not set where Patchbay runs")]
    NotSet(String),
    #[error("“{0}” cannot be read: {1}")]
    Unreadable(String, String),
}

impl SourceError {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            SourceError::NotAllowed(_) => "secret.not_allowed",
            SourceError::NotSet(_) => "secret.not_set",
            SourceError::Unreadable(..) => "secret.unreadable",
        }
    }
}

impl Sources {
    /// `names`: `NAME`, or `NAME*` for every name that begins so. `environment`: of the process. `folders`: absolute paths.
    pub fn new(names: &[String], environment: impl IntoIterator<Item = (String, String)>, folders: Vec<PathBuf>) -> Self {
        let mut sources = Sources { names: names.to_vec(), environment: BTreeMap::new(), folders };
        sources.environment = environment.into_iter().filter(|(name, _)| sources.is_listed(name)).collect();
        sources
    }

    fn is_listed(&self, name: &str) -> bool {
        let fits = |pattern: &String| match pattern.strip_suffix('*') {
            Some(begin) => !begin.is_empty() && name.starts_with(begin),
            None => name == pattern,
        };
        !name.starts_with(OWN) && self.names.iter().any(fits)
    }

    /// Whether a value stands for one elsewhere.
    pub fn is_reference(value: &str) -> bool {
        value.starts_with("env:") || value.starts_with("file:")
    }

    /// The secret itself, read now; a value that is no reference stays as it is.
    pub fn resolve(&self, value: &str) -> Result<String, SourceError> {
        let secret = match (value.strip_prefix("env:"), value.strip_prefix("file:")) {
            (Some(name), _) => self.variable(value, name.trim())?,
            (_, Some(path)) => self.file(value, Path::new(path.trim()))?,
            (None, None) => return Ok(value.to_owned()),
        };
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(SourceError::Unreadable(value.to_owned(), "it is empty".to_owned()));
        }
        Ok(secret.to_owned())
    }

    fn variable(&self, value: &str, name: &str) -> Result<String, SourceError> {
        match self.environment.get(name) {
            Some(secret) => Ok(secret.clone()),
            None if self.is_listed(name) => Err(SourceError::NotSet(value.to_owned())),
            None => Err(SourceError::NotAllowed(value.to_owned())),
        }
    }

    fn file(&self, value: &str, path: &Path) -> Result<String, SourceError> {
        let refused = || SourceError::NotAllowed(value.to_owned());
        let unreadable = |error: std::io::Error| SourceError::Unreadable(value.to_owned(), error.kind().to_string());
        let is_plain = path.is_absolute()
            && path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
            && !value.contains('\0');
        // By its name first: of files elsewhere nothing is told, not even whether they are there.
        if !is_plain || !self.folders.iter().any(|folder| path != folder && path.starts_with(folder)) {
            return Err(refused());
        }
        // Then where it really is: a link may lead elsewhere within an allowed folder, and nowhere else.
        let real = path.canonicalize().map_err(unreadable)?;
        let is_inside = |folder: &PathBuf| folder.canonicalize().is_ok_and(|folder| real != folder && real.starts_with(folder));
        if !self.folders.iter().any(is_inside) {
            return Err(refused());
        }
        if !real.metadata().map_err(unreadable)?.is_file() {
            return Err(SourceError::Unreadable(value.to_owned(), "it is no file".to_owned()));
        }
        let mut text = String::new();
        let read = std::fs::File::open(&real).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text));
        if read.map_err(unreadable)? as u64 > LONGEST {
            return Err(SourceError::Unreadable(value.to_owned(), format!("it has more than {LONGEST} bytes")));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(found: Result<String, SourceError>) -> &'static str {
        found.err().map_or("", |error| error.code())
    }

    #[test]
    fn only_listed_names_are_known() {
        let environment = ["CRM_KEY", "CRM_OTHER", "SHOP_KEY", "PATCHBAY_DATABASE_URL", "HOME"]
            .map(|name| (name.to_owned(), format!("of {name}\n")));
        let names = ["CRM_*".to_owned(), "SHOP_KEY".to_owned(), "PATCHBAY_*".to_owned(), "*".to_owned()];
        let sources = Sources::new(&names, environment, Vec::new());
        assert_eq!(sources.resolve("env:CRM_OTHER").unwrap(), "of CRM_OTHER");
        assert_eq!(sources.resolve("env: SHOP_KEY ").unwrap(), "of SHOP_KEY");
        assert_eq!(sources.resolve("a plain secret").unwrap(), "a plain secret");
        assert_eq!(code(sources.resolve("env:HOME")), "secret.not_allowed", "a star alone lists nothing");
        assert_eq!(code(sources.resolve("env:CRM_UNSET")), "secret.not_set");
        assert_eq!(code(sources.resolve("env:PATCHBAY_DATABASE_URL")), "secret.not_allowed");
        assert_eq!(code(Sources::default().resolve("env:CRM_KEY")), "secret.not_allowed");
    }

    #[test]
    fn files_stay_within_their_folder() {
        let dir = tempfile::tempdir().unwrap();
        let (inside, outside) = (dir.path().join("run"), dir.path().join("run-other"));
        for folder in [&inside, &outside] {
            std::fs::create_dir_all(folder.join("deep")).unwrap();
        }
        std::fs::write(inside.join("key"), "hunter22\n").unwrap();
        std::fs::write(inside.join("deep/key"), "deep").unwrap();
        std::fs::write(inside.join("large"), vec![b'x'; 70_000]).unwrap();
        std::fs::write(inside.join("empty"), "\n").unwrap();
        std::fs::write(outside.join("key"), "not yours").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.join("key"), inside.join("out")).unwrap();
            std::os::unix::fs::symlink(inside.join("deep"), inside.join("data")).unwrap();
        }
        let sources = Sources::new(&[], [], vec![inside.clone()]);
        let resolve = |path: &str| sources.resolve(&format!("file:{path}"));
        let at = |name: &str| format!("{}/{name}", inside.display());
        assert_eq!(resolve(&at("key")).unwrap(), "hunter22");
        assert_eq!(resolve(&at("deep/key")).unwrap(), "deep");
        #[cfg(unix)]
        {
            assert_eq!(resolve(&at("data/key")).unwrap(), "deep", "a link within the folder, as secret managers make them");
            assert_eq!(code(resolve(&at("out"))), "secret.not_allowed", "a link that leads out");
        }
        let refused = [
            at("../run-other/key"),
            at("deep/../../run-other/key"),
            outside.join("key").display().to_string(),
            inside.display().to_string(),
            format!("{}/", inside.display()),
            "key".to_owned(),
            "./key".to_owned(),
            "/etc/passwd".to_owned(),
            "/proc/self/environ".to_owned(),
            format!("{}\0", at("key")),
            at("%2e%2e/run-other/key"),
            String::new(),
        ];
        for path in &refused {
            let found = code(resolve(path));
            assert!(["secret.not_allowed", "secret.unreadable"].contains(&found), "{path}: {found}");
            assert!(found == "secret.not_allowed" || path.contains('%'), "{path}: {found}");
        }
        for (name, part) in [("missing", "not found"), ("deep", "no file"), ("large", "more than"), ("empty", "empty")] {
            let error = resolve(&at(name)).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("xxx"), "{error}");
        }
    }
}
