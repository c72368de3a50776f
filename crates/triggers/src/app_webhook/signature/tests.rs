//! Each vendor's recipe with the example its documentation prints, or, where it prints none, with one computed as it says.
#![allow(clippy::unwrap_used)]

use http::{HeaderName, HeaderValue};
use ring::signature::KeyPair as _;
use serde_json::{Value, json};

use super::*;

/// A signed request.
struct Vector {
    recipe: Signature,
    secret: Vec<u8>,
    method: &'static str,
    url: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    now_s: i64,
}

impl Vector {
    fn new(recipe: Value, secret: &str, headers: &[(&str, &str)], body: &str, now_s: i64) -> Self {
        Vector {
            recipe: serde_json::from_value(recipe).unwrap(),
            secret: secret.as_bytes().to_vec(),
            method: "POST",
            url: "https://hooks.example.com/hooks/abc",
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            now_s,
        }
    }

    fn check(&self) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value.as_str()).unwrap());
        }
        let now = Timestamp(self.now_s * 1_000);
        verify(&self.recipe, &self.secret, self.method, self.url, &headers, &self.body, now)
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn set(&mut self, name: &str, value: &str) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

fn hmac_of(algorithm: hmac::Algorithm, secret: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, secret), text.as_bytes()).as_ref().to_vec()
}

/// The recipe of a trigger that comes with Patchbay.
fn built_in(connector: &str, trigger: &str) -> Value {
    let webhook = manifest::find(connector).unwrap().trigger(trigger).unwrap().webhook.clone().unwrap();
    serde_json::to_value(webhook.signature.unwrap()).unwrap()
}

/// https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries prints this one.
fn github() -> Vector {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = [("x-hub-signature-256", signature)];
    Vector::new(built_in("github", "pull_request"), "It's a Secret to Everybody", &headers, "Hello, World!", 0)
}

/// https://docs.slack.dev/authentication/verifying-requests-from-slack prints this one.
fn slack() -> Vector {
    let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar\
                &user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com\
                %2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10\
                d2c447fce8b6703c";
    let signature = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
    let headers = [("x-slack-signature", signature), ("x-slack-request-timestamp", "1531420618")];
    Vector::new(built_in("slack", "new_message"), "8f742231b10e8888abcd99yyyzzz85a5", &headers, body, 1_531_420_618)
}

