//! The dashboard's figures against a recount of the rows they stand for.

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{Dashboard, RunCounts, RunsQuery, WorkflowState},
    ids::{ConnectionId, RunId, StepPath, WorkflowId},
    run::{EffectClass, ErrorClass, RunError, RunEvent, RunEventKind, RunKind, RunStatus, StepError},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use store::{DashboardSpan, Error, NewEvent, NewJob, Scope, Then};

use crate::{on_both, support::*};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Cheap, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n.unsigned_abs()) as i64
    }
}

fn span(db: &Db, since: i64, step: i64, workflow: Option<WorkflowId>) -> DashboardSpan {
    let until = db.store.now();
    let mut edges = vec![Timestamp(since)];
    while edges.last().is_some_and(|last| *last <= until) {
        edges.push(edges.last().unwrap().plus_ms(step));
    }
    DashboardSpan { edges, until, zone: "UTC".into(), step_ms: step, workflow }
}

async fn dashboard(db: &Db, since: i64, step: i64) -> Dashboard {
    db.store.dashboard(&db.scope, span(db, since, step, None)).await.unwrap()
}

/// A run of the workflow that waits, runs and ends so.
async fn run(db: &Db, event: NewEvent, wait: i64, length: i64, status: RunStatus) -> RunId {
    let run = run_of(&db.store.accept(event).await.unwrap());
    let claimed = db.claim(50).await.into_iter().find(|claimed| claimed.lease.run == run).unwrap();
    db.clock.advance_ms(wait);
    let begun = db.store.now();
    db.clock.advance_ms(length);
    let end = db.store.now();
    let error = (status == RunStatus::Failed).then(|| RunError {
        path: Some(StepPath::from("send")),
        class: ErrorClass::Rejected,
        code: "http.status".into(),
        message: "no".into(),
    });
    let last = RunEventKind::RunFinished { status, error, message: None, by: None };
    let events = vec![started(begun), RunEvent { at: end, kind: last }];
    db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Done)).await.unwrap();
    run
}

/// What the run rows say of those that ended between two times.
async fn recount(db: &Db, workflow: Option<WorkflowId>, since: i64, until: i64) -> (RunCounts, Vec<i64>, Vec<i64>) {
    let raw = db.raw().await;
    let only = workflow.map_or(String::new(), |id| format!(" AND workflow_id = {}", id.0));
    let sql = format!(
        "SELECT status, finished_at - created_at, started_at - created_at, recovered_at FROM run
         WHERE kind <> 'test' AND finished_at >= {since} AND finished_at < {until}{only}"
    );
    let (mut counts, mut durations, mut waits) = (RunCounts::default(), Vec::new(), Vec::new());
    for row in raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap() {
        match row.try_get_by_index::<String>(0).unwrap().as_str() {
            "succeeded" => counts.succeeded += 1,
            "failed" => counts.failed += 1,
            "filtered" => counts.filtered += 1,
            "cancelled" => counts.cancelled += 1,
            other => panic!("{other} has ended?"),
        }
        counts.recovered += u64::from(row.try_get_by_index::<Option<i64>>(3).unwrap().is_some());
        durations.push(row.try_get_by_index::<i64>(1).unwrap());
        waits.extend(row.try_get_by_index::<Option<i64>>(2).unwrap());
    }
    durations.sort_unstable();
    waits.sort_unstable();
    (counts, durations, waits)
}

fn close(found: u64, sorted: &[i64], share: f64) {
    let rank = ((sorted.len() as f64 * share).ceil() as usize).clamp(1, sorted.len());
    let exact = sorted[rank - 1] as f64;
    assert!((found as f64 - exact).abs() <= exact * 0.05 + 0.5, "{share}: {found}, exactly {exact}");
}

