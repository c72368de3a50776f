//! Connections at their limit.

use model::{api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised};

use crate::{Notify, disk::BYTES, rules::clock};

/// So long runs have to have waited, in milliseconds, before somebody is told: a burst that drains by itself is no message.
const LONG_MS: i64 = 5 * 60_000;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let now = notify.store.now();
    let throttled = notify.store.throttled(workspace, now.plus_ms(-LONG_MS)).await?;
    let raised = throttled.into_iter().map(|fact| {
        let waiting = match fact.waiting {
            0 => "No run waits at this moment.".to_owned(),
            1 => "1 run waits now.".to_owned(),
            n => format!("{n} runs wait now."),
        };
        let limited = match fact.limited {
            0 => String::new(),
            1 => " The other side said once within the last hour that it was too much.".to_owned(),
            n => format!(" The other side said {n} times within the last hour that it was too much."),
        };
        Raised {
            kind: AlertKind::Budget,
            subject: fact.connection.to_string(),
            title: format!("“{}” makes runs wait", fact.label),
            text: format!(
                "Since {} there have been more calls than its limit ({}) allows. {waiting}{limited} They go on by themselves, in time; for less \
                 waiting, let workflows call it less often or have the limit raised.",
                clock(fact.since),
                fact.connector
            ),
            workflow: None,
            connection: Some(fact.connection),
            run: None,
            count: fact.waiting.max(1),
            at: fact.since,
        }
    });
    let own = |subject: &str| !subject.starts_with(BYTES);
    let over = "Its calls go out without waiting again.";
    notify.settle_among(workspace, AlertKind::Budget, own, raised.collect(), over).await
}
