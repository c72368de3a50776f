//! Outcomes that come after the end.

use std::time::Duration;

use model::run::{AttemptStatus, RunStatus};
use serde_json::json;
use testkit::Behaviour;

use crate::{
    on_both,
    world::{options, post, workflow},
};

on_both! {
    async fn the_outcome_of_a_cancelled_run_is_kept(world: World) {
        let mut world = world;
        world.halt().await;
        // Notices the cancel only when it wants to write.
        let never = Duration::from_secs(3600);
        world.worker = Some(world.start(worker::Options { check_every: never, ..options() }));
        let definition = workflow(&["send"], json!({ "send": post(&world.upstream.url("/a"), false, json!({})) }));
        world.upstream.behave_next([Behaviour::Delay(Duration::from_millis(300))]);
        let run = world.run(&definition, json!({ "n": 1 })).await;
        world.upstream.wait_for_calls(1).await;
        world.db.store.cancel(&world.db.scope, run).await.unwrap();
        let mut names = world.names(run).await;
        for _ in 0..300 {
            if names.last() == Some(&"late_outcome") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
            names = world.names(run).await;
        }
        assert_eq!(names[names.len() - 2..], ["run_finished", "late_outcome"], "{names:?}");
        let state = world.state(run).await;
        assert_eq!((state.status, world.summary(run).await.status), (RunStatus::Cancelled, RunStatus::Cancelled), "it changes nothing else");
        assert_eq!(state.step(&"send".into()).unwrap().attempts[0].status, AttemptStatus::Succeeded);
    }
}
