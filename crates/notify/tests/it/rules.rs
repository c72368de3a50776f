//! What becomes an alert, and when it is over.

use model::{
    api::{Alert, AlertKind, ChannelKind, Routing, Urgency, WorkflowState},
    definition::{Expectation, Settings},
    ids::SecretId,
    run::RunStatus,
};
use store::Renewal;

use crate::world::{MINUTE, START, World};

impl World {
    /// What did not come; the runs of this world wait for ever, which is another alert.
    async fn missed(&self) -> Vec<Alert> {
        self.alerts().await.into_iter().filter(|alert| alert.kind == AlertKind::Missed).collect()
    }
}

#[tokio::test]
async fn five_hundred_failures_are_one_message_and_one_recovery() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let workflow = world.workflow("Lead to CRM", Settings::default()).await;
    for _ in 0..500 {
        world.event(workflow).await;
    }
    for n in 0..50 {
        world.ends(workflow, RunStatus::Failed).await;
        if n % 10 == 0 {
            world.round().await;
        }
    }
    world.round().await;
    let alert = world.alerts().await.remove(0);
    assert_eq!((alert.kind, alert.workflow, alert.title.as_str()), (AlertKind::Failing, Some(workflow), "“Lead to CRM” fails"));
    assert!(alert.count >= 490, "{}", alert.count);
    assert!(alert.run.is_some());
    assert_eq!(world.upstream.calls().len(), 1);

    // One that succeeds in between is no recovery yet.
    world.after(1);
    world.ends(workflow, RunStatus::Succeeded).await;
    world.round().await;
    assert_eq!(world.alerts().await[0].resolved_at, None);
    world.after(3);
    world.round().await;
    let alert = world.alerts().await.remove(0);
    assert!(alert.resolved_at.is_some(), "{alert:?}");
    assert!(alert.text.contains("succeed again"), "{}", alert.text);
    assert_eq!(world.upstream.calls().len(), 2);
    let text = world.upstream.calls()[1].json()["text"].as_str().unwrap().to_owned();
    assert!(text.starts_with("*Over: “Lead to CRM” fails*"), "{text}");
    world.round().await;
    assert_eq!((world.alerts().await.len(), world.upstream.calls().len()), (1, 2));
}

#[tokio::test]
async fn what_fails_again_later_is_another_alert() {
    let world = World::new().await;
    let workflow = world.workflow("Lead", Settings::default()).await;
    world.ends(workflow, RunStatus::Failed).await;
    world.round().await;
    world.after(1);
    world.ends(workflow, RunStatus::Succeeded).await;
    world.after(3);
    world.round().await;
    assert!(world.alerts().await[0].resolved_at.is_some());
    world.after(1);
    world.ends(workflow, RunStatus::Failed).await;
    world.round().await;
    let alerts = world.alerts().await;
    assert_eq!((alerts.len(), alerts[0].count, alerts[0].resolved_at), (2, 1, None));
}

#[tokio::test]
async fn nobody_is_told_of_last_week() {
    let world = World::new().await;
    let workflow = world.workflow("Lead", Settings::default()).await;
    world.ends(workflow, RunStatus::Failed).await;
    world.after(60);
    world.round().await;
    assert!(world.alerts().await.is_empty());
}

#[tokio::test]
async fn runs_that_wait_too_long_are_told_until_they_begin() {
    let world = World::new().await;
    let workflow = world.workflow("Lead", Settings::default()).await;
    world.event(workflow).await;
    world.after(9);
    world.round().await;
    assert!(world.alerts().await.is_empty());
    world.after(2);
    world.round().await;
    let alert = world.alerts().await.remove(0);
    assert_eq!(
        (alert.kind, alert.text.as_str()),
        (AlertKind::Backlog, "1 run waits for their turn, the oldest since 2026-01-01 00:00 UTC.")
    );
    world.ends(workflow, RunStatus::Succeeded).await;
    world.round().await;
    assert!(world.alerts().await[0].resolved_at.is_some());
}

