//! Rate budgets that several processes share: one row per connection, changed under its lock.

use model::ids::ConnectionId;

use crate::{Error, Store, dialect::for_update, sql, store::transaction};

impl Store {
    /// Lets `work` change what is kept of a connection's budget, whose form is the caller's own; nobody else sees or changes it
    /// meanwhile. It may be called again when the transaction has to be repeated.
    pub async fn with_budget<T>(
        &self,
        connection: ConnectionId,
        work: impl Fn(Option<&[u8]>) -> (Vec<u8>, T),
    ) -> Result<T, Error> {
        let shared = &self.shared;
        let select = format!("SELECT account FROM budget WHERE connection_id = $1{}", for_update(shared.backend));
        transaction!(shared, |tx| {
            // The row is the lock, so it has to be there.
            let insert = "INSERT INTO budget (connection_id, account) VALUES ($1, NULL) ON CONFLICT (connection_id) DO NOTHING";
            sql::exec(tx, insert, vec![connection.0.into()]).await?;
            let row = sql::one(tx, select.as_str(), vec![connection.0.into()]).await?;
            let kept = row.map(|row| sql::get::<Option<Vec<u8>>>(&row, 0)).transpose()?.flatten();
            let (account, result) = work(kept.as_deref());
            let update = "UPDATE budget SET account = $2 WHERE connection_id = $1";
            sql::exec(tx, update, vec![connection.0.into(), account.into()]).await?;
            Ok(result)
        })
    }
}
