//! Tokens that end, and tokens that are refused, while runs use them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use manifest::Connector;
use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, SecretId, WorkflowId},
    run::{Hold, RunStatus},
};
use serde_json::json;
use store::NewConnection;
use testkit::{Behaviour, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    on_both,
    world::{Handlers, World, options, workflow},
};

/// The vendor's token endpoint; its API is the world's upstream.
struct Vendor {
    tokens: Upstream,
    connection: ConnectionId,
    workflow: WorkflowId,
}

fn connector(tokens: &Upstream, api: &str) -> Connector {
    let connector = json!({
        "id": "vend", "name": "Vend", "version": 1, "description": "A vendor.", "base_url": api, "hosts": ["127.0.0.1"],
        "auth": [{
            "id": "oauth", "label": "Vend account", "kind": "oauth2",
            "oauth2": { "grant": "authorization_code", "authorize_url": "https://vend.example/authorize", "token_url": tokens.url("token") },
        }],
        "operations": [{
            "id": "send", "label": "Send", "description": "Sends.", "effect": "write",
            "fields": [{ "key": "what", "label": "What", "kind": "json" }],
            "requests": [{ "method": "POST", "path": "/send", "body": { "kind": "json", "value": { "what": "{input.what}" } } }],
            "idempotency": { "class": "safe", "key": { "in": "header", "name": "Idempotency-Key" } },
        }],
    });
    serde_json::from_value(connector).unwrap()
}

async fn seal(world: &World, id: ConnectionId, access: &str, refresh: &str) -> SecretId {
    let values = json!({ "access_token": access, "refresh_token": refresh }).to_string();
    world.db.vault.put_secret(world.db.scope.workspace, &format!("connection {id}"), "values", &values).await.unwrap()
}

/// A connection whose access token ends in `ms`, a workflow that uses it, and a worker that knows both. `api`: instead of the upstream.
async fn vendor(world: &mut World, ms: i64, api: Option<String>) -> Vendor {
    world.halt().await;
    let tokens = Upstream::start().await;
    tokens.behave(Behaviour::json(
        200,
        &json!({ "access_token": "token-two", "refresh_token": "refresh-two", "expires_in": 3600 }),
    ));
    let mut connectors = world.connectors.to_vec();
    connectors.push(connector(&tokens, &api.unwrap_or_else(|| world.upstream.url(""))));
    world.connectors = Arc::new(connectors);
    let app = world.db.vault.put_secret(world.db.scope.workspace, "app vend", "client_secret", "the-app-secret").await.unwrap();
    world.db.store.put_oauth_app(&world.db.scope, "vend", "our-app", Some(app)).await.unwrap();
    let connection = ConnectionId(world.db.store.next_id());
    let secret = Some(seal(world, connection, "token-one", "refresh-one").await);
    let new = NewConnection {
        id: connection,
        connector: "vend".into(),
        method: "oauth".into(),
        label: "Vend".into(),
        hosts: Vec::new(),
        secret,
        account: None,
        scopes: Vec::new(),
        expires_at: Some(world.db.store.now().plus_ms(ms)),
    };
    world.db.store.create_connection(&world.db.scope, new).await.unwrap();
    let send = json!({ "type": "action", "connector": "vend", "version": 1, "operation": "send", "connection": connection,
        "input": { "what": { "expr": "event.body" } } });
    let workflow = world.publish(&workflow(&["send"], json!({ "send": send }))).await;
    world.worker = Some(world.start(options()));
    Vendor { tokens, connection, workflow }
}

async fn status(world: &World, vendor: &Vendor) -> ConnectionStatus {
    world.db.store.connection(&world.db.scope, vendor.connection).await.unwrap().connection.status
}

fn sent(world: &World) -> Vec<String> {
    world.calls("/send").iter().map(|call| call.header("authorization").unwrap_or_default().to_owned()).collect()
}

