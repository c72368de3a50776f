//! What is found although something cannot be read, and although somebody is busy failing.

use model::{
    Timestamp,
    api::{Alert, AlertKind, ChannelKind, Routing, Urgency},
    definition::{Retention, Settings},
    ids::WorkflowId,
    run::{ErrorClass, RunError, RunEvent, RunEventKind, RunState, RunStatus},
};
use sea_orm::ConnectionTrait;
use serde_json::json;
use store::{Append, NewJob, Refused, Then};

use crate::world::{MINUTE, START, World};

impl World {
    async fn kind(&self, kind: AlertKind) -> Vec<Alert> {
        self.alerts().await.into_iter().filter(|alert| alert.kind == kind).collect()
    }

    /// A schedule, as publishing plans it.
    async fn schedule(&self, cron: &str, slot: Timestamp) -> WorkflowId {
        let trigger = json!({ "id": "clock", "label": "Clock", "kind": { "type": "schedule", "cron": cron, "time_zone": "UTC", "late": "run_once" } });
        let definition = serde_json::from_value(json!({ "schema": 1, "triggers": [trigger] })).unwrap();
        let id = self.store.create_workflow(&self.scope, "Nightly <b>", &definition).await.unwrap().id;
        self.store.publish(&self.scope, id, 1, "", true, &[("clock".into(), slot)]).await.unwrap();
        id
    }

    /// Until then, every five seconds: whoever takes the job fails, as the job runner has it; and what is wrong is looked for.
    async fn fails_until(&self, until: Timestamp, mut each: impl AsyncFnMut()) {
        while self.store.now() < until {
            for job in self.store.claim_jobs(&["schedule"], 8, 60_000).await.unwrap() {
                let again = self.store.now().plus_ms(1_000 << job.attempts.min(8));
                self.store.finish_job(job.id, job.epoch, Some(again), None).await.unwrap();
            }
            self.round().await;
            each().await;
            self.clock.advance_ms(5_000);
        }
    }
}

#[tokio::test]
async fn one_row_that_cannot_be_read_hides_nothing_else() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let broken = world.workflow("Broken", Settings::default()).await;
    let workflow = world.workflow("Orders", Settings::default()).await;
    world.ends(workflow, RunStatus::Failed).await;
    let raw = world.raw().await;
    raw.execute_unprepared(&format!("UPDATE workflow SET live_settings = '{{' WHERE id = {}", broken.0)).await.unwrap();
    world.round().await;
    let [blind] = &world.kind(AlertKind::Blind).await[..] else { panic!("{:?}", world.alerts().await) };
    assert_eq!(
        (blind.urgency, blind.title.as_str()),
        (Urgency::Urgent, "Patchbay could not look for events that should have come")
    );
    assert!(!blind.text.contains("expected `"), "no words of the database: {}", blind.text);
    assert_eq!(world.kind(AlertKind::Failing).await.len(), 1);
    assert_eq!(world.upstream.calls().len(), 2, "both are told");
    world.round().await;
    assert_eq!((world.alerts().await.len(), world.upstream.calls().len()), (2, 2));

    raw.execute_unprepared(&format!("UPDATE workflow SET live_settings = NULL WHERE id = {}", broken.0)).await.unwrap();
    world.round().await;
    let blind = world.kind(AlertKind::Blind).await.remove(0);
    assert!(blind.resolved_at.is_some());
    assert_eq!(blind.text, "Patchbay looks for it again.");
    assert!(world.kind(AlertKind::Failing).await[0].resolved_at.is_none());
}

#[tokio::test]
async fn what_may_pass_by_itself_is_told_in_the_second_round() {
    let world = World::new().await;
    let gone = world.notify.clone().on_disk("/nowhere/at/all".into());
    gone.watch().await.unwrap();
    assert_eq!(world.alerts().await, []);
    gone.watch().await.unwrap();
    gone.watch().await.unwrap();
    let alerts = world.alerts().await;
    assert_eq!(
        alerts.iter().map(|alert| alert.title.as_str()).collect::<Vec<_>>(),
        ["Patchbay could not look for space on the disk"]
    );
    // The next process finds the disk where it should be.
    world.notify.watch().await.unwrap();
    assert!(world.alerts().await[0].resolved_at.is_some());
}

