//! Ways to sign in that need nobody's consent: keys that are exchanged, service accounts, secrets that stand elsewhere.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use egress::Egress;
use manifest::Connector;
use model::{
    Role, Timestamp,
    api::ConnectionStatus,
    ids::{ConnectionId, WorkspaceId},
};
use ring::{
    rsa::KeyPair,
    signature::{self, UnparsedPublicKey},
};
use serde_json::{Value, json};
use store::{Actor, DatabaseUrl, ManualClock, NewConnection, Options, Scope, Store};
use testkit::{Behaviour, Upstream};
use vault::{OAuthError, OpenError, SourceError, Sources, Tokens, Values, Vault};

const START: Timestamp = Timestamp(1_800_000_000_000);
const WS: WorkspaceId = WorkspaceId(1);
const KEY: &str = include_str!("service_account_key.pem");

struct World {
    vendor: Upstream,
    store: Store,
    vault: Vault,
    clock: Arc<ManualClock>,
    scope: Scope,
    connectors: Arc<Vec<Connector>>,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let vendor = Upstream::start().await;
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(START));
        let store = Store::open(Options::new(DatabaseUrl::Sqlite { dir: dir.path().join("data") }), clock.clone()).await.unwrap();
        let vault = Vault::open(store.clone(), &dir.path().join("key")).await.unwrap();
        let secret = |key: &str| json!({ "key": key, "label": key, "kind": "text", "secret": true });
        let connector = json!({
            "id": "vend", "name": "Vend", "version": 1, "description": "A vendor.", "operations": [],
            "base_url": vendor.url(""), "hosts": ["127.0.0.1"],
            "scopes": [{ "id": "read", "why": "To read." }],
            "auth": [
                {
                    "id": "server", "label": "Server", "kind": "two_step", "fields": [secret("client_secret"), { "key": "client_id", "label": "Id", "kind": "text" }],
                    "send_as": { "app": [{ "in": "basic", "username": "{connection.client_id}", "password": "{connection.client_secret}" }] },
                    "exchange": {
                        "request": { "method": "POST", "path": "/token", "as": "app", "body": { "kind": "form", "value": { "grant_type": "account" } } },
                        "tokens": { "access_token": "body.access_token" },
                    },
                },
                {
                    "id": "robot", "label": "Robot", "kind": "service_account", "fields": [secret("key"), { "key": "subject", "label": "For", "kind": "text" }],
                    "service_account": { "native": "google", "token_url": vendor.url("jwt"), "audience": "https://vend.example/token", "scopes": ["read", "write"] },
                },
                { "id": "plain", "label": "Key", "kind": "bearer", "fields": [secret("token")] },
            ],
        });
        let connectors = Arc::new(vec![serde_json::from_value(connector).unwrap()]);
        let scope = Scope { workspace: WS, actor: Actor::System, role: Role::Owner };
        World { vendor, store, vault, clock, scope, connectors, dir }
    }

    fn tokens(&self) -> Tokens {
        let allow = egress::Options::parse_allow("127.0.0.0/8").unwrap();
        let egress = Egress::new(egress::Options { allow, ..egress::Options::default() }).unwrap();
        let environment = [("VEND_SECRET".to_owned(), "from-the-environment".to_owned())];
        let sources = Sources::new(&["VEND_SECRET".to_owned()], environment, vec![self.dir.path().join("secrets")]);
        Tokens::new(self.vault.clone(), self.store.clone(), egress, self.connectors.clone(), BTreeMap::new())
            .with_sources(sources)
    }

    async fn connection(&self, method: &str, values: &Values, expires_at: Option<Timestamp>) -> ConnectionId {
        let id = ConnectionId(self.store.next_id());
        let secret = self.tokens().seal(WS, id, values).await.unwrap();
        let new = NewConnection {
            id,
            connector: "vend".into(),
            method: method.into(),
            label: "Vend".into(),
            hosts: Vec::new(),
            secret: Some(secret),
            account: None,
            scopes: Vec::new(),
            expires_at,
        };
        self.store.create_connection(&self.scope, new).await.unwrap();
        id
    }

    fn answers(&self, status: u16, body: Value) {
        self.vendor.behave(Behaviour::json(status, &body));
    }

    /// What is stored of a connection's values.
    async fn kept(&self, id: ConnectionId) -> Values {
        let row = self.store.connection_for_call(WS, id).await.unwrap();
        self.tokens().open_as_kept(WS, &row).await.unwrap_or_else(|error| panic!("{error}")).values
    }
}

fn values(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn form(call: &testkit::Recorded) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(&call.body).into_owned().collect()
}

