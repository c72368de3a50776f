//! Which requests become events, and how the others are answered.

use model::api::EventState;
use serde_json::json;

use crate::{
    on_both,
    world::{Hook, Sent, header, json_of, webhook, workflow},
};

const SHOP: (&str, &str) = ("origin", "https://shop.example");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Method, headers and body; status and code of the answer.
type Case<'a> = (&'static str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'static str);

on_both! {
    async fn each_request_has_its_answer(world: World) {
        let kind = webhook(json!({ "methods": ["POST", "PUT"], "allowed_origins": ["https://shop.example/"], "max_bytes": 40 }));
        let hook = world.publish(&workflow(kind, json!({}))).await;
        let long = [b' '; 41];
        let deep = format!("{}1{}", "[".repeat(18), "]".repeat(18));
        let cases: &[Case<'_>] = &[
            ("POST", &[JSON], b"{\"a\":1}", 200, ""),
            ("PUT", &[JSON], b"{\"a\":1}", 200, ""),
            ("POST", &[JSON, SHOP], b"{}", 200, ""),
            ("POST", &[JSON], b"", 200, ""),
            ("POST", &[JSON], deep.as_bytes(), 200, ""),
            ("GET", &[], b"", 405, "hook.method"),
            ("DELETE", &[JSON], b"{}", 405, "hook.method"),
            ("HEAD", &[], b"", 200, ""),
            ("OPTIONS", &[SHOP], b"", 204, ""),
            ("OPTIONS", &[("origin", "https://evil.example")], b"", 204, ""),
            ("POST", &[JSON, ("origin", "https://evil.example")], b"{}", 403, "hook.origin"),
            ("POST", &[JSON, ("origin", "https://shop.example.evil.example")], b"{}", 403, "hook.origin"),
            ("POST", &[JSON, ("origin", "null")], b"{}", 403, "hook.origin"),
            ("POST", &[JSON], &long, 413, "hook.too_large"),
            ("POST", &[JSON], b"{\"a\": nonsense}", 400, "hook.malformed"),
        ];
        let mut events = 0;
        for (method, headers, body, status, code) in cases {
            let reply = world.send(&hook, Sent { method, headers, body, ..Sent::default() }).await;
            let what = format!("{method} {headers:?}");
            assert_eq!(reply.status, *status, "{what}: {reply:?}");
            let answer = json_of(&reply);
            if !code.is_empty() {
                assert_eq!(answer["error"]["code"], *code, "{what}: {answer}");
            }
            let allowed = headers.contains(&SHOP).then_some("https://shop.example");
            assert_eq!(header(&reply, "access-control-allow-origin"), allowed, "{what}");
            match status {
                405 => assert_eq!(header(&reply, "allow"), Some("POST, PUT")),
                204 => assert_eq!(header(&reply, "access-control-allow-methods"), Some("POST, PUT")),
                400 => assert!(answer["error"]["message"].as_str().unwrap().contains("line 1 column 8"), "{answer}"),
                _ => {}
            }
            events += usize::from(answer["event"].is_string());
            assert_eq!(answer["event"].is_string(), *status == 200 && *method != "HEAD", "{what}: {answer}");
        }
        assert_eq!(events, 5);
        assert_eq!(world.counts(hook.workflow).await, [5, 0, 0, 0, 0], "nothing else was stored");
        assert_eq!(world.runs(hook.workflow).await.len(), 5);
    }

    async fn an_event_is_what_was_sent(world: World) {
        let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
        let headers = &[JSON, ("x-one", "1"), ("x-many", "a"), ("x-many", "b"), ("authorization", "Bearer x"), ("cookie", "s=1")];
        let body = br#"{"__proto__":{"a":1},"id":9007199254740993,"long":123456789012345678901234567890,"price":0.10}"#;
        let reply = world.send(&hook, Sent { headers, body, query: "a=1&b=2&a=3&__proto__=x", ..Sent::default() }).await;
        let event = json_of(&reply)["event"].as_str().unwrap().parse().unwrap();
        assert_eq!(world.payload(event).await, json!({
            "method": "POST",
            "headers": { "content-type": "application/json", "x-one": "1", "x-many": "a, b" },
            "query": { "a": ["1", "3"], "b": "2", "__proto__": "x" },
            "body": { "__proto__": { "a": 1 }, "id": 9007199254740993_i64, "long": "123456789012345678901234567890", "price": 0.1 },
        }));
    }

    async fn what_nests_too_deep_is_refused(world: World) {
        let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
        for (levels, status) in [(100, 200), (101, 400), (127, 400), (100_000, 400)] {
            let body = format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
            let reply = world.send(&hook, Sent { body: body.as_bytes(), ..Sent::default() }).await;
            assert_eq!(reply.status, status, "{levels} levels");
        }
        // What was taken can be read.
        assert_eq!(world.db.store.claim_runs(10, 1000).await.unwrap().len(), 1);
    }

    async fn a_sender_that_waits_is_told_when_it_takes_too_long(world: World) {
        let kind = webhook(json!({ "ack": { "when": "after_run", "timeout_ms": 60 } }));
        let hook = world.publish(&workflow(kind, json!({}))).await;
        let (status, receipt) = world.post(&hook, &json!({})).await;
        assert_eq!((status, receipt["run"].is_string()), (202, true), "{receipt}");
    }

    async fn the_test_address_keeps_a_sample_and_runs_nothing(world: World) {
        let hook = world.draft(&workflow(webhook(json!({ "methods": ["PUT"] })), json!({}))).await;
        let refused = world.send(&hook, Sent { test: true, ..Sent::default() }).await;
        assert_eq!(refused.status, 405, "as the draft has it");
        let reply = world.send(&hook, Sent { test: true, method: "PUT", body: b"{\"n\":1}", ..Sent::default() }).await;
        assert_eq!((reply.status, json_of(&reply)["captured"].as_bool()), (200, Some(true)));
        assert_eq!(reply.captured.unwrap().workflow, hook.workflow);
        let samples = world.db.store.samples(&world.db.scope, hook.workflow).await.unwrap();
        assert_eq!((samples.triggers.len(), &samples.triggers[0].event["body"]), (1, &json!({ "n": 1 })));
        assert_eq!(world.counts(hook.workflow).await, [0; 5]);
        assert!(world.events(hook.workflow, EventState::Accepted).await.is_empty());
    }

    async fn addresses_that_lead_nowhere(world: World) {
        let nobody = Hook { workflow: model::ids::WorkflowId(1), key: "nonsense".into() };
        assert_eq!(world.post(&nobody, &json!({})).await.0, 404);
        let draft = world.draft(&workflow(webhook(json!({})), json!({}))).await;
        let (status, answer) = world.post(&draft, &json!({})).await;
        assert_eq!(status, 410);
        assert!(answer["error"]["message"].as_str().unwrap().contains("test URL"), "{answer}");
    }
}
