//! Commits whose answer was lost on the way: what became of them.

use std::time::Duration;

use sea_orm::DbBackend;
use tokio::time::Instant;

use super::{Lease, PreparedAppend, PreparedEvent, accept, flush::Written};
use crate::{Error, dialect::for_update, sql, store::Shared};

/// For so long the database is asked.
const ASK_FOR: Duration = Duration::from_secs(30);
/// Between two questions: at first, and at most.
const ASK_AGAIN: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A row only one transaction can have written.
enum Trace<'a> {
    Journal(Lease),
    Event(&'a PreparedEvent),
}

/// Whether a transaction stands whose answer was lost. Whoever is told that it does not hands the same in once more: the database is
/// asked until it says.
pub(super) async fn was_written(
    shared: &Shared,
    commit: i64,
    written: &Written,
    events: &[Vec<PreparedEvent>],
    appends: &[&PreparedAppend],
) -> bool {
    let Some(trace) = trace(written, events, appends) else { return false };
    let mut patience = Patience { begun: Instant::now(), most: ASK_FOR, pause: ASK_AGAIN };
    loop {
        match stands(shared, commit, &trace).await {
            Ok(stands) => return stands,
            Err(error) => {
                // Without an answer, what was written is found by its owner: a run by its journal, an event by its duplicate key.
                if !patience.lasts(&error).await {
                    return false;
                }
            }
        }
    }
}

struct Patience {
    begun: Instant,
    most: Duration,
    pause: Duration,
}

impl Patience {
    /// Pauses before the next question. False: it was asked for long enough.
    async fn lasts(&mut self, error: &Error) -> bool {
        if self.begun.elapsed() >= self.most {
            tracing::error!(error = %error, "the database does not say whether the last commits stand; they are taken as not written");
            return false;
        }
        tracing::warn!(error = %error, "the answer to a commit was lost; the database is asked again");
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

/// What to look for; nothing where the transaction wrote nothing.
fn trace<'a>(written: &Written, events: &'a [Vec<PreparedEvent>], appends: &[&PreparedAppend]) -> Option<Trace<'a>> {
    if let Some((prepared, _)) = appends.iter().zip(&written.appends).find(|(_, result)| result.is_ok()) {
        return Some(Trace::Journal(prepared.append.lease));
    }
    let outcomes = written.accepts.iter().flatten().flatten();
    // One that is to be judged anew has left no row.
    let event = events.iter().flatten().zip(outcomes).find(|(_, outcome)| !matches!(outcome, accept::Outcome::Moved));
    event.map(|(event, _)| Trace::Event(event))
}

async fn stands(shared: &Shared, commit: i64, trace: &Trace<'_>) -> Result<bool, Error> {
    if shared.backend == DbBackend::Postgres {
        wait_for_end(shared, trace).await?;
    }
    let (sql, values) = match trace {
        Trace::Journal(lease) => {
            let values = vec![lease.run.0.into(), (lease.seq + 1).into(), commit.into()];
            ("SELECT 1 FROM journal WHERE run_id = $1 AND seq = $2 AND commit_id = $3", values)
        }
        Trace::Event(event) => ("SELECT 1 FROM event WHERE id = $1", vec![event.event.0.into()]),
    };
    Ok(sql::one(&shared.read, sql, values).await?.is_some())
}

