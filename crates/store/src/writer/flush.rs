use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sea_orm::DatabaseTransaction;
use tokio::sync::{mpsc, oneshot};

use super::{
    Accepted, Appended, PreparedAppend, PreparedEvent, Submission, Then, accept, append, doubt::was_written, lanes::lock_ahead,
};
use crate::{Error, failpoint, store::Shared};

/// Limits of one transaction: commits, and bytes of what they write.
const MAX_COMMITS: usize = 1_000;
const MAX_BYTES: usize = 4 * 1024 * 1024;
const REPEATS: usize = 5;

/// Writes until the store closes and nothing waits any more.
pub(crate) async fn run(shared: Arc<Shared>, mut waiting: mpsc::Receiver<Submission>) {
    let mut taken = Vec::new();
    // Commits that had to wait because another one of their run was in the flush before.
    let mut next: Vec<Submission> = Vec::new();
    loop {
        if shared.closing.is_cancelled() {
            // What was handed in is still written.
            waiting.close();
        }
        if next.is_empty() {
            tokio::select! {
                biased;
                n = waiting.recv_many(&mut taken, MAX_COMMITS) => if n == 0 { return },
                () = shared.closing.cancelled(), if !waiting.is_closed() => continue,
            }
        } else {
            taken.append(&mut next);
            while taken.len() < MAX_COMMITS {
                let Ok(submission) = waiting.try_recv() else { break };
                taken.push(submission);
            }
        }
        let batch = Batch::collect(&mut taken, &mut next);
        batch.write(&shared).await;
    }
}

type Answer<T> = oneshot::Sender<Result<T, Error>>;

/// What one transaction writes.
#[derive(Default)]
struct Batch {
    accepts: Vec<(Vec<PreparedEvent>, Answer<Vec<Accepted>>)>,
    appends: Vec<(Box<PreparedAppend>, Answer<Appended>)>,
}

impl Batch {
    /// Takes from the front as much as the limits allow, and at most one commit per run; the rest goes to `next` in order.
    fn collect(taken: &mut Vec<Submission>, next: &mut Vec<Submission>) -> Batch {
        let mut batch = Batch::default();
        let (mut bytes, mut commits) = (0, 0);
        let mut runs = HashSet::new();
        for submission in taken.drain(..) {
            let (size, count, free) = match &submission {
                Submission::Accept { events, .. } => (events.iter().map(|e| e.bytes).sum::<usize>(), events.len(), true),
                Submission::Append { append, .. } => (append.bytes, 1, !runs.contains(&append.append.lease.run)),
            };
            let fits = commits == 0 || bytes + size <= MAX_BYTES && commits + count <= MAX_COMMITS;
            if !free || !fits {
                if let Submission::Append { append, .. } = &submission {
                    // Whatever else comes of this run must stay behind this commit.
                    runs.insert(append.append.lease.run);
                }
                next.push(submission);
                continue;
            }
            (bytes, commits) = (bytes + size, commits + count);
            match submission {
                Submission::Accept { events, answer } => batch.accepts.push((events, answer)),
                Submission::Append { append, answer } => {
                    runs.insert(append.append.lease.run);
                    batch.appends.push((append, answer));
                }
            }
        }
        batch
    }

    /// Writes everything in one transaction; should that fail, each commit in one of its own, so that only the culprit fails.
    async fn write(self, shared: &Shared) {
        let (events, event_answers): (Vec<_>, Vec<_>) = self.accepts.into_iter().unzip();
        let (appends, append_answers): (Vec<_>, Vec<_>) = self.appends.into_iter().unzip();
        let commits = events.len() + appends.len();
        let mut written = Written::default();
        match watched(shared, &events, &appends).await {
            Ok(done) => written = done,
            Err(error @ Error::Unavailable(_)) => {
                written.accepts = events.iter().map(|_| Err(error.clone())).collect();
                written.appends = appends.iter().map(|_| Err(error.clone())).collect();
            }
            Err(error) if commits == 1 => {
                written.accepts = events.iter().map(|_| Err(error.clone())).collect();
                written.appends = appends.iter().map(|_| Err(error.clone())).collect();
            }
            Err(error) => {
                tracing::warn!(error = %error, commits, "a group of commits failed; each is written by itself");
                for one in &events {
                    let done = watched(shared, std::slice::from_ref(one), &[]).await;
                    written.accepts.push(done.and_then(|mut done| done.accepts.pop().unwrap_or(Err(Error::Fenced))));
                }
                for one in &appends {
                    let done = watched(shared, &[], std::slice::from_ref(one)).await;
                    written.appends.push(done.and_then(|mut done| done.appends.pop().unwrap_or(Err(Error::Fenced))));
                }
            }
        }
        // After the commit: first those who watch, then the caller, who may ask for what was announced.
        let mut unleased = false;
        for ((events, result), answer) in events.into_iter().zip(written.accepts).zip(event_answers) {
            let result = result.map(|outcomes| accept::finish(shared, events, outcomes, &mut unleased));
            // The caller may have gone away; what is written stays written.
            let _ = answer.send(result);
        }
        for ((prepared, result), answer) in appends.into_iter().zip(written.appends).zip(append_answers) {
            let result = append::finish(shared, *prepared, result, &mut unleased);
            let _ = answer.send(result);
        }
        if unleased {
            shared.announce_work();
        }
    }
}

