//! Connections that end and cannot renew themselves.

use model::{Timestamp, api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised};

use crate::{Notify, rules::clock};

/// So long before the end somebody is told, in milliseconds: a week leaves time on every working day.
const AHEAD_MS: i64 = 7 * 24 * 3_600_000;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let now = notify.store.now();
    let ending = notify.store.ending_connections(workspace, now.plus_ms(AHEAD_MS)).await?;
    let raised = ending.into_iter().map(|fact| Raised {
        kind: AlertKind::Ending,
        // Connected again, it may end again: that is another alert.
        subject: format!("{}:{}", fact.connection, fact.ends_at.ms()),
        title: format!("“{}” {}", fact.label, when(fact.ends_at, now)),
        text: format!(
            "Its access to {} ends at {} and cannot be renewed without a person. Reconnect it; steps and runs keep it.",
            fact.connector,
            clock(fact.ends_at)
        ),
        workflow: None,
        connection: Some(fact.connection),
        run: None,
        count: 1,
        at: now,
    });
    notify.settle(workspace, AlertKind::Ending, raised.collect(), "It was connected again, or deleted.").await
}

/// As it was when the alert was raised: its title stays.
fn when(end: Timestamp, now: Timestamp) -> &'static str {
    if end > now { "has to be connected again within days" } else { "has ended" }
}