/// Everything a dashboard counts, bucket by bucket and in sum.
async fn holds(db: &Db, since: i64, step: i64, workflow: Option<WorkflowId>) {
    let seen = db.store.dashboard(&db.scope, span(db, since, step, workflow)).await.unwrap();
    for bucket in &seen.buckets {
        let (counts, ..) = recount(db, workflow, bucket.at.ms(), bucket.until.ms()).await;
        assert_eq!(bucket.counts, counts, "from {}", bucket.at.rfc3339());
    }
    let until = seen.buckets.last().unwrap().until.ms();
    let (counts, durations, waits) = recount(db, workflow, since, until).await;
    assert_eq!(seen.totals.counts, counts);
    for (found, exact) in [(seen.totals.duration, &durations), (seen.totals.queue_wait, &waits)] {
        match found {
            Some(found) => {
                close(found.p50_ms, exact, 0.5);
                close(found.p95_ms, exact, 0.95);
                close(found.p99_ms, exact, 0.99);
            }
            None => assert!(exact.is_empty()),
        }
    }
    let length = seen.until.since(Timestamp(since));
    let (before, ..) = recount(db, workflow, since - length, since).await;
    assert_eq!(seen.before.counts, before);
}

async fn random_history(db: &Db, seed: u64) {
    let mut dice = Dice(seed);
    let other = db.another("Second", &definition()).await;
    let mut failed: Vec<RunId> = Vec::new();
    for _ in 0..60 {
        let workflow = if dice.below(3) == 0 { other } else { db.workflow };
        let mut event = db.event_of(workflow, json!(1));
        let mut of = None;
        match dice.below(8) {
            0 => {
                event.kind = RunKind::Test { only: None };
                event.version = 0;
                event.definition = Some(Box::new(definition()));
            }
            1 if !failed.is_empty() => {
                let at = dice.below(failed.len() as i64) as usize;
                of = Some(failed[at]);
                event = NewEvent { kind: RunKind::Replay { of: failed[at], from: None }, ..db.event(json!(1)) };
            }
            _ => {}
        }
        if dice.below(12) == 0 && of.is_none() {
            let run = run_of(&db.store.accept(event).await.unwrap());
            db.clock.advance_ms(dice.below(MINUTE));
            db.store.cancel(&db.scope, run).await.unwrap();
            continue;
        }
        let status = [RunStatus::Succeeded, RunStatus::Succeeded, RunStatus::Failed, RunStatus::Filtered][dice.below(4) as usize];
        let live = !matches!(event.kind, RunKind::Test { .. });
        let (wait, length) = (dice.below(4_000), dice.below(90_000));
        let ended = run(db, event, wait, length, status).await;
        if status == RunStatus::Failed && live {
            failed.push(ended);
        }
        let pause = [0, 7_000, 20 * MINUTE, 3 * HOUR][dice.below(4) as usize];
        db.clock.advance_ms(dice.below(pause + 1));
        if dice.below(9) == 0 {
            db.store.gather_figures().await.unwrap();
        }
    }
    let now = db.store.now().ms();
    let down = |at: i64, width: i64| at - at.rem_euclid(width);
    for _ in 0..2 {
        holds(db, down(now - 24 * HOUR, 15 * MINUTE), 15 * MINUTE, None).await;
        holds(db, down(now - 3 * DAY, HOUR), 2 * HOUR, Some(other)).await;
        holds(db, down(now - 30 * DAY, DAY), DAY, None).await;
        // As in Kathmandu: days begin a quarter past an hour.
        holds(db, down(now - 4 * DAY, DAY) + 18 * HOUR + 15 * MINUTE, DAY, None).await;
        holds(db, down(now - 2 * DAY, DAY) + 30 * MINUTE, 2 * HOUR, None).await;
        holds(db, down(now - HOUR, MINUTE), MINUTE, Some(db.workflow)).await;
        db.store.gather_figures().await.unwrap();
    }
    let (sum, ..) = recount(db, None, 0, i64::MAX).await;
    assert!(
        sum.succeeded > 5 && sum.failed > 2 && sum.filtered > 2 && sum.recovered > 0,
        "the history is worth counting: {sum:?}"
    );
}

