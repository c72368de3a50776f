//! People who are told.

use serde_json::json;

use super::world::{Story, attempts, step};

#[tokio::test]
async fn a_pull_request_is_told() {
    let story = Story::of("pull_request_to_slack").await;
    let mut pull = story.event().await;
    pull["number"] = json!(2);
    story.succeeds(&pull).await;
    let messages = story.holds("slack", "messages").await;
    assert!(messages[0]["text"].as_str().unwrap().starts_with("octocat opened #2: Update the README"), "{messages:?}");

    // GitHub sends it again: as it was, and as a copy under another delivery's name.
    let came = story.happen("doubled", None).await["came"].clone();
    assert_eq!((&came[0]["outcome"], &came[1]["outcome"]), (&json!("accepted"), &json!("duplicate")), "{came}");
    story.ended(came[0]["run"].as_str().unwrap()).await;
    assert_eq!(story.send(&pull).await["duplicate"], true, "the same signature with another id");
    // One that was closed is not what the workflow waits for.
    pull["action"] = json!("closed");
    let came = story.happen("usual", Some(&pull)).await["came"].clone();
    assert_eq!(came[0]["outcome"], "filtered", "{came}");
    assert_eq!(story.holds("slack", "messages").await.len(), 2);

    // Slack takes the message and the connection ends: it is not sent again by itself.
    story.behave("slack", json!({ "kind": "dropped" }), Some(1)).await;
    pull["action"] = json!("opened");
    pull["number"] = json!(3);
    let receipt = story.send(&pull).await;
    let run = receipt["run"].as_str().unwrap();
    story.held(run, "unknown").await;
    assert_eq!(story.holds("slack", "messages").await.len(), 3);
    story.settle(run, "tell", json!({ "happened": {} })).await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("slack", "messages").await.len(), 3);
}

#[tokio::test]
async fn an_urgent_ticket_reaches_somebody_and_others_do_not() {
    let story = Story::of("support_escalation").await;
    // HubSpot's delivery only names the ticket, which is read then.
    let ticket = story.event().await;
    story.behave("slack", json!({ "kind": "slow", "ms": 300 }), Some(1)).await;
    story.succeeds(&ticket).await;
    assert_eq!(story.holds("twilio", "calls").await[0]["to"], "+15005550010");
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("The shop is down"));

    // HubSpot tells of the next one twice: both are read, and one run starts.
    let read = story.calls("hubspot", "/objects/tickets/").await;
    story.happen("doubled", None).await;
    story.called("hubspot", "/objects/tickets/", read + 2).await;
    story.counts(2).await;
    story.called("twilio", "/Calls.json", 2).await;

    // One that is gone before it is read starts nothing.
    let mut gone = story.event().await;
    gone[0]["objectId"] = json!("777");
    story.happen("usual", Some(&gone)).await;
    story.called("hubspot", "/objects/tickets/777", 1).await;

    // The phone is refused: the run fails and says why, and is not a success because the chat was told.
    story.behave("twilio", json!({ "kind": "forbidden" }), Some(1)).await;
    let detail = story.run(&story.event().await).await;
    assert_eq!(
        (&detail["run"]["status"], &detail["run"]["error"]["class"]),
        (&json!("failed"), &json!("permission")),
        "{detail:#}"
    );
    assert_eq!(story.count().await, 3);
}

#[tokio::test]
async fn an_appointment_is_reminded_of_two_hours_before() {
    let story = Story::of("appointment_reminder").await;
    let mut appointment = story.event().await;
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
    let message = &story.event().await["body"];
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
    let post = story.event().await["body"].clone();
    let detail = story.succeeds(&post).await;
    assert_eq!(attempts(&detail, "post"), 3, "{detail:#}");
    let posts = story.holds("x", "posts").await;
    assert_eq!((posts.len(), &posts[0]["text"]), (1, &json!("Version 2 is out.")));
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("https://x.com/"));

    let long = json!({ "text": "x".repeat(300) });
    let detail = story.run(&long).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert_eq!(story.holds("x", "posts").await.len(), 1);
}
