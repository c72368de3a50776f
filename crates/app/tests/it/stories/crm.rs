//! People who become contacts, subscribers and tasks.

use serde_json::json;

use super::world::{Story, attempts, id, step};

#[tokio::test]
async fn a_survey_answer_becomes_a_subscriber() {
    let story = Story::of("survey_to_subscriber").await;
    let mut answer = story.event().await;
    // Mailchimp wants fewer requests for a moment.
    story.behave("mailchimp", json!({ "kind": "rate_limited", "retry_after_s": 1 }), Some(1)).await;
    answer["form_response"]["token"] = json!("first");
    let detail = story.succeeds(&answer).await;
    assert_eq!(attempts(&detail, "subscribe"), 2, "it was tried again when it was allowed: {detail:#}");
    assert!(detail.to_string().contains("\"sandbox\":true"), "the attempt says that it was a sandbox's: {detail:#}");
    let members = story.holds("mailchimp", "members of a6b5").await;
    assert_eq!(
        (members.len(), &members[0]["email_address"], &members[0]["merge_fields"]["FNAME"]),
        (1, &json!("ada@example.com"), &json!("Ada"))
    );
    assert!(members[0]["tags"].to_string().contains("News"), "{members:?}");

    // The same answer again is none; another one of the same person changes the subscriber.
    assert_eq!(story.send(&answer).await["duplicate"], true);
    answer["form_response"]["token"] = json!("second");
    answer["form_response"]["answers"][0]["text"] = json!("Augusta");
    story.succeeds(&answer).await;
    let members = story.holds("mailchimp", "members of a6b5").await;
    assert_eq!((members.len(), &members[0]["merge_fields"]["FNAME"]), (1, &json!("Augusta")));

    // Without an address nothing is sent, and the run says so.
    answer["form_response"]["token"] = json!("third");
    answer["form_response"]["answers"][1]["email"] = json!("");
    let calls = story.calls("mailchimp", "").await;
    let detail = story.run(&answer).await;
    assert_eq!((&detail["run"]["status"], story.calls("mailchimp", "").await), (&json!("failed"), calls), "{detail:#}");

    // Typeform sends one twice; somebody else sends one, with a signature that is not Typeform's.
    let runs = story.count().await;
    let came = story.happen("doubled", None).await["came"].clone();
    assert_eq!((&came[0]["outcome"], &came[1]["outcome"]), (&json!("accepted"), &json!("duplicate")), "{came}");
    let came = story.happen("forged", None).await["came"].clone();
    assert_eq!((&came[0]["outcome"], &came[0]["status"]), (&json!("refused"), &json!(401)), "{came}");
    assert_eq!(story.count().await, runs + 1);
}

#[tokio::test]
async fn a_lead_becomes_a_contact_a_task_a_mail_and_a_message() {
    let story = Story::of("lead_to_crm").await;
    let mut lead = json!({
        "name": "Ada Lovelace", "email": "ada@example.com", "company": "Engines", "message": "Please call me.",
    });
    // The CRM is down for a moment.
    story.behave("hubspot", json!({ "kind": "unavailable" }), Some(1)).await;
    let detail = story.succeeds(&lead).await;
    assert_eq!(attempts(&detail, "contact"), 2, "{detail:#}");
    assert_eq!(story.holds("hubspot", "contacts").await[0]["properties"]["company"], "Engines");
    assert_eq!(story.holds("salesforce", "Task").await[0]["Subject"], "Call Ada Lovelace");
    let mails = story.holds("gmail", "messages").await;
    assert!(mails.iter().any(|mail| mail.to_string().contains("Thank you, Ada Lovelace")), "{mails:?}");
    assert!(story.holds("slack", "messages").await[0]["text"].to_string().contains("ada@example.com"));

    // The form is sent twice.
    assert_eq!(story.send(&lead).await["duplicate"], true);
    assert_eq!(story.holds("slack", "messages").await.len(), 1);

    // The address is none: the form says so, and nobody is written to.
    lead["email"] = json!("not an address");
    assert_eq!(story.send(&lead).await["refused"], 422);
    assert_eq!((story.count().await, story.holds("salesforce", "Task").await.len()), (1, 1));

    // The answer to the last message is lost: nobody knows, and a person says that it is there.
    lead["email"] = json!("bob@example.com");
    story.behave("slack", json!({ "kind": "dropped" }), Some(1)).await;
    let receipt = story.send(&lead).await;
    let run = receipt["run"].as_str().unwrap();
    story.held(run, "unknown").await;
    story.settle(run, "tell", json!({ "happened": { "output": { "ts": "1.1" } } })).await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("slack", "messages").await.len(), 2, "it was sent once, not twice");
}