/// Answers 401 to whoever comes with the first token; counts both.
async fn refuses_the_first_token() -> (String, Arc<[AtomicUsize; 2]>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let counted = Arc::clone(&counts);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counts = Arc::clone(&counted);
            tokio::spawn(async move {
                let mut request = vec![0; 8192];
                let mut length = 0;
                while let Ok(read) = stream.read(&mut request[length..]).await
                    && read > 0
                {
                    length += read;
                    if request[..length].windows(4).any(|end| end == b"\r\n\r\n") && request[..length].ends_with(b"}") {
                        break;
                    }
                }
                let is_first = String::from_utf8_lossy(&request[..length]).contains("token-one");
                counts[usize::from(!is_first)].fetch_add(1, Ordering::SeqCst);
                let line = if is_first { "401 Unauthorized" } else { "200 OK" };
                let answer = format!(
                    "HTTP/1.1 {line}\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{{}}"
                );
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    (format!("http://{address}"), counts)
}

on_both! {
    async fn a_refused_token_is_renewed_and_the_call_goes_on(world: World) {
        let mut world = world;
        let vendor = vendor(&mut world, 3_600_000, None).await;
        world.upstream.behave_next([Behaviour::status(401)]);
        let run = world.send(vendor.workflow, json!(1)).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(sent(&world), ["Bearer token-one", "Bearer token-two"]);
        let keys = world.upstream.calls_by_key();
        assert_eq!(keys.values().copied().collect::<Vec<_>>(), [2], "the same call: {keys:?}");
        let renewals = vendor.tokens.calls();
        assert_eq!(renewals.len(), 1);
        assert!(String::from_utf8_lossy(&renewals[0].body).contains("refresh-one"));
        assert_eq!(status(&world, &vendor).await, ConnectionStatus::Active);
        let journal = serde_json::to_string(&world.journal(run).await).unwrap();
        for secret in ["token-one", "token-two", "refresh-", "the-app-secret"] {
            assert!(!journal.contains(secret), "{secret}: {journal}");
        }
        // The next one goes at once.
        world.ended(world.send(vendor.workflow, json!(2)).await, RunStatus::Succeeded).await;
        assert_eq!((world.calls("/send").len(), vendor.tokens.calls().len()), (3, 1));
    }

    async fn a_token_that_is_refused_again_needs_its_owner(world: World) {
        let mut world = world;
        let vendor = vendor(&mut world, 3_600_000, None).await;
        world.upstream.behave_next([Behaviour::status(401), Behaviour::status(401)]);
        let run = world.send(vendor.workflow, json!(1)).await;
        for _ in 0..1000 {
            if status(&world, &vendor).await == ConnectionStatus::NeedsReauth {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        assert_eq!(status(&world, &vendor).await, ConnectionStatus::NeedsReauth);
        let held = world.until(run, "held", |run| run.status == RunStatus::Waiting && run.hold == Some(Hold::Connection)).await;
        assert!(held.wake_at.is_some(), "it looks again by itself now and then");
        assert_eq!((sent(&world).len(), vendor.tokens.calls().len()), (2, 1), "renewed once, and not again and again");
        // Others wait without trying.
        let other = world.send(vendor.workflow, json!(2)).await;
        world.until(other, "held", |run| run.hold == Some(Hold::Connection)).await;
        assert_eq!(sent(&world).len(), 2);

        let secret = seal(&world, vendor.connection, "token-three", "refresh-three").await;
        world.db.store.update_connection(&world.db.scope, vendor.connection, None, None, Some(secret)).await.unwrap();
        assert_eq!(world.db.store.connection_repaired(vendor.connection).await.unwrap(), 2);
        for run in [run, other] {
            world.ended(run, RunStatus::Succeeded).await;
        }
        assert_eq!(sent(&world)[2..], ["Bearer token-three", "Bearer token-three"]);
    }

    async fn a_consent_that_is_withdrawn_makes_runs_wait(world: World) {
        let mut world = world;
        let vendor = vendor(&mut world, -1, None).await;
        vendor.tokens.behave(Behaviour::json(400, &json!({ "error": "invalid_grant" })));
        let run = world.send(vendor.workflow, json!(1)).await;
        world.until(run, "held", |run| run.hold == Some(Hold::Connection)).await;
        assert_eq!((status(&world, &vendor).await, sent(&world).len()), (ConnectionStatus::NeedsReauth, 0));
    }

    async fn a_hundred_runs_renew_an_ended_token_once_over_two_workers(world: World) {
        let mut world = world;
        let vendor = vendor(&mut world, -1, None).await;
        let other = world.db.second().await;
        let second = world.start_on(&other, options(), Handlers::new());
        let mut runs = Vec::new();
        for n in 0..100 {
            runs.push(world.send(vendor.workflow, json!(n)).await);
        }
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
        }
        assert_eq!(vendor.tokens.calls().len(), 1);
        let sent = sent(&world);
        assert!(sent.len() == 100 && sent.iter().all(|token| token == "Bearer token-two"), "{}", sent.len());
        second.stop().await;
    }

    async fn a_hundred_runs_whose_token_is_refused_renew_it_once(world: World) {
        let mut world = world;
        let (api, counts) = refuses_the_first_token().await;
        let vendor = vendor(&mut world, 3_600_000, Some(api)).await;
        let other = world.db.second().await;
        let second = world.start_on(&other, options(), Handlers::new());
        let mut runs = Vec::new();
        for n in 0..100 {
            runs.push(world.send(vendor.workflow, json!(n)).await);
        }
        for run in runs {
            world.ended(run, RunStatus::Succeeded).await;
        }
        assert_eq!(vendor.tokens.calls().len(), 1);
        assert_eq!(counts[1].load(Ordering::SeqCst), 100, "each call was carried out once");
        assert!((1..=100).contains(&counts[0].load(Ordering::SeqCst)));
        assert_eq!(status(&world, &vendor).await, ConnectionStatus::Active);
        second.stop().await;
    }
}
