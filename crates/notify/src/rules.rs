//! What is an alert, and when it is over.

use std::collections::HashMap;

use model::{Timestamp, api::AlertKind, ids::WorkspaceId, run::Hold};
use store::{Error, FailureFact, OpenAlert, Raised, Scope};

use crate::{Notify, ending, expect, shape, throttled, untrusted};

/// Failures this old, in milliseconds, no longer open an alert: whoever starts Patchbay anew is not told of last week.
const LOOK_BACK_MS: i64 = 15 * 60_000;
/// A bucket of the counts.
const MINUTE_MS: i64 = 60_000;
/// A workflow works again when its runs succeed and none has failed for so long, in milliseconds.
const QUIET_MS: i64 = 2 * MINUTE_MS;
/// A run that waits longer for its turn than this, in milliseconds, is late.
const LATE_RUN_MS: i64 = 10 * 60_000;
/// A slot of a schedule that has not fired after so long, in milliseconds, is late.
const LATE_SLOT_MS: i64 = 2 * MINUTE_MS;
/// What happened once is open for so long, in milliseconds.
const ONCE_MS: i64 = 24 * 60 * MINUTE_MS;
/// Tries in a row that fail before a trigger counts as deaf: vendors have their moments.
const DEAF: u32 = 3;
/// Share of the disk that is free, in percent: below the first it is an alert, above the second it is over.
const DISK_LOW: u64 = 5;
const DISK_WELL: u64 = 8;
/// With so many bytes free a disk is well, however large it is.
const DISK_PLENTY: u64 = 10_000_000_000;

impl Notify {
    /// Looks at everything once.
    pub async fn watch(&self) -> Result<(), Error> {
        for workspace in self.store.workspaces().await? {
            let workspace = workspace.id;
            self.failing(workspace).await?;
            self.held(workspace, AlertKind::OutcomeUnknown, Hold::Unknown).await?;
            self.held(workspace, AlertKind::Held, Hold::System).await?;
            self.connections(workspace).await?;
            ending::check(self, workspace).await?;
            throttled::check(self, workspace).await?;
            untrusted::check(self, workspace).await?;
            self.backlogs(workspace).await?;
            self.triggers(workspace).await?;
            self.schedules(workspace).await?;
            expect::check(self, workspace).await?;
            shape::check(self, workspace).await?;
            self.disk(workspace).await?;
        }
        Ok(())
    }

