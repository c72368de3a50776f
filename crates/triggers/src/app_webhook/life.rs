//! The life of a webhook at a vendor: made when a workflow is published, renewed before its end, taken away when nobody wants it.
//!
//! A row is there before the call, so that whatever the vendor asks meanwhile finds it. A call that was cut short may have made a
//! webhook nobody knows of: the next attempt uses another address, and what comes to the old one is refused.

mod attempt;

use connect::Subscribing;
use manifest::Endpoint;
use model::{
    Timestamp,
    api::{SubscriptionState, WorkflowState},
    definition::{AppTrigger, TriggerKind},
    ids::{SubscriptionId, TriggerId, WorkflowId},
};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{ClaimedJob, NewSubscription, SubscriptionRow, Wanted};

use super::{Apps, Known};
use crate::{Error, Ingest};

/// Before its end a webhook is renewed so much earlier, in milliseconds, where its manifest does not say.
const RENEW_BEFORE_MS: i64 = 3_600_000;

impl Ingest {
    /// Looks after the webhooks of the trigger a job names. Gives back when to look next; none: nothing has to be done.
    pub async fn subscribe(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let (Some(workflow), Some((_, trigger)), Some(apps)) = (job.workflow, job.key.rsplit_once(':'), &self.apps) else {
            return Ok(None);
        };
        let trigger = TriggerId::from(trigger);
        let wanted = self.store.wanted(workflow).await?;
        let rows = self.store.subscriptions_of(workflow, &trigger).await?;
        let (app, known) = match target(apps, wanted.as_ref(), &trigger) {
            Target::Known(app, known) => (app, known),
            Target::Nothing => {
                let ids: Vec<SubscriptionId> = rows.iter().map(|row| row.id).collect();
                self.store.end_subscriptions(workflow, &ids).await?;
                return self.step_all(apps, workflow, &trigger).await;
            }
        };
        let workspace = wanted.as_ref().map_or(job.workspace, |wanted| wanted.workspace);
        let new = wanted_row(workspace, workflow, &trigger, &app, known)?;
        let is_there = |row: &&SubscriptionRow| row.state != SubscriptionState::Ending && row.fingerprint == new.fingerprint;
        if !rows.iter().any(|row| is_there(&row)) {
            self.store.add_subscription(new.clone()).await?;
        }
        // Where nothing is made, nothing has to work before the old one goes; what was being made for an older version never gets done.
        let old = rows.iter().filter(|row| {
            row.fingerprint != new.fingerprint && (!new.is_made || row.state == SubscriptionState::Creating || row.key.is_none())
        });
        let old: Vec<SubscriptionId> = old.map(|row| row.id).collect();
        self.store.end_subscriptions(workflow, &old).await?;
        self.step_all(apps, workflow, &trigger).await
    }

    /// First what is to work, then what is to go.
    async fn step_all(&self, apps: &Apps, workflow: WorkflowId, trigger: &TriggerId) -> Result<Option<Timestamp>, Error> {
        for row in self.store.subscriptions_of(workflow, trigger).await? {
            if row.state != SubscriptionState::Ending {
                self.step(apps, &row, &[]).await?;
            }
        }
        let rows = self.store.subscriptions_of(workflow, trigger).await?;
        for row in rows.iter().filter(|row| row.state == SubscriptionState::Ending) {
            self.step(apps, row, &rows).await?;
        }
        let now = self.store.now();
        let left = self.store.subscriptions_of(workflow, trigger).await?;
        // Not at once again, whatever the reason.
        Ok(left.iter().filter_map(|row| next(apps, row)).min().map(|at| at.max(now.plus_ms(1_000))))
    }

    /// Does what is due for one row.
    async fn step(&self, apps: &Apps, row: &SubscriptionRow, all: &[SubscriptionRow]) -> Result<(), Error> {
        if next(apps, row).is_none_or(|at| at > self.store.now()) {
            return Ok(());
        }
        let known = apps.known(&row.connector, &row.app_trigger);
        match (row.state, known) {
            (SubscriptionState::Creating, Some(known)) => self.attempt(apps, row, known, Subscribing::Subscribe).await,
            (SubscriptionState::Active, Some(known)) => {
                let what = if known.webhook.renew.is_some() { Subscribing::Renew } else { Subscribing::Subscribe };
                self.attempt(apps, row, known, what).await
            }
            (SubscriptionState::Ending, Some(known)) if self.is_at_vendor(row, known, all) => {
                self.attempt(apps, row, known, Subscribing::Unsubscribe).await
            }
            (SubscriptionState::Ending, _) => Ok(self.store.drop_subscription(row.workflow, row.id).await?),
            _ => Ok(()),
        }
    }

