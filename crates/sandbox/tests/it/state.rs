//! What was made is found again.

use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_contact_is_made_found_changed_and_seen_by_the_poll() {
    let world = World::of("hubspot");
    let before = world.poll("contact_changed", json!({}), None).await;
    assert_eq!(before.events, []);
    let made = world.call("upsert_contact", json!({ "email": "Ada@Example.com", "firstname": "Ada" })).await.unwrap();
    assert_eq!((&made["new"], &made["properties"]["firstname"]), (&json!(true), &json!("Ada")));
    let again = world.call("upsert_contact", json!({ "email": "ada@example.com", "lastname": "Lovelace" })).await.unwrap();
    assert_eq!((&again["new"], &again["id"]), (&json!(false), &made["id"]), "the address is a key, whatever its case");
    let read = world.call("get_contact", json!({ "contact_id": made["id"] })).await.unwrap();
    assert_eq!(read["properties"]["lastname"], "Lovelace");
    let found = world.call("search_contacts", json!({ "property": "lastname", "value": "Lovelace" })).await.unwrap();
    assert_eq!(found["items"][0]["id"], made["id"]);
    assert_eq!(world.call("search_contacts", json!({ "query": "nobody" })).await.unwrap()["items"], json!([]));

    let polled = world.poll("contact_changed", json!({}), Some("2026-03-01T12:00:00Z")).await;
    assert_eq!(polled.events.len(), 1, "{polled:?}");
    assert_eq!(polled.events[0].data["properties"]["email"], "ada@example.com");

    let taken = world.call("create_contact", json!({ "email": "ada@example.com" })).await.unwrap_err();
    assert_eq!((taken.status, taken.code.as_str()), (Some(409), "hubspot.conflict"), "{taken:?}");
    let nobody = world.call("get_contact", json!({ "contact_id": "999" })).await.unwrap_err();
    assert_eq!(nobody.status, Some(404), "{nobody:?}");
    let odd = world.call("upsert_contact", json!({ "email": "no address" })).await.unwrap_err();
    assert_eq!(odd.status, Some(400), "{odd:?}");

    let account = world.look().await;
    assert_eq!((account.collections[0].name.as_str(), account.collections[0].count), ("contacts", 1));
    assert_eq!(account.calls[0].status, Some(400));
}