#[tokio::test]
async fn an_event_that_should_have_come_and_did_not_is_told_once() {
    let world = World::new().await;
    let expects = Some(Expectation { events: 1, by: "0 10 * * *".into() });
    let settings = Settings { expects, time_zone: "UTC".into(), ..Settings::default() };
    let workflow = world.workflow("Orders", settings).await;
    // Until ten no whole day has passed; until ten of the next day one event came.
    world.clock.set(START.plus_ms(11 * 60 * MINUTE));
    world.round().await;
    world.event(workflow).await;
    world.clock.set(START.plus_ms(35 * 60 * MINUTE));
    world.round().await;
    assert!(world.missed().await.is_empty());
    world.clock.set(START.plus_ms(58 * 60 * MINUTE + MINUTE));
    world.round().await;
    world.round().await;
    let alerts = world.missed().await;
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].text, "No event came between 2026-01-02 10:00 UTC and 2026-01-03 10:00 UTC; at least 1 should have.");
    // Late is better than never.
    world.event(workflow).await;
    world.after(1);
    world.round().await;
    assert!(world.missed().await[0].resolved_at.is_some());
    world.round().await;
    assert_eq!(world.missed().await.len(), 1);
    // Nothing is expected of one that is off.
    world.store.set_state(&world.scope, workflow, WorkflowState::Off, &[]).await.unwrap();
    world.clock.set(START.plus_ms(200 * 60 * MINUTE));
    world.round().await;
    assert_eq!(world.missed().await.len(), 1);
}

impl World {
    pub async fn orders(&self) -> model::ids::WorkflowId {
        let mut definition = crate::world::definition(Settings::default());
        let kind = serde_json::json!({ "type": "set", "fields": [
            { "name": "to", "value": { "expr": "event.body.customer.email" } },
            { "name": "total", "value": { "expr": "event.body.total" } },
        ] });
        let step = serde_json::json!({ "slug": "send", "label": "Send", "kind": kind });
        definition.steps.insert("send".into(), serde_json::from_value(step).unwrap());
        definition.body.push("send".into());
        let id = self.store.create_workflow(&self.scope, "Orders", &definition).await.unwrap().id;
        self.store.publish(&self.scope, id, 1, "", true, &[]).await.unwrap();
        id
    }

    async fn shaped(&self) -> Vec<Alert> {
        self.alerts().await.into_iter().filter(|alert| alert.kind == AlertKind::Shape).collect()
    }
}

#[tokio::test]
async fn a_renamed_field_is_told_with_its_new_name_until_the_steps_use_that() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let workflow = world.orders().await;
    let event = async |body: serde_json::Value| {
        world.event_with(workflow, serde_json::json!({ "method": "POST", "headers": { "x": "1" }, "body": body })).await;
    };
    let before = || serde_json::json!({ "customer": { "email": "ada@example.com" }, "total": 12, "<img onerror=1>": "\u{202e}" });
    for _ in 0..12 {
        event(before()).await;
        world.round().await;
    }
    assert!(world.shaped().await.is_empty());
    for _ in 0..2 {
        event(serde_json::json!({ "customer": { "email_address": "ada@example.com" }, "total": 12 })).await;
    }
    world.round().await;
    assert!(world.shaped().await.is_empty(), "two may be an exception");
    event(serde_json::json!({ "customer": { "email_address": "ada@example.com" }, "total": "12,00" })).await;
    world.round().await;
    world.round().await;
    let alert = world.shaped().await.remove(0);
    assert_eq!((alert.title.as_str(), alert.workflow, alert.count), ("“Orders” gets other data than before", Some(workflow), 3));
    assert!(
        alert
            .text
            .starts_with("“email” is missing from the last 3 events; it was in 12 before. It may be called “email_address” now."),
        "{}",
        alert.text
    );
    assert!(!alert.text.contains("ada@"), "no values");
    assert_eq!(world.upstream.calls().len(), 1, "told once");

    // Mended: over without another event.
    let row = world.store.workflow(&world.scope, workflow).await.unwrap();
    let text =
        serde_json::to_string(&row.draft).unwrap().replace("event.body.customer.email", "event.body.customer.email_address");
    let mended = serde_json::from_str(&text).unwrap();
    let rev = world.store.save_draft(&world.scope, workflow, row.draft_rev, &mended).await.unwrap().draft_rev;
    world.store.publish(&world.scope, workflow, rev, "", true, &[]).await.unwrap();
    world.round().await;
    assert!(world.shaped().await[0].resolved_at.is_some());

    // A field of another type is one change more.
    for _ in 0..2 {
        event(serde_json::json!({ "customer": { "email_address": "a" }, "total": "12,00" })).await;
    }
    world.round().await;
    let alert = world.shaped().await.remove(0);
    assert!(
        alert.resolved_at.is_none() && alert.text.contains("“total” is text in the last 3 events; it was a number in 14 before."),
        "{}",
        alert.text
    );
}

