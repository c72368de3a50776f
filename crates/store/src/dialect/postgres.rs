use std::time::Duration;

use sea_orm::{
    DbBackend, SqlxPostgresConnector,
    sqlx::{
        ConnectOptions as _,
        postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    },
};

use super::{Opened, Own};
use crate::{Error, Options, Work};

/// Told when a job became available; a hint only.
const CHANNEL: &str = "patchbay_work";

pub(crate) async fn open(url: &str, options: &Options) -> Result<Opened, Error> {
    // The URL holds a password: it must not come back in an error.
    let connect: PgConnectOptions =
        url.parse().map_err(|_| Error::Invalid("PATCHBAY_DATABASE_URL is not a valid postgres:// URL".into()))?;
    let connect = connect.application_name("patchbay").statement_cache_capacity(512).disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(options.pool_size.max(3))
        .acquire_timeout(Duration::from_secs(15))
        .connect_with(connect)
        .await
        .map_err(|e| Error::Unavailable(e.to_string()))?;
    let write = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
    Ok(Opened { backend: DbBackend::Postgres, read: write.clone(), write, own: Own::Postgres { pool } })
}

/// Listens for hints of other processes until the connection breaks.
pub(crate) async fn listen(pool: &sea_orm::sqlx::PgPool, work: &Work) -> Result<(), Error> {
    let unavailable = |e: sea_orm::sqlx::Error| Error::Unavailable(e.to_string());
    let mut listener = PgListener::connect_with(pool).await.map_err(unavailable)?;
    listener.listen(CHANNEL).await.map_err(unavailable)?;
    loop {
        listener.recv().await.map_err(unavailable)?;
        work.wake();
    }
}

/// Gives the hint, outside any writing transaction: inside, it would make commits wait for each other.
pub(crate) const NOTIFY: &str = "SELECT pg_notify('patchbay_work', '')";
