//! What other systems keep from working: their limits, and their certificates.

use model::{
    api::{Alert, AlertKind, ChannelKind, Routing, Urgency},
    definition::Settings,
    ids::{RunId, WorkspaceId},
    run::RunStatus,
};
use store::Untrusted;
use testkit::{Certificate, SecureServer};

use crate::world::{MINUTE, World};

impl World {
    async fn of(&self, kind: AlertKind) -> Vec<Alert> {
        self.alerts().await.into_iter().filter(|alert| alert.kind == kind).collect()
    }

    /// A run met the certificate of a host.
    async fn met(&self, host: &str, message: &str, run: i64) {
        let refused = Untrusted {
            workspace: self.scope.workspace,
            host: host.into(),
            message: message.into(),
            workflow: None,
            run: Some(RunId(run)),
        };
        self.store.certificate_refused(&refused).await.unwrap();
    }
}

#[tokio::test]
async fn a_limit_that_makes_runs_wait_for_minutes_is_told_until_they_no_longer_do() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let workflow = world.workflow("Orders", Settings::default()).await;
    let hostile = "<img onerror=alert(1)> \u{202e}Shop";
    let shop = world.connection("hubspot", hostile, None).await;
    for _ in 0..3 {
        world.event(workflow).await;
    }
    // Parked anew each minute, as a run is that gets no permit.
    for _ in 0..5 {
        assert_eq!(world.waits_for(shop).await, 3);
        world.round().await;
        assert!(world.of(AlertKind::Budget).await.is_empty());
        world.after(1);
    }
    // Just then all of them are at work: they have waited all the same.
    world.waits_for(shop).await;
    world.round().await;
    world.round().await;
    let alert = world.of(AlertKind::Budget).await.remove(0);
    assert_eq!((alert.urgency, alert.connection, alert.count), (Urgency::Notice, Some(shop), 3));
    assert_eq!(alert.title, format!("“{hostile}” makes runs wait"));
    assert!(
        alert.text.starts_with(
            "Since 2026-01-01 00:00 UTC there have been more calls than its limit (hubspot) allows. 3 runs wait now. They"
        ),
        "{}",
        alert.text
    );
    let calls = world.upstream.calls();
    assert_eq!(calls.len(), 1, "told once");
    let text = calls[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains(&format!("https://patchbay.example/connections/{shop}")) && !text.contains("<img"), "{text}");

    // All went out. For a little while that may be a moment between two permits.
    world.after(1);
    world.ends(workflow, RunStatus::Succeeded).await;
    world.round().await;
    assert_eq!(world.of(AlertKind::Budget).await[0].resolved_at, None);
    world.after(3);
    world.round().await;
    let alert = world.of(AlertKind::Budget).await.remove(0);
    assert!(alert.resolved_at.is_some() && alert.text == "Its calls go out without waiting again.", "{alert:?}");
    assert_eq!(world.upstream.calls().len(), 2);
    // Who waits again begins anew.
    world.event(workflow).await;
    world.waits_for(shop).await;
    world.round().await;
    assert!(world.of(AlertKind::Budget).await.iter().all(|alert| alert.resolved_at.is_some()));
}

#[tokio::test]
async fn a_certificate_is_told_once_for_its_host_and_is_over_when_it_is_mended() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let server = SecureServer::start(Certificate::Expired).await;
    let host = server.host();
    for run in 1..=500 {
        world.met(&host, "No secure connection to it: its certificate has expired; whoever runs it has to renew it", run).await;
    }
    world.round().await;
    let alert = world.of(AlertKind::Certificate).await.remove(0);
    assert_eq!((alert.urgency, alert.count, alert.run), (Urgency::Urgent, 500, Some(RunId(500))));
    assert_eq!(alert.title, format!("The certificate of {host} is refused"));
    assert!(alert.text.contains("has expired") && alert.text.contains("500 calls were not made"), "{}", alert.text);
    assert_eq!(world.upstream.calls().len(), 1);
    let text = world.upstream.calls()[0].json()["text"].as_str().unwrap().to_owned();
    assert!(text.contains(&format!("/runs/{}", RunId(500))), "{text}");

    // Replaced by another bad one: asked, and not over. Then by a good one.
    server.present(Certificate::OtherName);
    world.after(2);
    world.round().await;
    assert_eq!(world.of(AlertKind::Certificate).await[0].resolved_at, None);
    assert!(world.store.untrusted_hosts(world.scope.workspace).await.unwrap()[0].message.contains("for another name"));
    server.present(Certificate::Good);
    world.after(1);
    world.round().await;
    assert_eq!(world.of(AlertKind::Certificate).await[0].resolved_at, None, "not asked again so soon");
    world.after(1);
    world.round().await;
    let alert = world.of(AlertKind::Certificate).await.remove(0);
    assert!(alert.resolved_at.is_some() && alert.text.starts_with("Its certificate is accepted again."), "{alert:?}");
    assert_eq!(world.upstream.calls().len(), 2, "and whoever was told hears of it");
    assert!(world.store.untrusted_hosts(world.scope.workspace).await.unwrap().is_empty());
    world.round().await;
    assert_eq!(world.of(AlertKind::Certificate).await.len(), 1);
}

#[tokio::test]
async fn a_host_nobody_calls_any_more_is_forgotten_and_there_are_never_too_many() {
    let world = World::new().await;
    let server = SecureServer::start(Certificate::SelfSigned).await;
    world.met(&server.host(), "its certificate is not trusted", 1).await;
    // Nothing answers there: still refused, as far as anybody knows.
    world.met("127.0.0.1:9", "its certificate is not trusted", 2).await;
    for n in 0..200 {
        world.met(&format!("h{n}.invalid"), "its certificate is not trusted", n).await;
    }
    let known = async || world.store.untrusted_hosts(world.scope.workspace).await.unwrap();
    assert_eq!(known().await.len(), 50);
    world.round().await;
    world.clock.advance_ms(2 * MINUTE);
    world.round().await;
    assert_eq!(world.of(AlertKind::Certificate).await.iter().filter(|alert| alert.resolved_at.is_none()).count(), 50);
    world.after(25 * 60);
    for _ in 0..7 {
        world.round().await;
        world.after(2);
    }
    assert!(known().await.is_empty(), "{:?}", known().await);
    assert!(world.of(AlertKind::Certificate).await.iter().all(|alert| alert.text == "No call has gone there for a day."));
    assert!(world.store.untrusted_hosts(WorkspaceId(7)).await.unwrap().is_empty());
}