#[tokio::test]
async fn a_busy_workflow_and_broken_data_are_learned_from_in_bounds() {
    let world = World::new().await;
    let workflow = world.orders().await;
    for n in 0..130 {
        world.event_with(workflow, serde_json::json!({ "body": { "n": n, "total": 1 } })).await;
    }
    world.event_with(workflow, serde_json::json!("only text")).await;
    world.event_with(workflow, serde_json::json!({ "body": { "long": "x".repeat(300_000) } })).await;
    world.round().await;
    let shapes = world.store.shapes(&world.scope, workflow).await.unwrap();
    assert_eq!(shapes.len(), 1);
    assert_eq!(shapes.values().next().unwrap().count, 48, "the newest fifty, less what is too long or no event");
    world.round().await;
    assert_eq!(world.store.shapes(&world.scope, workflow).await.unwrap(), shapes, "each event once");
    assert!(world.shaped().await.is_empty());
}

#[tokio::test]
async fn somebody_is_told_a_week_before_a_connection_ends() {
    const DAY: i64 = 24 * 60;
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let hostile = "<img onerror=alert(1)> \u{202e}Ada's";
    let id = world.connection("linkedin", hostile, Some(START.plus_ms(60 * DAY * MINUTE))).await;
    world.store.set_connection_renews(&world.scope, id, false).await.unwrap();
    world.after(53 * DAY - 1);
    world.round().await;
    assert_eq!(world.alerts().await, []);

    world.after(2);
    world.round().await;
    world.round().await;
    let alerts = world.alerts().await;
    let [alert] = alerts.as_slice() else { panic!("{alerts:?}") };
    assert_eq!((alert.kind, alert.urgency, alert.connection), (AlertKind::Ending, Urgency::Notice, Some(id)));
    assert_eq!(alert.title, format!("“{hostile}” has to be connected again within days"));
    assert!(alert.text.contains("2026-03-02 00:00 UTC"), "{}", alert.text);
    assert_eq!(world.upstream.calls().len(), 1, "told once");
    let text = world.upstream.calls()[0].json().to_string();
    assert!(text.contains(&format!("https://patchbay.example/connections/{id}")), "{text}");

    // It goes on past the end until it is connected again, and is another alert then.
    world.after(10 * DAY);
    world.round().await;
    assert_eq!((world.alerts().await.len(), world.alerts().await[0].resolved_at), (1, None));
    let renewal = Renewal {
        secret: SecretId(1),
        expires_at: Some(world.store.now().plus_ms(5 * DAY * MINUTE)),
        scopes: None,
        account: None,
    };
    world.store.reconnect(&world.scope, id, "oauth", renewal).await.unwrap();
    world.round().await;
    let alerts = world.alerts().await;
    assert_eq!(alerts.iter().filter(|alert| alert.resolved_at.is_some()).count(), 1);
    assert_eq!(alerts.len(), 2, "it ends again within days");
    world.store.set_connection_renews(&world.scope, id, true).await.unwrap();
    world.round().await;
    assert!(world.alerts().await.iter().all(|alert| alert.resolved_at.is_some()));
}
