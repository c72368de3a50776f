//! One action for many runs.

use std::collections::BTreeSet;

use model::{
    api::{Bulk, BulkAction, BulkState, NewBulk, NewRows, RunsQuery},
    run::RunStatus,
};
use serde_json::json;
use store::ClaimedJob;

use crate::{
    on_both,
    world::{Hook, World, webhook, workflow},
};

async fn hook_with_runs(world: &World, count: i64) -> Hook {
    let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
    for n in 0..count {
        assert_eq!(world.post(&hook, &json!({ "n": n })).await.0, 200);
    }
    hook
}

fn all(action: BulkAction, hook: &Hook) -> NewBulk {
    let filter = RunsQuery { workflow: Some(hook.workflow), ..RunsQuery::default() };
    NewBulk { action, filter, from_step: None, newest: false, choice: None }
}

async fn claimed(world: &World) -> Option<ClaimedJob> {
    world.db.clock.advance_ms(1_000);
    world.db.store.claim_jobs(&[triggers::bulk::JOB], 1, 60_000).await.unwrap().pop()
}

/// Does pieces until it is over; how many there were.
async fn carried_out(world: &World) -> usize {
    let mut pieces = 0;
    while let Some(job) = claimed(world).await {
        pieces += 1;
        let next = world.ingest.bulk(&job).await.unwrap();
        world.db.store.finish_job(job.id, job.epoch, next, Some(job.body)).await.unwrap();
        assert!(pieces < 50, "it does not end");
    }
    pieces
}

async fn progress(world: &World, bulk: &Bulk) -> (BulkState, u64, u64, u64) {
    let bulk = world.db.store.bulk(&world.db.scope, bulk.id).await.unwrap();
    (bulk.state, bulk.done, bulk.skipped, bulk.failed)
}