#[tokio::test]
async fn a_lead_of_linkedin_becomes_a_contact() {
    let story = Story::of("linkedin_lead").await;
    let mut lead = story.event().await;
    let mut send = |id: &str| {
        lead["id"] = json!(id);
        lead.clone()
    };
    // A permission is missing: the run fails and is done again once it is there.
    story.behave("hubspot", json!({ "kind": "forbidden" }), Some(1)).await;
    let failed = story.run(&send("one")).await;
    assert_eq!(
        (&failed["run"]["status"], &failed["run"]["error"]["class"]),
        (&json!("failed"), &json!("permission")),
        "{failed:#}"
    );
    assert!(story.holds("hubspot", "contacts").await.is_empty());
    let again = story.patchbay.post(&format!("/api/v1/runs/{}/replay", id(&failed)), &json!({})).await;
    let detail = story.ended(again["run"].as_str().unwrap_or_else(|| panic!("{again}"))).await;
    assert_eq!(detail["run"]["status"], "succeeded", "{detail:#}");
    let contacts = story.holds("hubspot", "contacts").await;
    assert_eq!(
        (contacts.len(), &contacts[0]["properties"]["email"], &contacts[0]["properties"]["firstname"]),
        (1, &json!("ada@example.com"), &json!("Ada"))
    );

    // An answer without an address.
    let mut nameless = send("two");
    nameless["formResponse"]["answers"].as_array_mut().unwrap().truncate(1);
    let detail = story.run(&nameless).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert_eq!(story.holds("hubspot", "contacts").await.len(), 1);
}

#[tokio::test]
async fn a_call_summary_becomes_a_note() {
    let story = Story::of("call_summary").await;
    story.behave("slack", json!({ "kind": "rate_limited", "retry_after_s": 1 }), Some(1)).await;
    let mut summary = story.event().await;
    let detail = story.succeeds(&summary).await;
    assert_eq!((attempts(&detail, "note"), attempts(&detail, "tell")), (1, 2), "what was done is not done again: {detail:#}");
    let notes = story.holds("salesforce", "Task").await;
    assert_eq!((notes.len(), &notes[0]["Subject"], &notes[0]["Status"]), (1, &json!("Call: Demo"), &json!("Completed")));
    assert!(notes[0]["Description"].as_str().unwrap().contains("Sam sends the offer."), "{notes:?}");

    // The answer of the CRM is lost: the task may be there twice, so a person is asked; they say that it is to be done again.
    story.behave("salesforce", json!({ "kind": "dropped" }), Some(1)).await;
    summary["event_ts"] = json!(1_772_445_099_000_i64);
    let receipt = story.send(&summary).await;
    let run = receipt["run"].as_str().unwrap();
    let held = story.held(run, "unknown").await;
    assert_eq!(step(&held, "note")["attempts"].as_array().unwrap().len(), 1, "{held:#}");
    story.settle(run, "note", json!("run_again")).await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("salesforce", "Task").await.len(), 3, "the first, the lost one, and the one that was asked for");

    // Signed an hour ago: somebody may have copied it.
    let came = story.happen("late", None).await["came"].clone();
    assert_eq!((&came[0]["outcome"], &came[0]["status"]), (&json!("refused"), &json!(401)), "{came}");
}