#[tokio::test]
async fn keys_are_exchanged_for_a_token_and_again_before_it_ends() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.answers(200, json!({ "access_token": "t0ken-one", "expires_in": 3600 }));
    let typed = values(&[("client_id", "our-id"), ("client_secret", "our-secret")]);
    let granted = tokens.without_consent(WS, "vend", "server", &typed, &[]).await.unwrap().unwrap();
    assert_eq!((granted.values["access_token"].as_str(), granted.expires_at), ("t0ken-one", Some(START.plus_ms(3_600_000))));
    let call = &world.vendor.calls()[0];
    assert_eq!(call.header("authorization"), Some(format!("Basic {}", STANDARD.encode("our-id:our-secret")).as_str()));
    assert_eq!(form(call)["grant_type"], "account");

    let id = world.connection("server", &granted.values, granted.expires_at).await;
    world.clock.advance_ms(3_000_000);
    let open = async || tokens.open(WS, id).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(open().await.values["access_token"], "t0ken-one");
    // The vendor may give the same token again; it must not be taken for a secret that stands in an answer.
    world.clock.advance_ms(550_000);
    world.answers(200, json!({ "access_token": "t0ken-one", "expires_in": 3600 }));
    assert_eq!(open().await.values["access_token"], "t0ken-one");
    assert_eq!(world.vendor.calls().len(), 2);
    // After a call that was refused with it.
    world.answers(200, json!({ "access_token": "t0ken-two", "expires_in": 3600 }));
    let stale = open().await.secret;
    let renewed = tokens.renew(WS, id, stale).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((renewed.values["access_token"].as_str(), renewed.values["client_secret"].as_str()), ("t0ken-two", "our-secret"));
}

#[tokio::test]
async fn keys_that_are_refused_ask_for_their_owner_and_a_failing_vendor_does_not() {
    let world = World::new().await;
    let tokens = world.tokens();
    let typed = values(&[("client_id", "our-id"), ("client_secret", "our-secret")]);
    let first = async || tokens.without_consent(WS, "vend", "server", &typed, &[]).await;
    world.answers(400, json!({ "error": "invalid_client", "message": "our-secret is wrong" }));
    let error = first().await.unwrap_err();
    assert!(matches!(error, OAuthError::Keys { .. }) && !error.to_string().contains("our-secret"), "{error}");
    world.answers(200, json!({ "token": "elsewhere" }));
    assert!(matches!(first().await, Err(OAuthError::Keys { .. })), "no token in the answer");
    world.answers(503, json!({}));
    assert!(matches!(first().await, Err(OAuthError::Unreachable { .. })));

    let id = world.connection("server", &typed, Some(START)).await;
    assert!(matches!(tokens.open(WS, id).await, Err(OpenError::Later { .. })));
    assert_eq!(world.store.connection(&world.scope, id).await.unwrap().connection.status, ConnectionStatus::Active);
    world.clock.advance_ms(700_000);
    world.answers(401, json!({}));
    assert!(matches!(tokens.open(WS, id).await, Err(OpenError::NeedsReauth(_))));
    assert_eq!(world.store.connection(&world.scope, id).await.unwrap().connection.status, ConnectionStatus::NeedsReauth);
}

#[tokio::test]
async fn a_service_account_signs_what_it_asks_with() {
    let world = World::new().await;
    let tokens = world.tokens();
    world.answers(200, json!({ "access_token": "robots-token", "expires_in": 3599, "token_type": "Bearer" }));
    let file = json!({
        "type": "service_account", "client_email": "robot@project.example", "private_key_id": "k1", "private_key": KEY,
        "token_uri": "https://evil.example/token",
    });
    let typed = values(&[("key", &file.to_string()), ("subject", "ada@example.com")]);
    let granted = tokens.without_consent(WS, "vend", "robot", &typed, &[]).await.unwrap().unwrap();
    assert_eq!((granted.values["access_token"].as_str(), granted.expires_at), ("robots-token", Some(START.plus_ms(3_599_000))));
    assert_eq!(granted.scopes, Some(vec!["read".to_owned(), "write".to_owned()]));

    let call = &world.vendor.calls()[0];
    assert_eq!(call.path, "/jwt");
    let sent = form(call);
    assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (signed, signature) = sent["assertion"].rsplit_once('.').unwrap();
    let part = |n: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(n).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({ "alg": "RS256", "typ": "JWT", "kid": "k1" }));
    assert_eq!(
        part(1),
        json!({ "iss": "robot@project.example", "sub": "ada@example.com", "scope": "read write", "aud": "https://vend.example/token",
            "iat": START.ms() / 1000, "exp": START.ms() / 1000 + 3600 })
    );
    let der: String = KEY.lines().filter(|line| !line.starts_with('-')).collect();
    let pair = KeyPair::from_pkcs8(&STANDARD.decode(der).unwrap()).unwrap();
    let public = UnparsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, pair.public());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();

    for (key, part) in [
        ("not json".to_owned(), "whole text"),
        (json!({ "client_email": "x" }).to_string(), "whole text"),
        (json!({ "client_email": "x", "private_key": "-----BEGIN\nhunter22\n-----END" }).to_string(), "private key"),
        (json!({ "client_email": "x", "private_key": &KEY[..800] }).to_string(), "private key"),
    ] {
        let error = tokens.without_consent(WS, "vend", "robot", &values(&[("key", &key)]), &[]).await.unwrap_err();
        assert!(matches!(error, OAuthError::Keys { .. }) && error.to_string().contains(part), "{error}");
        assert!(!error.to_string().contains("hunter22"), "{error}");
    }
    assert_eq!(world.vendor.calls().len(), 1, "nothing was sent for them");
    world.answers(400, json!({ "error": "invalid_grant", "error_description": "Invalid JWT Signature." }));
    let id = world.connection("robot", &typed, Some(START)).await;
    assert!(matches!(tokens.open(WS, id).await, Err(OpenError::NeedsReauth(_))));
}