#[tokio::test]
async fn rows_are_appended_under_their_columns() {
    let world = World::of("google_sheets");
    let place = |more: Value| {
        let mut input = json!({ "spreadsheet": "sandbox", "sheet": "Payments" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (customer, amount) in [("Ada", "10"), ("Grace", "20")] {
        let row = json!({ "values": { "Customer": customer, "Amount": amount } });
        world.call("append_row", place(row)).await.unwrap();
    }
    let found = world.call("find_row", place(json!({ "column": "Customer", "value": "Grace" }))).await.unwrap();
    assert!(found.to_string().contains("\"20\""), "{found}");
    let rows = world.call("get_rows", place(json!({}))).await.unwrap();
    assert!(rows.to_string().contains("Ada"), "{rows}");
    let polled = world.poll("new_row", place(json!({})), None).await;
    assert_eq!(polled.events.len(), 2, "{polled:?}");
    world
        .call(
            "upsert_row",
            place(json!({ "column": "Customer", "value": "Ada", "values": { "Customer": "Ada", "Status": "paid" } })),
        )
        .await
        .unwrap();
    let found = world.call("find_row", place(json!({ "column": "Customer", "value": "Ada" }))).await.unwrap();
    assert!(found.to_string().contains("paid") && found.to_string().contains("10"), "{found}");
    let unknown = world.call("append_row", place(json!({ "values": { "Unknown": "x" } }))).await.unwrap_err();
    assert_eq!(unknown.code, "google_sheets.columns", "{unknown:?}");
    // A sheet that nobody has made has the columns of the recorded one.
    let elsewhere = json!({ "spreadsheet": "other", "sheet": "Leads", "values": { "Email": "a@b.example" } });
    world.call("append_row", elsewhere).await.unwrap();
}

#[tokio::test]
async fn records_are_found_by_their_query() {
    let world = World::of("salesforce");
    let all = world.call("query", json!({ "soql": "SELECT Id, Email FROM Contact" })).await.unwrap();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(3), "{all}");
    let made = world
        .call("create_record", json!({ "object": "Contact", "values": { "LastName": "Byron", "Email": "byron@example.com" } }))
        .await
        .unwrap();
    let found = world.call("query", json!({ "soql": "SELECT Id FROM Contact WHERE Email = 'byron@example.com'" })).await.unwrap();
    assert_eq!((&found["items"][0]["Id"], found["items"].as_array().map(Vec::len)), (&made["id"], Some(1)), "{found}");
    let future = world
        .call("query", json!({ "soql": "SELECT Id FROM Contact WHERE SystemModstamp >= 2030-01-01T00:00:00Z" }))
        .await
        .unwrap();
    assert_eq!(future["items"], json!([]));
    let task = world.call("create_task", json!({ "subject": "Call Ada", "who": made["id"] })).await.unwrap();
    assert!(task["id"].as_str().is_some_and(|id| id.starts_with("00T")), "{task}");
    let upsert = json!({ "object": "Contact", "external_field": "Email", "external_value": "new@example.com", "values": { "LastName": "New" } });
    let first = world.call("upsert_record", upsert.clone()).await.unwrap();
    let second = world.call("upsert_record", upsert).await.unwrap();
    assert_eq!(first["id"], second["id"]);
    let nameless = world.call("create_record", json!({ "object": "Lead", "values": { "Company": "x" } })).await.unwrap_err();
    assert!(nameless.message.contains("LastName"), "{nameless}");
}

#[tokio::test]
async fn messages_and_mails_are_kept() {
    let slack = World::of("slack");
    let sent = slack.call("send_message", json!({ "channel": "C0SANDBOX1", "text": "Hello" })).await.unwrap();
    slack.call("update_message", json!({ "channel": "C0SANDBOX1", "ts": sent["ts"], "text": "Hello you" })).await.unwrap();
    let listed = slack.call("list_messages", json!({ "channel": "C0SANDBOX1" })).await.unwrap();
    assert_eq!(listed["items"][0]["text"], "Hello you", "{listed}");
    let gone = slack.call("update_message", json!({ "channel": "C0SANDBOX1", "ts": "1.1", "text": "x" })).await.unwrap_err();
    assert!(gone.message.contains("message_not_found"), "{gone}");

    let gmail = World::of("gmail");
    let first = gmail.poll("new_message", json!({}), None).await;
    assert_eq!(first.events.len(), 1, "the account holds a mail at first: {first:?}");
    assert!(first.events[0].data.to_string().contains("invoice-march.pdf"), "{first:?}");
    gmail.call("send_email", json!({ "to": "bob@example.com", "subject": "Grüße", "text": "Hi Bob" })).await.unwrap();
    let account = gmail.look().await;
    let mails = &account.collections[0].items;
    assert!(mails[0].value.to_string().contains("Grüße") && mails[0].value["snippet"] == "Hi Bob", "{mails:?}");
}

#[tokio::test]
async fn the_same_key_has_one_effect() {
    let world = World::of("stripe");
    let timeout = std::time::Duration::from_secs(5);
    let customer = json!({ "email": "ada@example.com", "name": "Ada" });
    let first = world.keyed("create_customer", customer.clone(), "k1", timeout).await.outcome.unwrap();
    let again = world.keyed("create_customer", customer.clone(), "k1", timeout).await.outcome.unwrap();
    let other = world.keyed("create_customer", customer, "k2", timeout).await.outcome.unwrap();
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["id"], other["id"]);
    let found = world.call("search_customers", json!({ "query": "email:'ada@example.com'" })).await.unwrap();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(2), "{found}");
}

#[tokio::test]
async fn connectors_without_rules_remember_what_was_made() {
    let world = World::of("zoom");
    let made = world.call("create_meeting", json!({ "topic": "Planning", "duration": 45 })).await.unwrap();
    assert_eq!(made["topic"], "Planning", "{made}");
    let other = world.call("create_meeting", json!({ "topic": "Retro" })).await.unwrap();
    assert_ne!(made["id"], other["id"]);
    let read = world.call("get_meeting", json!({ "meeting": made["id"].to_string() })).await.unwrap();
    assert_eq!((&read["topic"], &read["id"]), (&json!("Planning"), &made["id"]), "{read}");
}

#[tokio::test]
async fn an_address_is_repeated_in_its_answer() {
    let world = World::of("google_maps");
    let found = world.call("geocode", json!({ "address": "10 Downing Street" })).await.unwrap();
    assert!(found.to_string().contains("10 Downing Street"), "{found}");
}

#[tokio::test]
async fn test_numbers_are_refused_as_the_vendor_does() {
    let world = World::of("twilio");
    let sms = |to: &str| json!({ "to": to, "from": "+15005550006", "text": "Hi" });
    let sent = world.call("send_message", sms("+4915112345678")).await.unwrap();
    assert_eq!(sent["to"], "+4915112345678", "{sent}");
    let refused = world.call("send_message", sms("+15005550001")).await.unwrap_err();
    assert!(refused.message.contains("not a valid phone number"), "{refused}");
    let listed = world.call("list_messages", json!({ "to": "+4915112345678" })).await.unwrap();
    assert_eq!(listed["items"][0]["sid"], sent["sid"], "{listed}");
}
