use migrations::{Migrator, MigratorTrait, SCHEMA};
use model::Timestamp;
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};

use crate::{
    Error,
    dialect::{Opened, Own},
    sql,
};

/// Serialises migrations of several processes; any number nobody else uses will do.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7233610452)";

/// Checks the schema and brings it up to date. Gives back its version as text.
///
/// A schema one minor version newer is used as it stands, so that the version before keeps running during an upgrade.
pub(crate) async fn prepare(opened: &Opened, now: Timestamp) -> Result<String, Error> {
    let text = |(major, minor): (i32, i32)| format!("{major}.{minor}");
    if let Some(found) = found(&opened.write).await? {
        if found.0 > SCHEMA.0 || found.0 == SCHEMA.0 && found.1 > SCHEMA.1 + 1 {
            let understood = text((SCHEMA.0, SCHEMA.1 + 1));
            return Err(Error::SchemaTooNew { found: text(found), understood });
        }
        if found >= SCHEMA {
            return Ok(text(found));
        }
        if let Own::Sqlite(own) = &opened.own {
            let copy = own.back_up(&opened.write, &text(found), now.ms()).await?;
            tracing::info!(copy = %copy.display(), "the database was copied before its migration");
        }
    }
    let tx = opened.write.begin().await?;
    if opened.backend == DbBackend::Postgres {
        sql::exec(&tx, LOCK, Vec::new()).await?;
    }
    Migrator::up(&tx, None).await?;
    sql::exec(
        &tx,
        "INSERT INTO schema_info (id, major, minor) VALUES (1, $1, $2)
         ON CONFLICT (id) DO UPDATE SET major = excluded.major, minor = excluded.minor",
        vec![i64::from(SCHEMA.0).into(), i64::from(SCHEMA.1).into()],
    )
    .await?;
    tx.commit().await?;
    Ok(text(SCHEMA))
}

/// The schema that stands; absent in a fresh database.
async fn found(db: &impl ConnectionTrait) -> Result<Option<(i32, i32)>, Error> {
    let exists = match db.get_database_backend() {
        DbBackend::Postgres => "SELECT 1 WHERE to_regclass('schema_info') IS NOT NULL",
        _ => "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_info'",
    };
    if sql::one(db, exists, Vec::new()).await?.is_none() {
        return Ok(None);
    }
    let Some(row) = sql::one(db, "SELECT major, minor FROM schema_info WHERE id = 1", Vec::new()).await? else { return Ok(None) };
    let number = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    Ok(Some((number(sql::get(&row, 0)?), number(sql::get(&row, 1)?))))
}
