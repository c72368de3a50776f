//! Deliveries to the address of a registered app.

use model::api::{EventState, HookOutcome, SubscriptionState};
use serde_json::{Value, json};
use triggers::HookReply;

use crate::{
    on_both,
    vendor::{SECRET, Vendor, connection, mac},
    world::json_of,
};

/// The app's address; its signing secret is set.
async fn app(vendor: &Vendor) -> String {
    let db = &vendor.world.db;
    let hook = db.store.app_hook(db.scope.workspace, "local").await.unwrap();
    let sealed = db.vault.put_secret(db.scope.workspace, "app local", "signing_secret", SECRET).await.unwrap();
    db.store.set_app_hook_secret(&db.scope, "local", Some(sealed)).await.unwrap();
    format!("{}/hooks/app/local/{}", crate::vendor::PUBLIC_URL, hook.key)
}

async fn send(vendor: &Vendor, url: &str, secret: &str, away_s: i64, body: &Value) -> HookReply {
    let at = (vendor.world.db.store.now().ms() / 1_000 + away_s).to_string();
    let signature = mac(secret, &format!("{at}.{body}"));
    vendor.deliver(url, &[("x-signature", &signature), ("x-at", &at)], body.to_string().as_bytes()).await
}

fn message(team: &str, id: u32, what: &str) -> Value {
    json!({ "team": team, "id": id, "event": { "type": "message", "what": what } })
}

on_both! {
    async fn every_trigger_of_the_account_and_kind_is_told(world: World) {
        let vendor = Vendor::new(world).await;
        let other = connection(&vendor.world, &vendor.upstream, "other-team:u1").await;
        let cats = vendor.publish("routed", json!({ "what": "cats" })).await;
        let all = vendor.publish("routed", json!({})).await;
        let elsewhere = vendor.world.publish(&vendor.definition("routed", other, json!({}))).await.workflow;
        vendor.work().await;
        let url = app(&vendor).await;
        let told = vendor.ingest.subscription(&vendor.world.db.scope, cats, &"start".into()).await.unwrap();
        assert_eq!((told.address.as_deref(), told.state, told.has_secret), (Some(url.as_str()), SubscriptionState::Waiting, true));
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("team", 1, "cats")).await.status, 200);
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("team", 2, "dogs")).await.status, 200);
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("other-team", 3, "dogs")).await.status, 200, "the team of an identity");
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("nobody", 4, "dogs")).await.status, 200, "acknowledged, and nobody's");
        let other_kind = json!({ "team": "team", "id": 5, "event": { "type": "reaction" } });
        assert_eq!(send(&vendor, &url, SECRET, 0, &other_kind).await.status, 200);
        let mut accepted = Vec::new();
        for workflow in [cats, all, elsewhere] {
            accepted.push(vendor.world.events(workflow, EventState::Accepted).await.len());
        }
        assert_eq!(accepted, [1, 2, 1]);
        assert_eq!(vendor.world.last_body(cats).await, json!({ "type": "message", "what": "cats" }));
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("team", 2, "dogs")).await.status, 200);
        assert_eq!(vendor.world.counts(all).await, [2, 0, 0, 0, 1], "sent again: a duplicate of its trigger");
        let told = vendor.ingest.subscription(&vendor.world.db.scope, all, &"start".into()).await.unwrap();
        assert_eq!(told.state, SubscriptionState::Active, "the vendor has been heard");
    }

    async fn forged_late_and_unset_are_refused(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("routed", json!({})).await;
        vendor.work().await;
        let db = &vendor.world.db;
        let hook = db.store.app_hook(db.scope.workspace, "local").await.unwrap();
        let bare = format!("{}/hooks/app/local/{}", crate::vendor::PUBLIC_URL, hook.key);
        let body = message("team", 1, "cats");
        let unset = send(&vendor, &bare, "", 0, &body).await;
        assert_eq!((unset.status, json_of(&unset)["error"]["code"].as_str()), (401, Some("hook.signature")), "no secret lets nobody in");
        let url = app(&vendor).await;
        assert_eq!(send(&vendor, &url, "guess", 0, &body).await.status, 401);
        assert_eq!(send(&vendor, &url, SECRET, -301, &body).await.status, 401, "an old one");
        assert_eq!(send(&vendor, &url, SECRET, 301, &body).await.status, 401, "one of the future");
        assert_eq!(vendor.deliver(&url, &[], body.to_string().as_bytes()).await.status, 401);
        assert_eq!(send(&vendor, &url.replace(&hook.key, "0000"), SECRET, 0, &body).await.status, 404);
        assert_eq!(vendor.world.counts(workflow).await, [0; 5]);
        let list = vendor.ingest.requests(&db.scope, workflow, &"start".into()).await.unwrap();
        assert_eq!(list.len(), 5, "an app's refusals are shown with its triggers: {list:?}");
        assert!(list.iter().all(|request| request.outcome == HookOutcome::Refused));
    }

    async fn its_question_is_answered_when_it_is_signed(world: World) {
        let vendor = Vendor::new(world).await;
        let workflow = vendor.publish("routed", json!({})).await;
        vendor.work().await;
        let url = app(&vendor).await;
        let ping = json!({ "type": "ping", "challenge": "c-9" });
        assert_eq!(send(&vendor, &url, "guess", 0, &ping).await.status, 401);
        let answer = send(&vendor, &url, SECRET, 0, &ping).await;
        assert_eq!((answer.status, &answer.body[..]), (200, &b"c-9"[..]));
        assert_eq!(vendor.rows(workflow).await[0].state, SubscriptionState::Active, "the address stands at the vendor");
    }

    async fn one_that_is_off_does_not_keep_the_others_from_theirs(world: World) {
        let vendor = Vendor::new(world).await;
        let (off, on) = (vendor.publish("routed", json!({})).await, vendor.publish("routed", json!({})).await);
        vendor.work().await;
        let url = app(&vendor).await;
        vendor.world.switch(off, model::api::WorkflowState::Off).await;
        // Its job has not come yet: the row still listens.
        assert_eq!(send(&vendor, &url, SECRET, 0, &message("team", 1, "cats")).await.status, 200);
        assert_eq!((vendor.world.counts(off).await, vendor.world.counts(on).await), ([0, 0, 0, 1, 0], [1, 0, 0, 0, 0]));
        vendor.work().await;
        assert!(vendor.rows(off).await.is_empty());
    }
}
