//! Webhooks at a vendor from publishing to turning off, with a clock that stands still until told.

use model::api::{EventState, SubscriptionState, WorkflowState};
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    vendor::{PUBLIC_URL, SECRET, Vendor, mac},
    world::json_of,
};

on_both! {
    async fn it_is_made_at_publish_and_taken_away_when_off(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({ "what": "cats" })).await;
        assert_eq!(vendor.work().await, [None]);
        let told = vendor.told("/hooks").remove(0);
        let url = told["url"].as_str().unwrap();
        assert!(url.starts_with(&format!("{PUBLIC_URL}/hooks/")), "{url}");
        assert_eq!(told["what"], "cats");
        let row = vendor.rows(workflow).await.remove(0);
        assert_eq!((row.state, row.kept.clone(), row.error.clone()), (SubscriptionState::Active, json!({ "id": "h1" }), None));
        let secret = told["secret"].as_str().unwrap();
        assert!(!row.kept.to_string().contains(secret), "the secret is sealed");
        let answer = vendor.signed(url, secret, &[], &json!({ "events": [{ "id": 1, "what": "cats" }, { "id": 2, "what": "dogs" }] })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(vendor.world.counts(workflow).await, [1, 0, 0, 0, 0], "one was for us");
        // Paused it stays; off it goes.
        vendor.world.switch(workflow, WorkflowState::Paused).await;
        vendor.work().await;
        assert_eq!(vendor.rows(workflow).await[0].state, SubscriptionState::Active);
        vendor.world.switch(workflow, WorkflowState::Off).await;
        vendor.work().await;
        assert!(vendor.rows(workflow).await.is_empty());
        let last = vendor.upstream.calls().pop().unwrap();
        assert_eq!((last.method.as_str(), last.path.as_str()), ("DELETE", "/hooks/h1"));
        assert_eq!(last.header("x-key"), Some("k"), "with the connection's credentials");
        let gone = vendor.signed(url, secret, &[], &json!({ "events": [{ "id": 3 }] })).await;
        assert_eq!(gone.status, 404);
    }

    async fn a_refusal_is_shown_and_tried_again(world: World) {
        let vendor = Vendor::new(world).await;
        vendor.upstream.behave_next([Behaviour::json(403, &json!({ "message": "no" })), Behaviour::status(500)]);
        let workflow = vendor.publish("made", json!({})).await;
        let [Some(at)] = vendor.work().await[..] else { panic!("it comes again") };
        let told = vendor.ingest.subscription(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        let error = told.error.unwrap();
        assert_eq!((told.state, error.failures, error.retry_at), (SubscriptionState::Creating, 1, Some(at)));
        assert!(vendor.work().await.is_empty(), "not before");
        vendor.world.db.clock.set(at);
        let [Some(later)] = vendor.work().await[..] else { panic!("it comes again") };
        assert!(later.since(at) > 15_000, "the pause grows");
        vendor.world.db.clock.set(later);
        assert_eq!(vendor.work().await, [None]);
        let row = vendor.rows(workflow).await.remove(0);
        assert_eq!((row.state, row.failures, row.error, row.since), (SubscriptionState::Active, 0, None, Some(later)));
        let addresses: Vec<_> = vendor.told("/hooks").iter().map(|told| told["url"].clone()).collect();
        assert_eq!(addresses[0], addresses[1], "a definite no made nothing");
        assert_ne!(addresses[1], addresses[2], "what a 500 made has no address any more");
    }

    async fn an_edit_makes_the_new_one_first(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({ "what": "cats" })).await;
        vendor.work().await;
        let old = vendor.told("/hooks").remove(0);
        vendor.world.republish(workflow, &vendor.definition("made", vendor.connection, json!({ "what": "cats" }))).await;
        vendor.work().await;
        assert_eq!(vendor.told("/hooks").len(), 1, "nothing that counts has changed");
        vendor.upstream.behave_next([Behaviour::json(200, &json!({ "id": "h2" }))]);
        vendor.world.republish(workflow, &vendor.definition("made", vendor.connection, json!({ "what": "dogs" }))).await;
        vendor.work().await;
        let order: Vec<String> = vendor.upstream.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        assert_eq!(order, ["POST /hooks", "POST /hooks", "DELETE /hooks/h1"]);
        let rows = vendor.rows(workflow).await;
        assert_eq!((rows.len(), rows[0].kept["id"].as_str()), (1, Some("h2")));
        let (url, secret) = (old["url"].as_str().unwrap(), old["secret"].as_str().unwrap());
        let late = vendor.signed(url, secret, &[], &json!({ "events": [{ "id": 1 }] })).await;
        assert_eq!(late.status, 404, "the old address is gone");
    }

    async fn while_both_live_only_one_is_heard(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({ "what": "cats" })).await;
        vendor.work().await;
        let old = vendor.told("/hooks").remove(0);
        // The vendor will not let the old one go.
        vendor.upstream.behave_next([Behaviour::json(200, &json!({ "id": "h2" })), Behaviour::status(500)]);
        vendor.world.republish(workflow, &vendor.definition("made", vendor.connection, json!({ "what": "dogs" }))).await;
        let [Some(_)] = vendor.work().await[..] else { panic!("it is tried again") };
        let new = vendor.told("/hooks").remove(1);
        for told in [&old, &new] {
            let (url, secret) = (told["url"].as_str().unwrap(), told["secret"].as_str().unwrap());
            assert_eq!(vendor.signed(url, secret, &[], &json!({ "events": [{ "id": 5, "what": "dogs" }] })).await.status, 200);
        }
        assert_eq!(vendor.world.counts(workflow).await, [1, 0, 0, 0, 0], "and no duplicate: the old one was not listened to");
        let shown = vendor.ingest.requests(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        assert!(shown.iter().any(|request| request.reason.contains("taken over")), "{shown:?}");
    }

    async fn what_a_killed_process_left_behind_fires_nothing(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({})).await;
        let job = vendor.jobs().await.remove(0);
        // The vendor has made it, and the process dies before it hears so.
        vendor.upstream.behave_next([Behaviour::Silence]);
        let dying = tokio::spawn({ let (ingest, job) = (vendor.ingest.clone(), job.clone()); async move { ingest.subscribe(&job).await } });
        vendor.upstream.wait_for_calls(1).await;
        dying.abort();
        assert!(dying.await.is_err());
        // Somebody else looks while its turn may still go on: it waits.
        let at = vendor.ingest.subscribe(&job).await.unwrap().expect("it looks again");
        assert_eq!(vendor.told("/hooks").len(), 1);
        vendor.world.db.clock.set(at);
        assert_eq!(vendor.ingest.subscribe(&job).await.unwrap(), None);
        let [orphan, made] = &vendor.told("/hooks")[..] else { panic!("one more") };
        assert_ne!((&orphan["url"], &orphan["secret"]), (&made["url"], &made["secret"]));
        let body = json!({ "events": [{ "id": 7 }] });
        for (told, status) in [(orphan, 404), (made, 200), (orphan, 404)] {
            let (url, secret) = (told["url"].as_str().unwrap(), told["secret"].as_str().unwrap());
            assert_eq!(vendor.signed(url, secret, &[], &body).await.status, status);
        }
        assert_eq!(vendor.world.counts(workflow).await, [1, 0, 0, 0, 0]);
    }

    async fn it_is_renewed_before_its_end(world: World) {
        let vendor = Vendor::new(world).await;
        let now = vendor.world.db.store.now();
        let end = |s: i64| json!({ "id": "h1", "expires_at": (now.ms() / 1_000) + s });
        vendor.upstream.behave_next([Behaviour::json(200, &end(7_200)), Behaviour::json(200, &end(14_400))]);
        let workflow = vendor.publish("made", json!({})).await;
        assert_eq!(vendor.work().await, [Some(now.plus_ms(6_600_000))], "ten minutes before");
        vendor.world.db.clock.set(now.plus_ms(6_600_000));
        assert_eq!(vendor.work().await, [Some(now.plus_ms(13_800_000))]);
        assert_eq!(vendor.upstream.calls().pop().unwrap().path, "/hooks/h1/renew");
        let told = vendor.ingest.subscription(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        assert_eq!((told.state, told.expires_at), (SubscriptionState::Active, Some(now.plus_ms(14_400_000))));
    }

    async fn what_cannot_be_renewed_is_made_anew(world: World) {
        let vendor = Vendor::new(world).await;
        let now = vendor.world.db.store.now();
        let end = json!({ "id": "h1", "expires_at": (now.ms() / 1_000) + 7_200 });
        vendor.upstream.behave_next([
            Behaviour::json(200, &end),
            Behaviour::status(404),
            Behaviour::status(404),
            Behaviour::json(200, &json!({ "id": "h2" })),
        ]);
        let workflow = vendor.publish("made", json!({})).await;
        let [Some(at)] = vendor.work().await[..] else { panic!("it ends some time") };
        vendor.world.db.clock.set(at);
        let [Some(soon)] = vendor.work().await[..] else { panic!("it goes on") };
        vendor.world.db.clock.set(soon);
        assert_eq!(vendor.work().await, [None]);
        let order: Vec<String> = vendor.upstream.calls().iter().map(|call| format!("{} {}", call.method, call.path)).collect();
        assert_eq!(order, ["POST /hooks", "POST /hooks/h1/renew", "DELETE /hooks/h1", "POST /hooks"]);
        let rows = vendor.rows(workflow).await;
        assert_eq!((rows.len(), rows[0].kept["id"].as_str(), rows[0].state), (1, Some("h2"), SubscriptionState::Active));
    }

    async fn refused_credentials_are_told_and_looked_at_again_soon(world: World) {
        let vendor = Vendor::new(world).await;
        vendor.upstream.behave(Behaviour::status(401));
        let workflow = vendor.publish("made", json!({})).await;
        for _ in 0..8 {
            let [Some(at)] = vendor.work().await[..] else { panic!("it comes again") };
            assert!(at.since(vendor.world.db.store.now()) <= 300_000, "within five minutes of a repair");
            vendor.world.db.clock.set(at);
        }
        let told = vendor.ingest.subscription(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        assert_eq!(told.error.unwrap().code, "connection.needs_reauth");
        assert_eq!(vendor.upstream.calls().len(), 1, "a connection that needs its owner is not tried");
    }

    async fn a_repaired_connection_sets_its_webhooks_up_at_once(world: World) {
        let vendor = Vendor::new(world).await;
        let elsewhere = crate::vendor::connection(&vendor.world, &vendor.upstream, "other").await;
        vendor.upstream.behave(Behaviour::status(401));
        let workflow = vendor.publish("made", json!({})).await;
        let other = vendor.world.publish(&vendor.definition("made", elsewhere, json!({}))).await.workflow;
        assert!(vendor.work().await.iter().all(Option::is_some), "both come again");
        assert!(vendor.work().await.is_empty(), "later");

        vendor.upstream.behave(Behaviour::json(200, &json!({ "id": "h1" })));
        let store = &vendor.world.db.store;
        let secret = store.connection_for_call(vendor.world.db.scope.workspace, vendor.connection).await.unwrap().secret;
        store.update_connection(&vendor.world.db.scope, vendor.connection, None, None, secret).await.unwrap();
        store.connection_repaired(vendor.connection).await.unwrap();
        // The clock has not moved.
        assert_eq!(vendor.work().await, [None]);
        let row = vendor.rows(workflow).await.remove(0);
        assert_eq!((row.state, row.error), (SubscriptionState::Active, None));
        assert_eq!(vendor.rows(other).await[0].state, SubscriptionState::Creating, "the other account is as broken as before");
        store.connection_repaired(vendor.connection).await.unwrap();
        assert!(vendor.work().await.is_empty(), "nothing is done twice");
    }

    async fn taking_away_is_tried_until_it_is_gone(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({})).await;
        vendor.work().await;
        vendor.upstream.behave_next([Behaviour::status(503), Behaviour::status(404)]);
        vendor.world.db.store.delete_workflow(&vendor.world.db.scope, workflow).await.unwrap();
        let [Some(at)] = vendor.work().await[..] else { panic!("it comes again") };
        assert_eq!(vendor.rows(workflow).await[0].state, SubscriptionState::Ending);
        vendor.world.db.clock.set(at);
        assert_eq!(vendor.work().await, [None]);
        assert!(vendor.rows(workflow).await.is_empty(), "not found is as good as gone");
    }

    async fn where_there_is_only_one_the_new_one_takes_its_place(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("one", json!({ "what": "cats" })).await;
        vendor.work().await;
        vendor.world.republish(workflow, &vendor.definition("one", vendor.connection, json!({ "what": "dogs" }))).await;
        vendor.work().await;
        assert_eq!((vendor.told("/set").len(), vendor.told("/clear").len()), (2, 0), "clearing would take the new one away");
        assert_eq!(vendor.rows(workflow).await.len(), 1);
        let told = vendor.told("/set").pop().unwrap();
        let (url, secret) = (told["url"].as_str().unwrap(), told["secret"].as_str().unwrap());
        assert_eq!(vendor.deliver(url, &[("x-secret", secret)], b"{\"id\":1}").await.status, 200);
        assert_eq!(vendor.deliver(url, &[("x-secret", "other")], b"{\"id\":2}").await.status, 401);
        vendor.world.switch(workflow, WorkflowState::Off).await;
        vendor.work().await;
        assert_eq!(vendor.told("/clear").len(), 1);
    }

    async fn the_vendors_first_word_is_the_secret_and_nobody_elses(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("shaken", json!({})).await;
        let job = vendor.jobs().await.remove(0);
        // The vendor asks while the call is open.
        vendor.upstream.behave_next([Behaviour::Delay(std::time::Duration::from_millis(300))]);
        let working = tokio::spawn({ let (ingest, job) = (vendor.ingest.clone(), job.clone()); async move { ingest.subscribe(&job).await } });
        let url = vendor.upstream.wait_for_calls(1).await[0].json()["url"].as_str().unwrap().to_owned();
        let answer = vendor.deliver(&url, &[("x-hook-secret", SECRET)], b"").await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.iter().any(|(name, value)| name == "x-hook-secret" && value == SECRET));
        working.await.unwrap().unwrap();
        assert_eq!(vendor.rows(workflow).await[0].state, SubscriptionState::Active);
        assert_eq!(vendor.deliver(&url, &[("x-hook-secret", "mine-now")], b"").await.status, 403, "it has one already");
        let event = json!({ "id": 1 });
        let signature = mac(SECRET, &event.to_string());
        assert_eq!(vendor.deliver(&url, &[("x-signature", &signature)], event.to_string().as_bytes()).await.status, 200);
        let forged = mac("mine-now", &event.to_string());
        assert_eq!(vendor.deliver(&url, &[("x-signature", &forged)], event.to_string().as_bytes()).await.status, 401);
        assert_eq!(vendor.world.events(workflow, EventState::Accepted).await.len(), 1);
    }

    async fn without_a_connection_it_says_so(world: World) {
        let vendor = Vendor::new(world).await;
        let gone = model::ids::ConnectionId(4711);
        let workflow = vendor.world.publish(&vendor.definition("made", gone, json!({}))).await.workflow;
        vendor.work().await;
        let told = vendor.ingest.subscription(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        assert_eq!(told.error.unwrap().code, "connection.gone");
        assert!(vendor.upstream.calls().is_empty());
        let answer = vendor.deliver(told.address.as_deref().unwrap(), &[], b"{}").await;
        assert_eq!((answer.status, json_of(&answer)["error"]["code"].as_str()), (401, Some("hook.signature")), "fail closed");
    }
}
