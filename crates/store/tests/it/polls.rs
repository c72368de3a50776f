//! Looks at lists: one commit, on what they began with.

use std::collections::HashSet;

use model::{
    Role, Timestamp, WorkflowDefinition,
    api::{ActivityQuery, EventState, EventsQuery, WorkflowState},
    ids::{ConnectionId, TriggerId, WorkflowId},
    run::ErrorClass,
};
use serde_json::{Value, json};
use store::{
    Accepted, DedupeKey, Disposition, Error, NewEvent, POLL, PollError, PollLook, PollPhase, PollState, Scope, Told, poll_key,
};

use crate::{on_both, support::*};

const KEEP_MS: u64 = 90 * 86_400_000;

fn app(id: &str) -> Value {
    let kind = json!({ "type": "app", "connector": "local", "version": 1, "trigger": "new", "connection": ConnectionId(7) });
    json!({ "id": id, "label": id, "kind": kind })
}

fn with(triggers: &[&str]) -> WorkflowDefinition {
    let triggers: Vec<Value> = triggers.iter().map(|id| app(id)).collect();
    serde_json::from_value(json!({ "schema": 1, "triggers": triggers })).unwrap()
}

fn trigger() -> TriggerId {
    TriggerId::from("list")
}

impl Db {
    async fn listing(&self) -> WorkflowId {
        self.another("Listing", &with(&["list"])).await
    }

    fn look(&self, workflow: WorkflowId, seq: Option<i64>, cursor: &str) -> PollLook {
        PollLook {
            workspace: self.scope.workspace,
            workflow,
            trigger: trigger(),
            version: 1,
            seq,
            state: PollState {
                phase: PollPhase::Live,
                fingerprint: "f".into(),
                cursor: Some(cursor.into()),
                ..PollState::default()
            },
            known: Vec::new(),
            keep_ms: KEEP_MS,
            told: None,
        }
    }

    fn item(&self, workflow: WorkflowId, key: u8) -> NewEvent {
        let dedupe = Some(DedupeKey { hash: [key; 32], keep_ms: Some(KEEP_MS) });
        NewEvent { trigger: trigger(), dedupe, ..self.event_of(workflow, json!(key)) }
    }

    /// Where the trigger stands: its number and cursor.
    async fn stands(&self, workflow: WorkflowId) -> Option<(i64, String)> {
        let row = self.store.poll(workflow, &trigger()).await.unwrap()?;
        Some((row.seq, row.state.cursor.unwrap_or_default()))
    }

    async fn live_events(&self, workflow: WorkflowId) -> usize {
        let query = EventsQuery { workflow: Some(workflow), limit: Some(200), ..EventsQuery::default() };
        self.store.events(&self.scope, &query).await.unwrap().items.len()
    }

    async fn known(&self, workflow: WorkflowId, keys: &[u8]) -> Vec<u8> {
        let hashes: Vec<[u8; 32]> = keys.iter().map(|key| [*key; 32]).collect();
        let known: HashSet<[u8; 32]> = self.store.known_keys(self.scope.workspace, workflow, &trigger(), &hashes).await.unwrap();
        keys.iter().copied().filter(|key| known.contains(&[*key; 32])).collect()
    }

    async fn jobs(&self) -> Vec<String> {
        let mut jobs = self.store.claim_jobs(&[POLL], 20, LEASE_MS).await.unwrap();
        jobs.sort_by(|one, other| one.key.cmp(&other.key));
        jobs.into_iter().map(|job| job.key.rsplit_once(':').unwrap().1.to_owned()).collect()
    }
}

