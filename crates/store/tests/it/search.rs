use model::{
    api::{EventState, EventsQuery, RunsQuery, WorkflowState, WorkflowsQuery},
    definition::{Settings, TriggerKind},
    ids::{RunId, StepId, StepPath, TriggerId},
    run::{ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunStatus},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{DedupeKey, Disposition, NewEvent, Then};

use crate::{on_both, support::*};

/// Ends a fresh run as failed, so many milliseconds after it began.
async fn fail(db: &Db, path: &str, code: &str, message: &str, ms: i64) -> RunId {
    db.run().await;
    fail_waiting(db, path, code, message, ms).await
}

/// The same with the run that waits.
async fn fail_next(db: &Db, path: &str, message: &str) -> RunId {
    fail_waiting(db, path, "http.status", message, 5).await
}

async fn fail_waiting(db: &Db, path: &str, code: &str, message: &str, ms: i64) -> RunId {
    let claimed = db.claim(1).await.remove(0);
    let at = db.store.now();
    db.clock.advance_ms(ms);
    let error =
        RunError { path: Some(StepPath::from(path)), class: ErrorClass::Rejected, code: code.into(), message: message.into() };
    let kind = RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None };
    let end = RunEvent { at: db.store.now(), kind };
    db.store.append(commit(claimed.lease, &claimed.journal, vec![started(at), end], Then::Done)).await.unwrap();
    claimed.lease.run
}

async fn found(db: &Db, query: RunsQuery) -> Vec<RunId> {
    db.store.find_runs(&db.scope, &query).await.unwrap().items.into_iter().map(|run| run.id).collect()
}

