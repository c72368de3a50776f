use std::collections::{BTreeMap, HashMap, HashSet};

use model::run::RunStatus;
use sea_orm::{DatabaseTransaction, DbBackend, Value};

use super::{
    Appended, Lease, Then,
    accept::{JOURNAL, PAYLOADS},
    prepare::PreparedAppend,
};
use crate::{
    Error, RunChange,
    payload::FORMAT,
    sql::{self, Bulk, Kind},
    store::Shared,
};

const COLUMNS: &[Kind] = &[
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Int,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Text,
    Kind::Int,
    Kind::Int,
];

macro_rules! runs {
    ($before:literal, $from:literal) => {
        Bulk {
            head: "WITH v (v_id, v_epoch, v_seq, v_status, v_control, v_hold, v_hold_ref, v_wake, v_started, v_finished, v_class, v_code,
                   v_message, v_path, v_notes, v_retries) AS (VALUES ",
            tail: concat!(
                ")",
                $before,
                " UPDATE run SET seq = v_seq + 1, status = v_status, control = v_control, hold = v_hold, hold_ref = v_hold_ref,
                wake_at = v_wake, started_at = v_started, finished_at = v_finished, error_class = v_class, error_code = v_code,
                error_message = v_message, error_path = v_path, notes = v_notes, retries = v_retries FROM ",
                $from,
                " WHERE run.id = v_id AND run.epoch = v_epoch AND run.seq = v_seq RETURNING id, kind, created_at"
            ),
            columns: COLUMNS,
        }
    };
}

const RUNS: Bulk = runs!("", "v");
/// PostgreSQL: the rows are locked in the order of their ids first, so that two flushes never wait for each other.
const RUNS_LOCKED: Bulk = runs!(
    ", l AS MATERIALIZED (SELECT r.id AS l_id FROM run r WHERE r.id IN (SELECT v_id FROM v) ORDER BY r.id FOR UPDATE)",
    "v JOIN l ON l_id = v_id"
);

