//! Simulated accounts of sandbox connections, each kept as one document that only the sandbox reads.

use model::ids::ConnectionId;
use sea_orm::Value;

use crate::{Error, Store, sql, store::transaction};

impl Store {
    /// The document and its revision; nothing before anything has happened.
    pub async fn sandbox_account(&self, connection: ConnectionId) -> Result<Option<(i64, Vec<u8>)>, Error> {
        let sql = "SELECT revision, state FROM sandbox_account WHERE connection_id = $1";
        let row = sql::one(&self.shared.read, sql, vec![connection.0.into()]).await?;
        row.map(|row| Ok((sql::get(&row, 0)?, sql::get(&row, 1)?))).transpose()
    }

    /// Writes the document that was made from `seen`, 0 for none; `false` when somebody else was faster. `Error::NotFound` where there is
    /// no such sandbox connection.
    pub async fn put_sandbox_account(&self, connection: ConnectionId, seen: i64, state: Vec<u8>) -> Result<bool, Error> {
        let shared = &self.shared;
        transaction!(shared, |tx| {
            let known = "SELECT workspace_id FROM connection WHERE id = $1 AND environment = 'sandbox'";
            let row = sql::one(tx, known, vec![connection.0.into()]).await?.ok_or(Error::NotFound("the connection"))?;
            let workspace: i64 = sql::get(&row, 0)?;
            let now: Value = shared.now().ms().into();
            let done = if seen == 0 {
                let sql = "INSERT INTO sandbox_account (connection_id, workspace_id, revision, state, updated_at)
                           VALUES ($1, $2, 1, $3, $4) ON CONFLICT (connection_id) DO NOTHING";
                sql::exec(tx, sql, vec![connection.0.into(), workspace.into(), state.clone().into(), now]).await?
            } else {
                let sql = "UPDATE sandbox_account SET revision = revision + 1, state = $3, updated_at = $4
                           WHERE connection_id = $1 AND revision = $2";
                sql::exec(tx, sql, vec![connection.0.into(), seen.into(), state.clone().into(), now]).await?
            };
            Ok(done.rows_affected() == 1)
        })
    }
}
