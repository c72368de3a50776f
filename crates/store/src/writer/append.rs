use std::{
    collections::{HashMap, HashSet},
    sync::atomic::Ordering,
};

use model::run::{Hold, RunEvent, RunStatus};
use sea_orm::{DatabaseTransaction, DbBackend, Value};

use super::{
    Appended, Lease, Then, children,
    collect::{self, Joined},
    failures,
    flush::Refused,
    kv,
    lanes::{self, Leaving, leave_lanes},
    parents::{ChildEnd, signal_parents},
    prepare::PreparedAppend,
    recovered,
    rollup::{Ended, Happened, roll_up},
    runs::{JOURNAL, PAYLOADS},
    snapshots, waits,
};
use crate::{
    Error, RunChange,
    payload::FORMAT,
    queue::BEHIND,
    sql::{self, Bulk, Kind},
    store::Shared,
    watch::Reply,
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
    Kind::Int,
];

macro_rules! runs {
    ($before:literal, $from:literal) => {
        Bulk {
            head: "WITH v (v_id, v_epoch, v_seq, v_status, v_control, v_hold, v_hold_ref, v_wake, v_started, v_finished, v_class, v_code,
                   v_message, v_path, v_notes, v_retries, v_bytes) AS (VALUES ",
            tail: concat!(
                ")",
                $before,
                " UPDATE run SET seq = v_seq + 1, status = v_status, control = v_control, hold = v_hold, hold_ref = v_hold_ref,
                wake_at = v_wake, started_at = v_started, finished_at = v_finished, error_class = v_class, error_code = v_code,
                error_message = v_message, error_path = v_path, notes = v_notes, retries = v_retries,
                bytes = bytes + v_bytes FROM ",
                $from,
                " WHERE run.id = v_id AND run.epoch = v_epoch AND run.seq = v_seq RETURNING id, kind, created_at, bytes,
                snapshot_seq, of_run"
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
    head: "WITH v (v_id, v_taken, v_newer, v_until, v_now) AS (VALUES ",
    tail: ") UPDATE job SET available_at = CASE WHEN signalled > v_taken + v_newer THEN v_now ELSE v_until END,
            signalled = CASE WHEN signalled > v_taken THEN signalled - v_taken ELSE 0 END, lease_by = NULL
            FROM v WHERE job.id = v_id",
    columns: &[Kind::Int, Kind::Int, Kind::Int, Kind::Int, Kind::Int],
};

const TAKEN: Bulk = Bulk {
    head: "WITH v (v_id, v_taken) AS (VALUES ",
    tail: ") UPDATE job SET signalled = CASE WHEN signalled > v_taken THEN signalled - v_taken ELSE 0 END FROM v WHERE job.id = v_id",
    columns: &[Kind::Int, Kind::Int],
};

/// A job that waits for a signal only.
pub(crate) const NEVER: i64 = i64::MAX;

/// What a commit did beside what its caller handed in.
#[derive(Default)]
pub(super) struct Done {
    /// A signal waits.
    pub signalled: bool,
    /// Its events, where the writer has put something in place.
    pub placed: Option<Vec<RunEvent>>,
    /// Runs that began with it.
    pub begun: Vec<RunChange>,
    /// Something else may be claimed now.
    pub frees: bool,
}

/// Writes the commits of lease holders. Per commit what it did, or that the lease is lost. Where commits have to be `refused`, the
/// transaction must be given up and tried without them.
pub(super) async fn write(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    appends: &[&PreparedAppend],
    refused: &mut Refused,
) -> Result<Vec<Result<Done, Error>>, Error> {
    let mut sorted: Vec<&PreparedAppend> = appends.to_vec();
    sorted.sort_unstable_by_key(|append| append.append.lease.run);
    let won = update_runs(tx, shared, &sorted).await?;
    sorted.retain(|append| won.contains_key(&append.append.lease.run.0));
    let mut joined = reach_out(tx, shared, commit, &sorted, &won, refused).await?;
    if !refused.is_empty() {
        return Ok(Vec::new());
    }
    insert_rows(tx, commit, &sorted, &joined).await?;
    let mut ends = Vec::new();
    for prepared in &sorted {
        if let Some((parent, path, _)) = &prepared.append.parent {
            ends.push(ChildEnd { parent: *parent, path, body: &prepared.parent_body });
        }
    }
    let runs: Vec<i64> = sorted.iter().map(|append| append.append.lease.run.0).collect();
    let mut frees = signal_parents(tx, shared, &ends, &runs).await?;
    let (signalled, next) = update_jobs(tx, shared, &sorted).await?;
    frees |= next;
    finish_runs(tx, shared, &sorted, &won).await?;
    let mut begun = Some(std::mem::take(&mut joined.begun));
    let result = |append: &&PreparedAppend| {
        let run = append.append.lease.run.0;
        if !won.contains_key(&run) {
            return Err(Error::Fenced);
        }
        let mut begun = begun.take().unwrap_or_default();
        begun.extend(append.children.iter().filter_map(|child| {
            let (new, run) = (&child.new, child.run.as_ref()?.run);
            Some(RunChange { run, workspace: new.workspace, workflow: new.workflow, status: RunStatus::Queued, seq: 0 })
        }));
        let placed = joined.places.remove(&run).map(|(events, _)| events);
        Ok(Done { signalled: signalled.contains(&run), placed, begun, frees })
    };
    Ok(appends.iter().map(result).collect())
}

/// What commits do beyond their own runs: the part that can be refused.
async fn reach_out(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    appends: &[&PreparedAppend],
    won: &HashMap<i64, Won>,
    refused: &mut Refused,
) -> Result<Joined, Error> {
    let reaching: Vec<&PreparedAppend> = appends.iter().copied().filter(|append| append.reaches_out()).collect();
    if reaching.is_empty() {
        return Ok(Joined::default());
    }
    for prepared in &reaching {
        let (run, append) = (prepared.append.lease.run.0, &prepared.append);
        if won.get(&run).is_some_and(|won| !won.counts) && !(append.kv.is_empty() && append.collect.is_empty()) {
            refused.insert(run, Error::Invalid("a test changes no kept values and joins no batch".into()));
        }
    }
    kv::write(tx, shared, &reaching, refused).await?;
    waits::close(tx, shared, &reaching, refused).await?;
    children::begin(tx, shared, commit, &reaching, refused).await?;
    if !refused.is_empty() {
        return Ok(Joined::default());
    }
    collect::join(tx, shared, commit, &reaching).await
}

/// What is known of the row of a run.
struct Won {
    /// It is no test.
    counts: bool,
    created_at: i64,
    bytes: i64,
    has_snapshot: bool,
    /// What it is a replay of.
    of_run: Option<i64>,
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
            (prepared.kept as i64).into(),
        ]);
    }
    let update = if shared.backend == DbBackend::Postgres { &RUNS_LOCKED } else { &RUNS };
    let mut won = HashMap::with_capacity(appends.len());
    for row in update.query(tx, values).await? {
        let kind: String = sql::get(&row, 1)?;
        let has_snapshot = sql::get::<Option<i64>>(&row, 4)?.is_some();
        let (created_at, bytes, of_run) = (sql::get(&row, 2)?, sql::get(&row, 3)?, sql::get(&row, 5)?);
        won.insert(sql::get(&row, 0)?, Won { counts: kind != "test", created_at, bytes, has_snapshot, of_run });
    }
    Ok(won)
}

