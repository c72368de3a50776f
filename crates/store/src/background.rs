//! What a store does by itself: a sign of life, checkpoints, hints between processes, replies of runs other processes finish.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use sea_orm::DbBackend;

use crate::{
    Error,
    dialect::{Own, postgres},
    node::BEAT_MS,
    sql,
    store::Shared,
};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Checkpoints are small and frequent, so that none of them takes long.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(1_000);
/// New figures are gathered so often; until then dashboards read them one by one.
const GATHER_EVERY: Duration = Duration::from_millis(2_000);
/// Hints to other processes are sent at most this often.
const HINT_EVERY: Duration = Duration::from_millis(20);
const LISTEN_AGAIN: Duration = Duration::from_secs(5);
const POLL_REPLIES_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn tasks(shared: &Arc<Shared>) -> Vec<Task> {
    let mut tasks: Vec<Task> = vec![Box::pin(beat(shared.clone())), Box::pin(gather(shared.clone()))];
    if shared.backend == DbBackend::Postgres {
        tasks.push(Box::pin(hint(shared.clone())));
        tasks.push(Box::pin(listen(shared.clone())));
        tasks.push(Box::pin(poll_replies(shared.clone())));
    } else {
        tasks.push(Box::pin(checkpoint(shared.clone())));
    }
    tasks
}

impl Shared {
    /// Sleeps; false when the store closes meanwhile.
    async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.closing.cancelled() => false,
            () = tokio::time::sleep(time) => true,
        }
    }

    /// At start no process holds a lease in a SQLite file: it is ours alone.
    pub(crate) async fn void_leases(&self) -> Result<(), Error> {
        if self.backend != DbBackend::Postgres {
            let sql = "UPDATE job SET lease_by = NULL, available_at = $1 WHERE lease_by IS NOT NULL";
            sql::exec(&self.write, sql, vec![self.now().ms().into()]).await?;
        }
        Ok(())
    }

    /// PostgreSQL: several processes agree on the time by taking the database's.
    pub(crate) async fn follow_database_clock(&self) -> Result<(), Error> {
        if self.backend != DbBackend::Postgres || !self.clock.is_real() {
            return Ok(());
        }
        let before = self.clock.now().ms();
        let row = sql::one(&self.read, "SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint", Vec::new()).await?;
        let after = self.clock.now().ms();
        if let Some(row) = row {
            let offset = sql::get::<i64>(&row, 0)? - (before + after) / 2;
            self.offset_ms.store(offset, std::sync::atomic::Ordering::Relaxed);
        }
        Ok(())
    }
}

async fn beat(shared: Arc<Shared>) {
    while shared.sleep(Duration::from_millis(BEAT_MS.unsigned_abs())).await {
        let done = async {
            shared.move_leases().await?;
            shared.follow_database_clock().await?;
            shared.beat().await
        };
        let done = done.await;
        shared.health.beaten(done.as_ref().err());
        if let Err(error) = done {
            tracing::warn!(error = %error, "the sign of life was not written");
        }
    }
}

async fn gather(shared: Arc<Shared>) {
    while shared.sleep(GATHER_EVERY).await {
        if let Err(error) = shared.gather_all().await {
            tracing::warn!(error = %error, "new figures were not gathered; dashboards read them where they are");
        }
    }
}

async fn checkpoint(shared: Arc<Shared>) {
    while shared.sleep(CHECKPOINT_EVERY).await {
        if let Own::Sqlite(own) = &shared.own
            && let Err(error) = own.checkpoint(&shared.write).await
        {
            tracing::warn!(error = %error, "the checkpoint failed");
        }
    }
}

async fn hint(shared: Arc<Shared>) {
    loop {
        tokio::select! {
            () = shared.closing.cancelled() => return,
            () = shared.hint.notified() => {}
        }
        if let Err(error) = sql::exec(&shared.read, postgres::NOTIFY, Vec::new()).await {
            tracing::debug!(error = %error, "other processes were not told; they look by themselves");
        }
        if !shared.sleep(HINT_EVERY).await {
            return;
        }
    }
}

async fn listen(shared: Arc<Shared>) {
    let Own::Postgres { pool } = &shared.own else { return };
    loop {
        let ended = tokio::select! {
            () = shared.closing.cancelled() => return,
            ended = postgres::listen(pool, &shared.work) => ended,
        };
        if let Err(error) = ended {
            tracing::debug!(error = %error, "hints of other processes do not arrive; workers look by themselves");
        }
        if !shared.sleep(LISTEN_AGAIN).await {
            return;
        }
    }
}

async fn poll_replies(shared: Arc<Shared>) {
    while shared.sleep(POLL_REPLIES_EVERY).await {
        if let Err(error) = shared.poll_replies().await {
            tracing::debug!(error = %error, "awaited runs could not be looked up");
        }
    }
}
