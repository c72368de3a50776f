use model::{
    api::RunSummary,
    ids::{RunId, StepPath},
    run::{Datum, EffectClass, ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunState, RunStatus, SignalKind, Snapshot},
};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use store::{Append, Claimed, Then};

use crate::app::{TestApp, definition};

/// Starts a run through the webhook.
pub async fn start(app: &TestApp, hook: &str) -> RunId {
    let receipt = app.post(hook).json(json!({ "n": 1 })).send().await.ok();
    receipt["run"].as_str().unwrap().parse().unwrap()
}

/// The job runner's part, by hand: holds the run and writes what is told.
pub struct Runner<'a> {
    app: &'a TestApp,
    claimed: Claimed,
    state: RunState,
}

impl<'a> Runner<'a> {
    pub async fn claim(app: &'a TestApp) -> Self {
        let claimed = app.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
        let state = RunState::fold(&claimed.journal);
        Runner { app, claimed, state }
    }

    pub async fn write(&mut self, kinds: Vec<RunEventKind>, then: Then) {
        self.commit(kinds, then, |_| {}).await;
    }

    /// With something beside the facts.
    pub async fn commit(&mut self, kinds: Vec<RunEventKind>, then: Then, with: impl FnOnce(&mut Append)) {
        let at = self.app.store.now();
        let events: Vec<RunEvent> = kinds.into_iter().map(|kind| RunEvent { at, kind }).collect();
        for event in &events {
            self.state.apply(event);
        }
        let mut append = Append::new(self.claimed.lease, events, self.state.projection(), then);
        with(&mut append);
        self.claimed.lease = self.app.store.append(append).await.unwrap().lease;
    }

    /// With a snapshot of the state after these facts.
    pub async fn snapshot(&mut self, kinds: Vec<RunEventKind>) {
        let at = self.app.store.now();
        let mut state = self.state.clone();
        kinds.iter().for_each(|kind| state.apply(&RunEvent { at, kind: kind.clone() }));
        let snapshot = Snapshot::of(&state);
        let seq = self.claimed.lease.seq + 1;
        let state = serde_json::to_vec(&snapshot).unwrap().into();
        let kept = store::Snapshot { seq, format: i64::from(Snapshot::FORMAT), state };
        self.commit(kinds, Then::Continue, |append| append.snapshot = Some(kept)).await;
    }

    /// Ends the run as failed at a step.
    pub async fn fail(&mut self, path: &str, code: &str, message: &str) {
        let error = RunError {
            path: Some(StepPath::from(path)),
            class: ErrorClass::Rejected,
            code: code.into(),
            message: message.into(),
        };
        let end = RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None };
        self.write(vec![RunEventKind::RunStarted, end], Then::Done).await;
    }

    pub async fn finish(&mut self) {
        let end = RunEventKind::RunFinished { status: RunStatus::Succeeded, error: None, message: None, by: None };
        self.write(vec![end], Then::Done).await;
    }
}

pub fn finished(path: &str, output: Value) -> RunEventKind {
    RunEventKind::StepFinished { path: StepPath::from(path), output: Datum::new(output), notes: Vec::new(), detail: None }
}

#[tokio::test]
async fn a_run_is_shown_with_what_its_steps_did() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    let long = "x".repeat(20_000);
    let responded =
        RunEventKind::Responded { path: None, status: 201, headers: Vec::new(), body: Datum::new(json!({ "ok": true })) };
    runner.write(vec![RunEventKind::RunStarted, finished("name", json!({ "who": long })), responded], Then::Continue).await;
    runner.finish().await;
    let detail = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!(detail["run"]["status"], "succeeded");
    assert_eq!(detail["event"]["body"]["n"], 1);
    assert_eq!(detail["definition"]["body"], json!(["name"]));
    assert_eq!((detail["steps"][0]["label"].as_str(), detail["steps"][0]["kind"].as_str()), (Some("Name it"), Some("set")));
    assert_eq!(
        detail["steps"][0]["state"]["output"]["v"]["who"].as_str().map(str::len),
        Some(20_000),
        "long values are put back in place"
    );
    assert_eq!(detail["response"], json!({ "status": 201, "headers": [], "body": { "ok": true } }));
}

