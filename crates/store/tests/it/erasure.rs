use std::sync::Arc;

use model::{
    api::{Erasure, ErasureCount, ErasureState},
    ids::{TriggerId, WorkflowId},
    run::RunStatus,
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Disposition, ERASURE, Error, MASK, NewEvent, Origin, Then};

use crate::{on_both, support::*};

const PERSON: &str = "ann@example.org";

/// Carries on what is under way until nothing is.
async fn carry_on(db: &Db) {
    for _ in 0..1_000 {
        let jobs = db.store.claim_jobs(&[ERASURE], 1, LEASE_MS).await.unwrap();
        let Some(job) = jobs.first() else { return };
        let next = db.store.erase_on(job).await.unwrap();
        db.store.finish_job(job.id, job.epoch, next, next.map(|_| json!(null))).await.unwrap();
        db.clock.advance_ms(1_000);
    }
    panic!("it comes to no end");
}

async fn ended_run(db: &Db, workflow: WorkflowId, body: serde_json::Value, output: serde_json::Value) -> model::ids::RunId {
    let run = run_of(&db.store.accept(db.event_of(workflow, body)).await.unwrap());
    let claimed = db.claim(10).await.into_iter().find(|claimed| claimed.lease.run == run).unwrap();
    let at = db.store.now();
    let events = vec![started(at), finished_step(at, "a", output), ended(at, RunStatus::Succeeded)];
    db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Done)).await.unwrap();
    run
}

fn of(erasure: &Erasure, workflow: WorkflowId) -> ErasureCount {
    erasure.counts.iter().find(|count| count.workflow == Some(workflow)).cloned().unwrap_or_default()
}

async fn plant(db: &Db) -> WorkflowId {
    let other = db.another("About <ann@example.org>", &definition()).await;
    ended_run(db, db.workflow, json!({ "email": "ANN@example.org" }), json!(1)).await;
    ended_run(db, db.workflow, json!(1), json!({ "url": "https://x.test/?to=ann%40example.org" })).await;
    ended_run(db, db.workflow, json!(1), json!(format!("{}{PERSON} ", "x ".repeat(9_000)))).await;
    ended_run(db, db.workflow, json!({ "email": "joann@example.org" }), json!(2)).await;
    ended_run(db, other, json!({ "to": PERSON }), json!(1)).await;
    db.store.accept(db.event_of(other, json!({ "to": PERSON }))).await.unwrap();
    let reason = format!("{PERSON} is not wanted");
    db.store.accept(NewEvent { disposition: Disposition::Filtered { reason }, ..db.event(json!(1)) }).await.unwrap();
    let event = Arc::new(json!({ "body": PERSON }));
    db.store
        .add_trigger_sample(db.scope.workspace, db.workflow, &TriggerId::from("hook"), &event, Origin::Captured)
        .await
        .unwrap();
    other
}

