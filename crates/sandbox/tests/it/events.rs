//! Whatever a trigger waits for can be made to happen.

use std::time::Duration;

use connect::{Happening, Occurred, Since, Want};
use serde_json::{Map, Value, json};

use crate::world::{ACCOUNT, World};

/// A form whose required fields are filled in with what the connectors' sandboxes bear.
fn input(trigger: &manifest::Trigger) -> Value {
    let filled = trigger.fields.iter().filter(|field| field.required).map(|field| {
        let value = match field.key.as_str() {
            "repository" => json!("octocat/hello-world"),
            "object" => json!("Lead"),
            "column" => json!("Last modified"),
            "events" => json!(["invoice.paid"]),
            _ => json!("a6b5"),
        };
        (field.key.clone(), value)
    });
    let given = Value::Object(filled.collect::<Map<_, _>>());
    connect::trigger_input(trigger, &given).unwrap()
}

async fn happen(world: &World, trigger: &manifest::Trigger, more: Happening) -> Option<Occurred> {
    let what = Happening { trigger: trigger.id.clone(), input: input(trigger), account: "sandbox:con_7".into(), ..more };
    world.connect.sandbox().unwrap().happen(&world.connector, ACCOUNT, &what).await.unwrap()
}

/// As a live trigger looks: what it has seen stays seen.
async fn look(
    world: &World,
    trigger: &manifest::Trigger,
    seen: &mut Vec<String>,
    cursor: &mut Option<String>,
    want: Want,
) -> Vec<Value> {
    let input = input(trigger);
    let since = Since {
        connector: &world.connector,
        trigger: &trigger.id,
        input: &input,
        cursor: cursor.as_deref(),
        is_whole: true,
        want,
    };
    let known = seen.iter().cloned().collect::<std::collections::HashSet<_>>();
    let polled = world.connect.poll(since, &known, &world.credential, Duration::from_secs(5)).await.unwrap();
    assert!(polled.left_out.is_empty(), "{}.{}: {:?}", world.connector, trigger.id, polled.left_out);
    seen.extend(polled.passed);
    seen.extend(polled.events.iter().map(|event| event.key.clone()));
    *cursor = polled.cursor.or(cursor.take());
    polled.events.into_iter().map(|event| event.data).collect()
}

#[tokio::test]
async fn every_look_finds_what_was_made_to_happen() {
    let mut looked = 0;
    for connector in manifest::builtin() {
        for trigger in connector.triggers.iter().filter(|trigger| trigger.poll.is_some()) {
            let named = format!("{}.{}", connector.id, trigger.id);
            let world = World::of(&connector.id);
            let (mut seen, mut cursor) = (Vec::new(), None);
            look(&world, trigger, &mut seen, &mut cursor, Want::Nothing).await;
            let shown = happen(&world, trigger, Happening { is_trial: true, ..Happening::default() }).await;
            assert!(matches!(shown, Some(Occurred::Listed { .. })), "{named}: {shown:?}");
            let want = || Want::New { at_most: None };
            let found = look(&world, trigger, &mut seen, &mut cursor, want()).await;
            assert!(found.is_empty(), "{named}: what is only shown does not happen: {found:?}");
            for round in 0..2 {
                happen(&world, trigger, Happening::default()).await.unwrap();
                let found = look(&world, trigger, &mut seen, &mut cursor, want()).await;
                assert_eq!(found.len(), 1, "{named}, round {round}: {found:?}");
            }
            assert!(look(&world, trigger, &mut seen, &mut cursor, want()).await.is_empty(), "{named}: once");
            looked += 1;
        }
    }
    assert!(looked >= 15, "{looked}");
}

#[tokio::test]
async fn what_is_listed_twice_is_found_once() {
    for connector in manifest::builtin() {
        for trigger in connector.triggers.iter().filter(|trigger| trigger.poll.is_some()) {
            let named = format!("{}.{}", connector.id, trigger.id);
            let world = World::of(&connector.id);
            let (mut seen, mut cursor) = (Vec::new(), None);
            look(&world, trigger, &mut seen, &mut cursor, Want::Nothing).await;
            let want = || Want::New { at_most: None };
            happen(&world, trigger, Happening { doubled: true, ..Happening::default() }).await.unwrap();
            assert_eq!(look(&world, trigger, &mut seen, &mut cursor, want()).await.len(), 1, "{named}");
            let account = world.look().await;
            assert!(account.calls.iter().any(|call| call.note == "duplicates"), "{named}: {:?}", account.calls);
            assert_eq!(account.behaviour.misbehaviour, None, "{named}: once");
        }
    }
}