/// One result per submission, in order.
#[derive(Default)]
pub(super) struct Written {
    pub accepts: Vec<Result<Vec<accept::Outcome>, Error>>,
    pub appends: Vec<Result<append::Done, Error>>,
}

/// Runs whose commits cannot be written because something beside their journal has changed, and what they are told.
pub(super) type Refused = HashMap<i64, Error>;

/// The same, seen by whoever asks whether the database can be written.
async fn watched(shared: &Shared, events: &[Vec<PreparedEvent>], appends: &[Box<PreparedAppend>]) -> Result<Written, Error> {
    shared.health.flush_begins();
    let done = flush(shared, events, appends).await;
    shared.health.flushed(done.as_ref().err());
    done
}

/// Writes all in one transaction. Commits that are refused are left out, and the others tried again.
async fn flush(shared: &Shared, events: &[Vec<PreparedEvent>], appends: &[Box<PreparedAppend>]) -> Result<Written, Error> {
    let mut left = REPEATS;
    let mut refused = Refused::new();
    loop {
        let stand: Vec<&PreparedAppend> =
            appends.iter().map(|append| &**append).filter(|append| !refused.contains_key(&append.append.lease.run.0)).collect();
        if events.is_empty() && stand.is_empty() {
            return Ok(with_refused(Written::default(), appends, &refused));
        }
        let commit = shared.next_id();
        let tx = shared.begin().await?;
        let mut newly = Refused::new();
        let done = fill(&tx, shared, commit, events, &stand, &mut newly).await;
        if done.is_ok() && !newly.is_empty() {
            let _ = tx.rollback().await;
            refused.extend(newly);
            continue;
        }
        let result = match done {
            Ok(written) => match commit_between_failpoints(tx, events, &stand).await {
                Ok(()) => return Ok(with_refused(written, appends, &refused)),
                Err(error) => match Error::from(error) {
                    // The answer to COMMIT may have been lost on the way; the commit's own rows tell.
                    Error::Unavailable(_) if was_written(shared, commit, &written, events, &stand).await => {
                        return Ok(with_refused(written, appends, &refused));
                    }
                    error => Err(error),
                },
            },
            Err(error) => {
                // A connection that is gone has rolled back already.
                let _ = tx.rollback().await;
                Err(error)
            }
        };
        match result {
            Err(Error::Collision) if left > 0 => left -= 1,
            Err(Error::Collision) => return Err(Error::Unavailable("too many transactions at once".into())),
            result => return result,
        }
    }
}

/// Puts the answers of refused commits in their places.
fn with_refused(mut written: Written, appends: &[Box<PreparedAppend>], refused: &Refused) -> Written {
    if !refused.is_empty() {
        let mut stood = std::mem::take(&mut written.appends).into_iter();
        let mut answer = |append: &PreparedAppend| match refused.get(&append.append.lease.run.0) {
            Some(error) => Err(error.clone()),
            None => stood.next().unwrap_or(Err(Error::Fenced)),
        };
        written.appends = appends.iter().map(|append| answer(append)).collect();
    }
    written
}

/// Commits; a test may end the process right before or after, by what the transaction holds.
async fn commit_between_failpoints(
    tx: DatabaseTransaction,
    events: &[Vec<PreparedEvent>],
    appends: &[&PreparedAppend],
) -> Result<(), sea_orm::DbErr> {
    let pass = |[accept, append, end]: [&str; 3]| {
        if !events.is_empty() {
            failpoint::reach(accept);
        }
        if !appends.is_empty() {
            failpoint::reach(append);
        }
        if appends.iter().any(|append| append.append.then == Then::Done) {
            failpoint::reach(end);
        }
    };
    pass(["accept.before_commit", "append.before_commit", "end.before_commit"]);
    tx.commit().await?;
    pass(["accept.after_commit", "append.after_commit", "end.after_commit"]);
    Ok(())
}

async fn fill(
    tx: &DatabaseTransaction,
    shared: &Shared,
    commit: i64,
    events: &[Vec<PreparedEvent>],
    appends: &[&PreparedAppend],
    refused: &mut Refused,
) -> Result<Written, Error> {
    let mut written = Written::default();
    let leaving: Vec<i64> = appends.iter().filter(|append| append.may_leave).map(|append| append.append.lease.run.0).collect();
    if events.is_empty() {
        lock_ahead(tx, [], &leaving).await?;
    } else {
        let mut outcomes = accept::write(tx, shared, commit, events, &leaving).await?.into_iter();
        written.accepts = events.iter().map(|events| Ok(outcomes.by_ref().take(events.len()).collect())).collect();
    }
    if !appends.is_empty() {
        written.appends = append::write(tx, shared, commit, appends, refused).await?;
    }
    Ok(written)
}
