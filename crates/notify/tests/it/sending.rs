//! What arrives at the other side, and what happens when it does not.

use model::{
    api::{AlertKind, ChannelKind, NewChannel, QuietHours, Routing, ToldState},
    definition::Settings,
    run::RunStatus,
};
use notify::ChannelError;
use serde_json::Value;
use testkit::Behaviour;

use crate::world::World;

async fn failing(world: &World) {
    let workflow = world.workflow("Lead & <CRM>", Settings::default()).await;
    world.ends(workflow, RunStatus::Failed).await;
    world.round().await;
}

#[tokio::test]
async fn each_service_gets_its_shape() {
    let world = World::new().await;
    for kind in [ChannelKind::Slack, ChannelKind::Teams, ChannelKind::Discord, ChannelKind::Webhook] {
        world.channel(kind, Some("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Routing::default()).await;
    }
    failing(&world).await;
    let calls = world.upstream.calls();
    assert_eq!(calls.len(), 4);
    let of = |pointer: &str| calls.iter().find_map(|call| call.json().pointer(pointer).cloned()).unwrap_or_default();
    assert!(
        of("/text")
            .as_str()
            .unwrap()
            .starts_with("*“Lead &amp; &lt;CRM&gt;” fails*\n1 run has failed since 2026-01-01 00:00 UTC.")
    );
    assert_eq!(of("/attachments/0/content/body/0/text"), "“Lead & <CRM>” fails");
    assert_eq!(of("/embeds/0/title"), "“Lead & <CRM>” fails");
    assert_eq!(of("/allowed_mentions/parse"), Value::Array(Vec::new()));
    assert_eq!(of("/attachments/0/contentType"), "application/vnd.microsoft.card.adaptive");
    let signed: Vec<_> = calls.iter().filter(|call| call.header("webhook-signature").is_some()).collect();
    assert_eq!(signed.len(), 1, "only a webhook of one's own is signed");
    assert_eq!(signed[0].json()["type"], "alert.opened");
    assert_eq!(signed[0].json()["data"]["alert"]["kind"], "failing");
    assert!(signed[0].header("webhook-id").unwrap().ends_with(".opened"));
    let alert = world.alerts().await.remove(0);
    assert_eq!(alert.told.iter().filter(|told| told.state == ToldState::Sent).count(), 4);
}

#[tokio::test]
async fn what_does_not_go_through_is_tried_again_and_said() {
    let world = World::new().await;
    let broken = world.channel(ChannelKind::Slack, None, Routing::default()).await;
    world.upstream.behave(Behaviour::status(500));
    failing(&world).await;
    let alert = world.alerts().await.remove(0);
    assert_eq!((alert.told[0].state, alert.told[0].attempts), (ToldState::Waiting, 1));
    let error = alert.told[0].error.clone().unwrap();
    assert!(error.contains("500") && !error.contains("hidden"), "{error}");
    // Not before its time.
    world.round().await;
    assert_eq!(world.upstream.calls().len(), 1);
    world.after(1);
    world.round().await;
    let undelivered = world.alerts().await.remove(0);
    assert_eq!((undelivered.kind, undelivered.title.as_str()), (AlertKind::Undelivered, "Alerts do not reach “slack”"));
    assert!(!undelivered.text.contains("hidden"), "{}", undelivered.text);
    world.upstream.behave(Behaviour::status(200));
    world.after(10);
    world.round().await;
    let alerts = world.alerts().await;
    assert!(alerts[0].resolved_at.is_some(), "{:?}", alerts[0]);
    assert_eq!(alerts[1].told[0].state, ToldState::Sent);
    assert!(world.store.channel(&world.scope, broken).await.unwrap().channel.error.is_none());
}

#[tokio::test]
async fn after_a_day_a_message_is_given_up() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    world.upstream.behave(Behaviour::status(404));
    failing(&world).await;
    for _ in 0..40 {
        world.after(61);
        world.notify.tell().await.unwrap();
    }
    let failing = world.alerts().await.into_iter().find(|alert| alert.kind == AlertKind::Failing).unwrap();
    assert_eq!(failing.told[0].state, ToldState::Failed);
    let calls = world.upstream.calls().len();
    world.after(61);
    world.notify.tell().await.unwrap();
    assert!(world.upstream.calls().len() <= calls + 1, "only the alert about the channel itself may still be on its way");
}

#[tokio::test]
async fn at_night_messages_wait_for_the_morning() {
    let world = World::new().await;
    let quiet = Some(QuietHours { from: "23:00".into(), to: "07:00".into(), time_zone: "UTC".into() });
    world.channel(ChannelKind::Slack, None, Routing { quiet, ..Routing::default() }).await;
    failing(&world).await;
    assert!(world.upstream.calls().is_empty());
    world.after(7 * 60);
    world.notify.tell().await.unwrap();
    assert_eq!(world.upstream.calls().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_no_delivery() {
    let world = World::new().await;
    let id = world.channel(ChannelKind::Slack, None, Routing::default()).await;
    world.upstream.behave(Behaviour::status(302).with_header("location", &world.upstream.url("/elsewhere")));
    let test = world.notify.test(&world.scope, id).await.unwrap();
    assert!(!test.sent, "{test:?}");
    assert_eq!(world.upstream.calls().len(), 1);
    world.upstream.behave(Behaviour::status(204));
    assert!(world.notify.test(&world.scope, id).await.unwrap().sent);
    assert!(world.store.count_alerts(&world.scope).await.unwrap().is_told_outside);
}

#[tokio::test]
async fn channels_are_checked_and_addresses_never_repeated() {
    let world = World::new().await;
    let base = NewChannel {
        name: "Ops".into(),
        kind: ChannelKind::Slack,
        routing: Routing::default(),
        enabled: true,
        url: Some("https://hooks.example.com/hidden".into()),
        secret: None,
    };
    let long = "x".repeat(3_000);
    let cases = [
        ("name", NewChannel { name: " ".into(), ..base.clone() }),
        ("url", NewChannel { url: None, ..base.clone() }),
        ("url", NewChannel { url: Some("hidden".into()), ..base.clone() }),
        ("url", NewChannel { url: Some("file:///etc/hidden".into()), ..base.clone() }),
        ("url", NewChannel { url: Some("https://user:hidden@example.com/".into()), ..base.clone() }),
        ("url", NewChannel { url: Some(format!("https://example.com/{long}")), ..base.clone() }),
        ("secret", NewChannel { kind: ChannelKind::Webhook, secret: Some("a\nb".into()), ..base.clone() }),
        (
            "kind.connection",
            NewChannel {
                kind: ChannelKind::Email { connection: model::ids::ConnectionId(1), to: vec!["a@b.example".into()] },
                ..base.clone()
            },
        ),
    ];
    for (wanted, new) in cases {
        match world.notify.create_channel(&world.scope, new).await {
            Err(ChannelError::Field { field, message }) => {
                assert_eq!(field, wanted, "{message}");
                assert!(!message.contains("hidden"), "{message}");
            }
            other => panic!("{wanted}: {other:?}"),
        }
    }
    let channel = world.notify.create_channel(&world.scope, base.clone()).await.unwrap();
    assert_eq!(channel.host.as_deref(), Some("hooks.example.com"));
    assert!(!serde_json::to_string(&channel).unwrap().contains("hidden"));
    // A change without an address keeps the one before.
    let renamed = NewChannel { name: "Night shift".into(), url: None, ..base };
    let renamed = world.notify.update_channel(&world.scope, channel.id, renamed).await.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.host.as_deref()), ("Night shift", Some("hooks.example.com")));
}
