use std::path::PathBuf;

/// Where the data is and how much memory and how many connections may be used for it.
#[derive(Debug, Clone)]
pub struct Options {
    pub url: DatabaseUrl,
    /// SQLite: bytes of page cache of the writing connection.
    pub page_cache_bytes: u64,
    /// Connections: PostgreSQL's pool, SQLite's readers.
    pub pool_size: u32,
    /// Changed only by tests: SQLite's largest size, in pages; the database is full beyond it.
    pub max_pages: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// `patchbay.db` in this directory, which is created when missing and locked while open.
    Sqlite { dir: PathBuf },
    /// `postgres://user:password@host/database`; never logged.
    Postgres { url: String },
}

impl Options {
    pub fn new(url: DatabaseUrl) -> Self {
        Options { url, page_cache_bytes: 8 * 1024 * 1024, pool_size: 8, max_pages: None }
    }
}