    /// Whether there is something at the vendor that can be taken away.
    fn is_at_vendor(&self, row: &SubscriptionRow, known: Known<'_>, all: &[SubscriptionRow]) -> bool {
        let Some(unsubscribe) = &known.webhook.unsubscribe else { return false };
        if row.key.is_none() {
            return false;
        }
        if known.is_only_one() {
            // The one that took its place would go.
            let replaced = all.iter().any(|other| {
                other.state != SubscriptionState::Ending && other.connection == row.connection && other.connector == row.connector
            });
            let was_tried = row.since.is_some() || row.busy_until.is_some() || row.failures > 0;
            return was_tried && !replaced;
        }
        // Without the vendor's name for it, it cannot be named.
        let needs_state = serde_json::to_string(unsubscribe).unwrap_or_default().contains("state.");
        let has_state = row.kept.as_object().is_some_and(|kept| !kept.is_empty());
        has_state || (!needs_state && row.busy_until.is_some())
    }
}

/// What a trigger wants now.
enum Target<'a> {
    Known(AppTrigger, Known<'a>),
    Nothing,
}

fn target<'a>(apps: &'a Apps, wanted: Option<&Wanted>, trigger: &TriggerId) -> Target<'a> {
    let live = wanted.filter(|wanted| wanted.state != WorkflowState::Off).and_then(|wanted| wanted.live.as_ref());
    let Some(TriggerKind::App(app)) = live.and_then(|live| live.trigger(trigger)).map(|trigger| &trigger.kind) else {
        return Target::Nothing;
    };
    match apps.known(&app.connector, &app.trigger) {
        Some(known) => Target::Known(app.clone(), known),
        None => Target::Nothing,
    }
}

fn wanted_row(
    workspace: model::ids::WorkspaceId,
    workflow: WorkflowId,
    trigger: &TriggerId,
    app: &AppTrigger,
    known: Known<'_>,
) -> Result<NewSubscription, Error> {
    let input = crate::poll::input(app)?;
    let is_made = known.is_made();
    // What a person entered at the vendor stays as it is, whatever the form says.
    let counts = is_made.then_some(&input);
    let of = json!([app.connector, app.trigger, app.connection, counts, known.webhook.endpoint == Endpoint::App]);
    Ok(NewSubscription {
        workspace,
        workflow,
        trigger: trigger.clone(),
        connector: app.connector.clone(),
        app_trigger: app.trigger.clone(),
        connection: app.connection,
        fingerprint: Sha256::digest(of.to_string().as_bytes()).to_vec(),
        input,
        is_made,
    })
}

/// When something has to be done about a row; nothing: not before somebody asks.
fn next(apps: &Apps, row: &SubscriptionRow) -> Option<Timestamp> {
    let due = match row.state {
        SubscriptionState::Creating | SubscriptionState::Ending => Timestamp(0),
        SubscriptionState::Active => {
            let before_s = apps.known(&row.connector, &row.app_trigger)?.webhook.renew_before_s;
            let before_ms = before_s.and_then(|s| i64::try_from(s).ok()).map_or(RENEW_BEFORE_MS, |s| s.saturating_mul(1_000));
            let since = row.since.unwrap_or(row.created_at);
            // At the earliest half-way: what ends soon is not renewed without a pause.
            let end = row.expires_at?;
            let half = since.plus_ms(end.since(since) / 2);
            end.plus_ms(-before_ms).max(half)
        }
        SubscriptionState::Waiting | SubscriptionState::Off => return None,
    };
    Some(due.max(row.retry_at.unwrap_or(Timestamp(0))).max(row.busy_until.unwrap_or(Timestamp(0))))
}
