use sea_orm::{DbErr, RuntimeErr, sqlx};

use crate::NotAllowed;

/// Why the store did not do what it was asked. The texts may be shown to people, except where `Database` says otherwise.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    #[error("{0} was not found")]
    NotFound(&'static str),
    /// Somebody else changed it first. `current`: the revision that stands.
    #[error("it was changed in the meantime (revision {current} stands)")]
    Conflict { current: i64 },
    /// There is one of that name or kind already.
    #[error("{0} exists already")]
    Exists(&'static str),
    /// A workspace without an owner could not be repaired by anybody.
    #[error("the workspace needs an owner; make somebody else one first")]
    LastOwner,
    #[error("this needs the role `{needed}` in the workspace")]
    Forbidden { needed: &'static str },
    /// A connection that is not for everybody. Nothing was done.
    #[error("{0}")]
    NotAllowed(Box<NotAllowed>),
    /// The lease was lost: another worker, or a cancel, owns the run now. Nothing was written.
    #[error("the run is no longer held by this worker")]
    Fenced,
    #[error("the run has already ended")]
    Ended,
    /// A word to go on for a run that nobody stopped.
    #[error("the run is not held: it goes on by itself, or waits for something else than a word to go on")]
    NotHeld,
    /// So many runs of the workflow wait to begin that it takes no more events for now. Nothing was written.
    #[error("{waiting} runs of this workflow wait to begin, and it takes no more than {limit}; try again later")]
    Backlog { waiting: u64, limit: u64 },
    /// Nothing was written and nothing may be acknowledged; trying again later may help.
    #[error("the database cannot be written or reached: {0}")]
    Unavailable(String),
    #[error(
        "the database has schema {found}, newer than this version of Patchbay understands (up to {understood}); install a newer version"
    )]
    SchemaTooNew { found: String, understood: String },
    #[error("the data directory {0} is in use by another Patchbay process; stop it first, or choose another PATCHBAY_DATA_DIR")]
    Locked(String),
    #[error("{0}")]
    Invalid(String),
    /// Two transactions stood in each other's way; inside the crate the work is repeated.
    #[error("too many changes at the same moment; try again")]
    Collision,
    /// A bug or a broken database; the text is for the log, not for people.
    #[error("the database answered with an error: {0}")]
    Database(String),
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Error::NotFound(_) => "store.not_found",
            Error::Conflict { .. } => "store.conflict",
            Error::Exists(_) => "store.exists",
            Error::LastOwner => "store.last_owner",
            Error::Forbidden { .. } => "store.forbidden",
            Error::NotAllowed(_) => "store.connection_not_allowed",
            Error::Fenced => "store.fenced",
            Error::Ended => "store.ended",
            Error::NotHeld => "store.not_held",
            Error::Backlog { .. } => "store.backlog",
            Error::Unavailable(_) => "store.unavailable",
            Error::SchemaTooNew { .. } => "store.schema_too_new",
            Error::Locked(_) => "store.locked",
            Error::Invalid(_) => "store.invalid",
            Error::Collision => "store.collision",
            Error::Database(_) => "store.database",
        }
    }
}

impl From<NotAllowed> for Error {
    fn from(not_allowed: NotAllowed) -> Self {
        Error::NotAllowed(Box::new(not_allowed))
    }
}

fn database_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(e))
        | DbErr::Query(RuntimeErr::SqlxError(e))
        | DbErr::Conn(RuntimeErr::SqlxError(e)) => Some(e),
        _ => None,
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match database_error(&error) {
            Some(sqlx::Error::Database(e)) => {
                let code = e.code().unwrap_or_default().into_owned();
                // SQLite: the low byte of the extended code; 5 busy, 8 read only, 10 I/O, 13 full, 14 cannot open.
                let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|code| code & 0xff);
                // PostgreSQL: 53 resources (disk full), 57 shutdown, 58 I/O, 08 connection, 25006 read only.
                let postgres = code.len() == 5 && (["53", "57", "58", "08"].contains(&&code[..2]) || code == "25006");
                if matches!(code.as_str(), "40P01" | "40001") {
                    Error::Collision
                } else if matches!(sqlite, Some(5 | 6 | 8 | 10 | 13 | 14)) || postgres {
                    Error::Unavailable(e.message().to_owned())
                } else {
                    Error::Database(e.message().to_owned())
                }
            }
            Some(sqlx::Error::Io(e)) => Error::Unavailable(e.to_string()),
            Some(e @ (sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed)) => {
                Error::Unavailable(e.to_string())
            }
            _ if matches!(error, DbErr::ConnectionAcquire(_)) => Error::Unavailable(error.to_string()),
            _ => Error::Database(error.to_string()),
        }
    }
}
