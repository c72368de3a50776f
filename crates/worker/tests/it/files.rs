//! Files that came with an event, taken by calls.

use model::{
    api::Replay,
    ids::{RunId, WorkflowId},
    run::{ErrorClass, RunKind, RunStatus},
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use store::{Accepted, EventFile, NewEvent};
use triggers::{Ingest, NoHandover};

use crate::{
    on_both,
    world::{World, called, post, workflow},
};

/// Bytes that are no text.
const CONTENT: &[u8] = b"\x89PNG\x00\xff picture";

fn hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

/// As a form or webhook puts it into an event's data.
fn named(name: &str, media_type: &str, content: &[u8]) -> Value {
    json!({ "name": name, "media_type": media_type, "bytes": content.len(), "sha256": hash(content) })
}

fn event(world: &World, workflow: WorkflowId, body: Value, contents: &[&[u8]]) -> NewEvent {
    let file = |content: &&[u8]| EventFile { sha256: hash(content), body: (*content).into() };
    NewEvent { files: contents.iter().map(file).collect(), ..world.event(workflow, body) }
}

async fn send(world: &World, event: NewEvent) -> RunId {
    match world.db.store.accept(event).await.unwrap() {
        Accepted::Run { run, .. } => run,
        other => panic!("{other:?}"),
    }
}

/// A request with the picture as a part of a form.
fn upload(world: &World, picture: &str) -> Value {
    let parts = json!({ "object": [
        { "key": { "literal": "title" }, "value": { "literal": "Zoë" } },
        { "key": { "literal": "picture" }, "value": { "expr": picture } },
    ] });
    post(&world.upstream.url("/upload"), true, json!({ "body_kind": { "literal": "multipart" }, "body": parts }))
}

fn arrived(world: &World, at: usize) -> (String, Vec<u8>) {
    let call = &world.calls("/upload")[at];
    (call.header("content-type").unwrap().to_owned(), call.body.to_vec())
}

fn holds(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

async fn failure(world: &World, run: RunId) -> (ErrorClass, String, String) {
    let error = world.ended(run, RunStatus::Failed).await.error.unwrap();
    (error.class, error.code, error.message)
}

on_both! {
    async fn a_file_of_the_event_goes_out_with_its_name_and_type(world: World) {
        let steps = json!({ "send": upload(&world, "event.body.picture") });
        let id = world.publish(&workflow(&["send"], steps)).await;
        let body = json!({ "picture": named("../<img src=x onerror=alert(1)>\"\r\nX-Evil: 1.png", "image/png", CONTENT) });
        let run = send(&world, event(&world, id, body, &[CONTENT])).await;
        world.ended(run, RunStatus::Succeeded).await;
        let (kind, body) = arrived(&world, 0);
        assert!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
        let head = "Content-Disposition: form-data; name=\"picture\"; filename=\"<img src=x onerror=alert(1)>%22X-Evil: 1.png\"\r\n\
                    Content-Type: image/png\r\n\r\n";
        assert!(holds(&body, &[head.as_bytes(), CONTENT, b"\r\n--"].concat()), "{}", String::from_utf8_lossy(&body));
        assert!(holds(&body, "name=\"title\"\r\n\r\nZoë\r\n".as_bytes()));
        let state = world.state(run).await;
        let input = serde_json::to_string(&state.step(&"send".into()).unwrap().input).unwrap();
        assert!(input.contains("sha256") && !input.contains("base64"), "the step's input names it only: {input}");
    }

    async fn a_whole_body_may_be_a_file(world: World) {
        let whole = json!({ "method": { "literal": "PUT" }, "body_kind": { "literal": "file" }, "body": { "expr": "event.body.picture" } });
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/upload"), true, whole) }))).await;
        let body = json!({ "picture": named("a.png", "image/png", CONTENT) });
        world.ended(send(&world, event(&world, id, body, &[CONTENT])).await, RunStatus::Succeeded).await;
        assert_eq!(arrived(&world, 0), ("image/png".to_owned(), CONTENT.to_vec()));
        // In JSON it stays what is said of it.
        let id = world.publish(&workflow(&["send"], json!({ "send": post(&world.upstream.url("/upload"), true, json!({})) }))).await;
        let body = json!({ "picture": named("a.png", "image/png", CONTENT) });
        world.ended(send(&world, event(&world, id, body.clone(), &[CONTENT])).await, RunStatus::Succeeded).await;
        assert_eq!(world.calls("/upload")[1].json(), body);
    }

    async fn a_download_goes_on_as_a_file(world: World) {
        let answer = testkit::Behaviour::Answer {
            status: 200,
            headers: vec![("content-type".into(), "application/pdf".into()), ("content-disposition".into(), "attachment; filename=\"Plan.pdf\"".into())],
            body: CONTENT.to_vec(),
        };
        world.upstream.behave_next([answer]);
        let get = json!({ "method": { "literal": "GET" }, "body_kind": { "literal": "none" }, "answer": { "literal": "binary" } });
        let steps = json!({ "get": post(&world.upstream.url("/plan"), true, get), "send": upload(&world, "get.body") });
        let run = world.run(&workflow(&["get", "send"], steps), json!(1)).await;
        world.ended(run, RunStatus::Succeeded).await;
        let (_, body) = arrived(&world, 0);
        assert!(holds(&body, b"filename=\"Plan.pdf\"\r\nContent-Type: application/pdf\r\n\r\n\x89PNG"), "{}", String::from_utf8_lossy(&body));
    }

    async fn a_file_that_is_gone_is_said(world: World) {
        let definition = workflow(&["send"], json!({ "send": upload(&world, "event.body.picture") }));
        let id = world.publish(&definition).await;
        let body = json!({ "picture": named("cv.pdf", "application/pdf", CONTENT) });
        let run = send(&world, event(&world, id, body.clone(), &[])).await;
        let (class, code, message) = failure(&world, run).await;
        assert_eq!((class, code.as_str()), (ErrorClass::Input, "file.gone"));
        assert!(message.starts_with("The file \"cv.pdf\" is not kept"), "{message}");
        assert!(world.upstream.calls().is_empty());

        // Another event of the workflow brought it: who only knows its hash does not get it.
        world.ended(send(&world, event(&world, id, body.clone(), &[CONTENT])).await, RunStatus::Succeeded).await;
        let run = send(&world, event(&world, id, body.clone(), &[])).await;
        assert_eq!(failure(&world, run).await.1, "file.gone");
        // A test is made by somebody who can read every event of it.
        let test = NewEvent { kind: RunKind::Test { only: None }, version: 0, definition: Some(Box::new(definition)), ..event(&world, id, body, &[]) };
        world.ended(send(&world, test).await, RunStatus::Succeeded).await;
        assert_eq!(world.calls("/upload").len(), 2);
    }

    async fn files_are_bounded_together(world: World) {
        let id = world.publish(&workflow(&["send"], json!({ "send": upload(&world, "event.body.pictures") }))).await;
        let (one, two) = (vec![1_u8; 13 << 20], vec![2_u8; 13 << 20]);
        let body = json!({ "pictures": [named("a", "image/png", &one), named("b", "image/png", &two)] });
        let run = send(&world, event(&world, id, body, &[&one, &two])).await;
        let (class, code, message) = failure(&world, run).await;
        assert_eq!((class, code.as_str()), (ErrorClass::Input, "input.too_large"), "{message}");
        assert!(world.upstream.calls().is_empty());
    }

    async fn files_go_along_to_children_replays_and_batches(world: World) {
        let picture = json!([{ "key": "picture", "label": "Picture", "kind": "file" }]);
        let child = world.publish(&called(picture, json!([]), &["send"], json!({ "send": upload(&world, "event.body.picture") }))).await;
        let start = json!({ "type": "sub_workflow", "workflow": child, "wait": true, "input": { "picture": { "expr": "event.body.picture" } } });
        let id = world.publish(&workflow(&["sub"], json!({ "sub": start }))).await;
        let body = json!({ "picture": named("a.png", "image/png", CONTENT) });
        let run = send(&world, event(&world, id, body.clone(), &[CONTENT])).await;
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(world.calls("/upload").len(), 1);

        let ingest = Ingest::new(world.db.store.clone(), world.db.vault.clone(), Arc::new(NoHandover));
        let again = ingest.replay(&world.db.scope, run, Replay::default()).await.unwrap().run.unwrap();
        world.ended(again, RunStatus::Succeeded).await;
        let of_child = world.runs(child).await[0].id;
        let again = ingest.replay(&world.db.scope, of_child, Replay::default()).await.unwrap().run.unwrap();
        world.ended(again, RunStatus::Succeeded).await;
        assert_eq!(world.calls("/upload").len(), 3);

        let gather = json!({ "type": "collect", "item": { "expr": "event.body.picture" }, "count": 2 });
        let steps = json!({ "gather": gather, "send": upload(&world, "gather.items") });
        let id = world.publish(&workflow(&["gather", "send"], steps)).await;
        for content in [&b"first\0"[..], b"second\0"] {
            let body = json!({ "picture": named("a.bin", "image/png", content) });
            world.ended(send(&world, event(&world, id, body, &[content])).await, RunStatus::Succeeded).await;
        }
        let calls = world.upstream.wait_for_calls(4).await;
        assert!(holds(&calls[3].body, b"first\0") && holds(&calls[3].body, b"second\0"));
    }

    async fn a_call_that_was_cut_off_is_sent_again_with_the_same_file(world: World) {
        world.upstream.behave_next([testkit::Behaviour::Reset]);
        let steps = json!({ "send": upload(&world, "event.body.picture") });
        let id = world.publish(&workflow(&["send"], steps)).await;
        let body = json!({ "picture": named("a.png", "image/png", CONTENT) });
        let run = send(&world, event(&world, id, body, &[CONTENT])).await;
        world.upstream.wait_for_calls(1).await;
        let parked = world.until(run, "backing off", |run| run.wake_at.is_some_and(|at| at > world.db.store.now())).await;
        world.db.clock.advance_ms(parked.wake_at.unwrap().since(world.db.store.now()));
        world.ended(run, RunStatus::Succeeded).await;
        assert_eq!(arrived(&world, 0), arrived(&world, 1));
    }
}
