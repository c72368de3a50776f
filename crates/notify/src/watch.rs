//! One round over everything. A rule that fails hides no other one, and is an alert of its own.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use model::{api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised};

use crate::{Notify, deaf, disk, ending, expect, overdue, refused, shape, throttled, untrusted};

/// What is looked for, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    Failing,
    Unknown,
    Held,
    Connections,
    Ending,
    Budgets,
    Certificates,
    Backlogs,
    Refusals,
    Triggers,
    Schedules,
    Expected,
    Shapes,
    Data,
    Disk,
}

impl Rule {
    const ALL: [Rule; 15] = [
        Rule::Failing,
        Rule::Unknown,
        Rule::Held,
        Rule::Connections,
        Rule::Ending,
        Rule::Budgets,
        Rule::Certificates,
        Rule::Backlogs,
        Rule::Refusals,
        Rule::Triggers,
        Rule::Schedules,
        Rule::Expected,
        Rule::Shapes,
        Rule::Data,
        Rule::Disk,
    ];

    /// The end of “Patchbay could not look for ...”.
    fn words(self) -> &'static str {
        match self {
            Rule::Failing => "runs that fail",
            Rule::Unknown => "calls whose outcome is unknown",
            Rule::Held => "runs that were stopped",
            Rule::Connections => "connections that were refused",
            Rule::Ending => "connections that end",
            Rule::Budgets => "connections at their limit",
            Rule::Certificates => "certificates that are refused",
            Rule::Backlogs => "runs that wait too long",
            Rule::Refusals => "events that were refused",
            Rule::Triggers => "triggers that get no events",
            Rule::Schedules => "schedules that are late",
            Rule::Expected => "events that should have come",
            Rule::Shapes => "data that has changed",
            Rule::Data => "workflows that keep much data",
            Rule::Disk => "space on the disk",
        }
    }

    /// The subject of its alert; stays for ever.
    fn name(self) -> &'static str {
        match self {
            Rule::Failing => "failing",
            Rule::Unknown => "unknown",
            Rule::Held => "held",
            Rule::Connections => "connections",
            Rule::Ending => "ending",
            Rule::Budgets => "budgets",
            Rule::Certificates => "certificates",
            Rule::Backlogs => "backlogs",
            Rule::Refusals => "refusals",
            Rule::Triggers => "triggers",
            Rule::Schedules => "schedules",
            Rule::Expected => "expected",
            Rule::Shapes => "shapes",
            Rule::Data => "data",
            Rule::Disk => "disk",
        }
    }

    async fn check(self, notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
        match self {
            Rule::Failing => notify.failing(workspace).await,
            Rule::Unknown => notify.unknown(workspace).await,
            Rule::Held => notify.held(workspace).await,
            Rule::Connections => notify.connections(workspace).await,
            Rule::Ending => ending::check(notify, workspace).await,
            Rule::Budgets => throttled::check(notify, workspace).await,
            Rule::Certificates => untrusted::check(notify, workspace).await,
            Rule::Backlogs => notify.backlogs(workspace).await,
            Rule::Refusals => refused::check(notify, workspace).await,
            Rule::Triggers => deaf::check(notify, workspace).await,
            Rule::Schedules => overdue::check(notify, workspace).await,
            Rule::Expected => expect::check(notify, workspace).await,
            Rule::Shapes => shape::check(notify, workspace).await,
            Rule::Data => disk::budgets(notify, workspace).await,
            Rule::Disk => disk::check(notify, workspace).await,
        }
    }
}

/// Rules that failed for a reason that may be over in the next round: only if it is not, somebody is told.
#[derive(Clone, Default)]
pub(crate) struct Doubted(Arc<Mutex<HashSet<(WorkspaceId, Rule)>>>);

impl Doubted {
    fn with<T>(&self, work: impl FnOnce(&mut HashSet<(WorkspaceId, Rule)>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Notify {
    /// Looks at everything once. What cannot be looked at hides nothing else; that nobody could be told of it is the error.
    pub async fn watch(&self) -> Result<(), Error> {
        let mut outcome = Ok(());
        for workspace in self.store.workspaces().await? {
            let mut failed = Vec::new();
            for rule in Rule::ALL {
                match rule.check(self, workspace.id).await {
                    Ok(()) => {
                        self.doubted.with(|doubted| doubted.remove(&(workspace.id, rule)));
                    }
                    Err(error) => failed.push((rule, error)),
                }
            }
            outcome = outcome.and(self.blind(workspace.id, failed).await);
        }
        outcome
    }

    /// Says of which rules nobody is told at the moment.
    async fn blind(&self, workspace: WorkspaceId, failed: Vec<(Rule, Error)>) -> Result<(), Error> {
        const KIND: AlertKind = AlertKind::Blind;
        let open = self.store.open_alerts(workspace, KIND).await?;
        for alert in open.iter().filter(|alert| !failed.iter().any(|(rule, _)| rule.name() == alert.subject)) {
            self.store.resolve(alert.id, "Patchbay looks for it again.").await?;
        }
        for (rule, error) in failed {
            if open.iter().any(|alert| alert.subject == rule.name()) {
                continue;
            }
            let may_pass = matches!(error, Error::Unavailable(_) | Error::Collision);
            if may_pass && self.doubted.with(|doubted| doubted.insert((workspace, rule))) {
                tracing::warn!(workspace.id = %workspace, rule = rule.name(), error = %error, "what alerts are made of could not be read; it is tried again");
                continue;
            }
            tracing::error!(workspace.id = %workspace, rule = rule.name(), error = %error, "what alerts are made of cannot be read");
            let raised = Raised {
                kind: KIND,
                subject: rule.name().to_owned(),
                title: format!("Patchbay could not look for {}", rule.words()),
                text: "Of these there are no alerts until it can again; it is tried every few seconds. The server's log says why: show it to whoever runs this server.".to_owned(),
                workflow: None,
                connection: None,
                run: None,
                count: 1,
                at: self.store.now(),
            };
            self.store.raise(workspace, &raised).await?;
        }
        Ok(())
    }
}
