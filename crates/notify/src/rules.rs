//! What is an alert, and when it is over.

use std::collections::HashMap;

use model::{Timestamp, api::AlertKind, ids::WorkspaceId, run::Hold};
use store::{Error, FailedRun, FailureFact, OpenAlert, Raised, Scope};

use crate::Notify;

/// Failures this old, in milliseconds, no longer open an alert: whoever starts Patchbay anew is not told of last week.
const LOOK_BACK_MS: i64 = 15 * 60_000;
/// A bucket of the counts.
const MINUTE_MS: i64 = 60_000;
/// A workflow works again when its runs succeed and none has failed for so long, in milliseconds.
const QUIET_MS: i64 = 2 * MINUTE_MS;
/// A run that waits longer for its turn than this, in milliseconds, is late.
const LATE_RUN_MS: i64 = 10 * 60_000;
/// Begins the subjects of triggers that wait for a person's word.
const WORD: &str = "word:";

impl Notify {
    pub(crate) async fn failing(&self, workspace: WorkspaceId) -> Result<(), Error> {
        const KIND: AlertKind = AlertKind::Failing;
        let now = self.store.now();
        let open = self.store.open_alerts(workspace, KIND).await?;
        for alert in &open {
            let Some(workflow) = alert.workflow else { continue };
            // Gone with its workflow, or older than the counts: somebody has seen it by now.
            let Some(fact) = self.store.failures_of(workspace, workflow, alert.opened_at).await? else {
                self.store.close_alert(alert.id).await?;
                continue;
            };
            if let Some(text) = works_again(&fact, now) {
                self.store.resolve(alert.id, &text).await?;
            } else if fact.failed != alert.count {
                self.raise_failing(workspace, &fact, alert.opened_at).await?;
            }
        }
        for mut fact in self.store.failures_since(workspace, now.plus_ms(-LOOK_BACK_MS)).await? {
            if open.iter().any(|alert| alert.workflow == Some(fact.workflow)) || works_again(&fact, now).is_some() {
                continue;
            }
            let over = self.store.last_resolved(workspace, KIND, &fact.workflow.to_string()).await?;
            if let Some(over) = over {
                // Only what failed since.
                let Some(new) = self.store.failures_of(workspace, fact.workflow, over).await? else { continue };
                fact = new;
            }
            self.raise_failing(workspace, &fact, fact.first_failed).await?;
        }
        Ok(())
    }

    async fn raise_failing(&self, workspace: WorkspaceId, fact: &FailureFact, at: Timestamp) -> Result<(), Error> {
        let last = self.store.last_failed_run(workspace, fact.workflow).await?;
        let first = self.store.first_failed_run(workspace, fact.workflow, at).await?;
        let mut text = format!("{} since {}.", failed(fact.failed), clock(at));
        // What began it is the reason more often than what came of it.
        if let Some(first) = first.as_ref().or(last.as_ref()) {
            text.push_str(&format!(" The first one{}.", why(first)));
            if let Some(last) = last.as_ref().filter(|last| (&last.path, &last.message) != (&first.path, &first.message)) {
                text.push_str(&format!(" The last one{}.", why(last)));
            }
        }
        let raised = Raised {
            kind: AlertKind::Failing,
            subject: fact.workflow.to_string(),
            title: format!("“{}” fails", fact.name),
            text,
            workflow: Some(fact.workflow),
            connection: None,
            run: last.map(|last| last.run),
            count: fact.failed,
            at,
        };
        self.store.raise(workspace, &raised).await.map(drop)
    }

    /// Runs of which nobody knows whether their call happened.
    pub(crate) async fn unknown(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let held = self.store.held_runs(workspace, Hold::Unknown).await?;
        let raised = held.into_iter().map(|fact| Raised {
            kind: AlertKind::OutcomeUnknown,
            subject: fact.workflow.to_string(),
            title: format!("“{}” waits for your word", fact.name),
            text: format!(
                "{} made a call of which nobody knows whether it happened. Look at the other side, then say so on the run's page: it happened, or run it again.",
                runs(fact.runs)
            ),
            workflow: Some(fact.workflow),
            connection: None,
            run: Some(fact.run),
            count: fact.runs,
            at: now,
        });
        self.settle(workspace, AlertKind::OutcomeUnknown, raised.collect(), "No run waits any more.").await
    }

    /// Runs and triggers that the system has stopped until a person lets them go on.
    pub(crate) async fn held(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let held = self.store.held_runs(workspace, Hold::System).await?;
        let of_runs = held.into_iter().map(|fact| Raised {
            kind: AlertKind::Held,
            subject: fact.workflow.to_string(),
            title: format!("“{}” was stopped by the system", fact.name),
            text: format!(
                "{} would go on for ever or cannot be carried on. The run's page says why; there it can be let go on or ended.",
                runs(fact.runs)
            ),
            workflow: Some(fact.workflow),
            connection: None,
            run: Some(fact.run),
            count: fact.runs,
            at: now,
        });
        let waiting = self.store.waiting_triggers(workspace).await?;
        let of_triggers = waiting.into_iter().map(|fact| Raised {
            kind: AlertKind::Held,
            subject: format!("{WORD}{}:{}", fact.workflow, fact.trigger),
            title: format!("“{}” found more than usual", fact.name),
            text: format!(
                "Its trigger found {} new items at once. None of them starts a run, and nothing new is looked for, until you say on the workflow's page whether to take or to skip them.",
                fact.items
            ),
            workflow: Some(fact.workflow),
            connection: None,
            run: None,
            count: 1,
            at: now,
        });
        let raised = of_runs.chain(of_triggers).collect();
        self.settle(workspace, AlertKind::Held, raised, "Nothing waits for a person any more.").await
    }

