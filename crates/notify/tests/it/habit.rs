//! What a workflow's past suggests to expect of it.

use model::{definition::Settings, run::RunStatus};

use crate::world::World;

#[tokio::test]
async fn what_came_every_day_is_suggested_and_would_not_have_been_missed() {
    const DAY: i64 = 24 * 60;
    let world = World::new().await;
    let workflow = world.workflow("Orders", Settings::default()).await;
    let back = || world.store.now().plus_ms(-triggers::habit::BACK_MS);
    let suggested = async || {
        world.store.gather_figures().await.unwrap();
        let past = world.store.past_events(&world.scope, workflow, back()).await.unwrap();
        triggers::habit::suggest("Europe/Berlin", &past, world.store.now()).unwrap()
    };
    assert_eq!(suggested().await, None, "nothing has come yet");
    // Every day at 01:00 in Berlin four runs end.
    for day in 0..20 {
        for _ in 0..4 {
            world.ends(workflow, RunStatus::Succeeded).await;
        }
        if day == 9 {
            assert_eq!(suggested().await, None, "ten days are too few");
        }
        world.after(DAY);
    }
    let found = suggested().await.unwrap();
    assert_eq!((found.expects.by.as_str(), found.expects.events, found.missed), ("0 2 * * *", 2, 0));
    assert!(found.spans >= 14, "{found:?}");
}
