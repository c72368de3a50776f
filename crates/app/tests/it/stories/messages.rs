//! People who are told.

use serde_json::json;

use super::world::{Story, attempts, step};

#[tokio::test]
async fn a_pull_request_is_told() {
    let story = Story::of("pull_request_to_slack").await;
    story.succeeds(&story.samples[0]).await;
    let messages = story.holds("slack", "messages").await;
    assert!(messages[0]["text"].as_str().unwrap().starts_with("octocat opened #2: Update the README"), "{messages:?}");

    // Slack takes the message and the connection ends: it is not sent again by itself.
    story.behave("slack", json!({ "kind": "dropped" }), Some(1)).await;
    let receipt = story.send(&story.samples[0]).await;
    let run = receipt["run"].as_str().unwrap();
    story.held(run, "unknown").await;
    assert_eq!(story.holds("slack", "messages").await.len(), 2);
    story.settle(run, "tell", json!({ "happened": {} })).await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("slack", "messages").await.len(), 2);
}

#[tokio::test]
async fn an_urgent_ticket_reaches_somebody_and_others_do_not() {
    let story = Story::of("support_escalation").await;
    let mut ticket = story.samples[0].clone();
    story.behave("slack", json!({ "kind": "slow", "ms": 300 }), Some(1)).await;
    story.succeeds(&ticket).await;
    assert_eq!(story.holds("twilio", "calls").await[0]["to"], "+15005550010");
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("The shop is down"));

    assert_eq!(story.send(&ticket).await["duplicate"], true, "the ticket comes twice");
    ticket["ticket"] = json!("T-43");
    ticket["priority"] = json!("low");
    let detail = story.run(&ticket).await;
    assert_eq!(detail["run"]["status"], "filtered", "{detail:#}");
    assert_eq!(story.holds("twilio", "calls").await.len(), 1);

    // The phone is refused: the run fails and says why, and is not a success because the chat was told.
    ticket["ticket"] = json!("T-44");
    ticket["priority"] = json!("urgent");
    story.behave("twilio", json!({ "kind": "forbidden" }), Some(1)).await;
    let detail = story.run(&ticket).await;
    assert_eq!(
        (&detail["run"]["status"], &detail["run"]["error"]["class"]),
        (&json!("failed"), &json!("permission")),
        "{detail:#}"
    );
}

#[tokio::test]
async fn an_appointment_is_reminded_of_two_hours_before() {
    let story = Story::of("appointment_reminder").await;
    let mut appointment = story.samples[0].clone();
    // One that began already: nothing to wait for.
    appointment["start"]["dateTime"] = json!("2025-01-31T09:00:00+01:00");
    let detail = story.succeeds(&appointment).await;
    let until = step(&detail, "when")["output"]["v"]["value"].as_str().unwrap();
    assert!(["2025-01-31T06:00:00+00:00", "2025-01-31T06:00:00Z", "2025-01-31T07:00:00+01:00"].contains(&until), "{until}");
    assert!(story.holds("twilio", "messages").await[0]["body"].as_str().unwrap().starts_with("Reminder: Fitting"));

    // One to come waits.
    appointment["start"]["dateTime"] = json!("2099-01-31T09:00:00+01:00");
    let receipt = story.send(&appointment).await;
    let waiting = story.patchbay.settled(receipt["run"].as_str().unwrap()).await;
    assert_eq!(waiting["run"]["status"], "waiting", "{waiting:#}");
    assert_eq!(story.holds("twilio", "messages").await.len(), 1);

    // A number that is none.
    appointment["start"]["dateTime"] = json!("2025-01-31T09:00:00+01:00");
    appointment["description"] = json!("+15005550001");
    let detail = story.run(&appointment).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert!(detail["run"]["error"]["message"].as_str().unwrap().contains("not a valid phone number"), "{detail:#}");
}

#[tokio::test]
async fn a_text_message_waits_for_its_connection() {
    let story = Story::of("text_message").await;
    let message = &story.samples[0];
    story.succeeds(message).await;
    story.behave("twilio", json!({ "kind": "unauthorized" }), None).await;
    let receipt = story.send(message).await;
    let run = receipt["run"].as_str().unwrap();
    story.held(run, "connection").await;
    assert_eq!(story.holds("twilio", "messages").await.len(), 1);
    // Its owner replaces the credentials, and the run goes on by itself.
    story.behave("twilio", json!(null), None).await;
    story.reconnect("twilio").await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("twilio", "messages").await.len(), 2);
}

#[tokio::test]
async fn a_post_is_made_when_x_allows_it() {
    let story = Story::of("post_to_x").await;
    story.behave("x", json!({ "kind": "rate_limited", "retry_after_s": 1 }), Some(2)).await;
    let detail = story.succeeds(&story.samples[0]).await;
    assert_eq!(attempts(&detail, "post"), 3, "{detail:#}");
    let posts = story.holds("x", "posts").await;
    assert_eq!((posts.len(), &posts[0]["text"]), (1, &json!("Version 2 is out.")));
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("https://x.com/"));

    let long = json!({ "text": "x".repeat(300) });
    let detail = story.run(&long).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert_eq!(story.holds("x", "posts").await.len(), 1);
}
