//! Deliveries to a trigger's own address.

use model::api::{EventState, HookOutcome, SubscriptionState};
use serde_json::{Value, json};
use testkit::Behaviour;

use crate::{
    on_both,
    vendor::{SECRET, Vendor, mac},
    world::{Hook, json_of},
};

/// A trigger whose address a person enters at the vendor, with its secret.
async fn by_hand(vendor: &Vendor, secret: Option<&str>) -> Hook {
    let workflow = vendor.publish("steps", json!({})).await;
    let hook = vendor.world.db.store.hook_of_trigger(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap().unwrap();
    if let Some(secret) = secret {
        let (db, owner) = (&vendor.world.db, format!("hook {workflow} start"));
        let sealed = db.vault.put_secret(db.scope.workspace, &owner, "secret", secret).await.unwrap();
        db.store.set_hook_secret(&db.scope, workflow, &"start".into(), Some(sealed)).await.unwrap();
    }
    vendor.work().await;
    Hook { workflow, key: hook.key }
}

async fn shown(vendor: &Vendor, hook: &Hook) -> Vec<model::api::HookRequest> {
    vendor.ingest.requests(&vendor.world.db.scope, hook.workflow, &"start".into()).await.unwrap()
}

on_both! {
    async fn a_person_is_told_what_to_do_and_questions_are_answered_when_signed(world: World) {
        let vendor = Vendor::new(world).await;
        let hook = by_hand(&vendor, None).await;
        let url = vendor.own(&hook);
        let told = vendor.ingest.subscription(&vendor.world.db.scope, hook.workflow, &"start".into()).await.unwrap();
        assert_eq!((told.state, told.steps, told.needs_secret, told.has_secret),
            (SubscriptionState::Waiting, vec![format!("Enter {url} there")], true, false));
        assert!(vendor.upstream.calls().is_empty(), "nothing is created");
        let ping = json!({ "type": "ping", "challenge": "c-1" });
        let refused = vendor.signed(&url, "guess", &[("plain", "")], &ping).await;
        assert_eq!(refused.status, 401);
        assert!(json_of(&refused)["error"]["message"].as_str().unwrap().contains("none has been set"));
        let hook = by_hand(&vendor, Some(SECRET)).await;
        let url = vendor.own(&hook);
        assert_eq!(vendor.signed(&url, "guess", &[("plain", "")], &ping).await.status, 401, "not for whoever asks");
        let answer = vendor.signed(&url, SECRET, &[("plain", "")], &ping).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &b"c-1"[..]));
        let answer = json_of(&vendor.signed(&url, SECRET, &[("plain", "")], &json!({ "token": "t" })).await);
        assert_eq!(answer, json!({ "token": "t", "proof": mac(SECRET, "t") }));
        assert_eq!(vendor.world.counts(hook.workflow).await, [0; 5], "questions are no events");
        let list = shown(&vendor, &hook).await;
        let outcomes: Vec<HookOutcome> = list.iter().map(|request| request.outcome).collect();
        assert_eq!(outcomes, [HookOutcome::Handshake, HookOutcome::Handshake, HookOutcome::Refused]);
        assert!(list.iter().all(|request| request.headers.iter().all(|header| header.name != "x-signature" || header.value == "•••")));
    }

    async fn the_first_genuine_delivery_shows_that_it_works(world: World) {
        let vendor = Vendor::new(world).await;
        let hook = by_hand(&vendor, Some(SECRET)).await;
        let url = vendor.own(&hook);
        let answer = vendor.signed(&url, SECRET, &[("x-delivery", "d1")], &json!({ "n": 1 })).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(vendor.world.last_body(hook.workflow).await, json!({ "n": 1 }));
        let told = vendor.ingest.subscription(&vendor.world.db.scope, hook.workflow, &"start".into()).await.unwrap();
        assert_eq!(told.state, SubscriptionState::Active);
        // Sent again by the vendor; and copied by somebody who gives it another key.
        assert_eq!(vendor.signed(&url, SECRET, &[("x-delivery", "d1")], &json!({ "n": 1 })).await.status, 200);
        assert_eq!(vendor.signed(&url, SECRET, &[("x-delivery", "d2")], &json!({ "n": 1 })).await.status, 200);
        assert_eq!(vendor.world.counts(hook.workflow).await, [1, 0, 0, 0, 1], "neither starts a run");
        let list = shown(&vendor, &hook).await;
        assert_eq!(list.iter().filter(|request| request.outcome == HookOutcome::Duplicate).count(), 2, "{list:?}");
    }

    async fn refusals_say_why_and_a_request_becomes_a_sample(world: World) {
        let vendor = Vendor::new(world).await;
        let hook = by_hand(&vendor, Some(SECRET)).await;
        let url = vendor.own(&hook);
        let body = json!({ "n": 1, "who": "Ada" });
        assert_eq!(vendor.deliver(&url, &[], body.to_string().as_bytes()).await.status, 401);
        let signature = mac(SECRET, "{");
        assert_eq!(vendor.deliver(&url, &[("x-signature", &signature)], b"{").await.status, 400);
        let list = shown(&vendor, &hook).await;
        assert_eq!(list[1].reason, "The delivery is not signed.");
        assert!(list[0].reason.contains("not valid JSON"), "{}", list[0].reason);
        let scope = &vendor.world.db.scope;
        let sample = vendor.ingest.use_request(scope, hook.workflow, &"start".into(), list[1].id).await.unwrap();
        assert_eq!(sample.event, json!({ "body": body }));
        assert!(vendor.ingest.use_request(scope, hook.workflow, &"start".into(), list[0].id).await.is_err(), "it is no JSON");
        let other = store::Scope { workspace: model::ids::WorkspaceId(99), ..scope.clone() };
        assert!(vendor.ingest.requests(&other, hook.workflow, &"start".into()).await.is_err(), "of another workspace");
        assert!(vendor.ingest.use_request(&other, hook.workflow, &"start".into(), list[1].id).await.is_err());
    }

    async fn an_event_that_is_only_named_is_fetched_after_the_answer(world: World) {
        let vendor = Vendor::new(world).await;
        vendor.upstream.behave_next([Behaviour::json(200, &json!({ "id": "h1", "secret": SECRET }))]);
        let workflow = vendor.publish("thin", json!({})).await;
        vendor.work().await;
        let row = vendor.rows(workflow).await.remove(0);
        assert_eq!((row.state, &row.kept), (SubscriptionState::Active, &json!({ "id": "h1" })));
        let url = vendor.told("/hooks")[0]["url"].as_str().unwrap().to_owned();
        let answer = vendor.signed(&url, SECRET, &[("x-delivery", "d1")], &json!({ "id": "t7" })).await;
        assert_eq!((answer.status, &answer.body[..]), (202, &b"ok"[..]), "as the manifest says");
        assert_eq!(vendor.world.counts(workflow).await, [0; 5], "not yet");
        vendor.upstream.behave_next([Behaviour::status(503), Behaviour::json(200, &json!({ "name": "Tea" }))]);
        let db = &vendor.world.db;
        let job = db.store.claim_jobs(&[triggers::app_webhook::DELIVERY_JOB], 10, 60_000).await.unwrap().remove(0);
        assert!(vendor.ingest.complete_delivery(&job).await.is_err(), "the vendor is down: it is tried again");
        vendor.ingest.complete_delivery(&job).await.unwrap();
        assert_eq!(vendor.upstream.calls().pop().unwrap().path, "/things/t7");
        assert_eq!(vendor.world.last_body(workflow).await, json!({ "id": "t7", "name": "Tea" }));
        // Killed after the events, before the delivery was ended: once more changes nothing.
        vendor.ingest.complete_delivery(&job).await.unwrap();
        assert_eq!(vendor.world.events(workflow, EventState::Accepted).await.len(), 1);
    }

    async fn what_the_vendor_has_forgotten_is_set_aside(world: World) {
        let vendor = Vendor::new(world).await;
        vendor.upstream.behave_next([Behaviour::json(200, &json!({ "id": "h1", "secret": SECRET }))]);
        let workflow = vendor.publish("thin", json!({})).await;
        vendor.work().await;
        let url = vendor.told("/hooks")[0]["url"].as_str().unwrap().to_owned();
        vendor.signed(&url, SECRET, &[("x-delivery", "d1")], &json!({ "id": "t7" })).await;
        vendor.upstream.behave(Behaviour::status(404));
        let db = &vendor.world.db;
        let job = db.store.claim_jobs(&[triggers::app_webhook::DELIVERY_JOB], 10, 60_000).await.unwrap().remove(0);
        vendor.ingest.complete_delivery(&job).await.unwrap();
        assert_eq!(vendor.world.counts(workflow).await, [0; 5]);
        let id = job.key.parse().unwrap();
        assert!(db.store.pending_delivery(id).await.unwrap().is_none(), "it is not tried for ever");
    }

    async fn hostile_deliveries_are_refused(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("made", json!({})).await;
        vendor.work().await;
        let told = vendor.told("/hooks").remove(0);
        let (url, secret) = (told["url"].as_str().unwrap(), told["secret"].as_str().unwrap());
        let many: Vec<Value> = (0..1_001).map(|n| json!({ "id": n })).collect();
        assert_eq!(vendor.signed(url, secret, &[], &json!({ "events": many })).await.status, 413);
        let deep = (0..120).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(vendor.signed(url, secret, &[], &json!({ "events": deep })).await.status, 400);
        let large = vec![b' '; 10 * 1024 * 1024 + 1];
        assert_eq!(vendor.deliver(url, &[], &large).await.status, 413);
        for nothing in [json!({}), json!({ "events": [] }), json!({ "events": null }), json!([])] {
            assert_eq!(vendor.signed(url, secret, &[], &nothing).await.status, 200, "{nothing}: genuine, and nothing in it");
        }
        assert_eq!(vendor.world.counts(workflow).await, [0; 5]);
        let list = vendor.ingest.requests(&vendor.world.db.scope, workflow, &"start".into()).await.unwrap();
        assert_eq!(list.iter().filter(|request| request.outcome == HookOutcome::Filtered).count(), 4);
        assert!(list.iter().any(|request| request.truncated && request.bytes > 10_000_000));
    }
}
