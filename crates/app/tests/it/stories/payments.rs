//! Payments and addresses: what ends in a sheet.

use serde_json::{Value, json};

use super::world::{Story, attempts};

/// As Stripe tells of it.
fn event(id: &str, kind: &str) -> Value {
    let object = match kind {
        "invoice.paid" => json!({ "id": "in_1", "amount_paid": 2000, "currency": "usd", "customer_email": "ada@example.com" }),
        "invoice.payment_failed" => {
            json!({ "id": "in_2", "amount_due": 2000, "currency": "usd", "customer_email": "ada@example.com" })
        }
        _ => json!({ "id": "sub_1", "customer": "cus_1" }),
    };
    json!({ "id": id, "object": "event", "type": kind, "livemode": false, "data": { "object": object } })
}

#[tokio::test]
async fn payments_go_their_ways() {
    let story = Story::of("payments").await;
    story.succeeds(&event("evt_1", "invoice.paid")).await;
    let rows = story.holds("google_sheets", "Payments").await;
    assert!(
        rows[0]["values"].to_string().contains("ada@example.com") && rows[0]["values"].to_string().contains("2000"),
        "{rows:?}"
    );
    story.succeeds(&event("evt_2", "invoice.payment_failed")).await;
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("failed"));
    assert!(story.holds("gmail", "messages").await.iter().any(|mail| mail.to_string().contains("did not go through")));
    story.succeeds(&event("evt_3", "customer.subscription.deleted")).await;
    assert!(story.holds("slack", "messages").await[0]["text"].as_str().unwrap().contains("sub_1"));

    // Stripe tells the same event again.
    assert_eq!(story.send(&event("evt_1", "invoice.paid")).await["duplicate"], true);

    // Google does not accept the credentials any more: the events in between are not lost.
    story.behave("google_sheets", json!({ "kind": "unauthorized" }), None).await;
    let mut waiting = Vec::new();
    for n in 0..3 {
        let paid = event(&format!("evt_later_{n}"), "invoice.paid");
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
    let mut row = story.event().await;
    row["row"] = json!(1);
    let detail = story.succeeds(&row).await;
    assert_eq!(attempts(&detail, "place"), 2, "{detail:#}");
    let rows = story.holds("google_sheets", "Addresses").await;
    assert!(rows[0]["values"].to_string().contains("51.4778"), "{rows:?}");

    row["row"] = json!(2);
    row["values"] = json!(["xyzzy"]);
    let detail = story.run(&row).await;
    assert_eq!(detail["run"]["status"], "filtered", "{detail:#}");
    row["row"] = json!(3);
    row["values"] = json!(["", "bob@example.com"]);
    let detail = story.run(&row).await;
    assert_eq!(detail["run"]["status"], "failed", "{detail:#}");
    assert_eq!(story.holds("google_sheets", "Addresses").await.len(), 2);
}