on_both! {
    async fn runs_and_workflows_are_found_by_a_tag(db: Db) {
        let run = fail(&db, "send", "http.status", "no", 5).await;
        let other = db.another("Other", &definition()).await;
        let (scope, store) = (&db.scope, &db.store);
        let tagged = |tag: &str| RunsQuery { tag: Some(tag.into()), ..RunsQuery::default() };
        let names = async |tag: &str| {
            let query = WorkflowsQuery { tag: Some(tag.into()), ..WorkflowsQuery::default() };
            store.workflows(scope, &query).await.unwrap().items.into_iter().map(|item| (item.id, item.tags)).collect::<Vec<_>>()
        };
        assert!(found(&db, tagged("sales")).await.is_empty());
        store.tag_workflow(scope, db.workflow, &["Sales".into(), "' OR 1=1 --".into()]).await.unwrap();
        store.tag_workflow(scope, other, &["sales".into(), "weekly".into()]).await.unwrap();
        assert_eq!(found(&db, tagged(" SALES ")).await, [run]);
        assert_eq!(found(&db, tagged("' or 1=1 --")).await, [run]);
        assert!(found(&db, tagged("weekly")).await.is_empty());
        assert_eq!(found(&db, RunsQuery { status: Some("failed,waiting".into()), ..tagged("sales") }).await, [run]);
        assert_eq!(store.run_groups(scope, &tagged("sales")).await.unwrap().items.len(), 1);
        assert!(store.run_groups(scope, &tagged("weekly")).await.unwrap().items.is_empty());
        assert_eq!(names("weekly").await, [(other, vec!["Sales".to_owned(), "weekly".to_owned()])]);
        let tags: Vec<_> = store.tags(scope).await.unwrap().into_iter().map(|tag| (tag.name.to_lowercase(), tag.workflows)).collect();
        assert_eq!(tags, [("' or 1=1 --".to_owned(), 1), ("sales".to_owned(), 2), ("weekly".to_owned(), 1)]);
        let stranger = db.stranger().await;
        assert!(store.tags(&stranger).await.unwrap().is_empty());
        assert!(matches!(store.tag_workflow(&stranger, other, &[]).await, Err(store::Error::NotFound(_))));
        let viewer = store::Scope { role: model::Role::Viewer, ..db.scope.clone() };
        assert!(store.tag_workflow(&viewer, other, &[]).await.is_err());
        store.delete_workflow(scope, other).await.unwrap();
        store.tag_workflow(scope, db.workflow, &[]).await.unwrap();
        assert!(store.tags(scope).await.unwrap().is_empty());
    }

    async fn runs_are_found_by_what_no_index_knows(db: Db) {
        let quick = fail(&db, "send", "http.status", "no", 5).await;
        let slow = fail(&db, "each[3].send", "http.timeout", "late", 5_000).await;
        let other = fail(&db, "resend", "http.status", "no", 5).await;
        let live = db.run().await;
        let q = RunsQuery::default;
        assert_eq!(found(&db, RunsQuery { error_step: Some(StepId::from("send")), ..q() }).await, [slow, quick], "in whichever iteration");
        assert_eq!(found(&db, RunsQuery { error_code: Some("http.status".into()), ..q() }).await, [other, quick]);
        assert_eq!(found(&db, RunsQuery { error_class: Some(ErrorClass::Rejected), ..q() }).await, [other, slow, quick]);
        assert_eq!(found(&db, RunsQuery { longer_than_ms: Some(1_000), status: Some("failed".into()), ..q() }).await, [slow]);
        assert_eq!(found(&db, RunsQuery { shorter_than_ms: Some(1_000), status: Some("failed,cancelled".into()), ..q() }).await, [other, quick]);
        assert_eq!(found(&db, RunsQuery { trigger: Some(TriggerId::from("hook")), ..q() }).await.len(), 4);
        assert!(found(&db, RunsQuery { trigger: Some(TriggerId::from("button")), ..q() }).await.is_empty());
        assert_eq!(found(&db, RunsQuery { version: Some(1), workflow: Some(db.workflow), ..q() }).await.len(), 4);
        assert!(found(&db, RunsQuery { version: Some(2), ..q() }).await.is_empty());
        assert!(found(&db, RunsQuery { parent: Some(live), ..q() }).await.is_empty());
        assert_eq!(found(&db, RunsQuery { held: Some(false), status: Some("queued".into()), ..q() }).await, [live]);
        for hostile in ["%", "_end", "se%", "'; DROP TABLE run; --", "\\"] {
            assert!(found(&db, RunsQuery { error_step: Some(StepId::from(hostile)), ..q() }).await.is_empty(), "{hostile}");
        }
        let stranger = db.stranger().await;
        let all = RunsQuery { version: Some(1), kind: Some("all".into()), ..q() };
        assert!(db.store.find_runs(&stranger, &all).await.unwrap().items.is_empty());
    }

    async fn runs_that_failed_alike_are_found_until_they_are_replayed(db: Db) {
        let one = fail(&db, "send", "http.status", "The order 17 was refused by “Shop”.", 5).await;
        let two = fail(&db, "send", "http.status", "The order 4711 was refused by “Other”.", 5).await;
        let unlike = fail(&db, "send", "http.status", "The customer is unknown.", 5).await;
        let alike = RunsQuery { error_shape: Some(store::message_shape("The order 1 was refused by “X”.")), ..RunsQuery::default() };
        assert_eq!(found(&db, alike.clone()).await, [two, one]);
        let paged = db.store.find_runs(&db.scope, &RunsQuery { limit: Some(1), ..alike.clone() }).await.unwrap();
        let rest = RunsQuery { cursor: paged.next, ..alike.clone() };
        assert_eq!((paged.items[0].id, found(&db, rest).await), (two, vec![one]));
        let groups = db.store.run_groups(&db.scope, &alike).await.unwrap();
        assert_eq!((groups.items.len(), groups.items[0].count, groups.searched), (1, 2, 2));
        assert!(found(&db, RunsQuery { error_shape: Some("%".into()), ..alike.clone() }).await.is_empty());

        // A replay that fails again stands for its origin, and the last of several for all of them.
        let replay = async |of: RunId| {
            let kind = model::run::RunKind::Replay { of, from: None };
            db.store.accept(NewEvent { kind, ..db.event(json!(1)) }).await.unwrap();
            fail_next(&db, "send", "The order 17 was refused by “Shop”.").await
        };
        let first = replay(one).await;
        let q = RunsQuery { replayed: Some(false), ..alike.clone() };
        assert_eq!(found(&db, q.clone()).await, [first, two]);
        let second = replay(one).await;
        assert_eq!(found(&db, q.clone()).await, [second, two]);
        let third = replay(second).await;
        assert_eq!(found(&db, q.clone()).await, [third, two]);
        assert_eq!(found(&db, RunsQuery { replayed: Some(true), ..alike }).await, [second, first, one]);
        assert_eq!(found(&db, RunsQuery { replayed: Some(false), status: Some("failed".into()), ..RunsQuery::default() }).await, [third, unlike, two]);
        assert_eq!(db.store.run_groups(&db.scope, &q).await.unwrap().items[0].count, 2);
    }

    async fn what_failed_alike_is_found_behind_many_others_of_the_same_hour(db: Db) {
        let one = fail(&db, "send", "http.status", "The order 17 was refused.", 5).await;
        let (same, own) = (
            "workspace_id, workflow_id, version, trigger_id, kind, status, control, epoch, seq, created_at, started_at, finished_at,
             error_class, error_code, error_path, notes, retries, priority, bytes",
            "error_message",
        );
        let others = format!(
            "INSERT INTO run (id, {same}, {own}) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20001)
             SELECT r.id + n.i, {same}, 'Nobody answered.' FROM run r, n WHERE r.id = {}",
            one.0
        );
        db.raw().await.execute_unprepared(&others).await.unwrap();
        let mut alike = RunsQuery {
            error_shape: Some(store::message_shape("The order 1 was refused.")),
            finished_since: Some(db.store.now().ms() - 3_600_000),
            status: Some("failed".into()),
            ..RunsQuery::default()
        };
        let mut alone = Vec::new();
        // A page may end before anything is found: a slow machine is not waited for.
        loop {
            let page = db.store.find_runs(&db.scope, &alike).await.unwrap();
            alone.extend(page.items.into_iter().map(|run| run.id));
            alike.cursor = page.next;
            if alike.cursor.is_none() {
                break;
            }
        }
        assert_eq!(alone, [one]);
    }

    async fn held_runs_are_found_by_what_holds_them(db: Db) {
        db.run().await;
        let claimed = db.claimed().await;
        let parked = RunEvent { at: db.store.now(), kind: RunEventKind::Parked { until: None, hold: Some(Hold::Connection) } };
        let events = vec![started(db.store.now()), parked];
        db.store.append(commit(claimed.lease, &claimed.journal, events, Then::Park { until: None })).await.unwrap();
        let q = RunsQuery { workflow: Some(db.workflow), ..RunsQuery::default() };
        assert_eq!(found(&db, RunsQuery { held: Some(true), ..q.clone() }).await, [claimed.lease.run]);
        assert_eq!(found(&db, RunsQuery { held: Some(true), hold: Some(Hold::Connection), ..q.clone() }).await, [claimed.lease.run]);
        assert!(found(&db, RunsQuery { held: Some(true), hold: Some(Hold::Unknown), ..q }).await.is_empty());
    }

    async fn runs_are_found_by_the_connection_their_version_uses(db: Db) {
        db.run().await;
        let connection = model::ids::ConnectionId(db.store.next_id());
        let mut definition = definition();
        definition.settings = Settings { time_zone: format!("Europe/Berlin {connection}"), ..Settings::default() };
        let rev = db.store.workflow(&db.scope, db.workflow).await.unwrap().draft_rev;
        let rev = db.store.save_draft(&db.scope, db.workflow, rev, &definition).await.unwrap().draft_rev;
        db.store.publish(&db.scope, db.workflow, rev, "", true, &[]).await.unwrap();
        let second = run_of(&db.store.accept(NewEvent { version: 2, ..db.event(json!(1)) }).await.unwrap());
        let query = RunsQuery { connection: Some(connection), ..RunsQuery::default() };
        assert_eq!(found(&db, query.clone()).await, [second]);
        let query = RunsQuery { connection: Some(model::ids::ConnectionId(7)), ..query };
        assert!(found(&db, query).await.is_empty());
        assert!(definition.triggers.iter().any(|trigger| matches!(trigger.kind, TriggerKind::Webhook(_))));
    }

    async fn pages_of_a_search_follow_one_another(db: Db) {
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(db.run().await);
        }
        runs.reverse();
        let mut query = RunsQuery { version: Some(1), limit: Some(3), ..RunsQuery::default() };
        let mut pages = Vec::new();
        loop {
            let page = db.store.find_runs(&db.scope, &query).await.unwrap();
            pages.push(page.items.iter().map(|run| run.id).collect::<Vec<_>>());
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
        assert_eq!(pages.concat(), runs);
    }

    async fn equal_failures_are_one_group(db: Db) {
        for n in 0..3 {
            fail(&db, &format!("each[{n}].send"), "http.status", &format!("Order {n} was refused"), 5).await;
        }
        let newest = fail(&db, "each[9].send", "http.status", "Order 77 was refused", 5).await;
        let other = fail(&db, "send", "http.status", "The card has expired", 5).await;
        db.run().await;
        let groups = db.store.run_groups(&db.scope, &RunsQuery::default()).await.unwrap();
        assert_eq!((groups.searched, groups.more, groups.items.len()), (5, false, 2));
        let first = &groups.items[0];
        assert_eq!((first.count, first.sample, first.shape.as_str()), (4, newest, "Order … was refused"));
        assert_eq!((first.message.as_str(), first.step.as_ref().map(StepId::as_str)), ("Order 77 was refused", Some("send")));
        assert!(first.first_at < first.last_at);
        assert_eq!((groups.items[1].sample, groups.items[1].workflow_name.as_str()), (other, "First"));
        let only = RunsQuery { error_code: Some("other".into()), ..RunsQuery::default() };
        assert!(db.store.run_groups(&db.scope, &only).await.unwrap().items.is_empty());
        let stranger = db.stranger().await;
        assert!(db.store.run_groups(&stranger, &RunsQuery::default()).await.unwrap().items.is_empty());
    }

    async fn events_are_found_with_their_reasons(db: Db) {
        let refused = Disposition::Filtered { reason: "The 100% filter said No".into() };
        db.store.accept(NewEvent { disposition: refused, ..db.event(json!({ "n": 1 })) }).await.unwrap();
        db.store.accept(db.keyed(json!(1), 1)).await.unwrap();
        db.store.accept(db.keyed(json!(1), 1)).await.unwrap();
        db.state(WorkflowState::Paused).await;
        db.store.accept(NewEvent { disposition: Disposition::Hold, ..db.event(json!(2)) }).await.unwrap();
        let states = async |query: EventsQuery| -> Vec<EventState> {
            db.store.find_events(&db.scope, &query).await.unwrap().items.into_iter().map(|event| event.state).collect()
        };
        let q = EventsQuery::default;
        assert_eq!(states(q()).await, [EventState::Held, EventState::Duplicate, EventState::Accepted, EventState::Filtered]);
        assert_eq!(states(EventsQuery { reason: Some("100% FILTER".into()), ..q() }).await, [EventState::Filtered]);
        assert_eq!(states(EventsQuery { reason: Some("came before".into()), ..q() }).await, [EventState::Duplicate]);
        assert!(states(EventsQuery { reason: Some("100_ filter".into()), ..q() }).await.is_empty(), "no wildcards");
        assert_eq!(states(EventsQuery { state: Some(EventState::Held), trigger: Some(TriggerId::from("hook")), ..q() }).await.len(), 1);
        assert!(states(EventsQuery { trigger: Some(TriggerId::from("button")), ..q() }).await.is_empty());
        assert!(states(EventsQuery { until: Some(START.ms()), ..q() }).await.is_empty());
        let with_data = db.store.find_events_with_data(&db.scope, &EventsQuery { limit: Some(2), ..q() }).await.unwrap();
        assert_eq!(with_data.items.iter().map(|found| found.data.is_some()).collect::<Vec<_>>(), [true, false]);
        assert!(with_data.next.is_some());
    }

    async fn events_are_found_by_their_duplicate_key(db: Db) {
        let key = |text: &str| Some(DedupeKey { hash: Sha256::digest(text).into(), keep_ms: None });
        let one = db.store.accept(NewEvent { dedupe: key("order-1"), ..db.event(json!(1)) }).await.unwrap();
        let other = NewEvent { dedupe: key("order-1"), trigger: TriggerId::from("button"), ..db.event(json!(2)) };
        db.store.accept(other).await.unwrap();
        db.store.accept(NewEvent { dedupe: key("order-2"), ..db.event(json!(3)) }).await.unwrap();
        let found = db.store.events_by_key(&db.scope, Sha256::digest("order-1").into(), None).await.unwrap();
        assert_eq!(found.len(), 2, "one per trigger");
        assert_eq!(found.iter().filter_map(|event| event.run).collect::<Vec<_>>()[1], run_of(&one));
        assert!(db.store.events_by_key(&db.scope, Sha256::digest("order-3").into(), None).await.unwrap().is_empty());
        let stranger = db.stranger().await;
        assert!(db.store.events_by_key(&stranger, Sha256::digest("order-1").into(), None).await.unwrap().is_empty());
    }

    async fn a_journal_is_read_in_pages(db: Db) {
        let mut claimed = db.claimed().await;
        let at = db.store.now();
        let long = "x".repeat(20_000);
        for n in 0..5 {
            let events = if n == 0 { vec![started(at)] } else { vec![finished_step(at, &format!("s{n}"), json!(long))] };
            let append = commit(claimed.lease, &claimed.journal, events.clone(), Then::Continue);
            claimed.lease = db.store.append(append).await.unwrap().lease;
            claimed.journal.extend(events);
        }
        let run = claimed.lease.run;
        let page = db.store.journal_page(&db.scope, run, -1, 4).await.unwrap();
        assert_eq!((page.rows.len(), page.more), (4, true));
        let rest = db.store.journal_page_with_payloads(&db.scope, run, page.rows[3].seq, 4).await.unwrap();
        assert_eq!((rest.rows.len(), rest.more), (2, false));
        assert!(serde_json::to_string(&rest.rows).unwrap().contains(&long), "long values are put back in place");
        let stranger = db.stranger().await;
        assert!(db.store.journal_page(&stranger, run, -1, 4).await.unwrap().rows.is_empty());
        assert_eq!(db.store.workspace_of_run(run).await.unwrap(), Some(db.scope.workspace));
        assert_eq!(db.store.workspace_of_run(RunId(1)).await.unwrap(), None);
    }

    async fn activity_is_narrowed(db: Db) {
        let own = db.store.activity(&db.scope, &Default::default()).await.unwrap().items.len();
        for (action, target) in [("value.set", "a"), ("value.deleted", "a"), ("values.else", "b")] {
            db.store.audit(&db.scope, action, target, json!({ "n": 1 })).await.unwrap();
        }
        let list = async |action: &str, target: Option<&str>| {
            let query = model::api::ActivityQuery {
                action: Some(action.into()),
                target: target.map(str::to_owned),
                ..Default::default()
            };
            db.store.activity(&db.scope, &query).await.unwrap().items.into_iter().map(|row| row.action).collect::<Vec<_>>()
        };
        assert_eq!(list("value.*", None).await, ["value.deleted", "value.set"]);
        assert_eq!(list("value.set", Some("a")).await, ["value.set"]);
        assert!(list("value%", None).await.is_empty() && list("value_*", None).await.is_empty(), "no wildcards but the star");
        let query = model::api::ActivityQuery { limit: Some(2), ..Default::default() };
        let page = db.store.activity(&db.scope, &query).await.unwrap();
        let rest = model::api::ActivityQuery { cursor: page.next.clone(), ..Default::default() };
        assert_eq!(page.items.len() + db.store.activity(&db.scope, &rest).await.unwrap().items.len(), own + 3);
        assert!(db.store.activity(&db.stranger().await, &Default::default()).await.unwrap().items.iter().all(|row| row.target != "a"));
        let viewer = store::Scope { role: model::Role::Operator, ..db.scope.clone() };
        assert!(db.store.activity(&viewer, &Default::default()).await.is_err());
    }
}