#[tokio::test]
async fn a_schedule_that_stops_is_told_before_its_next_slot() {
    let world = World::new().await;
    let slot = START.plus_ms(5 * MINUTE);
    let workflow = world.schedule("*/5 * * * *", slot).await;
    let mut told = None;
    let mut look = async || {
        if told.is_none() && !world.kind(AlertKind::Missed).await.is_empty() {
            told = Some(world.store.now());
        }
    };
    world.fails_until(slot.plus_ms(5 * MINUTE), &mut look).await;
    let told = told.unwrap_or_else(|| panic!("nobody was told before the next slot"));
    assert!(told.since(slot) <= 70_000, "{} ms after the slot", told.since(slot));
    let [alert] = &world.kind(AlertKind::Missed).await[..] else { panic!("{:?}", world.alerts().await) };
    assert_eq!((alert.workflow, alert.count, alert.resolved_at), (Some(workflow), 1, None));
    assert_eq!(alert.title, "“Nightly <b>” did not start on time");
    assert_eq!(alert.text, "Its schedule was due at 2026-01-01 00:05 UTC and has not fired yet. It is tried again by itself.");

    // It goes on failing for hours: the same alert.
    world.fails_until(slot.plus_ms(60 * MINUTE), async || {}).await;
    assert_eq!(world.kind(AlertKind::Missed).await.len(), 1);
    // It fires: the job has another slot.
    while world.store.claim_jobs(&["schedule"], 8, 60_000).await.unwrap().is_empty() {
        world.clock.advance_ms(5_000);
    }
    let next = world.store.now().plus_ms(5 * MINUTE);
    let job = NewJob {
        workspace: world.scope.workspace,
        workflow: Some(workflow),
        kind: "schedule".into(),
        key: format!("{workflow}:clock"),
        available_at: next,
        body: json!({ "slot": next }),
    };
    world.store.put_job(job).await.unwrap();
    world.round().await;
    assert!(world.kind(AlertKind::Missed).await[0].resolved_at.is_some());
}

#[tokio::test]
async fn a_schedule_that_cannot_be_read_says_what_to_do() {
    let world = World::new().await;
    let slot = START.plus_ms(MINUTE);
    world.schedule("every night", slot).await;
    world.fails_until(slot.plus_ms(2 * MINUTE), async || {}).await;
    let alert = world.kind(AlertKind::Missed).await.remove(0);
    assert!(
        alert.text.contains("cannot fire before somebody mends and publishes it: A schedule has five parts"),
        "{}",
        alert.text
    );
}

#[tokio::test]
async fn a_failure_names_what_began_it_and_what_came_last() {
    let world = World::new().await;
    let workflow = world.workflow("Lead", Settings::default()).await;
    let fails = async |message: &str| {
        world.event(workflow).await;
        for claimed in world.store.claim_runs(10, 30_000).await.unwrap() {
            let event = |kind| RunEvent { at: world.store.now(), kind };
            let error =
                RunError { path: None, class: ErrorClass::Rejected, code: "crm.rejected".into(), message: message.into() };
            let end = RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None };
            let events = vec![event(RunEventKind::RunStarted), event(end)];
            let projection = RunState::fold(claimed.journal.iter().chain(&events)).projection();
            world.store.append(Append::new(claimed.lease, events, projection, Then::Done)).await.unwrap();
        }
    };
    fails("“email” is missing.").await;
    world.round().await;
    let alert = world.alerts().await.remove(0);
    assert_eq!(alert.text, "1 run has failed since 2026-01-01 00:00 UTC. The first one: “email” is missing.");
    world.after(1);
    fails("“email” is missing.").await;
    world.round().await;
    let text = world.alerts().await.remove(0).text;
    assert_eq!(
        text, "2 runs have failed since 2026-01-01 00:00 UTC. The first one: “email” is missing.",
        "one reason is said once"
    );
    world.after(1);
    fails("Too many requests.").await;
    world.round().await;
    let text = world.alerts().await.remove(0).text;
    assert!(text.ends_with("The first one: “email” is missing. The last one: Too many requests."), "{text}");
}