on_both! {
    async fn what_holds_a_value_is_counted_and_then_deleted(db: Db) {
        let other = plant(&db).await;
        let begun = db.store.start_erasure(&db.scope, &format!(" {PERSON} ")).await.unwrap();
        assert_eq!(begun.state, ErasureState::Counting);
        carry_on(&db).await;
        let counted = db.store.erasure(&db.scope, begun.id).await.unwrap();
        assert_eq!(counted.state, ErasureState::Counted);
        let (first, second) = (of(&counted, db.workflow), of(&counted, other));
        assert_eq!((first.runs, first.events, first.samples, first.live_runs), (3, 1, 1, 0));
        assert_eq!((second.runs, second.live_runs), (1, 1));
        assert_eq!(second.name.as_deref(), Some(format!("About <{MASK}>").as_str()), "nothing says what was looked for");
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 6, "nothing is deleted yet");

        db.store.carry_out_erasure(&db.scope, begun.id, true).await.unwrap();
        carry_on(&db).await;
        let done = db.store.erasure(&db.scope, begun.id).await.unwrap();
        assert_eq!(done.state, ErasureState::Finished);
        assert_eq!((of(&done, db.workflow).runs, of(&done, other).runs), (3, 1));
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 2, "one of another person, one under way");
        assert_eq!(db.count("SELECT COUNT(*) FROM sample").await, 0);
        assert_eq!(db.count("SELECT COUNT(*) FROM event WHERE state = 'filtered'").await, 0);
        assert_eq!(db.count("SELECT COUNT(*) FROM erasure WHERE value IS NOT NULL").await, 0);
        let log = db.store.activity(&db.scope, &Default::default()).await.unwrap();
        let lines: Vec<_> = log.items.iter().filter(|line| line.action.starts_with("person.")).collect();
        assert_eq!(lines.len(), 3);
        assert!(!serde_json::to_string(&log.items).unwrap().contains("ann@"), "the log does not say it either");
    }

    async fn what_stands_beside_runs_is_looked_through_too(db: Db) {
        let raw = db.raw().await;
        let (workspace, workflow) = (db.scope.workspace.0, db.workflow.0);
        let rows = [
            format!("INSERT INTO sandbox_account (connection_id, workspace_id, revision, state, updated_at) VALUES (7, {workspace}, 3, '{{\"to\":\"{PERSON}\"}}', 1)"),
            // Without the value it would be no document any more.
            format!("INSERT INTO sandbox_account (connection_id, workspace_id, revision, state, updated_at) VALUES (8, {workspace}, 1, '{{\"a\":{PERSON}}}', 1)"),
            format!("INSERT INTO sandbox_account (connection_id, workspace_id, revision, state, updated_at) VALUES (9, {}, 1, '{{\"to\":\"{PERSON}\"}}', 1)", workspace + 1),
            format!("INSERT INTO bulk (id, workspace_id, request, state, actor, before_id, done, skipped, failed, created_at, updated_at, rows)
                     VALUES (5, {workspace}, '{{}}', 'running', '{{}}', 0, 1, 0, 0, 1, 1, '{{\"a\":\"{PERSON}\"}}\n{{\"a\":\"{PERSON}\"}}\n{{\"a\":1}}')"),
            format!("INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, is_whole, found, waiting, left_out, error_message, note, failures)
                     VALUES ({workflow}, 'list', {workspace}, 1, 'live', 'f', 0, 0, 0, 0, 'No {PERSON} here', 'To ANN@example.org', 1)"),
            format!("INSERT INTO subscription (id, workspace_id, workflow_id, trigger_id, connector, app_trigger, input, fingerprint, state, kept, failures, error, created_at, updated_at)
                     VALUES (4, {workspace}, {workflow}, 'app', 'local', 'told', '', '', 'active', '', 1, 'It refuses {PERSON}', 1, 1)"),
            format!("INSERT INTO telling (alert_id, what, channel_id, workspace_id, name, state, attempts, at, first_at, error)
                     VALUES (3, 'opened', 2, {workspace}, 'Mail', 'failed', 1, 1, 1, 'No mailbox {PERSON}')"),
        ];
        for row in rows {
            raw.execute_unprepared(&row).await.unwrap();
        }
        let begun = db.store.start_erasure(&db.scope, PERSON).await.unwrap();
        carry_on(&db).await;
        let counted = db.store.erasure(&db.scope, begun.id).await.unwrap();
        let whole = counted.counts.iter().find(|count| count.workflow.is_none()).unwrap();
        assert_eq!((whole.samples, whole.live_runs, whole.alerts), (2, 1, 1), "the row that has begun is a run's");
        assert_eq!(of(&counted, db.workflow).alerts, 2);
        assert_eq!(db.count("SELECT revision FROM sandbox_account WHERE connection_id = 7").await, 3, "nothing is changed yet");

        db.store.carry_out_erasure(&db.scope, begun.id, true).await.unwrap();
        carry_on(&db).await;
        let done = db.store.erasure(&db.scope, begun.id).await.unwrap();
        assert_eq!((done.state, of(&done, db.workflow).alerts), (ErasureState::Finished, 2));
        let (_, state) = db.store.sandbox_account(model::ids::ConnectionId(7)).await.unwrap().unwrap();
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&state).unwrap(), json!({ "to": MASK }));
        assert_eq!(db.store.sandbox_account(model::ids::ConnectionId(8)).await.unwrap(), None);
        assert!(db.store.sandbox_account(model::ids::ConnectionId(9)).await.unwrap().is_some(), "another workspace's");
        let row = db.store.poll(db.workflow, &TriggerId::from("list")).await.unwrap().unwrap();
        assert_eq!(row.state.note.as_deref(), Some(format!("To {MASK}").as_str()));
        for sql in [
            "SELECT COUNT(*) FROM poll WHERE LOWER(error_message) LIKE '%ann@%' OR LOWER(note) LIKE '%ann@%'",
            "SELECT COUNT(*) FROM subscription WHERE error LIKE '%ann@%'",
            "SELECT COUNT(*) FROM telling WHERE error LIKE '%ann@%'",
        ] {
            assert_eq!(db.count(sql).await, 0, "{sql}");
        }
        assert_eq!(db.count("SELECT COUNT(*) FROM bulk WHERE rows IS NOT NULL").await, 1, "what is under way stays");
    }

    async fn a_run_that_cannot_be_read_is_told_and_left(db: Db) {
        let lost = ended_run(&db, db.workflow, json!(1), json!({ "to": PERSON })).await;
        let event = ended_run(&db, db.workflow, json!({ "to": PERSON }), json!(1)).await;
        let raw = db.raw().await;
        raw.execute_unprepared(&format!("UPDATE journal SET format = 99 WHERE run_id IN ({}, {})", lost.0, event.0)).await.unwrap();
        let begun = db.store.start_erasure(&db.scope, PERSON).await.unwrap();
        carry_on(&db).await;
        let counted = db.store.erasure(&db.scope, begun.id).await.unwrap();
        assert_eq!(counted.state, ErasureState::Counted, "it comes to an end");
        let count = of(&counted, db.workflow);
        assert_eq!((count.runs, count.unreadable_runs), (1, 1), "what its event says needs no journal");
        db.store.carry_out_erasure(&db.scope, begun.id, false).await.unwrap();
        carry_on(&db).await;
        let done = db.store.erasure(&db.scope, begun.id).await.unwrap();
        assert_eq!((done.state, of(&done, db.workflow).unreadable_runs), (ErasureState::Finished, 1));
        assert_eq!(db.count(&format!("SELECT id FROM run WHERE id IN ({}, {})", lost.0, event.0)).await, lost.0);
    }

    async fn what_nobody_confirms_is_forgotten(db: Db) {
        plant(&db).await;
        let begun = db.store.start_erasure(&db.scope, PERSON).await.unwrap();
        assert!(matches!(db.store.start_erasure(&db.scope, PERSON).await, Err(Error::Invalid(_))), "one at a time");
        carry_on(&db).await;
        db.clock.advance_ms(3_500_000);
        assert_eq!(db.store.forget_counted().await.unwrap(), 0);
        db.clock.advance_ms(200_000);
        assert_eq!(db.store.forget_counted().await.unwrap(), 1);
        assert!(matches!(db.store.carry_out_erasure(&db.scope, begun.id, false).await, Err(Error::Invalid(_))));
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 6);
    }

    async fn it_can_be_stopped_and_is_the_owners_own(db: Db) {
        plant(&db).await;
        let begun = db.store.start_erasure(&db.scope, PERSON).await.unwrap();
        assert_eq!(db.store.stop_erasure(&db.scope, begun.id).await.unwrap().state, ErasureState::Stopped);
        carry_on(&db).await;
        assert_eq!(db.store.erasure(&db.scope, begun.id).await.unwrap().state, ErasureState::Stopped);
        for value in ["", "ann", "    abcd   ", &"x".repeat(201)] {
            assert!(matches!(db.store.start_erasure(&db.scope, value).await, Err(Error::Invalid(_))), "{value}");
        }
        for value in ["<img onerror=x>", "%_%_%_%", "\u{202e}drowssap", "a'; DROP TABLE run; --", ".*.*.*"] {
            let begun = db.store.start_erasure(&db.scope, value).await.unwrap();
            carry_on(&db).await;
            assert!(db.store.erasure(&db.scope, begun.id).await.unwrap().counts.is_empty(), "{value}");
        }
        let operator = scope_of(&db, model::Role::Operator);
        assert!(matches!(db.store.start_erasure(&operator, PERSON).await, Err(Error::Forbidden { .. })));
        let stranger = db.stranger().await;
        assert!(matches!(db.store.erasure(&stranger, begun.id).await, Err(Error::NotFound(_))));
        let theirs = db.store.start_erasure(&stranger, PERSON).await.unwrap();
        carry_on(&db).await;
        assert!(db.store.erasure(&stranger, theirs.id).await.unwrap().counts.is_empty(), "another workspace's data is not looked at");
    }

    async fn kept_values_go_only_where_somebody_says_so(db: Db) {
        let (workspace, workflow) = (db.scope.workspace, db.workflow);
        for n in 0..450 {
            let value = if n % 100 == 0 { json!({ "email": PERSON }) } else { json!(n) };
            db.store.set_value(&db.scope, Some(workflow), &format!("k{n:04}"), &value, None).await.unwrap();
        }
        for kept_values in [false, true] {
            let begun = db.store.start_erasure(&db.scope, PERSON).await.unwrap();
            carry_on(&db).await;
            assert_eq!(of(&db.store.erasure(&db.scope, begun.id).await.unwrap(), workflow).kept_values, 5);
            db.store.carry_out_erasure(&db.scope, begun.id, kept_values).await.unwrap();
            carry_on(&db).await;
            let left = format!("SELECT COUNT(*) FROM kv WHERE workspace_id = {}", workspace.0);
            assert_eq!(db.count(&left).await, if kept_values { 445 } else { 450 });
        }
    }
}

fn scope_of(db: &Db, role: model::Role) -> store::Scope {
    store::Scope { role, ..db.scope.clone() }
}
