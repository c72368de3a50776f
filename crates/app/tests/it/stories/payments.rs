//! Payments and addresses: what ends in a sheet.

use serde_json::{Value, json};

use super::world::{Story, attempts};

fn event<'s>(samples: &'s [Value], kind: &str) -> &'s Value {
    samples.iter().find(|sample| sample["type"] == kind).unwrap()
}

#[tokio::test]
async fn payments_go_their_ways() {
    let story = Story::of("payments").await;
    story.succeeds(event(&story.samples, "invoice.paid")).await;
    let rows = story.holds("google_sheets", "Payments").await;
    assert!(
        rows[0]["values"].to_string().contains("ada@example.com") && rows[0]["values"].to_string().contains("2000"),
        "{rows:?}"
    );
    story.succeeds(event(&story.samples, "invoice.payment_failed")).await;
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("failed"));
    assert!(story.holds("gmail", "messages").await.iter().any(|mail| mail.to_string().contains("did not go through")));
    story.succeeds(event(&story.samples, "customer.subscription.deleted")).await;
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("sub_1"));

    // Stripe tells the same event again.
    assert_eq!(story.send(event(&story.samples, "invoice.paid")).await["duplicate"], true);

    // Google does not accept the credentials any more: the events in between are not lost.
    story.behave("google_sheets", json!({ "kind": "unauthorized" }), None).await;
    let mut waiting = Vec::new();
    for n in 0..3 {
        let mut paid = event(&story.samples, "invoice.paid").clone();
        paid["id"] = json!(format!("evt_later_{n}"));
        let receipt = story.send(&paid).await;
        waiting.push(receipt["run"].as_str().unwrap().to_owned());
    }
    for run in &waiting {
        story.held(run, "connection").await;
    }
    story.behave("google_sheets", json!(null), None).await;
    story.reconnect("google_sheets").await;
    for run in &waiting {
        assert_eq!(story.ended(run).await["run"]["status"], "succeeded");
    }
    let rows = story.holds("google_sheets", "Payments").await;
    assert_eq!(rows.len(), 5, "the columns' names, and one row for each: {rows:?}");
}

#[tokio::test]
async fn an_address_is_found_and_kept() {
    let story = Story::of("geocode_address").await;
    story.behave("google_maps", json!({ "kind": "unavailable" }), Some(1)).await;
    let detail = story.succeeds(&story.samples[0]).await;
    assert_eq!(attempts(&detail, "place"), 2, "{detail:#}");
    let rows = story.holds("google_sheets", "Addresses").await;
    assert!(rows[0]["values"].to_string().contains("51.4778"), "{rows:?}");

    let detail = story.run(&json!({ "address": "xyzzy" })).await;
    assert_eq!(detail["run"]["status"], "filtered", "{detail:#}");
    let detail = story.run(&json!({})).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert_eq!(story.holds("google_sheets", "Addresses").await.len(), 2);
}
