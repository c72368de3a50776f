//! Looks at lists through the table of jobs, against a server of the test, with a clock that stands still until told.

use std::sync::atomic::Ordering;

use model::{
    api::{ConnectionStatus, EventState, WorkflowState},
    ids::{ConnectionId, TriggerId},
    run::ErrorClass,
};
use serde_json::json;
use store::{NewConnection, PollPhase};
use testkit::Behaviour;
use triggers::poll::{self, MOST_AT_ONCE};

use crate::{
    listing::{LEASE_MS, Listing, NEWEST, OLDEST, WHOLE, polls, seal, tick},
    on_both,
};

on_both! {
    async fn what_was_there_before_makes_no_event_and_what_comes_makes_one(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([3, 2, 1]);
        let id = list.publish(json!({})).await;
        assert!(list.taken(id).await.is_empty());
        let first = list.state(id).await;
        assert_eq!((first.phase, first.cursor.as_deref(), first.failures), (PollPhase::Live, Some("3"), 0));
        list.holds([5, 4, 3, 2, 1]);
        assert_eq!(list.after(59).await, 0, "not before its time");
        assert_eq!(list.after(1).await, 1);
        assert_eq!(list.taken(id).await, [4, 5], "oldest first");
        assert_eq!(list.after(60).await, 1);
        assert_eq!((list.taken(id).await, list.world.runs(id).await.len()), (vec![4, 5], 2), "each once");
        let event = list.world.events(id, EventState::Accepted).await[0].id;
        assert_eq!(list.world.payload(event).await, json!({ "body": { "id": 5 } }));
        assert_eq!(list.world.counts(id).await, [2, 0, 0, 0, 0], "doubles leave no trace");
        let call = list.upstream.calls().pop().unwrap();
        assert_eq!((call.path.as_str(), call.query.as_str(), call.header("x-key")), ("/items", "since=5", Some("hunter22-key")));
    }

    async fn history_is_taken_where_it_is_wanted(world: World) {
        let list = Listing::new(world, OLDEST).await;
        list.holds(1..=7);
        let id = list.publish(json!({ "history": true })).await;
        assert_eq!(list.taken(id).await, (1..=7).collect::<Vec<_>>(), "two at a time, at once");
        assert_eq!(list.state(id).await.phase, PollPhase::Live);
        // Turned off and on, only what is new comes.
        list.world.switch(id, WorkflowState::Off).await;
        list.holds(1..=9);
        assert_eq!(list.after(3_600).await, 0, "off, nobody looks");
        list.world.switch(id, WorkflowState::On).await;
        list.run().await;
        assert_eq!(list.taken(id).await, (1..=9).collect::<Vec<_>>());
    }

    async fn off_and_on_begins_anew(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.world.switch(id, WorkflowState::Off).await;
        list.holds([2, 1]);
        list.after(3_600).await;
        list.world.switch(id, WorkflowState::On).await;
        list.run().await;
        assert!(list.taken(id).await.is_empty(), "what came while it was off is not made up for");
        list.holds([3, 2, 1]);
        list.after(75).await;
        assert_eq!(list.taken(id).await, [3]);
    }

    async fn an_edit_keeps_the_cursor_unless_it_means_another_list(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({ "input": { "folder": { "literal": "a" } } })).await;
        list.holds([2, 1]);
        let same = json!({ "input": { "folder": { "literal": "a" } }, "every_s": 300 });
        list.world.republish(id, &list.definition(same.clone())).await;
        list.run().await;
        assert_eq!(list.taken(id).await, [2], "it went on where it stood");
        assert_eq!((list.after(299).await, list.after(1).await), (0, 1), "and looks as often as it says now");
        list.holds([7, 6, 2, 1]);
        list.world.republish(id, &list.definition(json!({ "input": { "folder": { "literal": "b" } } }))).await;
        list.run().await;
        assert_eq!(list.taken(id).await, [2], "another list begins anew");
        assert_eq!(list.upstream.calls().pop().unwrap().query, "folder=b");
        list.holds([8, 7, 6]);
        list.after(75).await;
        assert_eq!(list.taken(id).await, [2, 8]);
    }

    async fn a_whole_list_is_compared(world: World) {
        let list = Listing::new(world, WHOLE).await;
        list.holds([5, 99, 3]);
        let id = list.publish(json!({})).await;
        list.holds([2, 5, 99, 3, 9, 2]);
        list.after(75).await;
        assert_eq!(list.taken(id).await, [2, 9], "wherever it stands, and once");
        list.world.db.clock.advance_ms(200 * 86_400_000);
        while list.world.db.store.sweep(200).await.unwrap() >= 200 {}
        list.run().await;
        assert_eq!(list.taken(id).await, [2, 9], "known for as long as it may stand there");
        assert_eq!(list.world.counts(id).await, [2, 0, 0, 0, 0]);
    }

    async fn a_worker_that_dies_neither_loses_nor_doubles(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.holds([3, 2, 1]);
        list.world.db.clock.advance_ms(75_000);
        let store = list.world.db.store.clone();
        // After the commit, before its job is settled.
        let died = store.claim_jobs(&[poll::JOB], 8, LEASE_MS).await.unwrap();
        list.polls.look(&died[0]).await.unwrap();
        assert_eq!(list.after(61).await, 1, "another one takes over");
        assert_eq!(list.taken(id).await, [2, 3]);
        // Before the commit: it stopped in the middle of its call, and another one was faster.
        list.holds([4, 3, 2, 1]);
        list.world.db.clock.advance_ms(75_000);
        let frozen = store.claim_jobs(&[poll::JOB], 8, LEASE_MS).await.unwrap();
        list.upstream.behave_next([Behaviour::Delay(std::time::Duration::from_millis(300))]);
        let late = tokio::spawn({
            let (polls, job) = (list.polls.clone(), frozen[0].clone());
            async move { polls.look(&job).await.unwrap() }
        });
        list.upstream.wait_for_calls(list.upstream.calls().len()).await;
        list.world.db.clock.advance_ms(61_000);
        list.run().await;
        late.await.unwrap();
        assert_eq!(list.taken(id).await, [2, 3, 4]);
        assert_eq!(list.world.counts(id).await, [3, 0, 0, 0, 0]);
    }

    async fn two_workers_look_once(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.holds([2, 1]);
        list.world.db.clock.advance_ms(75_000);
        let store = list.world.db.second().await;
        let other = polls(&list.world, &store, &list.connectors, &list.budget);
        let before = list.upstream.calls().len();
        let (one, two) = tokio::join!(tick(&list.world.db.store, &list.polls), tick(&store, &other));
        assert_eq!((one + two, list.upstream.calls().len() - before), (1, 1), "one of them has the job");
        assert_eq!(list.taken(id).await, [2]);
    }

    async fn paused_it_looks_on_and_holds(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.world.switch(id, WorkflowState::Paused).await;
        list.holds([2, 1]);
        list.after(75).await;
        assert_eq!(list.ids(id, EventState::Held).await, [2]);
        list.world.switch(id, WorkflowState::On).await;
        list.run().await;
        assert_eq!(list.taken(id).await, [2]);
        // Where paused means refused, it is not asked for again.
        let mut refusing = list.definition(json!({}));
        refusing.settings.paused_events = model::definition::PausedEvents::Refuse;
        list.world.republish(id, &refusing).await;
        list.world.switch(id, WorkflowState::Paused).await;
        list.holds([3, 2, 1]);
        list.after(75).await;
        list.after(60).await;
        assert_eq!(list.world.counts(id).await, [1, 0, 0, 1, 0]);
    }

    async fn more_than_a_hundred_wait_for_a_persons_word(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        let many = MOST_AT_ONCE as u64 + 2;
        list.holds((1..=many).rev());
        assert_eq!(list.after(75).await, 1);
        let held = list.state(id).await;
        assert_eq!((held.phase, held.waiting, held.cursor.as_deref()), (PollPhase::Held, many - 1, Some("1")));
        assert!(held.note.unwrap().contains("101 new items"));
        assert!(list.taken(id).await.is_empty());
        let calls = list.upstream.calls().len();
        list.after(3_600).await;
        assert_eq!(list.upstream.calls().len(), calls, "nobody is asked meanwhile");
        let store = &list.world.db.store;
        store.decide_poll(&list.world.db.scope, id, &TriggerId::from("start"), false).await.unwrap();
        list.run().await;
        assert_eq!(list.world.runs(id).await.len(), 101);
        assert_eq!((list.state(id).await.phase, list.state(id).await.waiting), (PollPhase::Live, 0));
        // The other word.
        list.holds((1..=many * 2).rev());
        list.after(75).await;
        store.decide_poll(&list.world.db.scope, id, &TriggerId::from("start"), true).await.unwrap();
        list.run().await;
        list.holds((1..=many * 2 + 1).rev());
        list.after(75).await;
        assert_eq!(list.world.runs(id).await.len(), 102, "the rest was skipped, what comes is new");
        assert_eq!(list.actions().await, ["poll.held", "poll.released", "poll.held", "poll.skipped"]);
    }

    async fn a_cursor_nobody_knows_begins_anew_and_says_so(world: World) {
        let list = Listing::new(world, OLDEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.holds(1..=5);
        list.upstream.behave_next([Behaviour::json(410, &json!({ "message": "too old" }))]);
        list.after(75).await;
        let state = list.state(id).await;
        assert_eq!((state.phase, state.cursor.as_deref()), (PollPhase::Live, Some("5")));
        assert!(state.note.unwrap().contains("read anew"));
        assert!(list.taken(id).await.is_empty());
        assert_eq!(list.actions().await, ["poll.resynced"]);
        list.holds(1..=6);
        list.after(75).await;
        assert_eq!(list.taken(id).await, [6]);
    }

    async fn refused_credentials_wait_for_their_owner(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.upstream.behave(Behaviour::json(401, &json!({ "message": "no" })));
        list.after(75).await;
        let (store, scope) = (&list.world.db.store, &list.world.db.scope);
        let connection = store.connection(scope, list.connection).await.unwrap().connection;
        assert_eq!(connection.status, ConnectionStatus::NeedsReauth);
        let failed = list.state(id).await;
        let error = failed.error.unwrap();
        assert_eq!((error.class, failed.failures, failed.cursor.as_deref()), (ErrorClass::Auth, 1, Some("1")));
        assert!(!error.message.contains("hunter22"), "{}", error.message);
        let calls = list.upstream.calls().len();
        list.after(400).await;
        assert_eq!(list.upstream.calls().len(), calls, "nobody is asked with values that were refused");
        assert_eq!(list.state(id).await.error.unwrap().code, "connection.needs_reauth");
        list.holds([2, 1]);
        let secret = seal(&list.world, list.connection, &list.upstream, "another-key").await;
        store.update_connection(scope, list.connection, None, None, Some(secret)).await.unwrap();
        store.connection_repaired(list.connection).await.unwrap();
        assert_eq!(list.run().await, 1, "at once");
        assert_eq!(list.taken(id).await, [2]);
        assert_eq!((list.state(id).await.error, list.state(id).await.failures), (None, 0));
        assert_eq!(list.upstream.calls().pop().unwrap().header("x-key"), Some("another-key"));
    }

    async fn limits_and_failures_wait(world: World) {
        let list = Listing::new(world, NEWEST).await;
        list.holds([1]);
        let id = list.publish(json!({})).await;
        list.upstream.behave_next([Behaviour::status(429).with_header("retry-after", "90")]);
        list.after(75).await;
        let limited = list.state(id).await;
        assert_eq!((limited.error.unwrap().class, list.budget.heeded.load(Ordering::Relaxed)), (ErrorClass::RateLimited, 1));
        assert_eq!(list.after(89).await, 0, "as long as was asked");
        assert_eq!(list.after(11).await, 1);
        // A server that is down is asked less and less often.
        list.upstream.behave(Behaviour::status(503));
        let mut looks = 0;
        for _ in 0..120 {
            looks += list.after(60).await;
        }
        let failed = list.state(id).await;
        assert!((6..=9).contains(&looks), "{looks} looks in two hours");
        assert_eq!((failed.error.unwrap().class, failed.cursor.as_deref()), (ErrorClass::Transient, Some("1")));
        list.holds([2, 1]);
        list.after(3_960).await;
        assert_eq!((list.taken(id).await, list.state(id).await.failures), (vec![2], 0));
        // A budget that is used up.
        let later = list.world.db.store.now().plus_ms(600_000);
        *list.budget.until.lock().unwrap() = Some(later);
        let calls = list.upstream.calls().len();
        list.after(75).await;
        assert_eq!((list.upstream.calls().len(), list.state(id).await.failures), (calls, 0));
        *list.budget.until.lock().unwrap() = None;
        list.holds([3, 2, 1]);
        assert_eq!(list.after(530).await, 1);
        assert_eq!(list.taken(id).await, [2, 3]);
    }

    async fn one_that_cannot_be_read_does_not_stop_the_others(world: World) {
        let list = Listing::new(world, WHOLE).await;
        let id = list.publish(json!({})).await;
        let items = json!({ "items": [{ "id": 1 }, { "name": "no id" }, { "id": 3 }] });
        list.upstream.behave(Behaviour::json(200, &items));
        list.after(75).await;
        assert_eq!(list.taken(id).await, [1, 3]);
        let state = list.state(id).await;
        assert_eq!(state.left_out, 1);
        assert!(state.left_out_why.unwrap().contains("cannot be told from others"));
        assert_eq!(list.actions().await, ["poll.left_out"]);
        list.after(60).await;
        assert_eq!((list.state(id).await.left_out, list.state(id).await.failures), (1, 0), "counted once");
    }

    async fn what_its_filter_keeps_out_is_asked_for_once(world: World) {
        let list = Listing::new(world, WHOLE).await;
        let mut definition = list.definition(json!({}));
        definition.triggers[0].filter =
            Some(serde_json::from_value(json!({ "test": { "left": { "expr": "event.body.id" }, "op": "greater_than", "right": { "literal": 5 } } })).unwrap());
        let id = list.world.publish(&definition).await.workflow;
        list.run().await;
        list.holds([4, 6]);
        list.after(75).await;
        list.after(60).await;
        assert_eq!(list.world.counts(id).await, [1, 0, 1, 0, 0]);
    }

    async fn a_connection_that_is_gone_or_of_another_service_is_said(world: World) {
        let list = Listing::new(world, NEWEST).await;
        let id = list.publish(json!({ "connection": ConnectionId(77) })).await;
        assert_eq!(list.state(id).await.error.unwrap().code, "connection.gone");
        let mut other = list.definition(json!({}));
        let raw = list.world.db.store.connection(&list.world.db.scope, list.connection).await.unwrap();
        let new = NewConnection {
            id: ConnectionId(list.world.db.store.next_id()),
            connector: "other".into(),
            method: "key".into(),
            label: "Other".into(),
            hosts: Vec::new(),
            secret: raw.secret,
            account: None,
            scopes: Vec::new(),
            expires_at: None,
        };
        let connection = new.id;
        list.world.db.store.create_connection(&list.world.db.scope, new).await.unwrap();
        if let model::definition::TriggerKind::App(app) = &mut other.triggers[0].kind {
            app.connection = Some(connection);
        }
        list.world.republish(id, &other).await;
        list.run().await;
        assert_eq!(list.state(id).await.error.unwrap().code, "connection.other");
        assert!(list.upstream.calls().is_empty(), "no credentials went anywhere");
    }
}