#[tokio::test]
async fn runs_are_listed_filtered_and_paged() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    let (first, second) = (start(&app, &hook).await, start(&app, &hook).await);
    Runner::claim(&app).await.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    let ids = |page: &Value| -> Vec<RunId> {
        let items: Vec<RunSummary> = serde_json::from_value(page["items"].clone()).unwrap();
        items.into_iter().map(|run| run.id).collect()
    };
    let all = app.get(&format!("/api/v1/runs?workflow={workflow}")).owner().send().await.ok();
    assert_eq!(ids(&all), [second, first]);
    assert_eq!(ids(&app.get("/api/v1/runs?status=queued").owner().send().await.ok()), [second]);
    assert_eq!(ids(&app.get("/api/v1/runs?status=queued,running").owner().send().await.ok()), [second, first]);
    let page = app.get("/api/v1/runs?limit=1").owner().send().await.ok();
    let next = page["next"].as_str().unwrap();
    let rest = app.get(&format!("/api/v1/runs?limit=1&cursor={next}")).owner().send().await.ok();
    assert_eq!((ids(&page), ids(&rest), rest.get("next")), (vec![second], vec![first], None));
}

#[tokio::test]
async fn runs_that_fit_are_counted() {
    let app = TestApp::init().await.with_owner().await;
    let (workflow, hook) = app.import(definition()).await;
    for _ in 0..3 {
        start(&app, &hook).await;
    }
    Runner::claim(&app).await.fail("name", "http.status", "The other side said no.").await;
    let count = |query: &str| app.get(&format!("/api/v1/runs/count?{query}")).owner();
    assert_eq!(count(&format!("workflow={workflow}")).send().await.ok(), json!({ "count": 3, "more": false }));
    assert_eq!(count("status=failed").send().await.ok()["count"], 1);
    assert_eq!(count("kind=test").send().await.ok()["count"], 0);
    assert_eq!(count("status=lost").send().await.error(422), "invalid");
    assert_eq!(count("colour=red").send().await.error(400), "query.invalid");
}

#[tokio::test]
async fn a_run_is_cancelled_once() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    assert_eq!(app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok()["run"]["status"], "cancelled");
    assert_eq!(app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.error(409), "run.ended");
    let settle = app.post(&format!("/api/v1/runs/{run}/settle")).owner().json(json!({ "path": "name", "choice": "run_again" }));
    assert_eq!(settle.send().await.error(409), "run.ended");
}

#[tokio::test]
async fn a_run_that_is_held_is_let_go_on() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let resume = || app.post(&format!("/api/v1/runs/{run}/resume")).owner();
    assert_eq!(resume().send().await.error(409), "run.not_held", "it waits for a place");
    let viewer = app.token(model::Role::Viewer).await;
    let refused = app.post(&format!("/api/v1/runs/{run}/resume")).bearer(&viewer).send().await;
    assert_eq!(refused.error(403), "forbidden");
    let mut runner = Runner::claim(&app).await;
    let parked = RunEventKind::Parked { until: None, hold: Some(Hold::System) };
    let why = RunError {
        path: None,
        class: ErrorClass::System,
        code: "run.loop".into(),
        message: "It has started itself <img src=x onerror=alert(1)> 5 times.".into(),
    };
    let held = |append: &mut Append| append.projection.error = Some(why.clone());
    runner.commit(vec![RunEventKind::RunStarted, parked], Then::Park { until: None }, held).await;
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!((&shown["run"]["hold"], &shown["run"]["error"]["message"]), (&json!("system"), &json!(why.message)));
    assert!(app.store.claim_runs(1, 30_000).await.unwrap().is_empty(), "nobody goes on with it by themselves");
    resume().send().await.ok();
    let claimed = app.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
    let signals: Vec<_> = claimed.signals.iter().map(|signal| (signal.kind, signal.by.as_deref())).collect();
    assert_eq!(signals, [(SignalKind::Resume, Some(crate::app::EMAIL))]);
    let activity = app.get("/api/v1/activity?action=run.resumed").owner().send().await.ok();
    assert_eq!((&activity["items"][0]["target"], activity["items"].as_array().map(Vec::len)), (&json!(run), Some(1)));
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
    assert_eq!(resume().send().await.error(409), "run.ended");
}