    pub(crate) async fn connections(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let refused = self.store.refused_connections(workspace).await?;
        let raised = refused.into_iter().map(|fact| {
            let waiting = match fact.waiting {
                0 => "No run waits for it yet.".to_owned(),
                n => format!(
                    "{} for it and will go on by themselves.",
                    if n == 1 { "1 run waits".to_owned() } else { format!("{n} runs wait") }
                ),
            };
            Raised {
                kind: AlertKind::Connection,
                subject: fact.connection.to_string(),
                title: format!("Reconnect “{}”", fact.label),
                text: format!("The other side no longer accepts this connection ({}). {waiting}", fact.connector),
                workflow: None,
                connection: Some(fact.connection),
                run: None,
                count: fact.waiting.max(1),
                at: now,
            }
        });
        self.settle(workspace, AlertKind::Connection, raised.collect(), "The connection works again.").await
    }

    pub(crate) async fn backlogs(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let backlogs = self.store.backlogs(&Scope::system(workspace)).await?;
        let late = backlogs.into_iter().filter(|backlog| backlog.runs > 0 && now.since(backlog.oldest_at) > LATE_RUN_MS);
        let raised = late.map(|backlog| Raised {
            kind: AlertKind::Backlog,
            subject: backlog.workflow.to_string(),
            title: format!("“{}” is behind", backlog.workflow_name),
            text: format!("{} for their turn, the oldest since {}.", waiting(backlog.runs), clock(backlog.oldest_at)),
            workflow: Some(backlog.workflow),
            connection: None,
            run: None,
            count: backlog.runs,
            at: backlog.oldest_at,
        });
        self.settle(workspace, AlertKind::Backlog, raised.collect(), "Nothing waits longer than it should any more.").await
    }

    /// Opens what is wrong, and ends what is no longer.
    pub(crate) async fn settle(
        &self,
        workspace: WorkspaceId,
        kind: AlertKind,
        raised: Vec<Raised>,
        over: &str,
    ) -> Result<(), Error> {
        self.settle_among(workspace, kind, |_| true, raised, over).await
    }

    /// The same of those whose subjects are one's own: others of the kind are found by another rule.
    pub(crate) async fn settle_among(
        &self,
        workspace: WorkspaceId,
        kind: AlertKind,
        own: impl Fn(&str) -> bool,
        raised: Vec<Raised>,
        over: &str,
    ) -> Result<(), Error> {
        let open = self.store.open_alerts(workspace, kind).await?.into_iter().filter(|alert| own(&alert.subject));
        let open: HashMap<String, OpenAlert> = open.map(|alert| (alert.subject.clone(), alert)).collect();
        for alert in open.values().filter(|alert| !raised.iter().any(|raised| raised.subject == alert.subject)) {
            self.store.resolve(alert.id, over).await?;
        }
        for raised in raised {
            if open.get(&raised.subject).is_none_or(|alert| alert.count != raised.count) {
                self.store.raise(workspace, &raised).await?;
            }
        }
        Ok(())
    }
}

/// How it ended, once runs succeed and none fails any more.
fn works_again(fact: &FailureFact, now: Timestamp) -> Option<String> {
    let is_over = now.since(fact.last_failed) >= MINUTE_MS + QUIET_MS
        && fact.last_succeeded.is_some_and(|succeeded| succeeded > fact.last_failed);
    is_over.then(|| {
        let (from, to) = (clock(fact.first_failed), clock(fact.last_failed));
        format!("Its runs succeed again. {} between {from} and {to}; they can be replayed together.", failed(fact.failed))
    })
}

/// Where and why a run failed, as the end of a sentence.
fn why(run: &FailedRun) -> String {
    let place = run.path.as_deref().map(|path| format!(" at “{path}”")).unwrap_or_default();
    let message = run.message.as_deref().unwrap_or("no reason is known").trim_end_matches('.');
    format!("{place}: {message}")
}

fn failed(runs: u64) -> String {
    if runs == 1 { "1 run has failed".into() } else { format!("{runs} runs have failed") }
}

fn runs(n: u64) -> String {
    if n == 1 { "1 run".into() } else { format!("{n} runs") }
}

fn waiting(n: u64) -> String {
    if n == 1 { "1 run waits".into() } else { format!("{n} runs wait") }
}

/// A moment in the text of a message, which knows nobody's zone.
pub(crate) fn clock(at: Timestamp) -> String {
    let text = at.rfc3339();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}
