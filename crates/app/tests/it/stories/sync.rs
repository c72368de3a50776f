//! Files and records that go from one system to another.

use serde_json::json;

use super::world::{Story, step};

#[tokio::test]
async fn attachments_and_mails_are_kept() {
    let story = Story::of("mail_to_drive").await;
    let mut mail = story.event().await;
    mail["id"] = json!("19c1");
    // The look is refused at first, and made again by itself.
    story.succeeds(&mail).await;
    let files = story.holds("google_drive", "files").await;
    assert_eq!(
        (files.len(), &files[0]["name"], &files[0]["mimeType"]),
        (1, &json!("invoice-march.pdf"), &json!("application/pdf"))
    );
    assert_eq!(story.calls("gmail", "/attachments/").await, 1);
    let pages = story.holds("notion", "pages").await;
    assert!(pages[0].to_string().contains("Invoice for March"), "{pages:?}");

    // Drive takes the file, and its answer is lost: a second one is not made by itself.
    mail["id"] = json!("19c2");
    story.behave("google_drive", json!({ "kind": "dropped" }), Some(1)).await;
    let receipt = story.send(&mail).await;
    let run = receipt["run"].as_str().unwrap();
    story.held(run, "unknown").await;
    assert_eq!(story.holds("google_drive", "files").await.len(), 2);
    story.settle(run, "files[0].upload", json!({ "happened": {} })).await;
    assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    assert_eq!(story.holds("google_drive", "files").await.len(), 2);
}

#[tokio::test]
async fn what_changed_is_synced_once() {
    let story = Story::of("nightly_sync").await;
    let night = &story.event().await;
    story.behave("mailchimp", json!({ "kind": "unavailable" }), Some(1)).await;
    let detail = story.succeeds(night).await;
    assert_eq!(step(&detail, "each_contact")["output"]["v"]["failed"], 0, "{detail:#}");
    let members = story.holds("mailchimp", "members of a6b5").await;
    assert_eq!(members.len(), 3, "{members:?}");
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("3 contacts, 0 failed"));
    assert_eq!(story.holds("google_sheets", "Reports").await.len(), 2);

    // The account's first contacts were made while the first sync ran; from the next one on nothing has changed.
    story.succeeds(night).await;
    story.succeeds(night).await;
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("0 contacts, 0 failed"));
    assert_eq!(story.holds("mailchimp", "members of a6b5").await.len(), 3);
}
