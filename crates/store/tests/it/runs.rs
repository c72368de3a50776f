use model::{
    api::{EventsQuery, RunsQuery},
    ids::StepPath,
    run::{ErrorClass, Hold, RunError, RunEvent, RunEventKind, RunStatus},
};
use serde_json::json;
use store::{Error, Then};

use crate::{on_both, support::*};

on_both! {
    async fn runs_are_listed_in_pages_newest_first(db: Db) {
        let mut runs = Vec::new();
        for _ in 0..7 {
            runs.push(db.run().await);
        }
        runs.reverse();
        let mut query = RunsQuery { limit: Some(3), ..RunsQuery::default() };
        let mut seen = Vec::new();
        loop {
            let page = db.store.runs(&db.scope, &query).await.unwrap();
            assert!(page.items.len() <= 3);
            seen.extend(page.items.iter().map(|run| run.id));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, runs);
        query.cursor = Some(model::api::Cursor("nonsense".into()));
        assert!(matches!(db.store.runs(&db.scope, &query).await, Err(Error::Invalid(_))));
    }

    async fn runs_are_filtered(db: Db) {
        let at = db.store.now();
        let failed = db.claimed().await;
        let error = RunError { path: Some(StepPath::from("send")), class: ErrorClass::Rejected, code: "http.status".into(), message: "No".into() };
        let end = RunEvent {
            at,
            kind: RunEventKind::RunFinished { status: RunStatus::Failed, error: Some(error.clone()), message: None, by: None },
        };
        db.store.append(commit(failed.lease, &failed.journal, vec![started(at), end], Then::Done)).await.unwrap();
        let parked = db.claimed().await;
        let park = RunEvent { at, kind: RunEventKind::Parked { until: None, hold: Some(Hold::Unknown) } };
        db.store.append(commit(parked.lease, &parked.journal, vec![started(at), park], Then::Park { until: None })).await.unwrap();
        db.clock.advance_ms(60_000);
        let queued = db.run().await;

        let list = async |query: RunsQuery| -> Vec<_> {
            db.store.runs(&db.scope, &query).await.unwrap().items.into_iter().map(|run| run.id).collect()
        };
        let status = |text: &str| RunsQuery { status: Some(text.into()), ..RunsQuery::default() };
        assert_eq!(list(status("failed")).await, [failed.lease.run]);
        assert_eq!(list(status("failed, waiting")).await, [parked.lease.run, failed.lease.run]);
        assert_eq!(list(RunsQuery { hold: Some(Hold::Unknown), ..RunsQuery::default() }).await, [parked.lease.run]);
        assert_eq!(list(RunsQuery { since: Some(START.ms() + 1), ..RunsQuery::default() }).await, [queued]);
        assert_eq!(list(RunsQuery { until: Some(START.ms() + 1), ..RunsQuery::default() }).await.len(), 2);
        assert_eq!(list(RunsQuery { workflow: Some(db.workflow), ..RunsQuery::default() }).await.len(), 3);
        assert!(list(RunsQuery { workflow: Some(model::ids::WorkflowId(1)), ..RunsQuery::default() }).await.is_empty());
        for bad in ["", "nonsense", "failed' OR 1=1"] {
            assert!(matches!(db.store.runs(&db.scope, &status(bad)).await, Err(Error::Invalid(_))), "{bad}");
        }
        let run = db.store.run(&db.scope, failed.lease.run).await.unwrap();
        assert_eq!(run.error, Some(error));
        assert_eq!(db.store.runs_by_id(db.scope.workspace, &[queued, failed.lease.run]).await.unwrap().len(), 2);
    }

    async fn retention_takes_old_runs_with_everything_they_own(db: Db) {
        let old = db.claimed().await;
        let at = db.store.now();
        let long = "x".repeat(20_000);
        let events = vec![started(at), finished_step(at, "a", json!(long)), ended(at, RunStatus::Succeeded)];
        let appended = db.store.append(commit(old.lease, &old.journal, events, Then::Done)).await.unwrap();
        let failed = db.claimed().await;
        db.store.append(finish(&failed, at, RunStatus::Failed)).await.unwrap();
        let live = db.run().await;
        db.clock.advance_ms(40 * 24 * 3_600_000);
        let young = db.run().await;

        let day = 24 * 3_600_000;
        let (before, failed_before) = (db.store.now().plus_ms(-30 * day), db.store.now().plus_ms(-90 * day));
        let workspace = db.scope.workspace;
        assert_eq!(db.store.delete_ended_runs(workspace, before, failed_before, 100).await.unwrap(), 1);
        assert_eq!(db.store.delete_ended_runs(workspace, before, failed_before, 100).await.unwrap(), 0);
        assert!(matches!(db.store.run(&db.scope, old.lease.run).await, Err(Error::NotFound(_))));
        let hashes = [match &appended.events[1].kind {
            RunEventKind::StepFinished { output: model::run::Datum::Stored { hash, .. }, .. } => hash.clone(),
            other => panic!("{other:?}"),
        }];
        assert!(db.store.payloads(old.lease.run, &hashes).await.unwrap().is_empty());
        assert_eq!(db.store.events(&db.scope, &EventsQuery::default()).await.unwrap().items.len(), 3);
        for run in [failed.lease.run, live, young] {
            db.store.run(&db.scope, run).await.unwrap();
        }
        assert_eq!(db.store.delete_ended_runs(workspace, before, before, 100).await.unwrap(), 1);
        assert!(matches!(db.store.run(&db.scope, failed.lease.run).await, Err(Error::NotFound(_))));
    }

    async fn stats_count(db: Db) {
        db.run().await;
        let claimed = db.claimed().await;
        db.store.append(start(&claimed, db.store.now())).await.unwrap();
        db.clock.advance_ms(500);
        let queued = db.run().await;
        let stats = db.store.stats().await.unwrap();
        assert_eq!(stats.backend, if db.is_postgres() { "postgres" } else { "sqlite" });
        assert_eq!((stats.workflows, stats.jobs_ready, stats.jobs_waiting, stats.held_events), (1, 1, 2, 0));
        assert_eq!(stats.live_runs["running"], 1);
        assert!(stats.bytes > 0 && stats.schema.contains('.'));
        assert_eq!(db.statuses(queued).await, RunStatus::Queued);
    }
}