/// Parked: a signal that came meanwhile makes the job available at once.
const PARK: Bulk = Bulk {
    head: "WITH v (v_id, v_taken, v_until, v_now) AS (VALUES ",
    tail: ") UPDATE job SET available_at = CASE WHEN signalled > v_taken THEN v_now ELSE v_until END,
            signalled = CASE WHEN signalled > v_taken THEN signalled - v_taken ELSE 0 END, lease_by = NULL
            FROM v WHERE job.id = v_id",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

const TAKEN: Bulk = Bulk {
    head: "WITH v (v_id, v_taken) AS (VALUES ",
    tail: ") UPDATE job SET signalled = CASE WHEN signalled > v_taken THEN signalled - v_taken ELSE 0 END FROM v WHERE job.id = v_id",
    columns: &[Kind::Int, Kind::Int],
};

const ROLLUP: Bulk = Bulk {
    head: "WITH v (v_workflow, v_width, v_bucket, v_node, v_workspace, v_succeeded, v_failed, v_filtered, v_cancelled, v_duration)
           AS (VALUES ",
    tail: ") INSERT INTO rollup (workflow_id, width, bucket_at, node, workspace_id, succeeded, failed, filtered, cancelled, duration_ms)
            SELECT * FROM v WHERE v_workflow IS NOT NULL ON CONFLICT (workflow_id, width, bucket_at, node) DO UPDATE SET succeeded = rollup.succeeded + excluded.succeeded,
            failed = rollup.failed + excluded.failed, filtered = rollup.filtered + excluded.filtered,
            cancelled = rollup.cancelled + excluded.cancelled, duration_ms = rollup.duration_ms + excluded.duration_ms",
    columns: &[
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Int,
    ],
};

/// Lengths of roll-up buckets, in milliseconds: a minute for charts of now, a quarter of an hour for the rest.
pub(crate) const WIDTHS: [i64; 2] = [60_000, 900_000];

/// A job that waits for a signal only.
pub(crate) const NEVER: i64 = i64::MAX;

/// Writes the commits of lease holders. Per commit: whether a signal waits, or that the lease is lost.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    appends: &[Box<PreparedAppend>],
) -> Result<Vec<Result<bool, Error>>, Error> {
    let mut sorted: Vec<&PreparedAppend> = appends.iter().map(|append| &**append).collect();
    sorted.sort_unstable_by_key(|append| append.append.lease.run);
    let won = update_runs(tx, shared, &sorted).await?;
    sorted.retain(|append| won.contains_key(&append.append.lease.run.0));
    insert_rows(tx, commit, &sorted).await?;
    let signalled = update_jobs(tx, shared, &sorted).await?;
    roll_up(tx, shared, &sorted, &won).await?;
    let result = |append: &PreparedAppend| {
        let run = append.append.lease.run.0;
        if won.contains_key(&run) { Ok(signalled.contains(&run)) } else { Err(Error::Fenced) }
    };
    Ok(appends.iter().map(|append| result(append)).collect())
}

/// What the roll-up needs of a run.
struct Won {
    counts: bool,
    created_at: i64,
}

async fn update_runs(tx: &DatabaseTransaction, shared: &Shared, appends: &[&PreparedAppend]) -> Result<HashMap<i64, Won>, Error> {
    let mut values = Vec::with_capacity(appends.len() * COLUMNS.len());
    for prepared in appends {
        let (lease, p) = (&prepared.append.lease, &prepared.append.projection);
        let error = p.error.as_ref();
        values.extend([
            Value::from(lease.run.0),
            lease.epoch.into(),
            lease.seq.into(),
            p.status.as_str().into(),
            p.control.as_str().into(),
            p.hold.map(|hold| hold.as_str()).into(),
            prepared.append.hold_ref.filter(|_| p.hold.is_some()).map(|id| id.0).into(),
            p.wake_at.map(|at| at.ms()).into(),
            p.started_at.map(|at| at.ms()).into(),
            p.finished_at.map(|at| at.ms()).into(),
            error.map(|e| e.class.as_str()).into(),
            error.map(|e| e.code.clone()).into(),
            error.map(|e| e.message.clone()).into(),
            error.and_then(|e| e.path.as_ref()).map(|path| path.0.clone()).into(),
            i64::from(p.notes).into(),
            i64::from(p.retries).into(),
        ]);
    }
    let update = if shared.backend == DbBackend::Postgres { &RUNS_LOCKED } else { &RUNS };
    let mut won = HashMap::with_capacity(appends.len());
    for row in update.query(tx, values).await? {
        let kind: String = sql::get(&row, 1)?;
        won.insert(sql::get(&row, 0)?, Won { counts: kind != "test", created_at: sql::get(&row, 2)? });
    }
    Ok(won)
}

async fn insert_rows(tx: &DatabaseTransaction, commit: i64, appends: &[&PreparedAppend]) -> Result<(), Error> {
    let (mut journal, mut payloads, mut taken) = (Vec::with_capacity(appends.len() * 6), Vec::new(), Vec::new());
    for prepared in appends {
        let lease = &prepared.append.lease;
        journal.extend([
            Value::from(lease.run.0),
            (lease.seq + 1).into(),
            prepared.at.ms().into(),
            FORMAT.into(),
            commit.into(),
            prepared.journal.clone().into(),
        ]);
        for payload in &prepared.payloads {
            payloads.extend([
                Value::from(lease.run.0),
                payload.hash.clone().into(),
                (payload.body.len() as i64).into(),
                payload.body.clone().into(),
            ]);
        }
        taken.extend(prepared.append.taken.iter().map(|signal| signal.0));
    }
    JOURNAL.exec(tx, journal).await?;
    PAYLOADS.exec(tx, payloads).await?;
    sql::exec_in(tx, "DELETE FROM signal WHERE id IN ", "", &taken).await?;
    Ok(())
}

/// Jobs of runs that end go, those of parked runs wait. Gives back the runs that go on and have signals waiting.
async fn update_jobs(tx: &DatabaseTransaction, shared: &Shared, appends: &[&PreparedAppend]) -> Result<HashSet<i64>, Error> {
    let now = shared.now().ms();
    let (mut done, mut going, mut parked, mut taken) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for prepared in appends {
        let (run, count) = (prepared.append.lease.run.0, prepared.append.taken.len() as i64);
        match prepared.append.then {
            Then::Done => done.push(run),
            Then::Park { until } => {
                let until = until.map_or(NEVER, |until| until.ms());
                parked.extend([Value::from(run), count.into(), until.into(), now.into()]);
            }
            Then::Continue => {
                going.push(run);
                if count > 0 {
                    taken.extend([Value::from(run), count.into()]);
                }
            }
        }
    }
    // Signals nobody will read any more go with the job; usually there are none.
    let ended = sql::all_in(tx, "DELETE FROM job WHERE id IN ", " RETURNING id, signalled", &done).await?;
    let mut unread = Vec::new();
    for row in ended {
        if sql::get::<i64>(&row, 1)? > 0 {
            unread.push(sql::get(&row, 0)?);
        }
    }
    sql::exec_in(tx, "DELETE FROM signal WHERE run_id IN ", "", &unread).await?;
    PARK.exec(tx, parked).await?;
    TAKEN.exec(tx, taken).await?;
    let mut signalled = HashSet::new();
    for row in sql::all_in(tx, "SELECT id FROM job WHERE signalled > 0 AND id IN ", "", &going).await? {
        signalled.insert(sql::get(&row, 0)?);
    }
    Ok(signalled)
}

/// Adds ended runs to the counts their workflow's list shows. Tests do not count.
async fn roll_up(
    tx: &DatabaseTransaction,
    shared: &Shared,
    appends: &[&PreparedAppend],
    won: &HashMap<i64, Won>,
) -> Result<(), Error> {
    let mut sums: BTreeMap<(i64, i64, i64), (i64, [i64; 5])> = BTreeMap::new();
    for prepared in appends {
        let (lease, projection) = (&prepared.append.lease, &prepared.append.projection);
        let Some(won) = won.get(&lease.run.0).filter(|won| won.counts && prepared.append.then == Then::Done) else { continue };
        let column = match projection.status {
            RunStatus::Succeeded => 0,
            RunStatus::Failed => 1,
            RunStatus::Filtered => 2,
            _ => 3,
        };
        let at = projection.finished_at.unwrap_or(prepared.at).ms();
        for width in WIDTHS {
            let (_, sum) =
                sums.entry((lease.workflow.0, width, at - at.rem_euclid(width))).or_insert_with(|| (lease.workspace.0, [0; 5]));
            sum[column] += 1;
            sum[4] += (at - won.created_at).max(0);
        }
    }
    let rows = sums.into_iter().flat_map(|((workflow, width, bucket), (workspace, sum))| {
        let [succeeded, failed, filtered, cancelled, duration] = sum;
        [workflow, width, bucket, shared.node.number, workspace, succeeded, failed, filtered, cancelled, duration]
            .map(Value::from)
    });
    ROLLUP.exec(tx, rows.collect()).await
}

/// After the commit: tells who watches or waits, and makes the answer.
pub(super) fn finish(
    shared: &Shared,
    prepared: PreparedAppend,
    signalled: Result<bool, Error>,
    unleased: &mut bool,
) -> Result<Appended, Error> {
    let signalled = signalled?;
    let append = prepared.append;
    let lease = Lease { seq: append.lease.seq + 1, ..append.lease };
    if let Some(reply) = prepared.reply {
        shared.replies.give(lease.run, reply);
    }
    let status = append.projection.status;
    shared.announce(RunChange { run: lease.run, workspace: lease.workspace, workflow: lease.workflow, status, seq: lease.seq });
    if matches!(append.then, Then::Park { .. }) {
        // It may be due already, or sooner than what the workers sleep for.
        *unleased = true;
    }
    Ok(Appended { lease, signalled, events: append.events })
}
