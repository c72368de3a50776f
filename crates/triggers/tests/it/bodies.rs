//! Bodies of every kind.

use serde_json::json;

use crate::{
    on_both,
    world::{Sent, json_of, webhook, workflow},
};

on_both! {
    async fn bodies_become_values(world: World) {
        let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
        for (media_type, body, value) in [
            ("application/json", &br#"{"a":[1,null]}"#[..], json!({ "a": [1, null] })),
            ("application/x-www-form-urlencoded", b"a=1&a=2&b=x%20y", json!({ "a": ["1", "2"], "b": "x y" })),
            ("text/plain; charset=utf-8", "grüße".as_bytes(), json!("grüße")),
            ("application/json", b"[1,2]", json!([1, 2])),
            ("application/json", b"", json!(null)),
        ] {
            let reply = world.send(&hook, Sent { headers: &[("content-type", media_type)], body, ..Sent::default() }).await;
            assert_eq!(reply.status, 200, "{media_type}");
            assert_eq!(world.last_body(hook.workflow).await, value, "{media_type}");
        }
    }

    async fn files_are_kept_beside_the_event(world: World) {
        let hook = world.publish(&workflow(webhook(json!({})), json!({}))).await;
        let body = b"--X\r\nContent-Disposition: form-data; name=\"who\"\r\n\r\nAda\r\n--X\r\nContent-Disposition: form-data; name=\"cv\"; filename=\"cv.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\xff\r\n--X--\r\n";
        let headers = &[("content-type", "multipart/form-data; boundary=X")];
        let reply = world.send(&hook, Sent { headers, body, ..Sent::default() }).await;
        assert_eq!(reply.status, 200, "{}", json_of(&reply));
        let body = world.last_body(hook.workflow).await;
        assert_eq!(body["who"], "Ada");
        let file = &body["cv"];
        assert_eq!((&file["name"], &file["media_type"], &file["bytes"]), (&json!("cv.pdf"), &json!("application/pdf"), &json!(5)));
        assert!(!body.to_string().contains("JVBERv8"), "not inline: {body}");
        assert!(file["sha256"].as_str().is_some_and(|hash| hash.len() == 64));
    }
}
