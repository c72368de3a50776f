//! Data that no longer looks as the steps expect it.

use std::collections::BTreeSet;

use model::{
    api::AlertKind,
    ids::WorkspaceId,
    shape::{Changed, changes, used},
};
use store::{Error, Learned, Raised};

use crate::Notify;

/// Changes that a message tells of.
const MOST: usize = 3;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let store = &notify.store;
    let mut workflows: BTreeSet<_> = store.learn_shapes(workspace).await?.into_iter().collect();
    let open = store.open_alerts(workspace, AlertKind::Shape).await?;
    // A mended version ends an alert without any new event.
    workflows.extend(open.iter().filter_map(|alert| alert.workflow));
    if workflows.is_empty() {
        return Ok(());
    }
    let workflows: Vec<_> = workflows.into_iter().collect();
    let learned = store.learned(workspace, &workflows).await?;
    let mut raised = Vec::new();
    for one in &learned {
        let definition = store.definition(one.workflow, one.version).await?;
        // An event of a trigger that the version does not have starts nothing.
        if definition.trigger(&one.trigger).is_none() {
            continue;
        }
        let used = used(&definition);
        let changed = changes(&one.shape, used.iter().map(|used| used.path.as_str()));
        if !changed.is_empty() {
            raised.push(alert(one, &changed, store.now()));
        }
    }
    notify.settle(workspace, AlertKind::Shape, raised, "The data is as the steps expect it.").await
}

fn alert(learned: &Learned, changed: &[Changed], now: model::Timestamp) -> Raised {
    let mut text: Vec<String> = changed.iter().take(MOST).map(Changed::words).collect();
    match changed.len().saturating_sub(MOST) {
        0 => {}
        1 => text.push("1 more field has changed.".into()),
        n => text.push(format!("{n} more fields have changed.")),
    }
    text.push("Steps use it: open the workflow and choose what they take instead.".into());
    Raised {
        kind: AlertKind::Shape,
        subject: format!("{}:{}", learned.workflow, learned.trigger),
        title: format!("“{}” gets other data than before", learned.name),
        text: text.join(" "),
        workflow: Some(learned.workflow),
        connection: None,
        run: None,
        count: changed.iter().map(|changed| changed.now).max().unwrap_or(1),
        at: now,
    }
}
