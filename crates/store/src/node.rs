//! The number a process makes its ids with.

use model::Timestamp;
use sea_orm::{DatabaseTransaction, DbBackend, TransactionTrait};

use crate::{Error, dialect::Opened, ids, sql, store::Shared};

/// A number that was not given back is left alone for this long after it was seen last, in milliseconds, while there are others.
const REST_MS: i64 = 24 * 3_600_000;
/// A process that was not seen for this long, in milliseconds, has ended. Its leases were over long before.
const DEAD_MS: i64 = 15 * 60_000;
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
    let is_shared = opened.backend == DbBackend::Postgres;
    let (number, floor) = if is_shared {
        sql::exec(&tx, "LOCK TABLE node IN EXCLUSIVE MODE", Vec::new()).await?;
        (free_number(&tx, now).await?, Timestamp(0))
    } else {
        // The directory's lock means that there is no other process.
        (0, last_made(&tx).await?)
    };
    let high = sql::one(&tx, "SELECT high_water FROM node WHERE number = $1", vec![number.into()]).await?;
    let high = high.map(|row| sql::get::<i64>(&row, 0)).transpose()?.map_or(i64::MIN, |ms| ms.saturating_add(1));
    let floor = Timestamp(floor.ms().max(high));
    // Whoever has the number next begins after what is made before the first sign of life.
    let high = if is_shared { floor.max(now).plus_ms(BEAT_MS) } else { floor };
    sql::exec(
        &tx,
        "INSERT INTO node (id, number, kind, started_at, seen_at, released_at, high_water) VALUES ($1, $2, 'all', $3, $3, NULL, $4)
         ON CONFLICT (number) DO UPDATE SET kind = excluded.kind, started_at = excluded.started_at, seen_at = excluded.seen_at,
         released_at = NULL, high_water = excluded.high_water",
        vec![number.into(), number.into(), now.ms().into(), high.ms().into()],
    )
    .await?;
    tx.commit().await?;
    Ok((Node { id: number, number }, floor))
}

/// A number somebody had.
#[derive(Debug, Clone, Copy)]
struct Used {
    number: i64,
    seen_at: i64,
    is_released: bool,
}

async fn free_number(tx: &DatabaseTransaction, now: Timestamp) -> Result<i64, Error> {
    let mut used = Vec::new();
    for row in sql::all(tx, "SELECT number, seen_at, released_at FROM node ORDER BY number", Vec::new()).await? {
        let is_released = sql::get::<Option<i64>>(&row, 2)?.is_some();
        used.push(Used { number: sql::get(&row, 0)?, seen_at: sql::get(&row, 1)?, is_released });
    }
    choose(&used, now).ok_or_else(|| {
        let (most, minutes) = (ids::NODES, DEAD_MS / 60_000);
        Error::Unavailable(format!(
            "all {most} node numbers were in use within the last {minutes} minutes; wait before starting more servers"
        ))
    })
}

/// Of `used`, in the order of their numbers: one that was given back, or rested; else one nobody had; else that of the process that is
/// dead for longest, so that one that dies again and again finds a number each time. Ids stay apart by the kept high-water marks.
fn choose(used: &[Used], now: Timestamp) -> Option<i64> {
    let unseen_for = |one: &Used, ms: i64| one.seen_at.saturating_add(ms) < now.ms();
    let rested = used.iter().find(|one| one.is_released || unseen_for(one, REST_MS)).map(|one| one.number);
    let unused = || {
        let taken = (0..).zip(used).take_while(|(next, one)| *next == one.number).count();
        i64::try_from(taken).ok().filter(|next| *next < ids::NODES)
    };
    let dead = || used.iter().filter(|one| unseen_for(one, DEAD_MS)).min_by_key(|one| one.seen_at).map(|one| one.number);
    rested.or_else(unused).or_else(dead)
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_767_225_600_000);

    fn used(numbers: std::ops::Range<i64>, ago: impl Fn(i64) -> i64) -> Vec<Used> {
        numbers.map(|number| Used { number, seen_at: NOW.ms() - ago(number), is_released: false }).collect()
    }

    #[test]
    fn numbers_given_back_and_rested_ones_come_first() {
        assert_eq!(choose(&[], NOW), Some(0));
        assert_eq!(choose(&used(0..3, |_| 0), NOW), Some(3));
        let mut gap = used(0..5, |_| 0);
        gap.remove(2);
        assert_eq!(choose(&gap, NOW), Some(2));
        let mut released = used(0..5, |_| 0);
        released[3].is_released = true;
        assert_eq!(choose(&released, NOW), Some(3));
        assert_eq!(choose(&used(0..5, |n| if n == 1 { REST_MS + 1 } else { REST_MS }), NOW), Some(1));
    }

    #[test]
    fn dying_again_and_again_does_not_use_numbers_up() {
        // One dies every five seconds, until all numbers were had; the last ones are not surely dead.
        let all = used(0..ids::NODES, |number| (ids::NODES - number) * 5_000);
        assert_eq!(choose(&all, NOW), Some(0), "the one that is dead for longest");
        assert_eq!(choose(&used(0..ids::NODES, |number| number * 5_000), NOW), Some(ids::NODES - 1));
        assert_eq!(choose(&used(0..ids::NODES, |_| DEAD_MS), NOW), None, "who was just seen may live");
    }
}
