use std::sync::Arc;

use model::{
    api::WorkflowState,
    definition::Settings,
    ids::{RunId, StepPath, TriggerId, WorkflowId},
    run::{RunEvent, RunEventKind, RunKind, RunStatus, SignalKind},
};
use serde_json::json;
use store::{Append, Claimed, Error, NewChild, Then};

use crate::{on_both, support::*};

fn path() -> StepPath {
    StepPath::from("call")
}

fn child(db: &Db, parent: &Claimed, workflow: WorkflowId, waits: bool) -> NewChild {
    NewChild {
        run: db.store.next_run_id(),
        workflow,
        version: 1,
        trigger: TriggerId::from("hook"),
        payload: Arc::new(json!({"body": {"for": "child"}})),
        kind: RunKind::Child { parent: parent.lease.run, path: path(), waits, depth: 1 },
        order_key: None,
    }
}

/// The commit that begins children and parks until they have ended.
fn begin(parent: &Claimed, children: Vec<NewChild>) -> Append {
    let mut events = vec![started(START)];
    for child in &children {
        events.push(RunEvent { at: START, kind: RunEventKind::ChildStarted { path: path(), run: child.run, waits: true } });
    }
    events.push(RunEvent { at: START, kind: RunEventKind::Parked { until: None, hold: None } });
    Append { children, ..commit(parent.lease, &parent.journal, events, Then::Park { until: None }) }
}

/// The commit that ends a child and tells its parent.
fn end(db: &Db, child: &Claimed, parent: RunId) -> Append {
    let body = json!({"run": child.lease.run, "status": "succeeded", "output": {"x": 1}, "error": null});
    Append { parent: Some((parent, path(), body)), ..finish(child, db.store.now(), RunStatus::Succeeded) }
}

