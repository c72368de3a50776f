//! Misbehaviour on request, in the vendor's own words.

use std::time::Duration;

use model::api::Misbehaviour;
use model::run::ErrorClass;
use serde_json::{Value, json};

use crate::world::World;

/// A call of each connector that changes something.
const CALLS: [(&str, &str, &str); 6] = [
    ("hubspot", "upsert_contact", r#"{"email":"ada@example.com"}"#),
    ("slack", "send_message", r#"{"channel":"C1","text":"x"}"#),
    ("stripe", "create_customer", r#"{"email":"ada@example.com"}"#),
    ("mailchimp", "upsert_subscriber", r#"{"audience":"a6b5","email":"ada@example.com"}"#),
    ("twilio", "send_message", r#"{"to":"+4915112345678","from":"+15005550006","text":"x"}"#),
    ("x", "create_post", r#"{"text":"x"}"#),
];

fn input(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn refusals_have_their_class_and_end_after_their_calls() {
    for (connector, operation, sent) in CALLS {
        let method = if connector == "x" { "oauth" } else { &manifest::find(connector).unwrap().auth[0].id };
        for (misbehaviour, class) in [
            (Misbehaviour::Unauthorized, ErrorClass::Auth),
            (Misbehaviour::Forbidden, ErrorClass::Permission),
            (Misbehaviour::RateLimited { retry_after_s: 3 }, ErrorClass::RateLimited),
            (Misbehaviour::Unavailable, ErrorClass::Transient),
        ] {
            let world = World::by(connector, method);
            world.behave(misbehaviour, Some(1)).await;
            let error = world.call(operation, input(sent)).await.expect_err(connector);
            assert_eq!(error.class, class, "{connector}: {error:?}");
            if class == ErrorClass::RateLimited {
                assert_eq!(error.retry_after_ms, Some(3_000), "{connector}: {error:?}");
            }
            let account = world.look().await;
            assert!(
                !account.collections.iter().any(|one| one.name == "messages" && one.count > 0),
                "{connector}: nothing is done"
            );
            assert_eq!((account.calls[0].note.as_str(), account.behaviour.misbehaviour), (misbehaviour.as_str(), None));
            world.call(operation, input(sent)).await.unwrap_or_else(|error| panic!("{connector}: {error:?}"));
        }
    }
}

#[tokio::test]
async fn a_dropped_answer_leaves_the_effect() {
    let world = World::of("slack");
    world.behave(Misbehaviour::Dropped, Some(1)).await;
    let error = world.call("send_message", json!({ "channel": "C1", "text": "once" })).await.unwrap_err();
    assert!(error.indeterminate, "{error:?}");
    let account = world.look().await;
    let messages = account.collections.iter().find(|one| one.name == "messages").unwrap();
    assert_eq!((messages.count, account.calls[0].status), (1, None));
}

#[tokio::test]
async fn a_slow_answer_comes_late_or_not_at_all() {
    let world = World::of("slack");
    world.behave(Misbehaviour::Slow { ms: 60 }, None).await;
    let begun = std::time::Instant::now();
    let message = json!({ "channel": "C1", "text": "x" });
    world.call("send_message", message.clone()).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(60));
    world.behave(Misbehaviour::Slow { ms: 60_000 }, None).await;
    let error = world.keyed("send_message", message, "k", Duration::from_millis(50)).await.outcome.unwrap_err();
    assert_eq!((error.class, error.indeterminate), (ErrorClass::TimedOut, true), "{error:?}");
}

#[tokio::test]
async fn doubles_come_twice_and_make_one_event() {
    let world = World::of("hubspot");
    world.call("upsert_contact", json!({ "email": "ada@example.com" })).await.unwrap();
    world.behave(Misbehaviour::Duplicates, None).await;
    let listed = world.call("search_contacts", json!({})).await.unwrap();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(2), "{listed}");
    let polled = world.poll("contact_changed", json!({}), None).await;
    assert_eq!(polled.events.len(), 1, "a double is no second event: {polled:?}");
}

#[tokio::test]
async fn an_unmarked_credential_never_comes_here_and_a_marked_one_never_leaves() {
    let mut world = World::of("slack");
    let message = json!({ "channel": "C1", "text": "x" });
    world.call("send_message", message.clone()).await.unwrap();
    world.credential.values.remove("$sandbox");
    let error = world.call("send_message", message.clone()).await.unwrap_err();
    assert_eq!(error.code, "egress.refused", "a real connection goes through the guard: {error:?}");
    world.credential.values.insert("$sandbox".into(), "not an id".into());
    let error = world.call("send_message", message).await.unwrap_err();
    assert_eq!(error.code, "connect.sandbox", "nothing is sent: {error:?}");
}

#[tokio::test]
async fn one_service_does_not_write_into_the_account_of_another() {
    let world = World::of("slack");
    let elsewhere = World { connector: "http".into(), ..world };
    let request = json!({ "method": "POST", "url": "https://slack.com/api/chat.postMessage", "body": { "text": "x" } });
    let error = elsewhere.call("request", request.clone()).await.unwrap_err();
    assert_eq!(error.code, "connect.sandbox", "{error:?}");
    let slack = World { connector: "slack".into(), ..elsewhere };
    assert_eq!(slack.look().await.calls, [], "nothing came there");
    assert!(!slack.look().await.scripted);

    let mut http = World::by("http", "bearer");
    http.call("request", request.clone()).await.unwrap();
    assert!(http.look().await.scripted);
    // As an earlier version marked them.
    http.credential.values.insert("$sandbox".into(), crate::world::ACCOUNT.to_string());
    http.call("request", request).await.unwrap();
    assert_eq!(http.look().await.calls.len(), 2);
}
