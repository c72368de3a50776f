use std::sync::Arc;

use model::{
    api::EventsQuery,
    definition::{MaskedField, Settings},
    ids::{StepId, StepPath, TriggerId, WorkflowId},
    run::{ErrorClass, RunError, RunEvent, RunEventKind, RunStatus},
};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use store::{Append, Claimed, Disposition, Error, KeptRequest, MASK, NewEvent, Origin, RunSamples, Then};

use crate::{on_both, support::*};

const SECRET: &str = "ada.lovelace@example.com";
const PHONE: &str = "+44 20 7946 0958";

fn masks(fields: &[(Option<&str>, &str)]) -> Settings {
    let masked = fields.iter().map(|(step, path)| MaskedField { step: step.map(StepId::from), path: (*path).to_owned() });
    Settings { masked: masked.collect(), ..Settings::default() }
}

async fn masked_workflow(db: &Db) -> WorkflowId {
    db.with_settings(masks(&[(None, "body.email"), (Some("find"), "phone")])).await
}

fn event(db: &Db, workflow: WorkflowId) -> NewEvent {
    let order_key = Some(format!("{SECRET} {}", db.store.next_id()));
    NewEvent { order_key, ..db.event_of(workflow, json!({ "email": SECRET, "note": format!("from {SECRET}"), "n": 1 })) }
}

async fn begin(db: &Db, workflow: WorkflowId) -> Claimed {
    let run = run_of(&db.store.accept(event(db, workflow)).await.unwrap());
    db.claim(10).await.into_iter().find(|claimed| claimed.lease.run == run).unwrap()
}

/// Everything a run may say, short and long, ending in a failure that repeats it.
fn facts(db: &Db) -> Vec<RunEvent> {
    let at = db.store.now();
    let path = StepPath::from("find");
    let ready = RunEventKind::StepReady { path: path.clone(), input: json!({ "q": SECRET }).into(), notes: Vec::new() };
    let answered = RunEventKind::AttemptSucceeded { path, n: 1, response: Some(json!({ "raw": PHONE }).into()) };
    let long = json!({ "text": format!("{}{SECRET}{}", "x".repeat(9_000), "y".repeat(9_000)), "call": PHONE });
    let given = RunEventKind::Returned { output: json!({ "to": SECRET }).into() };
    let error = RunError {
        path: Some(StepPath::from("send")),
        class: ErrorClass::Rejected,
        code: "http.status".into(),
        message: format!("{SECRET} is a member already"),
    };
    let end = RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error), message: None, by: None };
    let mut events = vec![started(at)];
    events.extend([ready, answered].map(|kind| RunEvent { at, kind }));
    events.extend([finished_step(at, "find", json!({ "phone": PHONE })), finished_step(at, "long", long)]);
    events.extend([given, end].map(|kind| RunEvent { at, kind }));
    events
}

async fn fail(db: &Db, claimed: &Claimed) {
    db.store.append(commit(claimed.lease, &claimed.journal, facts(db), Then::Done)).await.unwrap();
}

/// The tables as they stand, journals unpacked.
async fn dump(db: &Db) -> String {
    let raw = db.raw().await;
    let mut all = String::new();
    let rows = async |sql: &str| raw.query_all_raw(Statement::from_string(raw.get_database_backend(), sql)).await.unwrap();
    for row in rows("SELECT format, events FROM journal").await {
        let (format, events): (i64, Vec<u8>) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        all.push_str(&String::from_utf8_lossy(&store::journal_json(format, &events).unwrap()));
    }
    for sql in [
        "SELECT body FROM payload",
        "SELECT payload FROM event WHERE payload IS NOT NULL",
        "SELECT body FROM sample",
        "SELECT body FROM hook_request",
    ] {
        for row in rows(sql).await {
            all.push_str(&String::from_utf8_lossy(&row.try_get_by_index::<Vec<u8>>(0).unwrap()));
        }
    }
    for sql in [
        "SELECT COALESCE(order_key, '') || COALESCE(error_message, '') FROM run",
        "SELECT COALESCE(order_key, '') || COALESCE(reason, '') FROM event",
        "SELECT query FROM hook_request",
    ] {
        for row in rows(sql).await {
            all.push_str(&row.try_get_by_index::<String>(0).unwrap());
        }
    }
    all
}