on_both! {
    async fn a_child_begins_with_its_parents_commit(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        let mut watch = db.store.watch();
        let new = child(&db, &parent, other, true);
        let run = new.run;
        db.store.append(begin(&parent, vec![new])).await.unwrap();
        let changes = [watch.recv().await.unwrap().run, watch.recv().await.unwrap().run];
        assert_eq!(changes, [parent.lease.run, run]);
        let summary = db.store.run(&db.scope, run).await.unwrap();
        assert_eq!((summary.kind.as_str(), summary.workflow, summary.status), ("child", other, RunStatus::Queued));
        let claimed = db.claim(5).await.remove(0);
        assert_eq!((claimed.lease.run, claimed.event["body"]["for"].clone()), (run, json!("child")));
        let RunEventKind::RunCreated { kind: RunKind::Child { parent: of, depth: 1, .. }, .. } = &claimed.journal[0].kind else { panic!() };
        assert_eq!(*of, parent.lease.run);

        db.store.append(end(&db, &claimed, parent.lease.run)).await.unwrap();
        let parent = db.claim(5).await.remove(0);
        let signal = &parent.signals[0];
        assert_eq!((signal.kind, signal.path.clone(), signal.body["output"]["x"].clone()), (SignalKind::ChildEnded, Some(path()), json!(1)));
    }

    async fn the_ends_of_many_children_are_all_told(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        let children: Vec<_> = (0..20).map(|_| child(&db, &parent, other, true)).collect();
        db.store.append(begin(&parent, children)).await.unwrap();
        let second = if db.is_postgres() { db.second().await } else { db.store.clone() };
        let mut tasks = tokio::task::JoinSet::new();
        for (n, claimed) in db.claim(30).await.into_iter().enumerate() {
            let store = if n % 2 == 0 { db.store.clone() } else { second.clone() };
            let append = end(&db, &claimed, parent.lease.run);
            tasks.spawn(async move { store.append(append).await.unwrap() });
        }
        assert_eq!(tasks.join_all().await.len(), 20);
        let parent = db.claim(5).await.remove(0);
        assert_eq!(parent.signals.len(), 20);
        let mut last = finish(&parent, START, RunStatus::Succeeded);
        last.taken = parent.signals.iter().map(|signal| signal.id).collect();
        db.store.append(last).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM signal").await, 0);
    }

    async fn a_parent_that_has_ended_hears_nothing(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        let new = child(&db, &parent, other, true);
        let appended = db.store.append(Append { then: Then::Continue, ..{
            let events = vec![started(START), RunEvent { at: START, kind: RunEventKind::ChildStarted { path: path(), run: new.run, waits: true } }];
            Append { children: vec![new], ..commit(parent.lease, &parent.journal, events, Then::Continue) }
        } }).await.unwrap();
        let claimed = db.claim(5).await.remove(0);
        let events = vec![ended(START, RunStatus::Succeeded)];
        db.store.append(commit(appended.lease, &[parent.journal.clone(), appended.events].concat(), events, Then::Done)).await.unwrap();
        db.store.append(end(&db, &claimed, parent.lease.run)).await.unwrap();
        assert_eq!(db.count("SELECT COUNT(*) FROM signal").await, 0);
        assert_eq!(db.statuses(claimed.lease.run).await, RunStatus::Succeeded);
    }

    async fn a_child_of_a_workflow_that_changed_is_refused(db: Db) {
        let other = db.another("Other", &definition()).await;
        let stranger = db.stranger().await;
        let foreign = db.store.create_workflow(&stranger, "Theirs", &definition()).await.unwrap().id;
        db.store.publish(&stranger, foreign, 1, "", true, &[]).await.unwrap();
        let parent = db.claimed().await;
        let stale = NewChild { version: 2, ..child(&db, &parent, other, true) };
        for new in [stale, child(&db, &parent, foreign, true), child(&db, &parent, WorkflowId(42), true)] {
            let fine = child(&db, &parent, other, true);
            assert!(matches!(db.store.append(begin(&parent, vec![fine, new])).await, Err(Error::Conflict { .. })));
        }
        db.store.set_state(&db.scope, other, WorkflowState::Off, &[]).await.unwrap();
        assert!(matches!(db.store.append(begin(&parent, vec![child(&db, &parent, other, true)])).await, Err(Error::Conflict { .. })));
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 1, "nothing of them is written");
        assert_eq!(db.count("SELECT COUNT(*) FROM event").await, 1);
        assert_eq!(db.store.journal(&db.scope, parent.lease.run, -1).await.unwrap().len(), 1);
        let orphan = NewChild { kind: RunKind::Child { parent: RunId(1), path: path(), waits: true, depth: 1 }, ..child(&db, &parent, other, true) };
        assert!(matches!(db.store.append(begin(&parent, vec![orphan])).await, Err(Error::Invalid(_))));
    }

    async fn a_fenced_parent_begins_no_child(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        let mut append = begin(&parent, vec![child(&db, &parent, other, true)]);
        append.lease.epoch += 1;
        assert!(matches!(db.store.append(append).await, Err(Error::Fenced)));
        assert_eq!(db.count("SELECT COUNT(*) FROM run").await, 1);
    }

    async fn cancel_takes_the_children_along(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        db.store.append(begin(&parent, vec![child(&db, &parent, other, true), child(&db, &parent, other, false)])).await.unwrap();
        let mut children = db.claim(5).await;
        let (done, middle) = (children.pop().unwrap(), children.pop().unwrap());
        db.end(&done, RunStatus::Succeeded).await;
        let grandchild = child(&db, &middle, other, true);
        let last = grandchild.run;
        db.store.append(begin(&middle, vec![grandchild])).await.unwrap();
        db.store.cancel(&db.scope, parent.lease.run).await.unwrap();
        for run in [parent.lease.run, middle.lease.run, last] {
            assert_eq!(db.statuses(run).await, RunStatus::Cancelled);
        }
        assert_eq!(db.statuses(done.lease.run).await, RunStatus::Succeeded, "what has ended stays");
        assert_eq!(db.count("SELECT COUNT(*) FROM job").await, 0);
        assert_eq!(db.count("SELECT COUNT(*) FROM signal").await, 0);
    }

    async fn a_cancelled_child_is_told_to_its_parent(db: Db) {
        let other = db.another("Other", &definition()).await;
        let parent = db.claimed().await;
        let (waited, loose) = (child(&db, &parent, other, true), child(&db, &parent, other, false));
        let runs = [waited.run, loose.run];
        db.store.append(begin(&parent, vec![waited, loose])).await.unwrap();
        for run in runs {
            db.store.cancel(&db.scope, run).await.unwrap();
        }
        let parent = db.claim(5).await.remove(0);
        assert_eq!(parent.signals.len(), 1, "nobody waits for the other one");
        assert_eq!(parent.signals[0].body, json!({"run": runs[0], "status": "cancelled", "output": null, "error": null}));
    }

    async fn a_child_of_a_paused_workflow_begins_when_it_goes_on(db: Db) {
        let other = db.another("Other", &definition()).await;
        db.store.set_state(&db.scope, other, WorkflowState::Paused, &[]).await.unwrap();
        let parent = db.claimed().await;
        db.store.append(begin(&parent, vec![child(&db, &parent, other, true)])).await.unwrap();
        assert!(db.claim(5).await.is_empty());
        assert_eq!(db.store.next_available().await.unwrap(), None, "nobody is kept busy with it");
        db.store.set_state(&db.scope, other, WorkflowState::On, &[]).await.unwrap();
        assert_eq!(db.claim(5).await.len(), 1);
    }

    async fn a_childs_lane_is_its_own_workflows(db: Db) {
        let other = db.with_settings(Settings { let_others_pass: false, ..Settings::default() }).await;
        let parent = db.claimed().await;
        let keyed = |_| NewChild { order_key: Some("k".into()), ..child(&db, &parent, other, true) };
        let children: Vec<_> = (0..3).map(keyed).collect();
        let runs: Vec<_> = children.iter().map(|child| child.run).collect();
        db.store.append(begin(&parent, children)).await.unwrap();
        for run in runs {
            let mut claimed = db.claim(5).await;
            assert_eq!(claimed.iter().map(|c| c.lease.run).collect::<Vec<_>>(), [run], "one after the other");
            db.end(&claimed.remove(0), RunStatus::Succeeded).await;
        }
    }
}
