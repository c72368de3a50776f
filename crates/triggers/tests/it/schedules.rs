//! Schedules through the table of jobs: claimed, fired, due again.

use model::{
    api::{AlertKind, AlertsQuery, EventState, WorkflowState},
    definition::WorkflowDefinition,
    ids::WorkflowId,
};
use serde_json::json;
use store::Store;
use triggers::{Ingest, schedule};

use crate::{
    on_both,
    world::{World, at, workflow},
};

const LEASE_MS: i64 = 60_000;

fn cron(cron: &str, zone: &str, late: &str) -> WorkflowDefinition {
    workflow(json!({ "type": "schedule", "cron": cron, "time_zone": zone, "late": late }), json!({}))
}

/// One look of a worker at its jobs; how many there were.
async fn tick(store: &Store, ingest: &Ingest) -> usize {
    let jobs = store.claim_jobs(&[schedule::JOB], 8, LEASE_MS).await.unwrap();
    for job in &jobs {
        let next = ingest.fire(job).await.unwrap();
        let body = next.map(|at| json!({ "slot": at.ms() }));
        match store.finish_job(job.id, job.epoch, next, body).await {
            Ok(()) | Err(store::Error::Fenced) => {}
            Err(error) => panic!("{error}"),
        }
    }
    jobs.len()
}

impl World {
    /// Sets the clock and looks at the jobs until nothing is due.
    async fn at(&self, time: &str) {
        self.db.clock.set(at(time));
        while tick(&self.db.store, &self.ingest).await > 0 {}
    }

    /// Slots that became events of this state, oldest first.
    async fn slots(&self, workflow: WorkflowId, state: EventState) -> Vec<String> {
        let mut slots = Vec::new();
        for event in self.events(workflow, state).await.iter().rev() {
            let payload = self.payload(event.id).await;
            slots.push(payload["body"]["scheduled_for"].as_str().unwrap().replace(":00.000Z", "Z"));
        }
        slots
    }
}