#[tokio::test]
async fn secrets_that_stand_elsewhere_are_read_for_the_call_and_never_kept() {
    let world = World::new().await;
    let tokens = world.tokens();
    let folder = world.dir.path().join("secrets");
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("token");
    std::fs::write(&file, "first\n").unwrap();
    let reference = format!("file:{}", file.display());
    let id = world.connection("plain", &values(&[("token", &reference)]), None).await;
    let token = async || tokens.open(WS, id).await.map(|opened| opened.values["token"].clone());
    assert_eq!(token().await.unwrap_or_default(), "first");
    std::fs::write(&file, "second\n").unwrap();
    assert_eq!(token().await.unwrap_or_default(), "second", "a secret that is changed there is used at once");
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(token().await, Err(OpenError::Source(SourceError::Unreadable(..)))));

    world.answers(200, json!({ "access_token": "t0ken-one", "expires_in": 60 }));
    let typed = values(&[("client_id", "env:VEND_SECRET"), ("client_secret", "env:VEND_SECRET")]);
    let granted = tokens.without_consent(WS, "vend", "server", &typed, &[]).await.unwrap().unwrap();
    let basic = |call: usize| world.vendor.calls()[call].header("authorization").unwrap().to_owned();
    let expected = format!("Basic {}", STANDARD.encode("env:VEND_SECRET:from-the-environment"));
    assert_eq!(basic(0), expected, "only fields that are secret may stand elsewhere");
    assert_eq!(granted.values["client_secret"], "env:VEND_SECRET");
    let id = world.connection("server", &granted.values, granted.expires_at).await;
    world.answers(200, json!({ "access_token": "t0ken-two", "expires_in": 3600 }));
    let opened = tokens.open(WS, id).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (opened.values["client_secret"].as_str(), opened.values["access_token"].as_str()),
        ("from-the-environment", "t0ken-two")
    );
    assert_eq!(basic(1), expected);
    assert_eq!(world.kept(id).await["client_secret"], "env:VEND_SECRET", "what was renewed is kept without it");

    let refused = tokens.without_consent(WS, "vend", "server", &values(&[("client_secret", "env:HOME")]), &[]).await;
    assert!(matches!(refused, Err(OAuthError::Source(SourceError::NotAllowed(_)))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_are_replaced_while_they_are_opened_are_read_anew() {
    let world = World::new().await;
    let id = world.connection("plain", &values(&[("token", "0")]), None).await;
    let (tokens, done) = (world.tokens(), Arc::new(AtomicBool::new(false)));
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let (tokens, done) = (tokens.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut opened = 0;
                while !done.load(Ordering::Relaxed) {
                    let values = tokens.open(WS, id).await.unwrap_or_else(|error| panic!("after {opened}: {error}")).values;
                    assert!(values.contains_key("token"));
                    opened += 1;
                }
                opened
            })
        })
        .collect();
    for n in 1..=300 {
        let secret = tokens.seal(WS, id, &values(&[("token", &n.to_string())])).await.unwrap();
        world.store.update_connection(&world.scope, id, None, None, Some(secret)).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for task in opening {
        assert!(task.await.unwrap() > 0);
    }
    assert_eq!(tokens.open(WS, id).await.unwrap_or_else(|error| panic!("{error}")).values["token"], "300");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_are_replaced_while_they_are_renewed_are_read_anew() {
    let world = World::new().await;
    // Every opening renews: what is given out ends within the margin.
    world.answers(200, json!({ "access_token": "t", "expires_in": 1 }));
    let typed = |n: u32| values(&[("client_id", "our-id"), ("client_secret", &n.to_string())]);
    let id = world.connection("server", &typed(0), Some(START)).await;
    let (tokens, done) = (world.tokens(), Arc::new(AtomicBool::new(false)));
    let opening: Vec<_> = (0..4)
        .map(|_| {
            // As so many processes: in one, those that wait are served by the first.
            let (tokens, done) = (world.tokens(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::Relaxed) {
                    tokens.open(WS, id).await.unwrap_or_else(|error| panic!("{error}"));
                }
            })
        })
        .collect();
    for n in 1..=300 {
        let secret = tokens.seal(WS, id, &typed(n)).await.unwrap();
        world.store.update_connection(&world.scope, id, None, None, Some(secret)).await.unwrap();
    }
    done.store(true, Ordering::Relaxed);
    for task in opening {
        task.await.unwrap();
    }
    assert_eq!(world.kept(id).await["client_secret"], "300", "none was lost to a renewal of the one before");
}