/// https://www.twilio.com/docs/usage/security#validating-requests printed this one.
fn twilio() -> Vector {
    let body = "Digits=1234&To=%2B18005551212&From=%2B12349013030&Caller=%2B12349013030&CallSid=CA1234567890ABCDE";
    let headers = [
        ("x-twilio-signature", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("content-type", "application/x-www-form-urlencoded; charset=UTF-8"),
    ];
    Vector::new(built_in("twilio", "message_received"), "12345", &headers, body, 0)
        .with(|it| it.url = "https://mycompany.com/myapp.php?foo=1&bar=2")
}

/// The example of https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md and its libraries.
fn standard_webhooks() -> Vector {
    let recipe = json!({
        "header": "webhook-signature", "algorithm": "hmac_sha256", "encoding": "base64", "prefix": "v1,",
        "parts": [{ "header": "webhook-id" }, { "text": "." }, "timestamp", { "text": "." }, "body"],
        "key": "base64", "key_prefix": "whsec_", "timestamp": { "header": "webhook-timestamp", "tolerance_s": 300 },
    });
    let headers = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    Vector::new(recipe, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &headers, r#"{"test": 2432232314}"#, 1_614_265_330)
}

/// Computed as https://docs.stripe.com/webhooks#verify-manually says; `v0` is there beside it, as in test mode.
fn stripe() -> Vector {
    let body = r#"{"id":"evt_1","object":"event"}"#;
    let signature = hex::encode(hmac_of(hmac::HMAC_SHA256, b"whsec_test", &format!("1492774577.{body}")));
    let header = format!("t=1492774577,v1={},v1={signature},v0={}", "ab".repeat(32), "cd".repeat(32));
    Vector::new(built_in("stripe", "event"), "whsec_test", &[("stripe-signature", &header)], body, 1_492_774_577)
}

/// Computed as https://www.typeform.com/developers/webhooks/secure-your-webhooks/ says.
fn typeform() -> Vector {
    let body = r#"{"event_id":"1","form_response":{"token":"a"}}"#;
    let signature = format!("sha256={}", STANDARD.encode(hmac_of(hmac::HMAC_SHA256, b"abc123", body)));
    Vector::new(built_in("typeform", "new_response"), "abc123", &[("typeform-signature", &signature)], body, 0)
}

/// Computed as https://developers.zoom.us/docs/api/webhooks/#verify-with-zooms-header says.
fn zoom() -> Vector {
    let body = r#"{"event":"meeting.ended","payload":{}}"#;
    let signature = format!("v0={}", hex::encode(hmac_of(hmac::HMAC_SHA256, b"zoom-secret", &format!("v0:1739923528:{body}"))));
    let headers = [("x-zm-signature", signature.as_str()), ("x-zm-request-timestamp", "1739923528")];
    Vector::new(built_in("zoom", "meeting_event"), "zoom-secret", &headers, body, 1_739_923_528)
}

/// Computed as https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests says of v3: times in milliseconds.
fn hubspot() -> Vector {
    let recipe = json!({
        "header": "X-HubSpot-Signature-v3", "algorithm": "hmac_sha256", "encoding": "base64",
        "parts": ["method", "url", "body", "timestamp"],
        "timestamp": { "header": "X-HubSpot-Request-Timestamp", "tolerance_s": 300, "ms": true },
    });
    let (secret, body) = ("yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", r#"[{"eventId":1,"subscriptionType":"contact.creation"}]"#);
    let text = format!("POSThttps://hooks.example.com/hooks/abc{body}1564113600000");
    let signature = STANDARD.encode(hmac_of(hmac::HMAC_SHA256, secret.as_bytes(), &text));
    let headers = [("x-hubspot-signature-v3", signature.as_str()), ("x-hubspot-request-timestamp", "1564113600000")];
    Vector::new(recipe, secret, &headers, body, 1_564_113_600)
}

/// Computed as https://shopify.dev/docs/apps/build/webhooks/subscribe/https says.
fn shopify() -> Vector {
    let recipe =
        json!({ "header": "X-Shopify-Hmac-SHA256", "algorithm": "hmac_sha256", "encoding": "base64", "parts": ["body"] });
    let body = r#"{"id":820982911946154508}"#;
    let signature = STANDARD.encode(hmac_of(hmac::HMAC_SHA256, b"hush", body));
    Vector::new(recipe, "hush", &[("x-shopify-hmac-sha256", &signature)], body, 0)
}

/// Signed with a key pair of the test, as https://docs.discord.com/developers/interactions/overview says: timestamp, then body.
fn discord() -> Vector {
    let pair = asymmetric::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let recipe = json!({
        "header": "X-Signature-Ed25519", "algorithm": "ed25519", "encoding": "hex", "parts": ["timestamp", "body"], "key": "hex",
        "timestamp": { "header": "X-Signature-Timestamp", "tolerance_s": 300 },
    });
    let body = r#"{"type":1}"#;
    let signature = hex::encode(pair.sign(format!("1700000000{body}").as_bytes()));
    let headers = [("x-signature-ed25519", signature.as_str()), ("x-signature-timestamp", "1700000000")];
    Vector::new(recipe, &hex::encode(pair.public_key()), &headers, body, 1_700_000_000)
}

/// https://core.telegram.org/bots/api#setwebhook: the header is the secret itself.
fn telegram() -> Vector {
    let headers = [("x-telegram-bot-api-secret-token", "a-secret_token")];
    Vector::new(built_in("telegram", "update"), "a-secret_token", &headers, "{}", 0)
}

type Named = (&'static str, fn() -> Vector);

const ALL: [Named; 11] = [
    ("github", github),
    ("slack", slack),
    ("twilio", twilio),
    ("standard webhooks", standard_webhooks),
    ("stripe", stripe),
    ("typeform", typeform),
    ("zoom", zoom),
    ("hubspot", hubspot),
    ("shopify", shopify),
    ("discord", discord),
    ("telegram", telegram),
];

#[test]
fn genuine_deliveries_pass() {
    for (name, vector) in ALL {
        assert_eq!(vector().check(), Ok(()), "{name}");
    }
}

#[test]
fn a_changed_body_does_not() {
    for (name, vector) in ALL.iter().filter(|(name, _)| *name != "telegram") {
        let changed = vector().with(|it| {
            // `a=1` -> `a=2`, so that a form stays one.
            let at = it.body.len() - 2;
            it.body[at] ^= 1;
        });
        assert_eq!(changed.check(), Err(Refusal::Mismatch), "{name}");
        let longer = vector().with(|it| it.body.extend_from_slice(b"&x=1"));
        assert_eq!(longer.check(), Err(Refusal::Mismatch), "{name}");
    }
}

#[test]
fn another_secret_and_none_are_refused() {
    for (name, vector) in ALL {
        assert_eq!(vector().with(|it| it.secret.clear()).check(), Err(Refusal::NoSecret), "{name}");
        let other = vector().with(|it| it.secret = if name == "discord" { b"00".repeat(32) } else { b"AAAA".to_vec() });
        assert_eq!(other.check(), Err(Refusal::Mismatch), "{name}");
    }
    for secret in ["whsec_", "whsec_not base64!", "%%%"] {
        let broken = standard_webhooks().with(|it| it.secret = secret.into());
        assert_eq!(broken.check(), Err(Refusal::UnusableSecret), "{secret}");
    }
}

#[test]
fn a_missing_header_is_refused() {
    for (name, vector) in ALL {
        let signature = vector().recipe.header.to_ascii_lowercase();
        let unsigned = vector().with(|it| it.headers.retain(|(name, _)| *name != signature));
        assert_eq!(unsigned.check(), Err(Refusal::Unsigned), "{name}");
        assert_eq!(vector().with(|it| it.set(&signature, "")).check(), Err(Refusal::Unreadable), "{name}");
    }
    let without_id = standard_webhooks().with(|it| it.headers.retain(|(name, _)| name != "webhook-id"));
    assert_eq!(without_id.check(), Err(Refusal::Incomplete));
}

#[test]
fn old_future_and_missing_times_are_refused() {
    for (name, vector) in ALL.iter().filter(|(_, vector)| vector().recipe.timestamp.is_some()) {
        assert!(is_dated(&vector().recipe), "{name}");
        for away_s in [300, -300] {
            assert_eq!(vector().with(|it| it.now_s += away_s).check(), Ok(()), "{name}");
        }
        for away_s in [301, -301, 1_000_000] {
            let late = vector().with(|it| it.now_s += away_s);
            assert_eq!(late.check(), Err(Refusal::Late { tolerance_s: 300 }), "{name}");
        }
    }
    for stamp in ["", "soon", "-", "1531420618.5", "99999999999999999999", "9223372036854775807"] {
        let odd = slack().with(|it| it.set("x-slack-request-timestamp", stamp));
        assert_eq!(odd.check(), Err(Refusal::Undated), "{stamp}");
    }
    let undated = slack().with(|it| it.headers.retain(|(name, _)| name != "x-slack-request-timestamp"));
    assert_eq!(undated.check(), Err(Refusal::Undated));
    let without_t = stripe().with(|it| it.headers[0].1 = it.headers[0].1.replace("t=1492774577,", ""));
    assert_eq!(without_t.check(), Err(Refusal::Undated));
}

#[test]
fn wrong_encodings_are_refused() {
    let github_of = |text: &str| github().with(|it| it.set("x-hub-signature-256", text)).check();
    let digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(github_of(digest), Err(Refusal::Unreadable), "the prefix is part of it");
    assert_eq!(github_of(&format!("sha1={digest}")), Err(Refusal::Unreadable));
    assert_eq!(github_of("sha256=xyz"), Err(Refusal::Unreadable));
    assert_eq!(github_of(&format!("sha256={}", &digest[..62])), Err(Refusal::Mismatch), "cut short");
    let base64 = format!("sha256={}", STANDARD.encode(hex::decode(digest).unwrap()));
    assert_eq!(github_of(&base64), Err(Refusal::Unreadable));
    assert_eq!(github_of(&format!("sha256={}", digest.to_uppercase())), Ok(()), "hexadecimal has two cases");
}

#[test]
fn of_several_signatures_one_is_enough() {
    let genuine = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    let other = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let with = |text: &str| standard_webhooks().with(|it| it.set("webhook-signature", text)).check();
    assert_eq!(with(&format!("{other} {genuine}")), Ok(()));
    assert_eq!(with(&format!("{genuine} v1a,zzz")), Ok(()), "those of other versions are passed over");
    assert_eq!(with(&format!("{other} {other}")), Err(Refusal::Mismatch));
    assert_eq!(with(&genuine.replace("v1,", "v1a,")), Err(Refusal::Unreadable));
    let flood = format!("{} {genuine}", vec![other; 100].join(" "));
    assert_eq!(with(&flood), Err(Refusal::Mismatch), "so many are not tried");
}

#[test]
fn what_is_not_signed_cannot_be_slipped_in() {
    let json = twilio().with(|it| it.set("content-type", "application/json"));
    assert_eq!(json.check(), Err(Refusal::Incomplete), "a body of another kind is not part of Twilio's signature");
    let elsewhere = twilio().with(|it| it.url = "https://mycompany.com/myapp.php?foo=1&bar=3");
    assert_eq!(elsewhere.check(), Err(Refusal::Mismatch));
    let method = hubspot().with(|it| it.method = "PUT");
    assert_eq!(method.check(), Err(Refusal::Mismatch));
    let nonsense = github().with(|it| it.recipe.encoding = Encoding::Plain);
    assert_eq!(nonsense.check(), Err(Refusal::Unreadable), "a recipe that makes no sense lets nothing pass");
}

#[test]
fn what_is_signed_here_is_taken_as_the_vendors() {
    let now = Timestamp(1_772_366_400_000);
    for (name, vector) in ALL {
        let vector = vector();
        let (method, url, body) = (vector.method, vector.url, vector.body.as_slice());
        let mut headers = HeaderMap::new();
        for (name, value) in vector.headers.iter().filter(|(name, _)| !name.contains("signature")) {
            headers.append(HeaderName::try_from(name.as_str()).unwrap(), HeaderValue::try_from(value.as_str()).unwrap());
        }
        let mut sign_at = |secret: &[u8], at| {
            sign(&vector.recipe, secret, (method, url), &mut headers, body, at)?;
            verify(&vector.recipe, &vector.secret, method, url, &headers, body, now)
        };
        if vector.recipe.algorithm == Algorithm::Ed25519 {
            assert_eq!(sign_at(&vector.secret, now), Err(Refusal::Unreadable), "{name}: only the vendor has the key");
            continue;
        }
        assert_eq!(sign_at(&vector.secret, now), Ok(()), "{name}");
        if vector.recipe.timestamp.is_some() {
            let late = sign_at(&vector.secret, Timestamp(now.ms() - 3_600_000));
            assert_eq!(late, Err(Refusal::Late { tolerance_s: 300 }), "{name}");
        }
        assert_eq!(sign_at(b"", now), Err(Refusal::NoSecret), "{name}");
        let forged = sign_at(format!("{}MTIz", vector.recipe.key_prefix).as_bytes(), now);
        assert_eq!(forged, Err(Refusal::Mismatch), "{name}");
    }
}
