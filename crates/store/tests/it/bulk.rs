use model::{
    Role,
    api::{Bulk, BulkAction, BulkState, NewBulk, NewRows, RunsQuery},
    ids::{JobId, StepPath},
    run::{Choice, EffectClass, RunEvent, RunEventKind, RunStatus, SignalKind},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use store::{BULK, BulkOutcome, BulkWork, ClaimedJob, Error, Scope, Then};

use crate::{on_both, support::*};

fn all(action: BulkAction, status: &str) -> NewBulk {
    let filter = RunsQuery { status: Some(status.into()), ..RunsQuery::default() };
    NewBulk { action, filter, from_step: None, newest: false, choice: None }
}

async fn job(db: &Db) -> ClaimedJob {
    db.store.claim_jobs(&[BULK], 1, LEASE_MS).await.unwrap().remove(0)
}

/// Carries an action on to its end, `most` runs at a time.
async fn carry_out(db: &Db, id: JobId, most: u32) -> Bulk {
    let job = job(db).await;
    while let Some(mut piece) = db.store.bulk_next(&job, most).await.unwrap() {
        let outcome = db.store.bulk_apply(&mut piece).await.unwrap();
        if !db.store.bulk_advance(&piece, &outcome).await.unwrap() {
            break;
        }
    }
    db.store.bulk(&db.scope, id).await.unwrap()
}

/// A table of so many rows, three of which are due in a second.
fn table(rows: usize) -> NewRows {
    let row = |n: usize| json!({ "note": format!("cell {n}\n<img onerror=x>") }).as_object().unwrap().clone();
    NewRows { trigger: "button".into(), rows: (0..rows).map(row).collect(), per_minute: 180 }
}

/// Carries a table on; the places of the rows of each piece.
async fn pieces(db: &Db) -> Vec<Vec<usize>> {
    let (job, mut pieces) = (job(db).await, Vec::new());
    while let Some(piece) = db.store.bulk_next(&job, 10).await.unwrap() {
        let BulkWork::Rows { rows, .. } = &piece.work else { panic!("no rows: {piece:?}") };
        assert!(rows.iter().all(|(at, row)| row["note"] == format!("cell {at}\n<img onerror=x>")));
        pieces.push(rows.iter().map(|(at, _)| *at).collect());
        if !db.store.bulk_advance(&piece, &BulkOutcome::default()).await.unwrap() {
            break;
        }
    }
    pieces
}

/// What the database has of the newest action: what was asked for, and rows.
async fn kept(db: &Db) -> (String, String) {
    let raw = db.raw().await;
    let sql = "SELECT request, rows FROM bulk ORDER BY id DESC LIMIT 1";
    let row = raw.query_one_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap().unwrap();
    let (request, rows): (Vec<u8>, Option<Vec<u8>>) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
    (String::from_utf8(request).unwrap(), String::from_utf8(rows.unwrap_or_default()).unwrap())
}

/// A run that waits for a person to say what happened to a call.
async fn unknown(db: &Db) -> model::ids::RunId {
    let claimed = db.claimed().await;
    let path = StepPath::from("send");
    let kinds = [
        RunEventKind::RunStarted,
        RunEventKind::StepReady { path: path.clone(), input: json!({}).into(), notes: Vec::new() },
        RunEventKind::AttemptStarted {
            path: path.clone(),
            n: 1,
            round: 0,
            key: "k".into(),
            class: EffectClass::Unsafe,
            timeout_ms: 1,
            request: None,
            connection: None,
        },
        RunEventKind::AttemptUnknown { path, n: 1, reason: "no answer".into() },
        RunEventKind::Parked { until: None, hold: Some(model::run::Hold::Unknown) },
    ];
    let events = kinds.map(|kind| RunEvent { at: db.store.now(), kind }).to_vec();
    db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Park { until: None })).await.unwrap();
    claimed.lease.run
}

