use model::{
    Role, Timestamp,
    api::{AlertKind, AlertsQuery, ChannelKind, ConnectionStatus, Routing, Telling, ToldState, Urgency, WorkflowState},
    definition::{Expectation, Settings},
    ids::{ChannelId, ConnectionId, SecretId, WorkflowId},
    run::{ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunState, RunStatus},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Append, Error, NewChannelRow, NewConnection, NewJob, Raised, Scope, SealedSecret, Then};

use crate::{on_both, support::*};

impl Db {
    fn raised(&self, kind: AlertKind, count: u64) -> Raised {
        Raised {
            kind,
            subject: self.workflow.to_string(),
            title: "“First” fails".into(),
            text: format!("{count} runs have failed."),
            workflow: Some(self.workflow),
            connection: None,
            run: None,
            count,
            at: self.store.now(),
        }
    }

    async fn raise(&self, kind: AlertKind, count: u64) -> bool {
        self.store.raise(self.scope.workspace, &self.raised(kind, count)).await.unwrap()
    }

    async fn channel(&self, name: &str, routing: Routing) -> ChannelId {
        let id = ChannelId(self.store.next_id());
        let new = NewChannelRow {
            id,
            name: name.into(),
            kind: ChannelKind::Slack,
            routing,
            enabled: true,
            host: Some("hooks.example.com".into()),
            is_signed: false,
            secret: None,
        };
        self.store.create_channel(&self.scope, new).await.unwrap().id
    }

    /// Names and kinds of the messages that are due now.
    async fn due(&self) -> Vec<(String, Telling)> {
        let due = self.store.due_tellings(10).await.unwrap();
        let name = |id| {
            let store = &self.store;
            async move { store.channel(&self.scope, id).await.unwrap().channel.name }
        };
        let mut named = Vec::new();
        for telling in due {
            named.push((name(telling.channel).await, telling.what));
        }
        named.sort();
        named
    }

    async fn tell_all(&self) {
        for telling in self.store.due_tellings(10).await.unwrap() {
            self.store.told(&telling, ToldState::Sent, self.store.now(), None).await.unwrap();
        }
    }

    async fn only_alert(&self) -> model::api::Alert {
        let mut page = self.store.alerts(&self.scope, &AlertsQuery::default()).await.unwrap();
        assert_eq!(page.items.len(), 1);
        page.items.remove(0)
    }

    async fn failed_run(&self, status: RunStatus) {
        let claimed = self.claimed().await;
        self.end(&claimed, status).await;
    }
}