fn says(text: &str) -> bool {
    text.contains(SECRET) || text.contains(PHONE)
}

async fn erase_all(db: &Db) -> u64 {
    let mut gone = 0;
    loop {
        let more = db.store.erase_masked(3).await.unwrap();
        gone += more;
        if more == 0 {
            return gone;
        }
        assert!(gone < 1_000, "it comes to an end");
    }
}

async fn counters_hold(db: &Db) {
    let counted = db.count("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM run WHERE finished_at IS NOT NULL").await;
    let kept = db.count("SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM rollup WHERE width = 0").await;
    assert_eq!(kept, counted);
}

on_both! {
    async fn nobody_reads_a_masked_field_and_it_is_erased_after_the_end(db: Db) {
        let workflow = masked_workflow(&db).await;
        let claimed = begin(&db, workflow).await;
        fail(&db, &claimed).await;
        let run = db.store.run(&db.scope, claimed.lease.run).await.unwrap();
        assert_eq!(run.error.unwrap().message, format!("{MASK} is a member already"), "what alerts read, from the first moment");
        let id = run.event.unwrap();
        let shown = db.store.event(&db.scope, id).await.unwrap();
        assert_eq!(shown.payload["body"], json!({ "email": MASK, "note": format!("from {MASK}"), "n": 1 }));
        assert_eq!(db.store.whole_event(&db.scope, id).await.unwrap().payload["body"]["email"], SECRET, "whoever carries it out");
        let found = db.store.find_events_with_data(&db.scope, &EventsQuery::default()).await.unwrap();
        assert!(!says(&String::from_utf8_lossy(found.items[0].data.as_ref().unwrap())), "search and export");
        let requests = db.store.hook_requests(&db.scope, workflow, &TriggerId::from("hook"), &[]).await.unwrap();
        assert!(requests[0].body.contains(MASK) && !says(&requests[0].body), "{}", requests[0].body);

        assert_eq!(erase_all(&db).await, 0, "whoever waits for its answer still reads it");
        assert!(says(&dump(&db).await));
        db.clock.advance_ms(61_000);
        assert!(erase_all(&db).await > 0);
        let left = dump(&db).await;
        assert!(!says(&left), "{left}");
        assert!(left.contains(MASK) && left.contains(&"x".repeat(9_000)), "the rest stays");
        assert!(store::is_masked(&db.store.whole_event(&db.scope, id).await.unwrap().payload));
        counters_hold(&db).await;
        assert_eq!(erase_all(&db).await, 0);
        let journal = db.store.journal_with_payloads(&db.scope, run.id, -1).await.unwrap();
        assert!(journal.iter().flat_map(|row| &row.events).any(|event| matches!(event.kind, RunEventKind::RunFinished { .. })));
    }

    async fn runs_that_take_long_are_erased_when_they_end(db: Db) {
        let workflow = masked_workflow(&db).await;
        let claimed = begin(&db, workflow).await;
        db.clock.advance_ms(3_600_000);
        let early = begin(&db, workflow).await;
        fail(&db, &early).await;
        db.clock.advance_ms(61_000);
        erase_all(&db).await;
        assert!(says(&dump(&db).await), "a live run keeps what it needs");
        db.store.renew(&[claimed.lease], LEASE_MS).await.unwrap();
        let again = db.claim(10).await.pop().unwrap_or(claimed);
        fail(&db, &again).await;
        erase_all(&db).await;
        assert!(says(&dump(&db).await), "within the grace");
        db.clock.advance_ms(61_000);
        assert_eq!(erase_all(&db).await, 1);
        assert!(!says(&dump(&db).await));
        assert_eq!(db.count("SELECT COUNT(*) FROM mask_open").await, 0);
        counters_hold(&db).await;
    }

    async fn a_field_masked_later_is_erased_from_what_was_before(db: Db) {
        let workflow = db.with_settings(Settings::default()).await;
        for _ in 0..7 {
            let claimed = begin(&db, workflow).await;
            fail(&db, &claimed).await;
        }
        db.clock.advance_ms(61_000);
        assert_eq!(erase_all(&db).await, 0, "nothing is masked");
        let settings = masks(&[(None, "body.email")]);
        let definition = model::WorkflowDefinition { settings, ..definition() };
        let row = db.store.workflow(&db.scope, workflow).await.unwrap();
        let saved = db.store.save_draft(&db.scope, workflow, row.draft_rev, &definition).await.unwrap();
        db.store.publish(&db.scope, workflow, saved.draft_rev, "", true, &[]).await.unwrap();
        assert_eq!(erase_all(&db).await, 7);
        let left = dump(&db).await;
        assert!(!left.contains(SECRET) && left.contains(PHONE));
        let definition = model::WorkflowDefinition { settings: masks(&[(None, "body.email"), (Some("find"), "phone")]), ..crate::support::definition() };
        let saved = db.store.save_draft(&db.scope, workflow, saved.draft_rev, &definition).await.unwrap();
        db.store.publish(&db.scope, workflow, saved.draft_rev, "", true, &[]).await.unwrap();
        assert_eq!(erase_all(&db).await, 7, "once more for what came with it");
        assert!(!says(&dump(&db).await));
        counters_hold(&db).await;
    }

    async fn what_leads_to_no_run_is_masked_too(db: Db) {
        let workflow = masked_workflow(&db).await;
        let reason = format!("{SECRET} is not wanted");
        let filtered = NewEvent { disposition: Disposition::Filtered { reason }, ..event(&db, workflow) };
        db.store.accept(filtered).await.unwrap();
        let found = db.store.find_events_with_data(&db.scope, &EventsQuery::default()).await.unwrap();
        let masked = format!("{MASK} is not wanted");
        assert_eq!(found.items[0].event.reason.as_deref(), Some(masked.as_str()));
        let refused = NewEvent { disposition: Disposition::Refused { reason: format!("not for {SECRET}") }, ..event(&db, workflow) };
        db.store.accept(refused).await.unwrap();
        let found = db.store.find_events(&db.scope, &EventsQuery::default()).await.unwrap();
        let reasons: Vec<_> = found.items.iter().filter_map(|event| event.reason.clone()).collect();
        assert_eq!(reasons, [format!("not for {MASK}"), masked.clone()], "lists and their export");
        let trigger = TriggerId::from("hook");
        let requests = db.store.hook_requests(&db.scope, workflow, &trigger, &[]).await.unwrap();
        let reasons: Vec<_> = requests.iter().map(|request| request.reason.clone()).collect();
        assert_eq!(reasons, [format!("not for {MASK}"), masked], "what the webhook got");
        let body = Arc::new(json!({ "body": { "email": SECRET } }));
        db.store.add_trigger_sample(db.scope.workspace, workflow, &trigger, &body, Origin::Captured).await.unwrap();
        let samples = RunSamples {
            event: Some((trigger, body)),
            outputs: vec![("find".into(), Arc::new(json!({ "phone": PHONE }))), ("send".into(), Arc::new(json!(PHONE)))],
        };
        db.store.keep_run_samples(&db.scope, workflow, &samples).await.unwrap();
        let kept = KeptRequest {
            workspace: db.scope.workspace,
            hook: format!("{workflow}:hook"),
            outcome: model::api::HookOutcome::Refused,
            reason: "no".into(),
            status: 401,
            method: "POST".into(),
            query: "a=1".into(),
            headers: Vec::new(),
            body: SECRET.as_bytes().to_vec(),
            bytes: 5,
            received_at: db.store.now(),
        };
        db.store.keep_request(kept).await.unwrap();
        db.clock.advance_ms(61_000);
        erase_all(&db).await;
        let left = dump(&db).await;
        assert!(!says(&left), "{left}");
        let samples = db.store.samples(&db.scope, workflow).await.unwrap();
        assert!(samples.triggers.iter().all(|sample| sample.event["body"]["email"] == MASK));
        assert_eq!(db.count("SELECT COUNT(*) FROM hook_request WHERE query = 'a=1'").await, 1, "parts without masked fields stay");
    }

    async fn an_order_key_does_not_show_a_masked_field(db: Db) {
        let workflow = masked_workflow(&db).await;
        for _ in 0..2 {
            let ordered = NewEvent { order_key: Some(SECRET.into()), ..event(&db, workflow) };
            db.store.accept(ordered).await.unwrap();
        }
        let lanes = db.store.blocked_lanes(&db.scope, workflow).await.unwrap();
        assert_eq!(lanes.iter().map(|lane| (lane.order_key.as_str(), lane.waiting)).collect::<Vec<_>>(), [(MASK, 1)]);
    }

    async fn a_run_that_cannot_be_read_holds_up_no_other_workflow(db: Db) {
        let broken = begin(&db, masked_workflow(&db).await).await;
        fail(&db, &broken).await;
        let whole = begin(&db, masked_workflow(&db).await).await;
        fail(&db, &whole).await;
        let (raw, run) = (db.raw().await, broken.lease.run.0);
        // As a newer version would write it.
        raw.execute_unprepared(&format!("UPDATE journal SET format = format + 90 WHERE run_id = {run}")).await.unwrap();
        db.clock.advance_ms(61_000);
        assert_eq!(db.store.erase_masked(10).await.unwrap(), 1);
        assert!(matches!(db.store.erase_masked(10).await, Err(Error::SchemaTooNew { .. })), "said when nothing else is left");
        let event = db.store.run(&db.scope, whole.lease.run).await.unwrap().event.unwrap();
        assert!(store::is_masked(&db.store.whole_event(&db.scope, event).await.unwrap().payload));
        raw.execute_unprepared(&format!("UPDATE journal SET format = format - 90 WHERE run_id = {run}")).await.unwrap();
        assert_eq!(erase_all(&db).await, 1);
        assert!(!says(&dump(&db).await));
        counters_hold(&db).await;
    }

    async fn an_interrupted_erasure_is_finished(db: Db) {
        let workflow = masked_workflow(&db).await;
        let run = run_of(&db.store.accept(event(&db, workflow)).await.unwrap());
        let mut claimed = db.claim(10).await.into_iter().find(|claimed| claimed.lease.run == run).unwrap();
        let at = db.store.now();
        // More rows than one transaction rewrites.
        for n in 0..120 {
            let step = if n == 0 { "find".to_owned() } else { format!("s{n}") };
            let output: Value = if n == 0 { json!({ "phone": PHONE }) } else { json!({ "to": SECRET, "call": PHONE }) };
            let append: Append = commit(claimed.lease, &claimed.journal, vec![finished_step(at, &step, output)], Then::Continue);
            let appended = db.store.append(append).await.unwrap();
            claimed.lease = appended.lease;
            claimed.journal.extend(appended.events);
        }
        let last = commit(claimed.lease, &claimed.journal, vec![ended(at, RunStatus::Succeeded)], Then::Done);
        db.store.append(last).await.unwrap();
        db.clock.advance_ms(61_000);
        // Cut at ever later moments, so that it is in the middle of each part once.
        for ms in 1..40 {
            let _ = tokio::time::timeout(std::time::Duration::from_millis(ms), db.store.erase_masked(10)).await;
        }
        erase_all(&db).await;
        let left = dump(&db).await;
        assert!(!says(&left), "{left}");
        counters_hold(&db).await;
    }
}
