//! Schedules that should have fired and have not.

use model::{api::AlertKind, definition::TriggerKind, ids::WorkspaceId};
use store::{Error, OverdueFact, Raised, Scope};
use triggers::schedule::{LATE, Plan};

use crate::{Notify, rules::clock};

/// Begins the subjects of slots that are due now.
const SLOT: &str = "slot:";
/// What happened once is open for so long, in milliseconds.
const ONCE_MS: i64 = 24 * 3_600_000;

pub(crate) async fn check(notify: &Notify, workspace: WorkspaceId) -> Result<(), Error> {
    let (store, now) = (&notify.store, notify.store.now());
    let overdue = store.overdue_schedules(workspace).await?;
    let open = store.open_alerts(workspace, AlertKind::Missed).await?;
    for alert in &open {
        let is_due = overdue.iter().any(|fact| subject(fact) == alert.subject);
        if alert.subject.starts_with(SLOT) && !is_due {
            store.resolve(alert.id, "The schedule has fired since, or is no more.").await?;
        } else if alert.subject.starts_with(LATE) && now.since(alert.opened_at) > ONCE_MS {
            store.close_alert(alert.id).await?;
        }
    }
    for fact in overdue.iter().filter(|fact| !open.iter().any(|alert| alert.subject == subject(fact))) {
        let why = unreadable(notify, workspace, fact).await.unwrap_or_else(|| "It is tried again by itself.".to_owned());
        let raised = Raised {
            kind: AlertKind::Missed,
            subject: subject(fact),
            title: format!("“{}” did not start on time", fact.name),
            text: format!("Its schedule was due at {} and has not fired yet. {why}", clock(fact.due_at)),
            workflow: Some(fact.workflow),
            connection: None,
            run: None,
            count: 1,
            at: fact.due_at,
        };
        store.raise(workspace, &raised).await?;
    }
    Ok(())
}

fn subject(of: &OverdueFact) -> String {
    format!("{SLOT}{}:{}", of.workflow, of.trigger)
}

/// Why the schedule of the live version cannot fire before somebody changes it; nothing where that is not the reason.
async fn unreadable(notify: &Notify, workspace: WorkspaceId, fact: &OverdueFact) -> Option<String> {
    let row = notify.store.workflow(&Scope::system(workspace), fact.workflow).await.ok()?;
    let Ok(definition) = notify.store.definition(fact.workflow, row.live_version?).await else {
        return Some("Its published version cannot be read; publish it anew.".to_owned());
    };
    let TriggerKind::Schedule(schedule) = &definition.trigger(&fact.trigger)?.kind else { return None };
    let problem = Plan::new(schedule, &definition.settings.time_zone).err()?;
    Some(format!("It cannot fire before somebody mends and publishes it: {}.", problem.trim_end_matches('.')))
}