on_both! {
    async fn cursor_keys_and_events_are_one_commit(db: Db) {
        let id = db.listing().await;
        let first = PollLook { known: vec![[9; 32], [9; 32]], ..db.look(id, None, "a") };
        assert!(db.store.commit_look(first, Vec::new()).await.unwrap().unwrap().is_empty());
        let (seq, cursor) = db.stands(id).await.unwrap();
        assert_eq!((cursor.as_str(), db.known(id, &[1, 9]).await), ("a", vec![9]));
        let accepted = db.store.commit_look(db.look(id, Some(seq), "b"), vec![db.item(id, 1), db.item(id, 2)]).await.unwrap();
        assert!(accepted.unwrap().iter().all(|one| matches!(one, Accepted::Run { .. })));
        let (next, cursor) = db.stands(id).await.unwrap();
        assert_eq!((cursor.as_str(), db.known(id, &[1, 2, 3]).await, db.live_events(id).await), ("b", vec![1, 2], 2));
        // Whoever began with the same row, here as after a lost lease, writes nothing: neither events nor keys nor cursor.
        let late = PollLook { known: vec![[4; 32]], ..db.look(id, Some(seq), "c") };
        assert!(db.store.commit_look(late.clone(), vec![db.item(id, 3)]).await.unwrap().is_none());
        assert!(db.store.commit_look(late, Vec::new()).await.unwrap().is_none());
        assert_eq!((db.stands(id).await.unwrap(), db.live_events(id).await), ((next, "b".into()), 2));
        assert!(db.known(id, &[3, 4]).await.is_empty());
        let unborn = db.look(id, None, "d");
        assert!(db.store.commit_look(unborn, vec![db.item(id, 5)]).await.unwrap().is_none(), "there is a row already");
        assert_eq!(db.live_events(id).await, 2);
    }

    async fn of_looks_at_the_same_time_one_stands(db: Db) {
        let id = db.listing().await;
        db.store.commit_look(db.look(id, None, "a"), Vec::new()).await.unwrap();
        let seq = db.stands(id).await.unwrap().0;
        let second = db.second_or_same().await;
        let one = db.store.commit_look(db.look(id, Some(seq), "b"), vec![db.item(id, 1), db.item(id, 2)]);
        let other = second.commit_look(db.look(id, Some(seq), "b"), vec![db.item(id, 1), db.item(id, 2)]);
        let neighbour = db.store.accept(db.event(json!("beside them")));
        let (one, other, neighbour) = tokio::join!(one, other, neighbour);
        assert!(matches!(neighbour.unwrap(), Accepted::Run { .. }), "others in the same flush are not touched");
        let stood = [one.unwrap(), other.unwrap()].into_iter().flatten().count();
        assert_eq!((stood, db.live_events(id).await), (1, 2), "no item twice, none lost");
    }

    async fn a_look_of_another_version_or_state_does_not_stand(db: Db) {
        let id = db.listing().await;
        let newer = PollLook { version: 2, ..db.look(id, None, "a") };
        assert!(db.store.commit_look(newer.clone(), Vec::new()).await.unwrap().is_none());
        let event = NewEvent { version: 2, ..db.item(id, 1) };
        assert!(db.store.commit_look(newer, vec![event]).await.unwrap().is_none());
        // Judged for a workflow that is on, it was paused meanwhile: all or nothing.
        db.store.set_state(&db.scope, id, WorkflowState::Paused, &[]).await.unwrap();
        assert!(db.store.commit_look(db.look(id, None, "a"), vec![db.item(id, 1)]).await.unwrap().is_none());
        assert!(db.stands(id).await.is_none());
        let held = NewEvent { disposition: Disposition::Hold, ..db.item(id, 1) };
        assert!(db.store.commit_look(db.look(id, None, "a"), vec![held]).await.unwrap().is_some());
        let seq = db.stands(id).await.unwrap().0;
        db.store.set_state(&db.scope, id, WorkflowState::Off, &[]).await.unwrap();
        assert!(db.stands(id).await.is_none(), "off, it forgets where it stood");
        for seq in [None, Some(seq)] {
            assert!(db.store.commit_look(db.look(id, seq, "b"), Vec::new()).await.unwrap().is_none());
            let refused = NewEvent { disposition: Disposition::Refused { reason: "off".into() }, ..db.item(id, 2) };
            assert!(db.store.commit_look(db.look(id, seq, "b"), vec![refused]).await.unwrap().is_none());
        }
        let mut stranger = db.look(id, None, "a");
        stranger.workspace = db.stranger().await.workspace;
        assert!(db.store.commit_look(stranger, Vec::new()).await.unwrap().is_none());
        assert!(db.stands(id).await.is_none());
    }

    async fn only_who_may_start_runs_has_a_list_looked_at(db: Db) {
        let id = db.listing().await;
        db.store.commit_look(db.look(id, None, "a"), Vec::new()).await.unwrap();
        let (list, maker) = (trigger(), Scope { role: Role::Maker, ..db.scope.clone() });
        assert!(matches!(db.store.look_now(&maker, id, &list).await, Err(Error::Forbidden { .. })));
        let operator = Scope { role: Role::Operator, ..maker };
        assert!(db.store.look_now(&operator, id, &list).await.is_ok());
    }

    async fn keys_live_as_long_as_they_are_kept(db: Db) {
        let id = db.listing().await;
        let kept = PollLook { known: vec![[1; 32]], ..db.look(id, None, "a") };
        db.store.commit_look(kept, Vec::new()).await.unwrap();
        let seq = db.stands(id).await.unwrap().0;
        let for_ever = PollLook { known: vec![[2; 32]], keep_ms: 0, ..db.look(id, Some(seq), "a") };
        db.store.commit_look(for_ever, Vec::new()).await.unwrap();
        db.clock.advance_ms(91 * 86_400_000);
        while db.store.sweep(200).await.unwrap() >= 200 {}
        assert_eq!(db.known(id, &[1, 2]).await, [2]);
        let other = db.listing().await;
        assert!(db.known(other, &[2]).await.is_empty(), "another trigger knows nothing of it");
        db.store.delete_workflow(&db.scope, id).await.unwrap();
        assert!(db.known(id, &[2]).await.is_empty(), "and nothing stays behind");
        assert!(db.stands(id).await.is_none());
    }

    async fn jobs_live_with_the_workflow(db: Db) {
        let id = db.store.create_workflow(&db.scope, "Listing", &with(&["list", "other"])).await.unwrap().id;
        db.store.publish(&db.scope, id, 1, "", false, &[]).await.unwrap();
        assert!(db.jobs().await.is_empty(), "it is not on");
        db.store.set_state(&db.scope, id, WorkflowState::On, &[]).await.unwrap();
        assert_eq!(db.jobs().await, ["list", "other"]);
        db.store.commit_look(db.look(id, None, "a"), Vec::new()).await.unwrap();
        let rev = db.store.save_draft(&db.scope, id, 1, &with(&["list", "third"])).await.unwrap().draft_rev;
        db.store.publish(&db.scope, id, rev, "", true, &[]).await.unwrap();
        assert_eq!(db.jobs().await, ["list", "third"]);
        assert!(db.stands(id).await.is_some(), "it goes on where it stood");
        db.store.set_state(&db.scope, id, WorkflowState::Paused, &[]).await.unwrap();
        assert_eq!(db.jobs().await, ["list", "third"], "paused, it looks all the same");
        let rev = db.store.save_draft(&db.scope, id, rev, &with(&["third"])).await.unwrap().draft_rev;
        db.store.publish(&db.scope, id, rev, "", true, &[]).await.unwrap();
        assert!(db.stands(id).await.is_none(), "the trigger is gone");
        db.store.set_state(&db.scope, id, WorkflowState::Off, &[]).await.unwrap();
        assert!(db.jobs().await.is_empty());
        db.store.set_state(&db.scope, id, WorkflowState::On, &[]).await.unwrap();
        db.store.delete_workflow(&db.scope, id).await.unwrap();
        assert!(db.jobs().await.is_empty());
    }

    async fn a_person_decides_about_what_is_held(db: Db) {
        let id = db.listing().await;
        let mut held = db.look(id, None, "a");
        held.state = PollState { phase: PollPhase::Held, waiting: 150, note: Some("150 at once".into()), ..held.state };
        held.told = Some(Told { action: "poll.held", detail: json!({ "found": 150 }) });
        db.store.commit_look(held, Vec::new()).await.unwrap();
        assert_eq!(db.store.stats().await.unwrap().held_polls, 1);
        let row = db.store.polls(&db.scope, id).await.unwrap().remove(0);
        assert_eq!((row.state.phase, row.state.waiting, row.state.note.as_deref()), (PollPhase::Held, 150, Some("150 at once")));
        let job = db.store.claim_jobs(&[POLL], 1, LEASE_MS).await.unwrap().remove(0);
        db.store.finish_job(job.id, job.epoch, Some(db.store.now().plus_ms(3_600_000)), Some(Value::Null)).await.unwrap();
        let stranger = db.stranger().await;
        assert!(matches!(db.store.decide_poll(&stranger, id, &trigger(), false).await, Err(Error::Invalid(_))));
        assert!(db.store.polls(&stranger, id).await.unwrap().is_empty());
        db.store.decide_poll(&db.scope, id, &trigger(), false).await.unwrap();
        let after = db.store.poll(id, &trigger()).await.unwrap().unwrap();
        assert_eq!((after.state.phase, after.state.waiting, after.state.cursor.as_deref()), (PollPhase::GoingOn, 0, Some("a")));
        assert_ne!(after.seq, row.seq, "a look that began before does not undo it");
        assert_eq!(db.jobs().await, ["list"], "at once");
        assert!(matches!(db.store.decide_poll(&db.scope, id, &trigger(), true).await, Err(Error::Invalid(_))), "once");
        let query = ActivityQuery { action: Some("poll.*".into()), ..ActivityQuery::default() };
        let actions: Vec<String> = db.store.activity(&db.scope, &query).await.unwrap().items.into_iter().map(|one| one.action).collect();
        assert_eq!(actions, ["poll.released", "poll.held"]);
    }

    async fn a_mended_connection_wakes_those_that_wait_for_it(db: Db) {
        let id = db.listing().await;
        let mut failed = db.look(id, None, "a");
        let error = PollError { class: ErrorClass::Auth, code: "connection.needs_reauth".into(), message: "Reconnect it.".into() };
        failed.state = PollState { error: Some(error.clone()), failures: 2, connection: Some(ConnectionId(7)), ..failed.state };
        db.store.commit_look(failed, Vec::new()).await.unwrap();
        assert_eq!(db.store.stats().await.unwrap().failing_polls, 1);
        assert_eq!(db.store.poll(id, &trigger()).await.unwrap().unwrap().state.error, Some(error));
        let job = db.store.claim_jobs(&[POLL], 1, LEASE_MS).await.unwrap().remove(0);
        assert_eq!(job.key, poll_key(id, &trigger()));
        let later: Timestamp = db.store.now().plus_ms(300_000);
        db.store.finish_job(job.id, job.epoch, Some(later), Some(Value::Null)).await.unwrap();
        db.store.connection_repaired(ConnectionId(8)).await.unwrap();
        assert!(db.jobs().await.is_empty(), "another connection");
        db.store.connection_repaired(ConnectionId(7)).await.unwrap();
        assert_eq!(db.jobs().await, ["list"]);
    }

    async fn held_events_of_a_look_run_when_the_workflow_goes_on(db: Db) {
        let id = db.listing().await;
        db.store.set_state(&db.scope, id, WorkflowState::Paused, &[]).await.unwrap();
        let held = |key| NewEvent { disposition: Disposition::Hold, ..db.item(id, key) };
        db.store.commit_look(db.look(id, None, "a"), vec![held(1), held(2)]).await.unwrap().unwrap();
        db.store.set_state(&db.scope, id, WorkflowState::On, &[]).await.unwrap();
        let query = EventsQuery { workflow: Some(id), state: Some(EventState::Accepted), ..EventsQuery::default() };
        assert_eq!(db.store.events(&db.scope, &query).await.unwrap().items.len(), 2);
        assert_eq!(db.known(id, &[1, 2]).await, [1, 2]);
        assert!(db.stands(id).await.is_some());
    }
}

impl Db {
    /// Another process, where the database takes one.
    async fn second_or_same(&self) -> store::Store {
        if self.is_postgres() { self.second().await } else { self.store.clone() }
    }
}