async fn insert_rows(tx: &DatabaseTransaction, commit: i64, appends: &[&PreparedAppend], joined: &Joined) -> Result<(), Error> {
    let (mut journal, mut payloads, mut taken) = (Vec::with_capacity(appends.len() * 6), Vec::new(), Vec::new());
    for prepared in appends {
        let lease = &prepared.append.lease;
        let events = joined.places.get(&lease.run.0).map_or(&prepared.journal, |(_, events)| events);
        journal.extend([
            Value::from(lease.run.0),
            (lease.seq + 1).into(),
            prepared.at.ms().into(),
            FORMAT.into(),
            commit.into(),
            events.clone().into(),
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
    snapshots::write(tx, appends).await
}

/// Jobs of runs that end go, those of parked runs wait. Gives back the runs that go on and have signals waiting, and whether another
/// run of a lane may begin.
async fn update_jobs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    appends: &[&PreparedAppend],
) -> Result<(HashSet<i64>, bool), Error> {
    let now = shared.now().ms();
    let (mut done, mut going, mut parked, mut taken, mut stuck) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for prepared in appends {
        let (run, count) = (prepared.append.lease.run.0, prepared.append.taken.len() as i64);
        match prepared.append.then {
            Then::Done => done.push(run),
            Then::Park { until } => {
                let until = until.map_or(NEVER, |until| until.ms());
                let newer = i64::from(prepared.append.newer);
                parked.extend([Value::from(run), count.into(), newer.into(), until.into(), now.into()]);
                if matches!(prepared.append.projection.hold, Some(Hold::Unknown | Hold::Connection | Hold::System)) {
                    stuck.push(run);
                }
            }
            Then::Continue => {
                going.push(run);
                if count > 0 {
                    taken.extend([Value::from(run), count.into()]);
                }
            }
        }
    }
    let tail = " RETURNING id, signalled, workflow_id, lane, blocked";
    let ended = sql::all_in(tx, "DELETE FROM job WHERE id IN ", tail, &done).await?;
    let (mut unread, mut leaving) = (Vec::new(), Vec::new());
    for row in ended {
        // Signals nobody will read any more go with the job; usually there are none.
        if sql::get::<i64>(&row, 1)? > 0 {
            unread.push(sql::get(&row, 0)?);
        }
        if let Some(lane) = sql::get::<Option<String>>(&row, 3)? {
            leaving.push(Leaving { workflow: sql::get(&row, 2)?, lane, was_first: sql::get::<i64>(&row, 4)? & BEHIND == 0 });
        }
    }
    sql::exec_in(tx, "DELETE FROM signal WHERE run_id IN ", "", &unread).await?;
    let mut next = leave_lanes(tx, &leaving).await?;
    PARK.exec(tx, parked).await?;
    next |= lanes::let_others_pass(tx, &stuck).await?;
    TAKEN.exec(tx, taken).await?;
    let mut signalled = HashSet::new();
    for row in sql::all_in(tx, "SELECT id FROM job WHERE signalled > 0 AND id IN ", "", &going).await? {
        signalled.insert(sql::get(&row, 0)?);
    }
    Ok((signalled, next))
}

/// What follows from runs that have ended.
async fn finish_runs(
    tx: &DatabaseTransaction,
    shared: &Shared,
    appends: &[&PreparedAppend],
    won: &HashMap<i64, Won>,
) -> Result<(), Error> {
    let (mut ended, mut failed, mut snapshots, mut replayed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut happened = Happened::default();
    for prepared in appends.iter().filter(|prepared| won.get(&prepared.append.lease.run.0).is_some_and(|won| won.counts)) {
        shared.calls.count(&prepared.append, &mut happened);
    }
    for prepared in appends.iter().filter(|prepared| prepared.append.then == Then::Done) {
        let (lease, projection) = (&prepared.append.lease, &prepared.append.projection);
        let Some(won) = won.get(&lease.run.0) else { continue };
        ended.push(Ended {
            workspace: lease.workspace.0,
            workflow: lease.workflow.0,
            counts: won.counts,
            status: projection.status,
            created_at: won.created_at,
            started_at: projection.started_at.map(|at| at.ms()),
            finished_at: projection.finished_at.unwrap_or(prepared.at).ms(),
            retries: i64::from(projection.retries),
            bytes: won.bytes,
        });
        if prepared.heard && won.counts {
            failed.push(*prepared);
        }
        if projection.status == RunStatus::Succeeded {
            replayed.extend(won.of_run);
        }
        if won.has_snapshot {
            snapshots.push(lease.run.0);
        }
    }
    recovered::mark(tx, shared, &replayed, &mut happened).await?;
    roll_up(tx, shared, &ended, happened).await?;
    failures::tell(tx, shared, &failed).await?;
    sql::exec_in(tx, "DELETE FROM snapshot WHERE run_id IN ", "", &snapshots).await?;
    Ok(())
}

/// After the commit: tells who watches or waits, and makes the answer.
pub(super) fn finish(
    shared: &Shared,
    prepared: PreparedAppend,
    done: Result<Done, Error>,
    unleased: &mut bool,
) -> Result<Appended, Error> {
    shared.calls.follow(&prepared.append, done.is_ok());
    let done = done?;
    let append = prepared.append;
    let lease = Lease { seq: append.lease.seq + 1, ..append.lease };
    let reply = match &done.placed {
        Some(events) => Reply::of(events),
        None => prepared.reply,
    };
    if let Some(reply) = reply {
        shared.replies.give(lease.run, reply);
    }
    let status = append.projection.status;
    shared.announce(RunChange { run: lease.run, workspace: lease.workspace, workflow: lease.workflow, status, seq: lease.seq });
    if !done.begun.is_empty() {
        shared.backlog.store(true, Ordering::Relaxed);
    }
    // Something may be due already, or sooner than what the workers sleep for.
    *unleased |= done.frees || prepared.heard || !done.begun.is_empty() || !append.collect.is_empty();
    for change in done.begun {
        shared.announce(change);
    }
    if append.then != Then::Continue {
        // A place in the number of runs at once is free.
        *unleased |= shared.gates.free(lease.workflow);
        *unleased |= matches!(append.then, Then::Park { .. });
    }
    Ok(Appended { lease, signalled: done.signalled, events: done.placed.unwrap_or(append.events) })
}