on_both! {
    async fn all_that_fit_are_cancelled_in_pieces(db: Db) {
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(db.run().await);
        }
        let begun = db.store.start_bulk(&db.scope, all(BulkAction::Cancel, "queued")).await.unwrap();
        assert_eq!((begun.state, begun.done, begun.created_by.as_str()), (BulkState::Running, 0, "ada@example.com"));
        let later = db.run().await;
        let done = carry_out(&db, begun.id, 3).await;
        assert_eq!((done.state, done.done, done.skipped, done.failed, done.finished_at.is_some()), (BulkState::Finished, 7, 0, 0, true));
        for run in runs {
            assert_eq!(db.statuses(run).await, RunStatus::Cancelled);
        }
        assert_eq!(db.statuses(later).await, RunStatus::Queued, "what began later is left out");
    }

    async fn it_goes_on_where_it_was_after_a_crash(db: Db) {
        for _ in 0..6 {
            db.run().await;
        }
        let begun = db.store.start_bulk(&db.scope, all(BulkAction::Cancel, "queued,cancelled")).await.unwrap();
        let first = job(&db).await;
        let mut piece = db.store.bulk_next(&first, 2).await.unwrap().unwrap();
        let outcome = db.store.bulk_apply(&mut piece).await.unwrap();
        assert!(db.store.bulk_advance(&piece, &outcome).await.unwrap());
        assert!(!db.store.bulk_advance(&piece, &outcome).await.unwrap(), "a piece counts once");
        // The next piece is done, but the process dies before it is noted.
        let mut lost = db.store.bulk_next(&first, 2).await.unwrap().unwrap();
        assert!(lost.runs().iter().all(|run| !piece.runs().contains(run)));
        db.store.bulk_apply(&mut lost).await.unwrap();
        db.clock.advance_ms(LEASE_MS + 1);
        let done = carry_out(&db, begun.id, 2).await;
        assert_eq!((done.state, done.done, done.skipped), (BulkState::Finished, 4, 2), "what was done already is passed over");
    }

    async fn a_stopped_action_does_nothing_more(db: Db) {
        for _ in 0..4 {
            db.run().await;
        }
        let begun = db.store.start_bulk(&db.scope, all(BulkAction::Cancel, "queued")).await.unwrap();
        let job = job(&db).await;
        let mut piece = db.store.bulk_next(&job, 1).await.unwrap().unwrap();
        let outcome = db.store.bulk_apply(&mut piece).await.unwrap();
        db.store.stop_bulk(&db.scope, begun.id).await.unwrap();
        db.store.stop_bulk(&db.scope, begun.id).await.unwrap();
        assert!(!db.store.bulk_advance(&piece, &outcome).await.unwrap());
        assert!(db.store.bulk_next(&job, 1).await.unwrap().is_none());
        let stopped = db.store.bulk(&db.scope, begun.id).await.unwrap();
        assert_eq!((stopped.state, stopped.done), (BulkState::Stopped, 1), "what was done is counted");
        assert_eq!(db.count("SELECT COUNT(*) FROM job WHERE kind = 'bulk'").await, 0);
    }

    async fn every_unknown_call_gets_the_answer(db: Db) {
        let waiting = [unknown(&db).await, unknown(&db).await];
        let claimed = db.claimed().await;
        db.clock.advance_ms(1);
        let under_way = unknown(&db).await;
        let new = NewBulk { choice: Some(Choice::RunAgain), ..all(BulkAction::Settle, "waiting,running,queued") };
        let begun = db.store.start_bulk(&db.scope, new).await.unwrap();
        let done = carry_out(&db, begun.id, 10).await;
        let again = u64::from(!db.is_postgres());
        assert_eq!((done.state, done.done, done.skipped, done.failed), (BulkState::Finished, 2 + again, 2 - again, 0));
        let told = !db.store.signals(under_way).await.unwrap().is_empty();
        assert_eq!(told, !db.is_postgres(), "its lost call may still be under way, unless its process surely ended");
        for run in waiting {
            let signals = db.store.signals(run).await.unwrap();
            assert_eq!((signals[0].kind, signals[0].path.clone()), (SignalKind::Settle, Some(StepPath::from("send"))));
            assert_eq!((&signals[0].body, signals[0].by.as_deref()), (&json!("run_again"), Some("ada@example.com")));
        }
        assert!(db.store.signals(claimed.lease.run).await.unwrap().is_empty());
    }

    async fn nobody_is_told_twice_to_run_it_again(db: Db) {
        let waiting = [unknown(&db).await, unknown(&db).await, unknown(&db).await];
        db.clock.advance_ms(1);
        let new = NewBulk { choice: Some(Choice::RunAgain), ..all(BulkAction::Settle, "waiting") };
        let begun = db.store.start_bulk(&db.scope, new).await.unwrap();
        let first = job(&db).await;
        let mut piece = db.store.bulk_next(&first, 2).await.unwrap().unwrap();
        let mut same = piece.clone();
        let told = piece.runs().to_vec();
        db.store.bulk_apply(&mut piece).await.unwrap();
        // The process dies before it notes how far it came; the runs go on meanwhile, and their calls are unknown once more.
        for claimed in db.store.claim_runs(10, LEASE_MS).await.unwrap() {
            assert!(told.contains(&claimed.lease.run));
            let path = StepPath::from("send");
            let kinds = [RunEventKind::AttemptUnknown { path, n: 1, reason: "no answer".into() },
                RunEventKind::Parked { until: None, hold: Some(model::run::Hold::Unknown) }];
            let events = kinds.map(|kind| RunEvent { at: START, kind }).to_vec();
            let mut append = commit(claimed.lease, &claimed.journal, events, Then::Park { until: None });
            append.taken = claimed.signals.iter().map(|signal| signal.id).collect();
            db.store.append(append).await.unwrap();
        }
        // Another worker had the same piece in its hands.
        let outcome = db.store.bulk_apply(&mut same).await.unwrap();
        assert!(!db.store.bulk_advance(&same, &outcome).await.unwrap());
        db.clock.advance_ms(LEASE_MS + 1);
        let done = carry_out(&db, begun.id, 2).await;
        assert_eq!((done.state, done.done, done.skipped), (BulkState::Finished, 3, 0));
        for run in waiting {
            let signals = db.store.signals(run).await.unwrap();
            assert_eq!(signals.len(), usize::from(!told.contains(&run)), "{run}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM audit WHERE action = 'run.settled'").await, 3);
    }

    async fn ended_runs_are_deleted_and_live_ones_refused(db: Db) {
        let ended = db.claimed().await;
        db.end(&ended, RunStatus::Failed).await;
        let live = db.run().await;
        let begun = db.store.start_bulk(&db.scope, all(BulkAction::Delete, "failed,queued")).await.unwrap();
        let done = carry_out(&db, begun.id, 10).await;
        assert_eq!((done.done, done.failed), (1, 1));
        assert!(done.error.unwrap().contains("cancel it first"));
        assert!(matches!(db.store.run(&db.scope, ended.lease.run).await, Err(Error::NotFound(_))));
        assert_eq!(db.statuses(live).await, RunStatus::Queued);
    }

    async fn rows_of_a_table_are_read_by_its_pieces_alone(db: Db) {
        let bulk = db.store.start_rows(&db.scope, db.workflow, table(7)).await.unwrap();
        assert_eq!((bulk.action, bulk.total), (BulkAction::Run, Some(7)));
        assert!(!kept(&db).await.0.contains("cell"), "what was asked for is small");
        assert!(kept(&db).await.1.contains("cell 6"));
        assert_eq!(pieces(&db).await, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        let ended = db.store.bulk(&db.scope, bulk.id).await.unwrap();
        assert_eq!((ended.state, ended.total), (BulkState::Finished, Some(7)));
        assert_eq!(kept(&db).await.1, "", "and forgotten when it is over");

        let stopped = db.store.start_rows(&db.scope, db.workflow, table(3)).await.unwrap();
        db.store.stop_bulk(&db.scope, stopped.id).await.unwrap();
        let failed = db.store.start_rows(&db.scope, db.workflow, table(3)).await.unwrap();
        db.store.fail_bulk(failed.id, "off").await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM bulk WHERE rows IS NOT NULL").await, 0);
    }

    async fn a_table_from_before_its_rows_stood_apart_goes_on(db: Db) {
        let bulk = db.store.start_rows(&db.scope, db.workflow, table(7)).await.unwrap();
        let before = json!({ "workflow": db.workflow, "table": table(7), "total": 7 }).to_string().into_bytes();
        let raw = db.raw().await;
        let sql = "UPDATE bulk SET request = $1, rows = NULL";
        raw.execute_raw(Statement::from_sql_and_values(raw.get_database_backend(), sql, [before.into()])).await.unwrap();
        assert_eq!(db.store.bulk(&db.scope, bulk.id).await.unwrap().total, Some(7));
        assert_eq!(pieces(&db).await, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
        let ended = db.store.bulk(&db.scope, bulk.id).await.unwrap();
        assert_eq!((ended.state, ended.total), (BulkState::Finished, Some(7)));
        assert!(!kept(&db).await.0.contains("cell"));
    }

    async fn only_operators_of_the_workspace(db: Db) {
        let run = db.run().await;
        let stranger = db.stranger().await;
        let maker = Scope { role: Role::Maker, ..db.scope.clone() };
        let new = || all(BulkAction::Cancel, "queued");
        assert!(matches!(db.store.start_bulk(&maker, new()).await, Err(Error::Forbidden { .. })));
        let theirs = db.store.start_bulk(&stranger, new()).await.unwrap();
        assert!(matches!(db.store.bulk(&db.scope, theirs.id).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.stop_bulk(&db.scope, theirs.id).await, Err(Error::NotFound(_))));
        let job = job(&db).await;
        let piece = db.store.bulk_next(&job, 10).await.unwrap().unwrap();
        assert!(piece.runs().is_empty());
        assert!(matches!(db.store.delete_run(&stranger, run).await, Err(Error::NotFound(_))));
        assert_eq!(db.statuses(run).await, RunStatus::Queued);
    }
}