#[tokio::test]
async fn a_trigger_that_waits_for_a_word_is_told_until_somebody_says_it() {
    let world = World::new().await;
    world.channel(ChannelKind::Slack, None, Routing::default()).await;
    let workflow = world.workflow("Orders", Settings::default()).await;
    let raw = world.raw().await;
    let row = format!(
        "INSERT INTO poll (workflow_id, trigger_id, workspace_id, seq, phase, fingerprint, is_whole, found, waiting, left_out, failures)
         VALUES ({}, 'list', {}, 1, 'held', 'f', 0, 250, 250, 0, 0)",
        workflow.0, world.scope.workspace.0
    );
    raw.execute_unprepared(&row).await.unwrap();
    world.round().await;
    world.round().await;
    let [alert] = &world.alerts().await[..] else { panic!("{:?}", world.alerts().await) };
    assert_eq!((alert.kind, alert.urgency, alert.workflow), (AlertKind::Held, Urgency::Urgent, Some(workflow)));
    assert!(alert.text.starts_with("Its trigger found 250 new items at once."), "{}", alert.text);
    assert_eq!(world.upstream.calls().len(), 1);
    world.store.decide_poll(&world.scope, workflow, &"list".into(), true).await.unwrap();
    world.round().await;
    assert!(world.alerts().await[0].resolved_at.is_some());
}

#[tokio::test]
async fn refused_events_are_told_until_none_is_refused_any_more() {
    let world = World::new().await;
    let workflow = world.workflow("Orders", Settings::default()).await;
    let refused = |trigger: Option<&str>| Refused {
        workspace: world.scope.workspace,
        workflow,
        trigger: trigger.map(Into::into),
        events: 7,
        at: world.store.now(),
    };
    assert!(world.store.count_refused(&refused(None)).await.unwrap());
    assert!(world.store.count_refused(&refused(Some("hand"))).await.unwrap());
    world.after(4);
    assert!(!world.store.count_refused(&refused(None)).await.unwrap(), "counted on");
    let open = async || {
        world.round().await;
        let refused = world.kind(AlertKind::Refused).await;
        refused
            .into_iter()
            .filter(|alert| alert.resolved_at.is_none())
            .map(|alert| (alert.title, alert.count))
            .collect::<Vec<_>>()
    };
    let signature = ("“Orders” refuses what its webhook is sent".to_owned(), 7);
    assert_eq!(open().await, [signature.clone(), ("“Orders” refuses events".to_owned(), 14)]);
    world.after(6);
    assert_eq!(open().await, [signature], "there is room; signatures still do not fit");
    world.event(workflow).await;
    assert_eq!(open().await, []);
    assert_eq!(world.kind(AlertKind::Refused).await[0].text, "Deliveries fit again.");
    // One that is sent nothing any more is not open for ever.
    world.after(60);
    assert!(world.store.count_refused(&refused(Some("hand"))).await.unwrap());
    world.after(24 * 60 - 1);
    assert_eq!(open().await.len(), 1);
    world.after(2);
    assert_eq!(open().await, []);
}

#[tokio::test]
async fn a_workflow_near_what_it_may_keep_is_told_before_it_is_full() {
    let world = World::new().await;
    let retention = Retention { budget_bytes: Some(1024 * 1024), ..Retention::default() };
    let workflow = world.workflow("Orders <b>", Settings { retention, ..Settings::default() }).await;
    let ends = async |bytes: usize| {
        world.event(workflow).await;
        let output = json!("x".repeat(bytes)).into();
        let given = RunEventKind::StepFinished { path: "a".into(), output, notes: Vec::new(), detail: None };
        world.ends_with(RunStatus::Succeeded, vec![given]).await;
        world.round().await;
        world.kind(AlertKind::Budget).await
    };
    assert_eq!(ends(700_000).await, []);
    let [alert] = &ends(300_000).await[..] else { panic!("{:?}", world.store.usage(&world.scope).await) };
    assert_eq!(
        (alert.urgency, alert.workflow, alert.title.as_str()),
        (Urgency::Notice, Some(workflow), "“Orders <b>” keeps nearly as much data as it may")
    );
    assert!(alert.text.starts_with("It may keep 1 MiB, and has used 90 percent of it."), "{}", alert.text);
    // A connection's limit is of the same kind, and neither ends the other.
    let shop = world.connection("hubspot", "Shop", None).await;
    for _ in 0..6 {
        world.event(workflow).await;
        world.waits_for(shop).await;
        world.round().await;
        world.after(1);
    }
    assert_eq!(world.kind(AlertKind::Budget).await.iter().filter(|alert| alert.resolved_at.is_none()).count(), 2);
    let old = world.store.now().plus_ms(60 * MINUTE);
    while world.store.delete_ended_runs(world.scope.workspace, old, old, 100).await.unwrap() > 0 {}
    world.round().await;
    let bytes: Vec<_> = world.kind(AlertKind::Budget).await.into_iter().filter(|alert| alert.connection.is_none()).collect();
    assert!(bytes[0].resolved_at.is_some(), "{bytes:?}");
    assert_eq!(bytes[0].text, "It keeps less data again.");
}