    async fn failing(&self, workspace: WorkspaceId) -> Result<(), Error> {
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
        let mut text = format!("{} since {}.", failed(fact.failed), clock(at));
        if let Some(last) = &last {
            let place = last.path.as_deref().map(|path| format!(" at “{path}”")).unwrap_or_default();
            let message = last.message.as_deref().unwrap_or("no reason is known").trim_end_matches('.');
            text.push_str(&format!(" The last one{place}: {message}."));
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

    async fn held(&self, workspace: WorkspaceId, kind: AlertKind, hold: Hold) -> Result<(), Error> {
        let now = self.store.now();
        let mut raised = Vec::new();
        for fact in self.store.held_runs(workspace, hold).await? {
            let runs = runs(fact.runs);
            let (title, text) = match hold {
                Hold::Unknown => (
                    format!("“{}” waits for your word", fact.name),
                    format!(
                        "{runs} made a call of which nobody knows whether it happened. Look at the other side, then say so on the run's page: it happened, or run it again."
                    ),
                ),
                _ => (
                    format!("“{}” was stopped by the system", fact.name),
                    format!(
                        "{runs} would go on for ever or cannot be read. The run's page says why and lets it go on or ends it."
                    ),
                ),
            };
            let (workflow, run) = (Some(fact.workflow), Some(fact.run));
            raised.push(Raised {
                kind,
                subject: fact.workflow.to_string(),
                title,
                text,
                workflow,
                connection: None,
                run,
                count: fact.runs,
                at: now,
            });
        }
        self.settle(workspace, kind, raised, "No run waits any more.").await
    }

    async fn connections(&self, workspace: WorkspaceId) -> Result<(), Error> {
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

    async fn backlogs(&self, workspace: WorkspaceId) -> Result<(), Error> {
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

    async fn triggers(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let raised = self.store.deaf_triggers(workspace, DEAF).await?.into_iter().map(|fact| Raised {
            kind: AlertKind::Trigger,
            subject: format!("{}:{}", fact.workflow, fact.trigger),
            title: format!("“{}” gets no events", fact.name),
            text: format!(
                "Its trigger has failed {} times in a row and is tried again by itself. The last time: {}.",
                fact.failures,
                fact.message.trim_end_matches('.')
            ),
            workflow: Some(fact.workflow),
            connection: None,
            run: None,
            count: fact.failures,
            at: now,
        });
        self.settle(workspace, AlertKind::Trigger, raised.collect(), "The trigger gets events again.").await
    }

    async fn schedules(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let now = self.store.now();
        let overdue = self.store.overdue_schedules(workspace, now.plus_ms(-LATE_SLOT_MS)).await?;
        let raised = overdue.into_iter().map(|fact| Raised {
            kind: AlertKind::Missed,
            subject: format!("{SLOT}{}:{}", fact.workflow, fact.trigger),
            title: format!("“{}” did not start on time", fact.name),
            text: format!("Its schedule was due at {} and has not fired yet.", clock(fact.due_at)),
            workflow: Some(fact.workflow),
            connection: None,
            run: None,
            count: 1,
            at: fact.due_at,
        });
        let raised: Vec<_> = raised.collect();
        for alert in self.store.open_alerts(workspace, AlertKind::Missed).await? {
            let is_due = raised.iter().any(|raised| raised.subject == alert.subject);
            if alert.subject.starts_with(SLOT) && !is_due {
                self.store.resolve(alert.id, "The schedule has fired since.").await?;
            } else if alert.subject.starts_with(triggers::schedule::LATE) && now.since(alert.opened_at) > ONCE_MS {
                self.store.close_alert(alert.id).await?;
            }
        }
        for raised in raised {
            self.store.raise(workspace, &raised).await?;
        }
        Ok(())
    }

    async fn disk(&self, workspace: WorkspaceId) -> Result<(), Error> {
        let Some(dir) = &self.data_dir else { return Ok(()) };
        let Ok(disk) = rustix::fs::statvfs(dir.as_path()) else { return Ok(()) };
        let free = (disk.f_bavail * 100).checked_div(disk.f_blocks).unwrap_or(100);
        let is_open = !self.store.open_alerts(workspace, AlertKind::Storage).await?.is_empty();
        let is_low = free < if is_open { DISK_WELL } else { DISK_LOW };
        let has_plenty = disk.f_bavail.saturating_mul(disk.f_frsize) >= DISK_PLENTY;
        let raised = (is_low && !has_plenty).then(|| Raised {
            kind: AlertKind::Storage,
            subject: "disk".into(),
            title: "The disk is nearly full".into(),
            text: format!(
                "{} MB are free where the data is kept. When nothing is left, events are refused until there is space again; keep runs for a shorter time or make the disk larger.",
                disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000
            ),
            workflow: None,
            connection: None,
            run: None,
            count: 1,
            at: self.store.now(),
        });
        self.settle(workspace, AlertKind::Storage, raised.into_iter().collect(), "There is space again.").await
    }

    /// Opens what is wrong, and ends what is no longer.
    pub(crate) async fn settle(
        &self,
        workspace: WorkspaceId,
        kind: AlertKind,
        raised: Vec<Raised>,
        over: &str,
    ) -> Result<(), Error> {
        let open: HashMap<String, OpenAlert> =
            self.store.open_alerts(workspace, kind).await?.into_iter().map(|alert| (alert.subject.clone(), alert)).collect();
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

/// Begins the subjects of slots that are due now.
const SLOT: &str = "slot:";

/// How it ended, once runs succeed and none fails any more.
fn works_again(fact: &FailureFact, now: Timestamp) -> Option<String> {
    let is_over = now.since(fact.last_failed) >= MINUTE_MS + QUIET_MS
        && fact.last_succeeded.is_some_and(|succeeded| succeeded > fact.last_failed);
    is_over.then(|| {
        let (from, to) = (clock(fact.first_failed), clock(fact.last_failed));
        format!("Its runs succeed again. {} between {from} and {to}; they can be replayed together.", failed(fact.failed))
    })
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