#[tokio::test]
async fn what_is_late_stands_in_lists_where_it_would_have_stood() {
    const LATE_MS: i64 = 3_600_000;
    // Issues are listed by when they were made, messages by when they came.
    for (connector, trigger, at, found) in [("github", "new_issue", "created_at", 0), ("discord", "new_message", "timestamp", 1)]
    {
        let trigger = manifest::find(connector).unwrap().trigger(trigger).unwrap();
        let world = World::of(connector);
        let (mut seen, mut cursor) = (Vec::new(), None);
        look(&world, trigger, &mut seen, &mut cursor, Want::Nothing).await;
        let made = async |late_ms: i64| {
            let Some(Occurred::Listed { event }) = happen(&world, trigger, Happening { late_ms, ..Happening::default() }).await
            else {
                panic!("{connector}: nothing is listed");
            };
            event[at].as_str().unwrap_or_else(|| panic!("{event}"))[..13].to_owned()
        };
        let usual = made(0).await;
        assert_eq!(look(&world, trigger, &mut seen, &mut cursor, Want::New { at_most: None }).await.len(), 1, "{connector}");
        let late = made(LATE_MS).await;
        // The simulated systems begin at noon.
        assert_eq!((usual.as_str(), late.as_str()), ("2026-03-01T12", "2026-03-01T11"), "{connector}");
        assert_eq!(look(&world, trigger, &mut seen, &mut cursor, Want::New { at_most: None }).await.len(), found, "{connector}");
    }
}

#[tokio::test]
async fn every_webhook_sends_something_new_each_time() {
    let mut sent = 0;
    for connector in manifest::builtin() {
        for trigger in connector.triggers.iter().filter(|trigger| trigger.webhook.is_some()) {
            let named = format!("{}.{}", connector.id, trigger.id);
            let world = World::of(&connector.id);
            let mut bodies = Vec::new();
            for _ in 0..2 {
                let Some(Occurred::Sent { headers, body, event }) = happen(&world, trigger, Happening::default()).await else {
                    panic!("{named}: nothing is sent");
                };
                assert!(event.is_object() || event.is_array(), "{named}: {event}");
                assert_eq!(headers[0].0, "content-type", "{named}");
                bodies.push((headers, body));
            }
            assert_ne!(bodies[0], bodies[1], "{named}");
            sent += 1;
        }
    }
    assert!(sent >= 9, "{sent}");
}

#[tokio::test]
async fn what_is_sent_may_be_a_persons() {
    let world = World::of("stripe");
    let trigger = manifest::find("stripe").unwrap().trigger("event").unwrap();
    let mine = json!({ "id": "evt_1", "type": "<img onerror=x>", "data": "\u{202e}\"'" });
    let more = Happening { event: Some(mine.clone()), ..Happening::default() };
    let Some(Occurred::Sent { body, .. }) = happen(&world, trigger, more).await else { panic!("nothing is sent") };
    assert_eq!(serde_json::from_slice::<Value>(&body).unwrap(), mine);

    // Into a list only objects go, and none that the account cannot hold.
    let world = World::of("github");
    let trigger = manifest::find("github").unwrap().trigger("new_issue").unwrap();
    for odd in [json!("text"), json!([1]), json!({ "title": "x".repeat(200_000) })] {
        assert_eq!(happen(&world, trigger, Happening { event: Some(odd), ..Happening::default() }).await, None);
    }
    assert_eq!(world.connect.sandbox().unwrap().happen("nobody", ACCOUNT, &Happening::default()).await, Ok(None));
    assert_eq!(world.connect.sandbox().unwrap().happen("github", ACCOUNT, &Happening::default()).await, Ok(None));
}
