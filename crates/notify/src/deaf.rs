//! Triggers that get no events because looks at their lists, or their webhooks at vendors, fail.

use model::{api::AlertKind, ids::WorkspaceId};
use store::{Error, Raised};

use crate::Notify;

/// Tries in a row that fail before a trigger counts as deaf: vendors have their moments.
const DEAF: u32 = 3;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let now = notify.store.now();
    let raised = notify.store.deaf_triggers(workspace, DEAF).await?.into_iter().map(|fact| Raised {
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
    notify.settle(workspace, AlertKind::Trigger, raised.collect(), "The trigger gets events again.").await
}
