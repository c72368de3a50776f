use model::{
    Role,
    api::{EventState, EventsQuery, RunsQuery, WorkflowState, WorkflowsQuery},
    definition::{ScheduleTrigger, Trigger, TriggerKind},
    ids::TriggerId,
    run::RunStatus,
};
use serde_json::json;
use store::{Accepted, Disposition, Error, NewEvent, Scope};

use crate::{on_both, support::*};

fn with_schedule() -> model::WorkflowDefinition {
    let mut definition = definition();
    let kind = TriggerKind::Schedule(ScheduleTrigger { cron: "0 9 * * *".into(), time_zone: None, late: Default::default() });
    definition.triggers.push(Trigger {
        id: TriggerId::from("daily"),
        label: "Daily".into(),
        kind,
        filter: None,
        dedupe: None,
        shape: None,
    });
    definition
}

on_both! {
    async fn a_draft_is_saved_only_by_whoever_saw_the_last(db: Db) {
        let row = db.store.workflow(&db.scope, db.workflow).await.unwrap();
        assert_eq!((row.draft_rev, row.draft_changed, row.live_version), (1, false, Some(1)));
        let mut draft = row.draft;
        draft.settings.time_zone = "Asia/Tokyo".into();
        let saved = db.store.save_draft(&db.scope, db.workflow, 1, &draft).await.unwrap();
        assert_eq!((saved.draft_rev, saved.draft_changed), (2, true));
        let late = db.store.save_draft(&db.scope, db.workflow, 1, &definition()).await;
        assert!(matches!(late, Err(Error::Conflict { current: 2 })));
        assert_eq!(db.store.workflow(&db.scope, db.workflow).await.unwrap().draft, draft);
        let viewer = Scope { role: Role::Viewer, ..db.scope.clone() };
        assert!(matches!(db.store.save_draft(&viewer, db.workflow, 2, &draft).await, Err(Error::Forbidden { .. })));
    }

    async fn publishing_is_all_or_nothing(db: Db) {
        db.store.save_draft(&db.scope, db.workflow, 1, &with_schedule()).await.unwrap();
        let slot = START.plus_ms(3_600_000);
        assert!(matches!(db.store.publish(&db.scope, db.workflow, 1, "", false, &[]).await, Err(Error::Conflict { current: 2 })));
        // A schedule without a next time would never fire: nothing of it stands.
        assert!(matches!(db.store.publish(&db.scope, db.workflow, 2, "", false, &[]).await, Err(Error::Invalid(_))));
        let row = db.store.workflow(&db.scope, db.workflow).await.unwrap();
        assert_eq!((row.live_version, row.draft_changed), (Some(1), true));
        assert_eq!(db.store.versions(&db.scope, db.workflow).await.unwrap().len(), 1);

        let schedules = [(TriggerId::from("daily"), slot)];
        let published = db.store.publish(&db.scope, db.workflow, 2, "with a schedule", false, &schedules).await.unwrap();
        assert_eq!((published.version, published.state), (2, WorkflowState::On));
        assert_eq!(db.store.next_available().await.unwrap(), Some(slot));
        let versions = db.store.versions(&db.scope, db.workflow).await.unwrap();
        assert_eq!(versions.iter().map(|v| (v.version, v.live)).collect::<Vec<_>>(), [(2, true), (1, false)]);
        assert_eq!(versions[0].note, "with a schedule");
        let (_, first) = db.store.version(&db.scope, db.workflow, 1).await.unwrap();
        assert_eq!(first, definition());
        assert_eq!(*db.store.definition(db.workflow, 2).await.unwrap(), with_schedule());

        db.clock.set(slot);
        let job = db.store.claim_jobs(&["schedule"], 1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(job.key, format!("{}:daily", db.workflow));
        assert_eq!(job.body, json!({"trigger": "daily", "slot": slot}));
        db.state(WorkflowState::Off).await;
        assert!(matches!(db.store.finish_job(job.id, job.epoch, Some(slot), None).await, Err(Error::Fenced)), "turned off meanwhile");
        assert_eq!(db.store.next_available().await.unwrap(), None);
    }

    async fn a_webhook_key_stays_while_its_trigger_does(db: Db) {
        let hooks = db.store.workflow(&db.scope, db.workflow).await.unwrap().hooks;
        assert_eq!(hooks.len(), 1);
        let key = hooks[0].key.clone();
        assert!(key.len() >= 32);
        let hook = db.store.live_hook(&key).await.unwrap().unwrap();
        assert_eq!((hook.workflow, hook.version, hook.state), (db.workflow, Some(1), WorkflowState::On));
        assert!(hook.live_trigger().is_some() && hook.draft_trigger.is_some());
        assert!(db.store.live_hook("nonsense").await.unwrap().is_none());

        db.store.publish(&db.scope, db.workflow, 1, "", false, &[]).await.unwrap();
        assert_eq!(db.store.live_hook(&key).await.unwrap().unwrap().version, Some(2), "what was in memory is forgotten");
        db.state(WorkflowState::Paused).await;
        assert_eq!(db.store.live_hook(&key).await.unwrap().unwrap().state, WorkflowState::Paused);

        let mut without = definition();
        without.triggers.remove(0);
        let saved = db.store.save_draft(&db.scope, db.workflow, 1, &without).await.unwrap();
        assert!(saved.hooks.is_empty());
        let hook = db.store.live_hook(&key).await.unwrap().unwrap();
        assert!(hook.live_trigger().is_some() && hook.draft_trigger.is_none(), "the live version still has it");
        db.store.publish(&db.scope, db.workflow, 2, "", false, &[]).await.unwrap();
        assert!(db.store.live_hook(&key).await.unwrap().is_none());
        let manual = db.store.live_trigger(db.workflow, &TriggerId::from("button")).await.unwrap().unwrap();
        assert_eq!(manual.version, Some(3));
    }

    async fn held_events_run_in_order_when_it_goes_on(db: Db) {
        db.state(WorkflowState::Paused).await;
        let mut events = Vec::new();
        for n in 0..5 {
            let held = NewEvent { disposition: Disposition::Hold, ..db.keyed(json!(n), n) };
            let Accepted::Stored { event } = db.store.accept(held).await.unwrap() else { panic!() };
            events.push(event);
        }
        let again = NewEvent { disposition: Disposition::Hold, ..db.keyed(json!(0), 0) };
        assert!(matches!(db.store.accept(again).await.unwrap(), Accepted::Duplicate { event: Some(e), run: None } if e == events[0]));
        assert_eq!(db.store.workflow(&db.scope, db.workflow).await.unwrap().held, 5);
        db.store.publish(&db.scope, db.workflow, 1, "", false, &[]).await.unwrap();
        assert!(db.store.claim_runs(10, LEASE_MS).await.unwrap().is_empty(), "publishing alone releases nothing");

        db.state(WorkflowState::On).await;
        let claimed = db.store.claim_runs(10, LEASE_MS).await.unwrap();
        assert_eq!(claimed.iter().map(|c| c.event["body"].clone()).collect::<Vec<_>>(), [0, 1, 2, 3, 4].map(|n| json!(n)));
        assert!(claimed.iter().all(|claimed| claimed.version == 2), "on the version that is live then");
        let row = db.store.event(&db.scope, events[0]).await.unwrap();
        assert_eq!((row.event.state, row.event.run), (EventState::Accepted, Some(claimed[0].lease.run)));
        let late = NewEvent { version: 2, ..db.keyed(json!(0), 0) };
        let late = db.store.accept(late).await.unwrap();
        assert!(matches!(late, Accepted::Duplicate { run: Some(run), .. } if run == claimed[0].lease.run), "{late:?}");
        let held = EventsQuery { state: Some(EventState::Held), ..EventsQuery::default() };
        assert!(db.store.events(&db.scope, &held).await.unwrap().items.is_empty());
    }

    async fn an_unpublished_workflow_cannot_be_turned_on(db: Db) {
        let fresh = db.store.create_workflow(&db.scope, "Fresh", &definition()).await.unwrap();
        assert!(fresh.draft_changed && fresh.live_version.is_none());
        assert!(matches!(db.store.set_state(&db.scope, fresh.id, WorkflowState::On, &[]).await, Err(Error::Invalid(_))));
        db.store.set_state(&db.scope, fresh.id, WorkflowState::Off, &[]).await.unwrap();
        let published = db.store.publish(&db.scope, fresh.id, 1, "", false, &[]).await.unwrap();
        assert_eq!(published.state, WorkflowState::Off);
    }

    async fn a_deleted_workflow_is_gone_with_its_live_runs(db: Db) {
        let (queued, held) = (db.run().await, db.claimed().await);
        let key = db.store.workflow(&db.scope, db.workflow).await.unwrap().hooks[0].key.clone();
        db.store.delete_workflow(&db.scope, db.workflow).await.unwrap();
        for run in [queued, held.lease.run] {
            assert_eq!(db.statuses(run).await, RunStatus::Cancelled);
        }
        assert!(matches!(db.store.append(start(&held, START)).await, Err(Error::Fenced)));
        assert!(matches!(db.store.workflow(&db.scope, db.workflow).await, Err(Error::NotFound(_))));
        assert!(db.store.workflows(&db.scope, &WorkflowsQuery::default()).await.unwrap().items.is_empty());
        assert!(db.store.live_hook(&key).await.unwrap().is_none());
        assert_eq!(db.store.next_available().await.unwrap(), None);
    }

    async fn the_list_says_how_workflows_fare(db: Db) {
        for status in [RunStatus::Succeeded, RunStatus::Failed, RunStatus::Failed, RunStatus::Filtered] {
            let claimed = db.claimed().await;
            db.store.append(finish(&claimed, db.store.now(), status)).await.unwrap();
        }
        let other = db.store.create_workflow(&db.scope, "100% sure_thing", &with_schedule()).await.unwrap().id;
        let page = db.store.workflows(&db.scope, &WorkflowsQuery::default()).await.unwrap();
        assert_eq!(page.items.iter().map(|w| w.id).collect::<Vec<_>>(), [other, db.workflow]);
        let first = &page.items[1];
        assert_eq!((first.runs_24h, first.failures_24h), (4, 2));
        assert_eq!(first.last_run.as_ref().unwrap().status, RunStatus::Filtered);
        assert_eq!(page.items[0].triggers, ["webhook", "manual", "schedule"]);
        assert!(page.items[0].last_run.is_none());

        db.clock.advance_ms(25 * 3_600_000);
        let page = db.store.workflows(&db.scope, &WorkflowsQuery { limit: Some(1), ..WorkflowsQuery::default() }).await.unwrap();
        let next = WorkflowsQuery { cursor: page.next, limit: Some(1), ..WorkflowsQuery::default() };
        let page = db.store.workflows(&db.scope, &next).await.unwrap();
        assert_eq!((page.items[0].id, page.items[0].runs_24h, page.next.is_none()), (db.workflow, 0, true));

        for (search, found) in [("FIRST", 1), ("100%", 1), ("%", 1), ("_", 1), ("sure thing", 0), ("", 2)] {
            let query = WorkflowsQuery { search: Some(search.into()), ..WorkflowsQuery::default() };
            assert_eq!(db.store.workflows(&db.scope, &query).await.unwrap().items.len(), found, "{search}");
        }
        db.store.rename_workflow(&db.scope, other, "Renamed").await.unwrap();
        assert_eq!(db.store.workflow(&db.scope, other).await.unwrap().name, "Renamed");
        assert!(matches!(db.store.rename_workflow(&db.scope, other, "  ").await, Err(Error::Invalid(_))));
    }

    async fn an_event_is_either_held_or_run_while_the_state_changes(db: Db) {
        // Events and switches at once: afterwards nothing may be left behind as held.
        let store = db.store.clone();
        let scope = db.scope.clone();
        let workflow = db.workflow;
        let switcher = tokio::spawn(async move {
            for n in 0..20 {
                let state = if n % 2 == 0 { WorkflowState::Paused } else { WorkflowState::On };
                store.set_state(&scope, workflow, state, &[]).await.unwrap();
            }
        });
        let mut accepted = 0;
        for n in 0..60 {
            let mut disposition = Disposition::Run;
            while let Accepted::Moved =
                db.store.accept(NewEvent { disposition: disposition.clone(), ..db.event(json!(n)) }).await.unwrap()
            {
                disposition = if disposition == Disposition::Run { Disposition::Hold } else { Disposition::Run };
            }
            accepted += 1;
        }
        switcher.await.unwrap();
        db.state(WorkflowState::On).await;
        let query = RunsQuery { limit: Some(200), ..RunsQuery::default() };
        assert_eq!(db.store.runs(&db.scope, &query).await.unwrap().items.len(), accepted);
        assert_eq!(db.store.workflow(&db.scope, db.workflow).await.unwrap().held, 0);
    }
}
