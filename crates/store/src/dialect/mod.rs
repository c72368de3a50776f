//! What differs between the databases: opening, locking, and a few words of SQL.

pub(crate) mod postgres;
pub(crate) mod sqlite;

use sea_orm::{DatabaseConnection, DbBackend, sqlx};

/// An open database.
pub(crate) struct Opened {
    pub backend: DbBackend,
    /// SQLite: the one connection that writes, so that taking it means waiting for the turn.
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
    pub own: Own,
}

/// What only one of the databases has.
pub(crate) enum Own {
    Sqlite(sqlite::Own),
    Postgres { pool: sqlx::PgPool },
}

/// Added to a SELECT of workflows: their state cannot change before the transaction ends.
pub(crate) fn for_share(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR SHARE",
        _ => "",
    }
}

/// Added to a SELECT of rows that will be changed.
pub(crate) fn for_update(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR UPDATE",
        _ => "",
    }
}

/// Added to a SELECT of rows to claim: those another process is claiming are passed over.
pub(crate) fn skip_locked(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    }
}
