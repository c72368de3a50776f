//! The number a process makes its ids with.

use model::Timestamp;
use sea_orm::{DatabaseTransaction, DbBackend, TransactionTrait};

use crate::{Error, dialect::Opened, ids, sql, store::Shared};

/// A number is not given to another process for this long after it was seen last, in milliseconds.
const REST_MS: i64 = 24 * 3_600_000;
/// How often a process says that it lives, in milliseconds; ids may be ahead of the kept high-water mark by as much.
pub(crate) const BEAT_MS: i64 = 10_000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    /// Of the row in `node`; also marks leases.
    pub id: i64,
    pub number: i64,
}

/// Takes a number, and the time after which ids may be made.
pub(crate) async fn take(opened: &Opened, now: Timestamp) -> Result<(Node, Timestamp), Error> {
    let tx = opened.write.begin().await?;
    let taken = match opened.backend {
        DbBackend::Postgres => {
            sql::exec(&tx, "LOCK TABLE node IN EXCLUSIVE MODE", Vec::new()).await?;
            free_number(&tx, now).await?
        }
        // The directory's lock means that there is no other process.
        _ => (0, last_made(&tx).await?),
    };
    let (number, floor) = taken;
    let high = sql::one(&tx, "SELECT high_water FROM node WHERE number = $1", vec![number.into()]).await?;
    let high = high.map(|row| sql::get::<i64>(&row, 0)).transpose()?.map_or(i64::MIN, |ms| ms.saturating_add(1));
    let floor = Timestamp(floor.ms().max(high));
    sql::exec(
        &tx,
        "INSERT INTO node (id, number, kind, started_at, seen_at, released_at, high_water) VALUES ($1, $2, 'all', $3, $3, NULL, $4)
         ON CONFLICT (number) DO UPDATE
         SET kind = excluded.kind, started_at = excluded.started_at, seen_at = excluded.seen_at, released_at = NULL",
        vec![number.into(), number.into(), now.ms().into(), floor.ms().into()],
    )
    .await?;
    tx.commit().await?;
    Ok((Node { id: number, number }, floor))
}

/// Any number nobody used for a day; the smallest unused one first.
async fn free_number(tx: &DatabaseTransaction, now: Timestamp) -> Result<(i64, Timestamp), Error> {
    let rows = sql::all(tx, "SELECT number, seen_at, released_at FROM node ORDER BY number", Vec::new()).await?;
    let mut rested = None;
    let mut next = 0;
    for row in &rows {
        let number: i64 = sql::get(row, 0)?;
        let seen: i64 = sql::get(row, 1)?;
        if seen + REST_MS < now.ms() && rested.is_none() {
            rested = Some(number);
        }
        if number == next {
            next += 1;
        }
    }
    if next < ids::NODES {
        return Ok((next, Timestamp(0)));
    }
    rested.map(|number| (number, Timestamp(0))).ok_or_else(|| {
        Error::Unavailable(format!(
            "all {} node numbers were used within the last 24 hours; wait before starting more servers",
            ids::NODES
        ))
    })
}

/// The time of the youngest id in the tables that are filled in order, so that a clock set back makes no id twice.
async fn last_made(tx: &DatabaseTransaction) -> Result<Timestamp, Error> {
    let sql = "SELECT MAX(id) FROM (SELECT MAX(id) AS id FROM event UNION ALL SELECT MAX(id) FROM run UNION ALL
               SELECT MAX(id) FROM audit UNION ALL SELECT MAX(id) FROM workflow UNION ALL SELECT MAX(id) FROM sample) AS ids";
    let last = match sql::one(tx, sql, Vec::new()).await? {
        Some(row) => sql::get::<Option<i64>>(&row, 0)?,
        None => None,
    };
    Ok(last.map_or(Timestamp(0), ids::time_of))
}

impl Shared {
    /// Says that this process lives.
    pub(crate) async fn beat(&self) -> Result<(), Error> {
        let values = vec![self.node.number.into(), self.now().ms().into(), self.ids.high_water().plus_ms(BEAT_MS).ms().into()];
        sql::exec(&self.write, "UPDATE node SET seen_at = $2, high_water = $3 WHERE number = $1", values).await?;
        Ok(())
    }

    pub(crate) async fn release_node(&self) -> Result<(), Error> {
        let values = vec![self.node.number.into(), self.now().ms().into(), self.ids.high_water().ms().into()];
        sql::exec(&self.write, "UPDATE node SET seen_at = $2, released_at = $2, high_water = $3 WHERE number = $1", values)
            .await?;
        Ok(())
    }
}