/// PostgreSQL may still be at a COMMIT whose connection is gone. It holds what it wrote: taking the same waits until it has ended.
async fn wait_for_end(shared: &Shared, trace: &Trace<'_>) -> Result<(), Error> {
    let tx = shared.begin().await?;
    let held = match trace {
        Trace::Journal(lease) => {
            let sql = format!("SELECT id FROM run WHERE id = $1{}", for_update(shared.backend));
            sql::one(&tx, sql, vec![lease.run.0.into()]).await.map(drop)
        }
        Trace::Event(event) => accept::insert_events(&tx, &[event], &[accept::Outcome::Stored]).await,
    };
    tx.rollback().await?;
    match held {
        // Its key is taken: it stands.
        Err(Error::Database(_)) | Ok(()) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use model::{
        Timestamp, WorkflowDefinition,
        ids::{TriggerId, WorkflowId, WorkspaceId},
        run::RunKind,
    };

    use super::*;
    use crate::{
        DatabaseUrl, Disposition, ManualClock, NewEvent, NewOwner, Options, Scope, Store, limits::Limits, writer::prepare,
    };

    #[tokio::test]
    async fn patience_ends() {
        let ms = Duration::from_millis(1);
        let mut patience = Patience { begun: Instant::now(), most: 20 * ms, pause: ms };
        let mut asked = 0;
        while patience.lasts(&Error::Unavailable("away".into())).await {
            asked += 1;
        }
        assert!((2..=6).contains(&asked), "each pause is longer than the one before: {asked}");
        assert!(patience.begun.elapsed() >= patience.most);
    }

    /// One that is refused is kept, whatever its workflow is; one that is held has to be judged anew, as nothing is paused.
    fn event(workspace: WorkspaceId, workflow: WorkflowId, disposition: Disposition) -> NewEvent {
        NewEvent {
            workspace,
            workflow,
            trigger: TriggerId::from("hook"),
            version: 1,
            kind: RunKind::Live,
            dedupe: None,
            payload: Arc::default(),
            files: Vec::new(),
            received_at: Timestamp(0),
            order_key: None,
            disposition,
            definition: None,
            given: Vec::new(),
            lease_ms: None,
            reply: false,
        }
    }

    #[tokio::test]
    async fn commits_are_looked_up_by_what_they_wrote() {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(DatabaseUrl::Sqlite { dir: dir.path().join("data") });
        let store = Store::open(options, Arc::new(ManualClock::new(Timestamp(1_767_225_600_000)))).await.unwrap();
        let owner = NewOwner {
            email: "ada@example.com".into(),
            name: "Ada".into(),
            password_hash: "$hash".into(),
            workspace: "Main".into(),
            time_zone: "UTC".into(),
        };
        let (_, workspace) = store.create_owner(owner).await.unwrap();
        let workflow =
            store.create_workflow(&Scope::system(workspace.id), "First", &WorkflowDefinition::default()).await.unwrap().id;
        let shared = &store.shared;
        let event = |disposition| event(workspace.id, workflow, disposition);
        let prepared = |new| prepare::event(shared, new, Limits::default(), None).unwrap();
        let refused = || event(Disposition::Refused { reason: "no".into() });
        let moved = vec![prepared(event(Disposition::Hold))];
        let both = vec![vec![prepared(event(Disposition::Hold)), prepared(refused())]];
        let tx = shared.begin().await.unwrap();
        let outcomes = accept::write(&tx, shared, 1, &both, &[]).await.unwrap();
        let written = Written { accepts: vec![Ok(outcomes)], ..Written::default() };
        assert!(matches!(
            written.accepts.as_slice(),
            [Ok(outcomes)] if matches!(outcomes.as_slice(), [accept::Outcome::Moved, accept::Outcome::Stored])
        ));
        tx.commit().await.unwrap();
        assert!(was_written(shared, 1, &written, &both, &[]).await, "the first event has left no row, the second one has");
        let away = "ALTER TABLE event RENAME TO away";
        sql::exec(&shared.write, away, Vec::new()).await.unwrap();
        let back = async {
            tokio::time::sleep(3 * ASK_AGAIN).await;
            sql::exec(&shared.write, "ALTER TABLE away RENAME TO event", Vec::new()).await.unwrap();
        };
        let (stands, ()) = tokio::join!(was_written(shared, 1, &written, &both, &[]), back);
        assert!(stands, "a database that cannot tell is asked again");
        let unwritten = vec![vec![prepared(event(Disposition::Hold)), prepared(refused())]];
        assert!(!was_written(shared, 1, &written, &unwritten, &[]).await);
        let written = Written { accepts: vec![Ok(vec![accept::Outcome::Moved])], ..Written::default() };
        assert!(!was_written(shared, 1, &written, &[moved], &[]).await, "there is nothing to find");
    }
}
