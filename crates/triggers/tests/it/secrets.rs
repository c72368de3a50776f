//! Deliveries that prove where they come from.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    on_both,
    world::{Hook, Sent, World, json_of, webhook, workflow},
};

const SECRET: &str = "correct horse";
const BODY: &[u8] = br#"{"n": 1}"#;

/// How the hook checks, its secret, the header sent; the answer's status.
type Case<'a> = (&'a Value, Option<&'a str>, Option<(&'a str, &'a str)>, u16);

fn mac(secret: &str, body: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

async fn hook(world: &World, verify: Value, secret: Option<&str>) -> Hook {
    let hook = world.publish(&workflow(webhook(json!({ "verify": verify })), json!({}))).await;
    if let Some(secret) = secret {
        let owner = format!("hook {} start", hook.workflow);
        let secret = world.db.vault.put_secret(world.db.scope.workspace, &owner, "secret", secret).await.unwrap();
        world.db.store.set_hook_secret(&world.db.scope, hook.workflow, &"start".into(), Some(secret)).await.unwrap();
    }
    hook
}

on_both! {
    async fn only_who_knows_the_secret_is_heard(world: World) {
        let shared = json!({ "type": "shared_secret", "header": "X-Token" });
        let hex_kind = json!({ "type": "hmac", "header": "X-Signature", "prefix": "sha256=" });
        let base64_kind = json!({ "type": "hmac", "header": "X-Signature", "encoding": "base64" });
        let right = format!("sha256={}", hex::encode(mac(SECRET, BODY)));
        let other_body = format!("sha256={}", hex::encode(mac(SECRET, b"{\"n\": 2}")));
        let other_key = format!("sha256={}", hex::encode(mac("wrong", BODY)));
        let empty_key = format!("sha256={}", hex::encode(mac("", BODY)));
        let right64 = STANDARD.encode(mac(SECRET, BODY));
        let cases: &[Case<'_>] = &[
            (&shared, Some(SECRET), Some(("x-token", SECRET)), 200),
            (&shared, Some(SECRET), Some(("x-token", "correct hors")), 401),
            (&shared, Some(SECRET), Some(("x-token", "")), 401),
            (&shared, Some(SECRET), None, 401),
            (&shared, None, Some(("x-token", "")), 401),
            (&shared, None, None, 401),
            (&hex_kind, Some(SECRET), Some(("x-signature", &right)), 200),
            (&hex_kind, Some(SECRET), Some(("x-signature", &right[7..])), 401),
            (&hex_kind, Some(SECRET), Some(("x-signature", &other_body)), 401),
            (&hex_kind, Some(SECRET), Some(("x-signature", &other_key)), 401),
            (&hex_kind, Some(SECRET), Some(("x-signature", "sha256=")), 401),
            (&hex_kind, Some(SECRET), None, 401),
            (&hex_kind, None, Some(("x-signature", &empty_key)), 401),
            (&base64_kind, Some(SECRET), Some(("x-signature", &right64)), 200),
            (&base64_kind, Some(SECRET), Some(("x-signature", &right)), 401),
        ];
        for (verify, secret, sent, status) in cases {
            let hook = hook(&world, (*verify).clone(), *secret).await;
            let mut headers = vec![("content-type", "application/json")];
            headers.extend(*sent);
            let reply = world.send(&hook, Sent { headers: &headers, body: BODY, ..Sent::default() }).await;
            assert_eq!(reply.status, *status, "{verify} {sent:?}");
            let accepted = usize::from(*status == 200);
            assert_eq!(world.counts(hook.workflow).await, [accepted, 0, 0, 0, 0]);
            if accepted == 1 {
                let event = json_of(&reply)["event"].as_str().unwrap().parse().unwrap();
                let kept = world.payload(event).await.to_string();
                assert!(!kept.contains(SECRET), "the secret is not kept with the event: {kept}");
            } else {
                assert_eq!(json_of(&reply)["error"]["code"], "hook.signature");
            }
        }
    }
}