on_both! {
    async fn a_burst_is_one_alert_and_one_message(db: Db) {
        db.channel("ops", Routing::default()).await;
        assert!(db.raise(AlertKind::Failing, 1).await);
        assert!(!db.raise(AlertKind::Failing, 500).await);
        let alert = db.only_alert().await;
        assert_eq!((alert.count, alert.text.as_str(), alert.urgency), (500, "500 runs have failed.", Urgency::Urgent));
        assert_eq!(db.due().await, [("ops".to_owned(), Telling::Opened)]);
        db.tell_all().await;
        assert!(!db.raise(AlertKind::Failing, 501).await);
        assert!(db.due().await.is_empty());
        assert!(db.store.resolve(alert.id, "It works again.").await.unwrap());
        assert!(!db.store.resolve(alert.id, "Twice.").await.unwrap());
        assert_eq!(db.due().await, [("ops".to_owned(), Telling::Resolved)]);
        db.tell_all().await;
        let alert = db.only_alert().await;
        assert_eq!((alert.text.as_str(), alert.resolved_at), ("It works again.", Some(START)));
        assert!(alert.told.iter().all(|told| told.state == ToldState::Sent && told.name == "ops"));
        assert_eq!(alert.told.len(), 2);
    }

    async fn what_is_over_before_anybody_was_told_is_not_told(db: Db) {
        db.channel("ops", Routing::default()).await;
        db.raise(AlertKind::Failing, 1).await;
        let id = db.only_alert().await.id;
        db.store.resolve(id, "").await.unwrap();
        assert!(db.due().await.is_empty());
        assert_eq!(db.only_alert().await.told[0].state, ToldState::Dropped);
    }

    async fn one_that_comes_and_goes_is_not_a_message_each_time(db: Db) {
        db.channel("ops", Routing::default()).await;
        db.raise(AlertKind::Failing, 1).await;
        db.tell_all().await;
        db.store.resolve(db.only_alert().await.id, "").await.unwrap();
        db.tell_all().await;
        db.clock.advance_ms(60_000);
        assert!(db.raise(AlertKind::Failing, 1).await);
        assert!(db.due().await.is_empty());
        db.clock.advance_ms(14 * 60_000);
        assert_eq!(db.due().await, [("ops".to_owned(), Telling::Opened)]);
    }

    async fn each_channel_hears_what_concerns_it(db: Db) {
        let other = db.another("Other", &definition()).await;
        db.channel("all", Routing::default()).await;
        db.channel("urgent", Routing { least: Urgency::Urgent, ..Routing::default() }).await;
        db.channel("other", Routing { workflows: vec![other], ..Routing::default() }).await;
        db.channel("sales", Routing { tags: vec!["SALES".into()], ..Routing::default() }).await;
        db.channel("finance", Routing { workflows: vec![other], tags: vec!["finance".into()], ..Routing::default() }).await;
        db.store.tag_workflow(&db.scope, db.workflow, &["weekly".into(), "Sales".into()]).await.unwrap();
        let off = db.channel("off", Routing::default()).await;
        let new = NewChannelRow { id: off, name: "off".into(), kind: ChannelKind::Slack, routing: Routing::default(), enabled: false, host: None, is_signed: false, secret: None };
        db.store.update_channel(&db.scope, new).await.unwrap();
        db.raise(AlertKind::Backlog, 1).await;
        assert_eq!(db.due().await, ["all", "sales"].map(|name| (name.to_owned(), Telling::Opened)));
        db.tell_all().await;
        db.raise(AlertKind::Failing, 1).await;
        assert_eq!(db.due().await, ["all", "sales", "urgent"].map(|name| (name.to_owned(), Telling::Opened)));
    }

    async fn a_snooze_puts_off_this_alert_and_the_next_of_its_kind(db: Db) {
        db.channel("ops", Routing::default()).await;
        db.raise(AlertKind::Failing, 1).await;
        let id = db.only_alert().await.id;
        let until = START.plus_ms(3_600_000);
        let alert = db.store.snooze_alert(&db.scope, id, until).await.unwrap();
        assert_eq!(alert.snoozed_until, Some(until));
        assert_eq!(db.store.count_alerts(&db.scope).await.unwrap().open, 0);
        assert!(db.due().await.is_empty());
        db.store.resolve(id, "").await.unwrap();
        db.clock.advance_ms(30 * 60_000);
        db.raise(AlertKind::Failing, 1).await;
        assert!(db.due().await.is_empty());
        db.clock.set(until);
        assert_eq!(db.due().await, [("ops".to_owned(), Telling::Opened)]);
        assert_eq!(db.store.count_alerts(&db.scope).await.unwrap().open, 1);
    }

    async fn whoever_looks_after_it_first_stays(db: Db) {
        db.raise(AlertKind::Failing, 1).await;
        let id = db.only_alert().await.id;
        let first = db.store.acknowledge_alert(&db.scope, id).await.unwrap();
        assert_eq!(first.acknowledged_by.as_deref(), Some("ada@example.com"));
        db.clock.advance_ms(5);
        assert_eq!(db.store.acknowledge_alert(&db.scope, id).await.unwrap().acknowledged_at, Some(START));
        assert_eq!(db.store.count_alerts(&db.scope).await.unwrap().open, 0);
    }

    async fn a_message_that_failed_is_due_again_and_says_why(db: Db) {
        let channel = db.channel("ops", Routing::default()).await;
        db.raise(AlertKind::Failing, 1).await;
        let telling = db.store.due_tellings(1).await.unwrap().remove(0);
        db.store.told(&telling, ToldState::Waiting, START.plus_ms(30_000), Some("It said no.")).await.unwrap();
        assert!(db.due().await.is_empty());
        let shown = db.store.channel(&db.scope, channel).await.unwrap().channel;
        assert_eq!((shown.error.as_deref(), shown.proven_at), (Some("It said no."), None));
        assert!(!db.store.count_alerts(&db.scope).await.unwrap().is_told_outside);
        db.clock.advance_ms(30_000);
        let again = db.store.due_tellings(1).await.unwrap().remove(0);
        assert_eq!((again.attempts, again.first_at), (1, START));
        db.store.told(&again, ToldState::Sent, db.store.now(), None).await.unwrap();
        let shown = db.store.channel(&db.scope, channel).await.unwrap().channel;
        assert_eq!((shown.error, shown.proven_at), (None, Some(START.plus_ms(30_000))));
        assert!(db.store.count_alerts(&db.scope).await.unwrap().is_told_outside);
    }

    async fn a_deleted_channel_carries_nothing_and_its_secret_goes(db: Db) {
        let id = ChannelId(db.store.next_id());
        let secret = SecretId(db.store.next_id());
        let sealed = SealedSecret { id: secret, workspace: db.scope.workspace, owner: format!("channel {id}"), field: "address".into(), key_id: "k".into(), wrapped_key: vec![1], nonce: vec![2], ciphertext: vec![3] };
        db.store.put_secret(sealed).await.unwrap();
        let new = NewChannelRow { id, name: "ops".into(), kind: ChannelKind::Webhook, routing: Routing::default(), enabled: true, host: None, is_signed: true, secret: Some(secret) };
        db.store.create_channel(&db.scope, new).await.unwrap();
        db.raise(AlertKind::Failing, 1).await;
        db.store.delete_channel(&db.scope, id).await.unwrap();
        assert!(db.store.due_tellings(5).await.unwrap().is_empty());
        assert_eq!(db.count("SELECT COUNT(*) FROM secret").await, 0);
        assert_eq!(db.only_alert().await.told[0].name, "ops");
        assert!(matches!(db.store.delete_channel(&db.scope, id).await, Err(Error::NotFound(_))));
    }

    async fn strangers_and_viewers_do_nothing(db: Db) {
        let channel = db.channel("ops", Routing::default()).await;
        db.raise(AlertKind::Failing, 1).await;
        let id = db.only_alert().await.id;
        let stranger = db.stranger().await;
        assert!(db.store.alerts(&stranger, &AlertsQuery::default()).await.unwrap().items.is_empty());
        assert!(db.store.channels(&stranger).await.unwrap().is_empty());
        assert!(matches!(db.store.alert(&stranger, id).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.channel(&stranger, channel).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.acknowledge_alert(&stranger, id).await, Err(Error::NotFound(_))));
        assert!(matches!(db.store.snooze_alert(&stranger, id, START.plus_ms(1)).await, Err(Error::NotFound(_))));
        let viewer = Scope { role: Role::Viewer, ..db.scope.clone() };
        assert!(matches!(db.store.acknowledge_alert(&viewer, id).await, Err(Error::Forbidden { .. })));
        let operator = Scope { role: Role::Operator, ..db.scope.clone() };
        assert!(matches!(db.store.delete_channel(&operator, channel).await, Err(Error::Forbidden { .. })));
    }

    async fn failures_are_read_from_the_counts(db: Db) {
        let since = START.plus_ms(-60_000);
        db.failed_run(RunStatus::Succeeded).await;
        assert!(db.store.failures_since(db.scope.workspace, since).await.unwrap().is_empty());
        db.clock.advance_ms(60_000);
        db.failed_run(RunStatus::Failed).await;
        db.clock.advance_ms(60_000);
        db.failed_run(RunStatus::Failed).await;
        db.clock.advance_ms(120_000);
        db.failed_run(RunStatus::Succeeded).await;
        let fact = db.store.failures_of(db.scope.workspace, db.workflow, since).await.unwrap().unwrap();
        let minute = |n: i64| START.plus_ms(n * 60_000);
        assert_eq!((fact.first_failed, fact.last_failed, fact.last_succeeded, fact.failed), (minute(1), minute(2), Some(minute(4)), 2));
        // The minute itself counts.
        let fact = db.store.failures_of(db.scope.workspace, db.workflow, minute(2).plus_ms(59_999)).await.unwrap().unwrap();
        assert_eq!((fact.first_failed, fact.failed), (minute(2), 1));
        assert_eq!(db.store.failures_since(db.stranger().await.workspace, since).await.unwrap(), []);
        assert!(db.store.last_failed_run(db.scope.workspace, db.workflow).await.unwrap().is_some());
    }

    async fn the_first_failure_is_the_one_that_ended_first(db: Db) {
        let fails = async |claimed: &store::Claimed, message: &str| {
            let event = |kind| RunEvent { at: db.store.now(), kind };
            let error = RunError { path: None, class: ErrorClass::Rejected, code: "crm.rejected".into(), message: message.into() };
            let events = vec![
                event(RunEventKind::RunStarted),
                event(RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None }),
            ];
            let projection = RunState::fold(claimed.journal.iter().chain(&events)).projection();
            db.store.append(Append::new(claimed.lease, events, projection, Then::Done)).await.unwrap();
        };
        let first = async |since| db.store.first_failed_run(db.scope.workspace, db.workflow, since).await.unwrap();
        assert_eq!(first(START).await, None);
        let slow = db.claimed().await;
        db.clock.advance_ms(1_000);
        let quick = db.claimed().await;
        db.clock.advance_ms(1_000);
        fails(&quick, "“<img onerror>” is no e-mail address.").await;
        db.clock.advance_ms(60_000);
        fails(&slow, "Too late.").await;
        let found = first(START).await.unwrap();
        assert_eq!((found.run, found.message.as_deref()), (quick.lease.run, Some("“<img onerror>” is no e-mail address.")));
        assert_eq!(first(START.plus_ms(60_000)).await.unwrap().run, slow.lease.run, "only what failed since");
        assert_eq!(first(db.store.now().plus_ms(1)).await, None);
        assert!(db.store.first_failed_run(db.stranger().await.workspace, db.workflow, START).await.unwrap().is_none());
    }

    async fn a_schedule_that_is_tried_again_and_again_is_overdue(db: Db) {
        let overdue = async || db.store.overdue_schedules(db.scope.workspace).await.unwrap();
        let slot = START.plus_ms(10_000);
        let job = NewJob {
            workspace: db.scope.workspace,
            workflow: Some(db.workflow),
            kind: "schedule".into(),
            key: format!("{}:night", db.workflow),
            available_at: slot,
            body: json!({ "trigger": "night", "slot": slot }),
        };
        db.store.put_job(job).await.unwrap();
        db.clock.set(slot);
        // As the job runner does: taken, failed, due again later and later.
        for attempts in 1..8 {
            let jobs = db.store.claim_jobs(&["schedule"], 8, 60_000).await.unwrap();
            assert_eq!((jobs.len(), jobs[0].attempts), (1, attempts));
            let again = db.store.now().plus_ms(1_000 << attempts);
            db.store.finish_job(jobs[0].id, jobs[0].epoch, Some(again), None).await.unwrap();
            let late = db.store.now().since(slot) > 60_000;
            assert_eq!(overdue().await.len(), usize::from(late), "after {} ms", db.store.now().since(slot));
            db.clock.set(again);
        }
        let facts = overdue().await;
        assert_eq!((facts[0].trigger.as_str(), facts[0].due_at, facts[0].workflow), ("night", slot, db.workflow));
        assert!(db.store.overdue_schedules(db.stranger().await.workspace).await.unwrap().is_empty());
        // Fired at last.
        let jobs = db.store.claim_jobs(&["schedule"], 8, 60_000).await.unwrap();
        assert_eq!(overdue().await.len(), 1, "somebody has it");
        let next = db.store.now().plus_ms(600_000);
        db.store.finish_job(jobs[0].id, jobs[0].epoch, Some(next), Some(json!({ "slot": next }))).await.unwrap();
        assert_eq!(overdue().await, []);
    }

    async fn a_channel_that_gave_a_message_up_tells_nobody_outside(db: Db) {
        let outside = async || {
            let (told, stats) = (db.store.count_alerts(&db.scope).await.unwrap().is_told_outside, db.store.stats().await.unwrap());
            assert_eq!(stats.channels, u64::from(told));
            (told, stats.open_alerts, stats.undelivered_alerts)
        };
        let id = db.channel("ops", Routing::default()).await;
        assert_eq!(outside().await, (false, 0, 0));
        db.store.channel_tested(&db.scope, id, None).await.unwrap();
        db.clock.advance_ms(1);
        db.raise(AlertKind::Failing, 1).await;
        assert_eq!(outside().await, (true, 1, 0));
        let due = db.store.due_tellings(10).await.unwrap().remove(0);
        let again = db.store.now().plus_ms(30_000);
        db.store.told(&due, ToldState::Waiting, again, Some("It answered 500.")).await.unwrap();
        assert_eq!(outside().await, (true, 1, 1), "it is tried again");
        db.clock.set(again);
        let due = db.store.due_tellings(10).await.unwrap().remove(0);
        db.store.told(&due, ToldState::Failed, again, Some("It answered 500.")).await.unwrap();
        assert_eq!(outside().await, (false, 1, 1), "given up");
        db.clock.advance_ms(1);
        db.store.channel_tested(&db.scope, id, None).await.unwrap();
        assert_eq!(outside().await, (true, 1, 1), "it works again");
    }

    async fn what_cannot_be_read_keeps_nothing_else_from_people(db: Db) {
        let (broken, _whole) = (db.channel("broken", Routing::default()).await, db.channel("whole", Routing::default()).await);
        let raw = db.raw().await;
        let mut other = db.raised(AlertKind::Failing, 1);
        other.subject = "other".into();
        db.store.raise(db.scope.workspace, &other).await.unwrap();
        // An alert of a kind that nobody knows, and then a channel of which nobody knows what it is.
        raw.execute_unprepared("UPDATE alert SET kind = 'teleport'").await.unwrap();
        assert!(db.store.due_tellings(10).await.unwrap().is_empty());
        // SQLite takes the text as it stands, PostgreSQL as the bytes it names.
        raw.execute_unprepared(&format!("UPDATE channel SET config = '{{' WHERE id = {}", broken.0)).await.unwrap();
        assert!(db.raise(AlertKind::Failing, 1).await);
        let due = db.store.due_tellings(10).await.unwrap();
        assert_eq!(due.iter().map(|one| one.alert.kind).collect::<Vec<_>>(), [AlertKind::Failing], "the whole channel is told of the readable alert");
        assert_eq!(db.due().await, [("whole".to_owned(), Telling::Opened)]);
    }

    async fn triggers_that_wait_for_a_word_are_named(db: Db) {
        let waiting = async || db.store.waiting_triggers(db.scope.workspace).await.unwrap();
        let raw = db.raw().await;
        for (trigger, phase) in [("list", "held"), ("other", "live")] {
            let row = format!(
                "INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, is_whole, found, waiting, left_out, failures)
                 VALUES ({}, '{trigger}', {}, 1, '{phase}', 'f', 0, 0, 250, 0, 0)",
                db.workflow.0, db.scope.workspace.0
            );
            raw.execute_unprepared(&row).await.unwrap();
        }
        let facts = waiting().await;
        assert_eq!(facts.iter().map(|one| (one.trigger.as_str(), one.items)).collect::<Vec<_>>(), [("list", 250)]);
        assert_eq!(db.store.waiting_triggers(db.stranger().await.workspace).await.unwrap(), []);
        db.state(WorkflowState::Off).await;
        assert_eq!(waiting().await, []);
    }

    async fn what_waits_for_people_is_counted(db: Db) {
        assert!(db.store.held_runs(db.scope.workspace, Hold::Unknown).await.unwrap().is_empty());
        let id = ConnectionId(db.store.next_id());
        let new = NewConnection { id, connector: "http".into(), method: "bearer".into(), label: "CRM".into(), ..connection() };
        db.store.create_connection(&db.scope, new).await.unwrap();
        assert!(db.store.refused_connections(db.scope.workspace).await.unwrap().is_empty());
        db.store.set_connection_status(&db.scope, id, ConnectionStatus::NeedsReauth).await.unwrap();
        let facts = db.store.refused_connections(db.scope.workspace).await.unwrap();
        assert_eq!(facts.iter().map(|fact| (fact.label.as_str(), fact.waiting)).collect::<Vec<_>>(), [("CRM", 0)]);
    }

    async fn connections_that_end_are_known_before(db: Db) {
        let ending = async |before: i64| db.store.ending_connections(db.scope.workspace, START.plus_ms(before)).await.unwrap();
        let mut ids = Vec::new();
        for (label, ends, renews) in [("Renews", Some(5), Some(true)), ("Ends", Some(5), Some(false)), ("Nobody knows", Some(5), None), ("For ever", None, Some(false))] {
            let (id, expires_at) = (ConnectionId(db.store.next_id()), ends.map(|ms| START.plus_ms(ms)));
            let new = NewConnection { id, connector: "linkedin".into(), method: "oauth".into(), label: label.into(), expires_at, ..connection() };
            db.store.create_connection(&db.scope, new).await.unwrap();
            if let Some(renews) = renews {
                db.store.set_connection_renews(&db.scope, id, renews).await.unwrap();
            }
            ids.push(id);
        }
        assert_eq!(ending(5).await, []);
        let facts = ending(6).await;
        assert_eq!(facts.iter().map(|fact| (fact.label.as_str(), fact.ends_at)).collect::<Vec<_>>(), [("Ends", START.plus_ms(5))]);
        let shown = db.store.connections(&db.scope).await.unwrap();
        assert_eq!(shown.iter().map(|one| one.ends_at.is_some()).collect::<Vec<_>>(), [false, true, false, false]);
        let stranger = db.stranger().await;
        db.store.set_connection_renews(&stranger, ids[1], true).await.unwrap();
        assert_eq!(ending(6).await.len(), 1, "another workspace's are not touched");
        db.store.set_connection_status(&db.scope, ids[1], ConnectionStatus::Disabled).await.unwrap();
        assert_eq!(ending(6).await, []);
    }

    async fn triggers_that_fail_again_and_again_are_named(db: Db) {
        let deaf = async |failures| db.store.deaf_triggers(db.scope.workspace, failures).await.unwrap();
        assert_eq!(deaf(1).await, []);
        let raw = db.raw().await;
        let row = format!(
            "INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, is_whole, found, waiting, left_out,
             error_message, failures) VALUES ({}, 'list', {}, 1, 'looking', 'f', 0, 0, 0, 0, 'It said no.', 3)",
            db.workflow.0, db.scope.workspace.0
        );
        raw.execute_unprepared(&row).await.unwrap();
        assert_eq!(deaf(4).await, []);
        let facts = deaf(3).await;
        assert_eq!(facts.len(), 1);
        assert_eq!((facts[0].trigger.as_str(), facts[0].message.as_str(), facts[0].failures), ("list", "It said no.", 3));
        // A webhook that cannot be made, the newer one of the same trigger, and one that cannot be taken back.
        let hooks = [(1, "app", "active", "It said no.", 9), (2, "app", "creating", "Too late.", 4), (3, "old", "ending", "Gone.", 9)];
        for (id, trigger, state, error, failures) in hooks {
            let row = format!(
                "INSERT INTO subscription (id, workspace_id, workflow_id, trigger_id, connector, app_trigger, input, fingerprint, state,
                 kept, failures, error, created_at, updated_at)
                 VALUES ({id}, {}, {}, '{trigger}', 'local', 'told', '', '', '{state}', '', {failures}, '{error}', 1, 1)",
                db.scope.workspace.0, db.workflow.0
            );
            raw.execute_unprepared(&row).await.unwrap();
        }
        let facts = deaf(3).await;
        let told: Vec<_> = facts.iter().map(|one| (one.trigger.as_str(), one.message.as_str(), one.failures)).collect();
        assert_eq!(told, [("app", "It said no.", 9), ("list", "It said no.", 3)]);
        db.state(WorkflowState::Off).await;
        assert_eq!(deaf(3).await, []);
    }

    async fn what_is_expected_is_read_from_live_versions(db: Db) {
        assert!(db.store.expected(db.scope.workspace).await.unwrap().is_empty());
        let settings = Settings { expects: Some(Expectation { events: 2, by: "0 10 * * *".into() }), ..Settings::default() };
        let workflow = db.with_settings(settings).await;
        let expected = db.store.expected(db.scope.workspace).await.unwrap();
        assert_eq!(expected.iter().map(|one| (one.workflow, one.expects.events)).collect::<Vec<_>>(), [(workflow, 2)]);
        let count = async |workflow: WorkflowId, from: Timestamp, to: Timestamp| db.store.events_between(workflow, from, to, 5).await.unwrap();
        db.store.accept(db.event_of(workflow, 1.into())).await.unwrap();
        db.clock.advance_ms(1_000);
        assert_eq!(count(workflow, START, db.store.now()).await, 1);
        assert_eq!(count(workflow, db.store.now(), db.store.now().plus_ms(1_000)).await, 0);
        assert_eq!(count(db.workflow, START, db.store.now()).await, 0);
    }
}

fn connection() -> NewConnection {
    NewConnection {
        id: ConnectionId(1),
        connector: String::new(),
        method: String::new(),
        label: String::new(),
        hosts: Vec::new(),
        secret: None,
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    }
}
