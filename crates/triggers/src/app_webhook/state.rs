//! How a trigger is reached, told to a person.

use manifest::{Endpoint, SecretFrom};
use model::{
    api::{Subscription, SubscriptionError, SubscriptionState, WorkflowState},
    definition::{Trigger, TriggerKind, WebhookTrigger},
    ids::{TriggerId, WorkflowId},
};
use store::{Scope, SubscriptionRow};

use super::{Known, address};
use crate::{Error, Ingest};

impl Ingest {
    /// Of a webhook, or of a trigger of a connector that is told by one; the draft's, else the live version's.
    pub async fn subscription(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<Subscription, Error> {
        let row = self.store.workflow(scope, workflow).await?;
        let live = match row.live_version {
            Some(version) => Some(self.store.definition(workflow, version).await?),
            None => None,
        };
        let of_live = live.as_ref().and_then(|live| live.trigger(trigger));
        let found = row.draft.trigger(trigger).or(of_live);
        let is_on = row.state != WorkflowState::Off && of_live.is_some();
        match found.map(|trigger| &trigger.kind) {
            Some(TriggerKind::Webhook(webhook)) => self.of_webhook(scope, workflow, trigger, webhook, is_on).await,
            Some(TriggerKind::App(app)) => match self.known(app) {
                Some(known) => self.of_app(scope, workflow, trigger, known, of_live).await,
                None => Err(Error::NotFound("This trigger is not told by a webhook.".into())),
            },
            Some(_) => Err(Error::NotFound("This trigger is not told by a webhook.".into())),
            None => Err(Error::NotFound("The workflow has no such trigger.".into())),
        }
    }

    async fn of_webhook(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        webhook: &WebhookTrigger,
        is_on: bool,
    ) -> Result<Subscription, Error> {
        let hook = self.store.hook_of_trigger(scope, workflow, trigger).await?;
        let url = hook.as_ref().map(|hook| address::of_trigger(&self.public_url, &hook.key));
        let state = if is_on { SubscriptionState::Active } else { SubscriptionState::Off };
        Ok(Subscription {
            test_address: url.as_ref().map(|url| format!("{url}/test")),
            curl: url.as_ref().and_then(|url| address::curl(webhook, url)),
            needs_secret: webhook.verify != model::definition::Verify::None,
            has_secret: hook.is_some_and(|hook| hook.secret.is_some()),
            ..self.bare(trigger, state, url)
        })
    }

    async fn of_app(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        known: Known<'_>,
        live: Option<&Trigger>,
    ) -> Result<Subscription, Error> {
        let rows = self.store.subscriptions(scope, workflow, trigger).await?;
        let row = rows.iter().rfind(|row| row.state != SubscriptionState::Ending).or(rows.last());
        let state = row.map_or(SubscriptionState::Off, |row| row.state);
        let own = self.store.hook_of_trigger(scope, workflow, trigger).await?;
        let mut told = match (known.webhook.endpoint, known.is_made()) {
            (Endpoint::App, _) => {
                let hook = self.store.app_hook(scope.workspace, &known.connector.id).await?;
                let has_secret = self.app_secret(&hook).await.is_ok_and(|secret| secret.is_some());
                let url = address::of_app(&self.public_url, &hook.connector, &hook.key);
                Subscription { has_secret, needs_secret: true, ..self.bare(trigger, state, Some(url)) }
            }
            (Endpoint::Trigger, true) => {
                let key = row.and_then(|row| row.key.as_deref());
                let url = key.map(|key| address::of_trigger(&self.public_url, key));
                let has_secret = row.is_some_and(|row| row.secret.is_some());
                Subscription { has_secret, ..self.bare(trigger, state, url) }
            }
            (Endpoint::Trigger, false) => {
                let url = own.as_ref().map(|hook| address::of_trigger(&self.public_url, &hook.key));
                Subscription {
                    test_address: url.as_ref().map(|url| format!("{url}/test")),
                    needs_secret: known.webhook.secret == SecretFrom::Person,
                    has_secret: own.is_some_and(|hook| hook.secret.is_some()),
                    ..self.bare(trigger, state, url)
                }
            }
        };
        if !known.is_made() {
            told.steps = steps(known, told.address.as_deref());
        }
        if let Some(row) = row {
            told.since = row.since;
            told.expires_at = row.expires_at;
            told.error = error_of(row);
        }
        if told.error.is_none() && known.webhook.route.is_some() {
            told.error = self.unrouted(scope, live).await?;
        }
        Ok(told)
    }

    /// Without its account, a connection's events cannot be told from others.
    async fn unrouted(&self, scope: &Scope, live: Option<&Trigger>) -> Result<Option<SubscriptionError>, Error> {
        let Some(TriggerKind::App(app)) = live.map(|trigger| &trigger.kind) else { return Ok(None) };
        let Some(id) = app.connection else { return Ok(None) };
        let message = match self.store.connection_for_call(scope.workspace, id).await {
            Ok(row) if row.account_id.is_some() => return Ok(None),
            Ok(_) => "Whose account the connection of this trigger is, is not known. Reconnect it.",
            Err(store::Error::NotFound(_)) => "The connection of this trigger does not exist any more. Choose another one.",
            Err(error) => return Err(error.into()),
        };
        let code = "subscription.no_account".to_owned();
        Ok(Some(SubscriptionError { code, message: message.to_owned(), failures: 0, retry_at: None }))
    }

    fn bare(&self, trigger: &TriggerId, state: SubscriptionState, address: Option<String>) -> Subscription {
        Subscription {
            trigger: trigger.clone(),
            state,
            address,
            test_address: None,
            steps: Vec::new(),
            needs_secret: false,
            has_secret: false,
            since: None,
            expires_at: None,
            error: None,
            reachable: address::reachable(&self.public_url),
            curl: None,
        }
    }
}

/// What a person does at the vendor, with the address in its place.
fn steps(known: Known<'_>, url: Option<&str>) -> Vec<String> {
    known.webhook.steps.iter().map(|step| step.replace("{url}", url.unwrap_or("(publish first)"))).collect()
}

fn error_of(row: &SubscriptionRow) -> Option<SubscriptionError> {
    let (code, message) = row.error.clone()?;
    Some(SubscriptionError { code, message, failures: row.failures, retry_at: row.retry_at })
}