on_both! {
    async fn each_slot_fires_once_however_many_look(world: World) {
        world.db.clock.set(at("2026-01-05T08:30:00Z"));
        let hook = world.publish(&cron("0 9 * * *", "UTC", "run_once")).await;
        let store = world.db.second().await;
        let other = world.ingest_on(&store);
        world.at("2026-01-05T08:59:59Z").await;
        assert!(world.slots(hook.workflow, EventState::Accepted).await.is_empty());
        world.db.clock.set(at("2026-01-05T09:00:00Z"));
        let (a, b) = tokio::join!(tick(&world.db.store, &world.ingest), tick(&store, &other));
        assert_eq!(a + b, 1, "one of them has the job");
        // A worker that dies after the event and before its job is settled: the next one finds the slot taken.
        world.db.clock.set(at("2026-01-06T09:00:00Z"));
        let died = store.claim_jobs(&[schedule::JOB], 8, LEASE_MS).await.unwrap();
        other.fire(&died[0]).await.unwrap();
        world.at("2026-01-06T09:01:00Z").await;
        world.at("2026-01-07T09:00:00Z").await;
        let slots = world.slots(hook.workflow, EventState::Accepted).await;
        assert_eq!(slots, ["2026-01-05T09:00Z", "2026-01-06T09:00Z", "2026-01-07T09:00Z"]);
        assert_eq!(world.events(hook.workflow, EventState::Duplicate).await.len(), 1);
        assert_eq!(world.runs(hook.workflow).await.len(), 3);
    }

    async fn a_slot_that_nothing_could_fire_in_time_is_told(world: World) {
        world.db.clock.set(at("2026-01-05T08:30:00Z"));
        let once = world.publish(&cron("0 9 * * *", "UTC", "run_once")).await;
        let skips = world.publish(&cron("0 9 * * *", "UTC", "skip")).await;
        world.at("2026-01-05T09:02:00Z").await;
        let alerts = async || {
            let scope = store::Scope::system(world.db.scope.workspace);
            let alerts = world.db.store.alerts(&scope, &AlertsQuery::default()).await.unwrap().items;
            alerts.into_iter().map(|alert| (alert.workflow, alert.kind, alert.text)).collect::<Vec<_>>()
        };
        assert_eq!(alerts().await, []);
        world.at("2026-01-06T11:00:00Z").await;
        let mut told = alerts().await;
        told.sort_by_key(|(workflow, ..)| *workflow);
        let words = "Nothing could start it at 2026-01-06T09:00:00.000Z, when its schedule was due.";
        assert_eq!(told[0], (Some(once.workflow), AlertKind::Missed, format!("{words} It has started late.")));
        assert_eq!(told[1], (Some(skips.workflow), AlertKind::Missed, format!("{words} It was left out, as its schedule says of late ones.")));
        assert_eq!(told.len(), 2);
    }

    async fn a_slot_that_cannot_be_stored_has_not_started(world: World) {
        world.db.clock.set(at("2026-01-05T08:30:00Z"));
        let mut definition = cron("0 9 * * *", "UTC", "run_once");
        definition.settings.backlog_limit = Some(1);
        let hook = world.publish(&definition).await;
        world.at("2026-01-05T09:00:00Z").await;
        let alerts = async || {
            let scope = store::Scope::system(world.db.scope.workspace);
            world.db.store.alerts(&scope, &AlertsQuery::default()).await.unwrap().items
        };
        // The run of the day before still waits, and no other one may wait beside it.
        world.db.clock.set(at("2026-01-06T09:06:00Z"));
        let store = &world.db.store;
        let jobs = store.claim_jobs(&[schedule::JOB], 8, LEASE_MS).await.unwrap();
        let refused = world.ingest.fire(&jobs[0]).await;
        assert!(matches!(refused, Err(triggers::Error::Store(store::Error::Backlog { .. }))), "{refused:?}");
        store.finish_job(jobs[0].id, jobs[0].epoch, Some(store.now().plus_ms(2_000)), None).await.unwrap();
        assert_eq!(alerts().await, [], "nothing has started");
        let overdue = store.overdue_schedules(world.db.scope.workspace).await.unwrap();
        assert_eq!(overdue.iter().map(|one| one.due_at).collect::<Vec<_>>(), [at("2026-01-06T09:00:00Z")]);
        assert_eq!(store.claim_runs(10, 600_000).await.unwrap().len(), 1);
        world.at("2026-01-06T09:07:00Z").await;
        let told = alerts().await;
        assert_eq!(told.len(), 1);
        assert!(told[0].text.ends_with("It has started late."), "{}", told[0].text);
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-01-05T09:00Z", "2026-01-06T09:00Z"]);
    }

    async fn a_schedule_that_cannot_be_read_keeps_its_job(world: World) {
        world.db.clock.set(at("2026-01-05T08:30:00Z"));
        let hook = world.draft(&cron("every night", "UTC", "run_once")).await;
        let slot = at("2026-01-05T09:00:00Z");
        let trigger = world.db.store.workflow(&world.db.scope, hook.workflow).await.unwrap().draft.triggers[0].id.clone();
        world.db.store.publish(&world.db.scope, hook.workflow, 1, "", true, &[(trigger, slot)]).await.unwrap();
        world.db.clock.set(slot);
        let jobs = world.db.store.claim_jobs(&[schedule::JOB], 8, LEASE_MS).await.unwrap();
        let failed = world.ingest.fire(&jobs[0]).await;
        assert!(matches!(&failed, Err(triggers::Error::Invalid(why)) if why.contains("five parts")), "{failed:?}");
        // Mended, it begins anew.
        world.republish(hook.workflow, &cron("0 10 * * *", "UTC", "run_once")).await;
        world.at("2026-01-05T10:00:00Z").await;
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-01-05T10:00Z"]);
    }

    async fn daylight_saving_neither_skips_nor_doubles(world: World) {
        world.db.clock.set(at("2026-03-28T12:00:00Z"));
        let hook = world.publish(&cron("30 2 * * *", "Europe/Berlin", "run_once")).await;
        for time in ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"] {
            world.at(time).await;
        }
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]);
        let local = world.last_body(hook.workflow).await["local"].clone();
        assert_eq!(local, "2026-03-30T02:30:00+02:00");

        world.db.clock.set(at("2026-10-24T12:00:00Z"));
        let hook = world.publish(&cron("30 2 * * *", "Europe/Berlin", "run_once")).await;
        for time in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"] {
            world.at(time).await;
        }
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]);
    }

    async fn late_slots_follow_the_policy(world: World) {
        world.db.clock.set(at("2026-01-05T08:30:00Z"));
        let once = world.publish(&cron("0 * * * *", "UTC", "run_once")).await;
        let skip = world.publish(&cron("0 * * * *", "UTC", "skip")).await;
        // Nobody looked for five hours.
        world.at("2026-01-05T13:20:00Z").await;
        assert_eq!(world.slots(once.workflow, EventState::Accepted).await, ["2026-01-05T13:00Z"], "once, for the last one");
        assert!(world.slots(skip.workflow, EventState::Accepted).await.is_empty());
        world.at("2026-01-05T14:00:30Z").await;
        assert_eq!(world.slots(skip.workflow, EventState::Accepted).await, ["2026-01-05T14:00Z"], "half a minute is not late");
    }

    async fn a_clock_set_back_never_fires_again(world: World) {
        world.db.clock.set(at("2026-01-05T09:30:00Z"));
        let definition = cron("0 * * * *", "UTC", "run_once");
        let hook = world.publish(&definition).await;
        for time in ["2026-01-05T10:00:00Z", "2026-01-05T09:40:00Z", "2026-01-05T10:00:00Z"] {
            world.at(time).await;
        }
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await.len(), 1);
        // Not even when its jobs are planned anew from the wrong time.
        world.db.clock.set(at("2026-01-05T09:40:00Z"));
        world.republish(hook.workflow, &definition).await;
        world.at("2026-01-05T10:00:00Z").await;
        world.at("2026-01-05T11:00:00Z").await;
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-01-05T10:00Z", "2026-01-05T11:00Z"]);
    }

    async fn paused_holds_and_off_stops(world: World) {
        world.db.clock.set(at("2026-01-05T09:30:00Z"));
        let hook = world.publish(&cron("0 * * * *", "UTC", "run_once")).await;
        world.switch(hook.workflow, WorkflowState::Paused).await;
        world.at("2026-01-05T10:00:00Z").await;
        assert_eq!(world.slots(hook.workflow, EventState::Held).await, ["2026-01-05T10:00Z"]);
        assert!(world.runs(hook.workflow).await.is_empty());
        world.switch(hook.workflow, WorkflowState::Off).await;
        world.at("2026-01-05T12:00:00Z").await;
        assert_eq!(world.counts(hook.workflow).await, [0, 1, 0, 0, 0]);
        // What passed while it was off is not made up for; what was held is.
        world.switch(hook.workflow, WorkflowState::On).await;
        world.at("2026-01-05T12:30:00Z").await;
        world.at("2026-01-05T13:00:00Z").await;
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-01-05T10:00Z", "2026-01-05T13:00Z"]);
    }

    async fn another_schedule_moves_the_slot(world: World) {
        world.db.clock.set(at("2026-01-05T09:30:00Z"));
        let hook = world.publish(&cron("0 10 * * *", "UTC", "run_once")).await;
        world.republish(hook.workflow, &cron("0 12 * * *", "UTC", "run_once")).await;
        world.at("2026-01-05T11:00:00Z").await;
        assert!(world.slots(hook.workflow, EventState::Accepted).await.is_empty());
        world.at("2026-01-05T12:00:00Z").await;
        assert_eq!(world.slots(hook.workflow, EventState::Accepted).await, ["2026-01-05T12:00Z"]);
        // A version without the trigger ends its job.
        world.republish(hook.workflow, &workflow(json!({ "type": "manual" }), json!({}))).await;
        world.at("2026-01-06T12:00:00Z").await;
        assert_eq!(world.counts(hook.workflow).await, [1, 0, 0, 0, 0]);
    }
}