#[tokio::test]
async fn a_run_that_cannot_be_read_is_shown_with_the_reason() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let claimed = app.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
    app.store.hold(claimed.lease, "run.unreadable", "This run cannot be carried on.").await.unwrap();
    let url = format!("sqlite://{}/patchbay.db", app.dir.path().display());
    let database = sea_orm::Database::connect(url).await.unwrap();
    database.execute_unprepared(&format!("UPDATE journal SET format = 99 WHERE run_id = {}", run.0)).await.unwrap();
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!(shown["run"]["error"]["message"], "This run cannot be carried on.");
    assert_eq!((&shown["steps"], &shown["definition"]["body"]), (&json!([]), &json!(["name"])));
    database.execute_unprepared(&format!("UPDATE run SET version = 99 WHERE id = {}", run.0)).await.unwrap();
    let shown = app.get(&format!("/api/v1/runs/{run}")).owner().send().await.ok();
    assert_eq!((&shown["run"]["hold"], &shown["definition"]["body"]), (&json!("system"), &json!([])));
    app.post(&format!("/api/v1/runs/{run}/resume")).owner().send().await.ok();
    app.post(&format!("/api/v1/runs/{run}/cancel")).owner().send().await.ok();
}

#[tokio::test]
async fn only_an_unknown_outcome_can_be_settled() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let settle = |choice: Value| {
        let path = format!("/api/v1/runs/{run}/settle");
        app.post(&path).owner().json(json!({ "path": "name", "choice": choice }))
    };
    assert_eq!(settle(json!("run_again")).send().await.error(422), "invalid");
    let path = StepPath::from("name");
    let started = RunEventKind::AttemptStarted {
        path: path.clone(),
        n: 1,
        round: 0,
        key: "k".into(),
        class: EffectClass::Unsafe,
        timeout_ms: 60_000,
        request: None,
        connection: None,
    };
    let ready = RunEventKind::StepReady { path: path.clone(), input: Datum::new(json!({})), notes: Vec::new() };
    let unknown = RunEventKind::AttemptUnknown { path, n: 1, reason: "no answer".into() };
    let parked = RunEventKind::Parked { until: None, hold: Some(Hold::Unknown) };
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted, ready, started, unknown, parked], Then::Park { until: None }).await;
    settle(json!({ "happened": { "output": { "id": 7 } } })).send().await.ok();
    let claimed = app.store.claim_runs(1, 30_000).await.unwrap().pop().unwrap();
    assert_eq!(claimed.signals.len(), 1);
    assert_eq!(claimed.signals[0].by.as_deref(), Some(crate::app::EMAIL));
    assert_eq!(claimed.signals[0].body, json!({ "happened": { "output": { "id": 7 } } }));
    assert_eq!(settle(json!("shrug")).send().await.error(400), "json.invalid");
}

#[tokio::test]
async fn a_replay_is_a_new_run_of_the_same_event() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted, finished("name", json!({ "who": "Ada" }))], Then::Continue).await;
    runner.finish().await;
    let receipt = app.post(&format!("/api/v1/runs/{run}/replay")).owner().json(json!({})).send().await.ok();
    let replay = app.get(&format!("/api/v1/runs/{}", receipt["run"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!((replay["run"]["kind"].as_str(), &replay["run"]["replay_of"]), (Some("replay"), &json!(run)));
    assert_eq!(replay["event"]["body"]["n"], 1);
    assert_eq!(replay["published"]["by"], crate::app::EMAIL);
    let replays = app.get(&format!("/api/v1/runs?replay_of={run}")).owner().send().await.ok();
    assert_eq!((&replays["items"][0]["id"], replays["items"].as_array().map(Vec::len)), (&receipt["run"], Some(1)));
    let none = app.get(&format!("/api/v1/runs?replay_of={}", receipt["run"].as_str().unwrap())).owner().send().await.ok();
    assert_eq!(none["items"], json!([]), "it was not replayed itself");
}

#[tokio::test]
async fn journals_come_as_json() {
    let app = TestApp::init().await.with_owner().await;
    let (_, hook) = app.import(definition()).await;
    let run = start(&app, &hook).await;
    let mut runner = Runner::claim(&app).await;
    runner.write(vec![RunEventKind::RunStarted], Then::Continue).await;
    let all = app.get(&format!("/api/v1/runs/{run}/journal")).owner().send().await.ok();
    let rows = all["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    let later = app.get(&format!("/api/v1/runs/{run}/journal?after={}", rows[0]["seq"])).owner().send().await.ok();
    assert_eq!(later["rows"].as_array().unwrap().len(), 1);
}