on_both! {
    async fn counts_equal_a_recount(db: Db) {
        random_history(&db, 7).await;
    }

    async fn counts_equal_another_recount(db: Db) {
        random_history(&db, 2_026).await;
    }

    async fn a_failure_is_recovered_by_the_replay_of_its_replay(db: Db) {
        let first = run(&db, db.event(json!(1)), 0, 10, RunStatus::Failed).await;
        let replay = |of| NewEvent { kind: RunKind::Replay { of, from: None }, ..db.event(json!(1)) };
        let second = run(&db, replay(first), 0, 10, RunStatus::Failed).await;
        let since = START.ms();
        assert_eq!(dashboard(&db, since, MINUTE).await.totals.counts.recovered, 0);
        db.clock.advance_ms(2 * HOUR);
        run(&db, replay(second), 0, 10, RunStatus::Succeeded).await;
        run(&db, replay(second), 0, 10, RunStatus::Succeeded).await;
        db.store.gather_figures().await.unwrap();
        let seen = dashboard(&db, since, 15 * MINUTE).await;
        assert_eq!(seen.totals.counts, RunCounts { succeeded: 2, failed: 2, recovered: 2, ..RunCounts::default() });
        assert_eq!(seen.buckets[0].counts.recovered, 2, "where they failed, not where they were mended");
        assert_eq!(seen.totals.counts.success_rate(), Some(0.5));
        assert_eq!(seen.now.failed_last_hour, 0, "nothing is left to mend");
    }

    async fn calls_steps_and_limits_are_counted(db: Db) {
        let connection = ConnectionId(db.store.next_id());
        let sql = format!(
            "INSERT INTO connection (id, workspace_id, connector, method, label, environment, status, config, scopes, refresh_failures, created_at, updated_at)
             VALUES ({}, {}, 'slack', 'token', 'Acme Slack', 'production', 'needs_reauth', {}, '', 0, 0, 0)",
            connection.0, db.scope.workspace.0, if db.is_postgres() { "'{}'::bytea" } else { "x'7b7d'" }
        );
        db.raw().await.execute_unprepared(&sql).await.unwrap();
        let claimed = db.claimed().await;
        let path = StepPath::from("send");
        let begin = |n: u32, at| RunEvent {
            at,
            kind: RunEventKind::AttemptStarted {
                path: path.clone(), n, round: 0, key: "k".into(), class: EffectClass::Safe, timeout_ms: 1, request: None, connection: Some(connection),
            },
        };
        let error = StepError::new(ErrorClass::RateLimited, "http.429", "too many");
        let mut journal = claimed.journal.clone();
        let mut lease = claimed.lease;
        let at = db.store.now();
        for events in [
            vec![started(at), begin(1, at)],
            vec![RunEvent { at: at.plus_ms(300), kind: RunEventKind::AttemptFailed { path: path.clone(), n: 1, error: error.clone(), retry_at: Some(at.plus_ms(400)), indeterminate: false } }],
            vec![begin(2, at.plus_ms(400))],
            vec![RunEvent { at: at.plus_ms(1_300), kind: RunEventKind::AttemptSucceeded { path: path.clone(), n: 2, response: None } }, finished_step(at.plus_ms(1_300), "send", json!(1))],
        ] {
            let append = commit(lease, &journal, events.clone(), Then::Continue);
            lease = db.store.append(append).await.unwrap().lease;
            journal.extend(events);
        }
        let end = vec![
            RunEvent { at: at.plus_ms(1_400), kind: RunEventKind::StepFailed { path: StepPath::from("each[3].late"), error: error.clone(), continued: false } },
            RunEvent { at: at.plus_ms(1_400), kind: RunEventKind::StepFailed { path: StepPath::from("each"), error: StepError { at: Some(StepPath::from("each[3].late")), ..error }, continued: false } },
            ended(at.plus_ms(1_400), RunStatus::Failed),
        ];
        db.store.append(commit(lease, &journal, end, Then::Done)).await.unwrap();
        db.clock.advance_ms(MINUTE);
        let definition = WorkflowDefinition::default();
        db.another("Never called", &definition).await;
        for _ in 0..2 {
            let seen = dashboard(&db, START.ms(), MINUTE).await;
            assert_eq!(seen.totals.retries, 1);
            let [slow] = seen.slowest.as_slice() else { panic!("{:?}", seen.slowest) };
            assert_eq!((slow.step.as_str(), slow.calls, slow.average_ms, slow.longest_ms), ("send", 2, 600, 900));
            let [failing] = seen.failing.as_slice() else { panic!("{:?}", seen.failing) };
            assert_eq!((failing.step.as_str(), failing.failures, failing.workflow_name.as_str()), ("late", 1, "First"), "not the loop around it as well");
            let calls = db.store.connection_calls(&db.scope, connection, &span(&db, db.store.now().ms() - HOUR, 5 * MINUTE, None).edges).await.unwrap();
            assert_eq!((calls.calls, calls.limited, calls.calls_last_minute), (2, 1, 2));
            assert_eq!(calls.buckets.iter().map(|bucket| (bucket.calls, bucket.limited)).filter(|count| count.0 > 0).collect::<Vec<_>>(), [(2, 1)]);
            assert!(matches!(db.store.connection_calls(&db.stranger().await, connection, &[]).await, Err(Error::NotFound(_))));
            let [account] = seen.connections.as_slice() else { panic!("{:?}", seen.connections) };
            assert_eq!((account.connection.id, account.calls, account.limited, account.calls_last_minute), (connection, 2, 1, 2));
            assert_eq!(seen.now.reconnect.iter().map(|known| known.label.as_str()).collect::<Vec<_>>(), ["Acme Slack"]);
            assert_eq!(seen.workflows.len(), 1);
            db.store.gather_figures().await.unwrap();
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM tally_new").await, 0);
    }

    async fn what_is_old_is_kept_more_coarsely_and_counts_stay(db: Db) {
        for (length, status) in [(10, RunStatus::Succeeded), (MINUTE, RunStatus::Failed), (20 * MINUTE, RunStatus::Succeeded)] {
            run(&db, db.event(json!(1)), 0, length, status).await;
        }
        db.store.gather_figures().await.unwrap();
        let widths = async || db.count("SELECT COUNT(DISTINCT width) FROM tally").await;
        assert_eq!(widths().await, 4);
        let since = START.ms() - START.ms().rem_euclid(DAY);
        for (days, left) in [(1, 4), (3, 3), (250, 2), (900, 1)] {
            db.clock.set(START.plus_ms(days * DAY));
            while db.store.sweep(3).await.unwrap() > 0 {}
            assert_eq!(widths().await, left, "after {days} days");
            let seen = dashboard(&db, since, DAY * 20).await;
            assert_eq!((seen.totals.counts.succeeded, seen.totals.counts.failed), (2, 1), "after {days} days");
            assert_eq!(db.store.workflows(&db.scope, &Default::default()).await.unwrap().items[0].runs_24h, if days == 1 { 3 } else { 0 });
        }
    }

    async fn nobody_sees_the_figures_of_others(db: Db) {
        run(&db, db.event(json!(1)), 5, 10, RunStatus::Failed).await;
        db.run().await;
        let stranger = db.stranger().await;
        for _ in 0..2 {
            let own = span(&db, START.ms(), MINUTE, None);
            let seen = db.store.dashboard(&stranger, own.clone()).await.unwrap();
            assert_eq!(seen.totals, Default::default());
            assert_eq!((seen.now.queued, seen.now.backlog, seen.storage.runs, seen.workflows.len()), (0, 0, 0, 0));
            let theirs = DashboardSpan { workflow: Some(db.workflow), ..own.clone() };
            assert!(matches!(db.store.dashboard(&stranger, theirs).await, Err(Error::NotFound(_))));
            let mine = db.store.dashboard(&db.scope, own).await.unwrap();
            assert_eq!((mine.totals.counts.failed, mine.now.queued, mine.now.backlog, mine.now.failed_last_hour), (1, 1, 1, 1));
            db.store.gather_figures().await.unwrap();
        }
        let viewer = Scope { role: Role::Viewer, ..db.scope.clone() };
        assert!(db.store.dashboard(&viewer, span(&db, START.ms(), MINUTE, None)).await.is_ok());
        let nothing = DashboardSpan { edges: Vec::new(), ..span(&db, START.ms(), MINUTE, None) };
        assert!(matches!(db.store.dashboard(&db.scope, nothing).await, Err(Error::Invalid(_))));
    }

    async fn schedules_that_come_next_are_late_or_went_quiet_are_told(db: Db) {
        let job = |key: &str, at: Timestamp| NewJob {
            workspace: db.scope.workspace,
            workflow: Some(db.workflow),
            kind: "schedule".into(),
            key: format!("{}:{key}", db.workflow),
            available_at: at,
            body: json!({ "slot": at }),
        };
        db.store.put_job(job("morning", START.plus_ms(5 * DAY))).await.unwrap();
        db.store.put_job(job("night", START.plus_ms(HOUR))).await.unwrap();
        run(&db, db.event(json!(1)), 0, 10, RunStatus::Succeeded).await;
        db.clock.advance_ms(36 * HOUR);
        let queued = db.run().await;
        db.clock.advance_ms(90_000);
        let since = db.store.now().ms() - DAY;
        let seen = dashboard(&db, since - since.rem_euclid(HOUR), HOUR).await;
        assert_eq!(seen.next.iter().map(|slot| slot.trigger.as_str()).collect::<Vec<_>>(), ["morning"]);
        assert_eq!(seen.late.iter().map(|slot| (slot.trigger.as_str(), slot.at)).collect::<Vec<_>>(), [("night", START.plus_ms(HOUR))]);
        let [quiet] = seen.quiet.as_slice() else { panic!("{:?}", seen.quiet) };
        assert_eq!((quiet.name.as_str(), quiet.before), ("First", 1));
        assert_eq!((seen.now.backlog, seen.now.backlog_age_ms), (1, 90_000));
        db.store.cancel(&db.scope, queued).await.unwrap();
        db.store.set_state(&db.scope, db.workflow, WorkflowState::Paused, &[]).await.unwrap();
        let seen = dashboard(&db, since - since.rem_euclid(HOUR), HOUR).await;
        assert!(seen.quiet.is_empty() && seen.next.is_empty(), "a paused one is meant to be quiet");
    }

    async fn triggers_that_hear_of_nothing_are_told(db: Db) {
        let since = START.ms();
        assert!(dashboard(&db, since, MINUTE).await.now.deaf.is_empty());
        let raw = db.raw().await;
        let (of, workspace) = (db.workflow.0, db.scope.workspace.0);
        let poll = format!(
            "INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, is_whole, found, waiting, left_out, error_message, failures)
             VALUES ({of}, 'list', {workspace}, 1, 'x', 'x', 0, 0, 0, 0, 'The list is gone', 3), ({of}, 'fine', {workspace}, 1, 'x', 'x', 0, 0, 0, 0, NULL, 0),
                    ({of}, 'asks', {workspace}, 1, 'x', 'x', 0, 0, 120, 0, NULL, 0)"
        );
        raw.execute_unprepared(&poll).await.unwrap();
        let deaf = dashboard(&db, since, MINUTE).await.now.deaf;
        let told: Vec<_> = deaf.iter().map(|deaf| (deaf.trigger.as_str(), deaf.failures, deaf.waiting, deaf.message.as_str())).collect();
        assert_eq!(told, [("list", 3, 0, "The list is gone"), ("asks", 0, 120, "")]);
        let stranger = db.stranger().await;
        assert!(db.store.dashboard(&stranger, span(&db, since, MINUTE, None)).await.unwrap().now.deaf.is_empty());
        db.store.set_state(&db.scope, db.workflow, WorkflowState::Off, &[]).await.unwrap();
        assert!(dashboard(&db, since, MINUTE).await.now.deaf.is_empty(), "one that is off is meant to be deaf");
    }

    async fn a_bar_leads_to_the_runs_that_ended_in_it(db: Db) {
        let mut ended = Vec::new();
        for length in [10, 3 * HOUR, 50] {
            ended.push(run(&db, db.event(json!(1)), 0, length, RunStatus::Failed).await);
        }
        let at = db.store.now().ms();
        let query = |since, until| RunsQuery { finished_since: Some(since), finished_until: Some(until), status: Some("failed".into()), ..RunsQuery::default() };
        // Those that began long before are on a later page.
        let found = async |mut query: RunsQuery| -> Vec<RunId> {
            let mut all = Vec::new();
            loop {
                let page = db.store.find_runs(&db.scope, &query).await.unwrap();
                all.extend(page.items.iter().map(|run| run.id));
                match page.next {
                    Some(next) => query.cursor = Some(next),
                    None => return all,
                }
            }
        };
        assert_eq!(found(query(START.ms(), START.ms() + HOUR)).await, [ended[0]]);
        assert_eq!(found(query(at - HOUR, at + 1)).await, [ended[2], ended[1]], "also one that began long before");
        assert!(found(query(at + 1, at + HOUR)).await.is_empty());
    }
}

#[tokio::test]
async fn an_unknown_workflow_is_not_found() {
    let db = Db::sqlite().await;
    let span = span(&db, START.ms(), MINUTE, Some(WorkflowId(1)));
    assert!(matches!(db.store.dashboard(&db.scope, span).await, Err(Error::NotFound(_))));
}