on_both! {
    async fn all_runs_are_replayed_once_in_pieces(world: World) {
        let hook = hook_with_runs(&world, 45).await;
        let first: BTreeSet<_> = world.runs(hook.workflow).await.iter().map(|run| run.id).collect();
        let bulk = world.db.store.start_bulk(&world.db.scope, all(BulkAction::Replay, &hook)).await.unwrap();
        // The first piece is done, and its process dies before it is noted: it is done again.
        let job = claimed(&world).await.unwrap();
        let piece = world.db.store.bulk_next(&job, 20).await.unwrap().unwrap();
        assert_eq!(piece.runs().len(), 20);
        world.ingest.bulk(&job).await.unwrap();
        assert_eq!(progress(&world, &bulk).await, (BulkState::Running, 20, 0, 0));
        world.db.clock.advance_ms(60_000);
        assert!(carried_out(&world).await >= 2);
        assert_eq!(progress(&world, &bulk).await, (BulkState::Finished, 45, 0, 0));
        let runs = world.runs(hook.workflow).await;
        let replayed: BTreeSet<_> = runs.iter().filter_map(|run| run.replay_of).collect();
        assert_eq!((runs.len(), replayed), (90, first), "each once, and not the replays themselves");
    }

    async fn a_piece_done_twice_makes_no_second_run(world: World) {
        let hook = hook_with_runs(&world, 3).await;
        world.db.store.start_bulk(&world.db.scope, all(BulkAction::Replay, &hook)).await.unwrap();
        let job = claimed(&world).await.unwrap();
        let (one, two) = (world.ingest.clone(), world.ingest.clone());
        let (one, two) = tokio::join!(one.bulk(&job), two.bulk(&job));
        one.unwrap();
        two.unwrap();
        assert_eq!(world.runs(hook.workflow).await.len(), 6);
    }

    async fn others_are_cancelled_or_stopped(world: World) {
        let hook = hook_with_runs(&world, 25).await;
        let cancelled = world.db.store.start_bulk(&world.db.scope, all(BulkAction::Cancel, &hook)).await.unwrap();
        carried_out(&world).await;
        assert_eq!(progress(&world, &cancelled).await, (BulkState::Finished, 25, 0, 0));
        assert!(world.runs(hook.workflow).await.iter().all(|run| run.status == RunStatus::Cancelled));

        let stopped = world.db.store.start_bulk(&world.db.scope, all(BulkAction::Replay, &hook)).await.unwrap();
        let job = claimed(&world).await.unwrap();
        world.ingest.bulk(&job).await.unwrap();
        world.db.store.stop_bulk(&world.db.scope, stopped.id).await.unwrap();
        assert_eq!(carried_out(&world).await, 0);
        assert_eq!(progress(&world, &stopped).await, (BulkState::Stopped, 20, 0, 0), "what is done stays done");
        assert_eq!(world.ingest.bulk(&job).await.unwrap(), None);
    }

    async fn what_was_replayed_since_is_not_replayed_with_the_others(world: World) {
        let hook = hook_with_runs(&world, 3).await;
        let mine = world.runs(hook.workflow).await[1].id;
        world.ingest.replay(&world.db.scope, mine, Default::default()).await.unwrap();
        let mut all = all(BulkAction::Replay, &hook);
        all.filter.replayed = Some(false);
        let bulk = world.db.store.start_bulk(&world.db.scope, all).await.unwrap();
        carried_out(&world).await;
        assert_eq!(progress(&world, &bulk).await.1, 3, "two runs and the replay of the third");
        let runs = world.runs(hook.workflow).await;
        assert_eq!(runs.iter().filter(|run| run.replay_of == Some(mine)).count(), 1);
        assert_eq!(runs.len(), 7);
    }

    async fn every_row_of_a_table_is_run_once_at_its_pace(world: World) {
        let (hook, table) = table(&world, 7, 120).await;
        let scope = &world.db.scope;
        let bulk = world.ingest.run_many(scope, hook.workflow, table).await.unwrap();
        assert_eq!((bulk.action, bulk.total, bulk.done), (BulkAction::Run, Some(7), 0));
        // The first piece is done, its process dies before that is noted, and another does it again.
        let job = claimed(&world).await.unwrap();
        let (one, two) = (world.ingest.clone(), world.ingest.clone());
        let (one, two) = tokio::join!(one.bulk(&job), two.bulk(&job));
        let next = one.unwrap().or(two.unwrap()).unwrap();
        assert_eq!(next.since(world.db.store.now()), 1_000, "two in a second");
        assert_eq!(progress(&world, &bulk).await, (BulkState::Running, 2, 0, 0));
        world.db.clock.advance_ms(60_000);
        assert_eq!(carried_out(&world).await, 3);
        assert_eq!(progress(&world, &bulk).await, (BulkState::Finished, 7, 0, 0));
        let mut sent: Vec<_> = Vec::new();
        for run in world.runs(hook.workflow).await {
            let event = world.payload(run.event.unwrap()).await;
            sent.push(event["body"]["email"].as_str().unwrap().to_owned());
        }
        sent.sort();
        assert_eq!(sent, (0..7).map(|n| format!("{n}@example.com")).collect::<Vec<_>>());
    }

    async fn a_table_with_a_wrong_row_begins_nothing(world: World) {
        let (hook, mut table) = table(&world, 3, 60).await;
        table.rows[2]["email"] = json!("nobody");
        let scope = &world.db.scope;
        let refused = world.ingest.run_many(scope, hook.workflow, table.clone()).await.unwrap_err();
        assert_eq!((refused.code(), refused.to_string().as_str()), ("invalid", "Row 3: “E-mail” must be an e-mail address."));
        table.rows[2]["email"] = json!("2@example.com");
        let elsewhere = store::Scope { workspace: model::ids::WorkspaceId(99), ..scope.clone() };
        assert!(world.ingest.run_many(&elsewhere, hook.workflow, table.clone()).await.is_err());
        table.trigger = "ghost".into();
        assert_eq!(world.ingest.run_many(scope, hook.workflow, table).await.unwrap_err().code(), "gone");
        assert!(claimed(&world).await.is_none());
    }

    async fn a_table_ends_where_its_workflow_is_turned_off(world: World) {
        let (hook, table) = table(&world, 5, 60).await;
        let bulk = world.ingest.run_many(&world.db.scope, hook.workflow, table).await.unwrap();
        let job = claimed(&world).await.unwrap();
        let next = world.ingest.bulk(&job).await.unwrap();
        world.db.store.finish_job(job.id, job.epoch, next, Some(job.body)).await.unwrap();
        world.switch(hook.workflow, model::api::WorkflowState::Off).await;
        carried_out(&world).await;
        let ended = world.db.store.bulk(&world.db.scope, bulk.id).await.unwrap();
        assert_eq!((ended.state, ended.done, ended.total), (BulkState::Failed, 1, Some(5)));
        assert!(ended.error.unwrap().starts_with("Row 2: "));
    }

    async fn a_table_can_be_stopped(world: World) {
        let (hook, table) = table(&world, 5, 60).await;
        let bulk = world.ingest.run_many(&world.db.scope, hook.workflow, table).await.unwrap();
        world.ingest.bulk(&claimed(&world).await.unwrap()).await.unwrap();
        world.db.store.stop_bulk(&world.db.scope, bulk.id).await.unwrap();
        assert_eq!(carried_out(&world).await, 0);
        assert_eq!(progress(&world, &bulk).await, (BulkState::Stopped, 1, 0, 0));
        assert_eq!(world.runs(hook.workflow).await.len(), 1);
    }
}

/// A workflow with a form, and a table of so many rows that fit it.
async fn table(world: &World, rows: usize, per_minute: u32) -> (Hook, NewRows) {
    let fields = json!([{ "key": "email", "label": "E-mail", "kind": "email", "required": true }]);
    let hook = world.publish(&workflow(json!({ "type": "manual", "fields": fields }), json!({}))).await;
    let row = |n: usize| json!({ "email": format!("{n}@example.com") }).as_object().unwrap().clone();
    (hook.clone(), NewRows { trigger: "start".into(), rows: (0..rows).map(row).collect(), per_minute })
}
