//! Calls with credentials.

use std::{collections::BTreeMap, sync::Arc};

use model::{
    api::ConnectionStatus,
    ids::{ConnectionId, SecretId},
    run::{ErrorClass, Hold, RunStatus},
};
use serde_json::json;
use store::NewConnection;
use testkit::Behaviour;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{
    on_both,
    world::{World, post, with, workflow},
};

async fn seal(world: &World, id: ConnectionId, token: &str) -> SecretId {
    let values = serde_json::to_string(&BTreeMap::from([("token", token)])).unwrap();
    world.db.vault.put_secret(world.db.scope.workspace, &format!("connection {id}"), "values", &values).await.unwrap()
}

async fn connection(world: &World, host: &str, token: &str) -> ConnectionId {
    let id = ConnectionId(world.db.store.next_id());
    let secret = Some(seal(world, id, token).await);
    let new = NewConnection {
        id,
        connector: "http".into(),
        method: "bearer".into(),
        label: "Shop".into(),
        hosts: vec![host.into()],
        secret,
        account: None,
        scopes: Vec::new(),
        expires_at: None,
    };
    world.db.store.create_connection(&world.db.scope, new).await.unwrap();
    id
}

async fn status(world: &World, id: ConnectionId) -> ConnectionStatus {
    world.db.store.connection(&world.db.scope, id).await.unwrap().connection.status
}

on_both! {
    async fn refused_credentials_wait_for_their_owner(world: World) {
        let id = connection(&world, "127.0.0.1", "the-old-token").await;
        let send = with(post(&world.upstream.url("/a"), false, json!({})), "connection", json!(id));
        let workflow = world.publish(&workflow(&["send"], json!({ "send": send }))).await;
        world.upstream.behave(Behaviour::status(401));
        let first = world.send(workflow, json!(1)).await;
        let parked = world.until(first, "held", |run| run.hold == Some(Hold::Connection)).await;
        assert_eq!(parked.status, RunStatus::Waiting);
        assert_eq!(status(&world, id).await, ConnectionStatus::NeedsReauth);
        // The next one does not even try.
        let second = world.send(workflow, json!(2)).await;
        world.until(second, "held", |run| run.hold == Some(Hold::Connection)).await;
        assert_eq!(world.upstream.calls().len(), 1);

        world.upstream.behave(Behaviour::Echo);
        let renewed = seal(&world, id, "the-new-token").await;
        world.db.store.update_connection(&world.db.scope, id, None, None, Some(renewed)).await.unwrap();
        assert_eq!(world.db.store.connection_repaired(id).await.unwrap(), 2);
        for run in [first, second] {
            world.ended(run, RunStatus::Succeeded).await;
            let journal = serde_json::to_string(&world.journal(run).await).unwrap();
            assert!(!journal.contains("-token"), "no credentials in the journal: {journal}");
        }
        let calls = world.upstream.calls();
        let sent: Vec<_> = calls.iter().map(|call| call.header("authorization").unwrap()).collect();
        assert_eq!(sent, ["Bearer the-old-token", "Bearer the-new-token", "Bearer the-new-token"]);
    }

    async fn a_repair_that_comes_first_is_not_missed(world: World) {
        let id = connection(&world, "127.0.0.1", "the-old-token").await;
        let send = with(post(&world.upstream.url("/a"), true, json!({})), "connection", json!(id));
        let definition = workflow(&["send"], json!({ "send": send }));
        world.db.store.set_connection_status(&world.db.scope, id, ConnectionStatus::NeedsReauth).await.unwrap();
        let run = world.run(&definition, json!(1)).await;
        world.until(run, "held", |run| run.hold == Some(Hold::Connection)).await;
        // Its owner repairs it, but nobody tells the run: it looks again by itself.
        let renewed = seal(&world, id, "the-new-token").await;
        world.db.store.update_connection(&world.db.scope, id, None, None, Some(renewed)).await.unwrap();
        world.db.clock.advance_ms(11 * 60 * 1000);
        world.ended(run, RunStatus::Succeeded).await;
    }

    async fn new_credentials_are_not_blamed_for_old_ones(world: World) {
        // Refuses the first call, but only after the credentials were replaced.
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let replaced = Arc::new(tokio::sync::Notify::new());
        let (arrived, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
        let refuser = tokio::spawn({
            let replaced = Arc::clone(&replaced);
            async move {
                for status in ["401 Unauthorized", "200 OK"] {
                    let (mut stream, _) = listener.accept().await.unwrap();
                    let mut request = vec![0; 4096];
                    let length = stream.read(&mut request).await.unwrap();
                    let text = String::from_utf8_lossy(&request[..length]).to_lowercase();
                    arrived.send(text.contains("the-new-token")).unwrap();
                    if status.starts_with("401") {
                        replaced.notified().await;
                    }
                    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                    stream.write_all(answer.as_bytes()).await.unwrap();
                }
            }
        });
        let id = connection(&world, "127.0.0.1", "the-old-token").await;
        let send = with(post(&format!("http://{address}/"), true, json!({})), "connection", json!(id));
        let run = world.run(&workflow(&["send"], json!({ "send": send })), json!(1)).await;
        assert_eq!(arrivals.recv().await, Some(false));
        let renewed = seal(&world, id, "the-new-token").await;
        world.db.store.update_connection(&world.db.scope, id, None, None, Some(renewed)).await.unwrap();
        assert_eq!(world.db.store.connection_repaired(id).await.unwrap(), 0, "the run does not wait for it yet");
        replaced.notify_one();
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(arrivals.recv().await, Some(true));
        assert_eq!(status(&world, id).await, ConnectionStatus::Active);
        refuser.await.unwrap();
    }

    async fn credentials_go_to_their_own_host_only(world: World) {
        let id = connection(&world, "api.example.com", "the-token").await;
        let send = with(post(&world.upstream.url("/a"), true, json!({})), "connection", json!(id));
        let run = world.run(&workflow(&["send"], json!({ "send": send })), json!(1)).await;
        let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
        assert_eq!((error.class, error.code.as_str()), (ErrorClass::Permission, "connection.host"));
        assert!(world.upstream.calls().is_empty());
        assert_eq!(status(&world, id).await, ConnectionStatus::Active, "the connection itself is fine");
    }

    async fn a_connection_that_is_gone_fails_the_step(world: World) {
        let send = with(post(&world.upstream.url("/a"), true, json!({})), "connection", json!(ConnectionId(7)));
        let run = world.run(&workflow(&["send"], json!({ "send": send })), json!(1)).await;
        assert_eq!(world.ended(run, RunStatus::Failed).await.error.unwrap().code, "connection.gone");
    }
}
