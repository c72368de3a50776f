//! One call to a vendor about a webhook, and what is kept of it.

use connect::{OfTrigger, Subscribing, Webhook};
use manifest::SecretFrom;
use model::{Timestamp, api::SubscriptionState, ids::SecretId, run::ErrorClass};
use rand::TryRngCore as _;
use serde_json::{Map, Value};
use store::{CallOutcome, Made, NewSubscription, SubscriptionRow};

use super::super::{
    Apps, Known, address,
    call::{Ask, Failure, TIMEOUT_MS},
};
use crate::{Error, Ingest};

/// The turn of a call lasts so much longer than the call, in milliseconds.
const MARGIN_MS: i64 = 15_000;
/// The first pause after a failure, in milliseconds; doubles up to the longest.
const FIRST_PAUSE_MS: i64 = 15_000;
const LONGEST_PAUSE_MS: i64 = 3_600_000;
const LONGEST_PAUSE_AUTH_MS: i64 = 300_000;
/// Attempts to take a webhook away; after that its vendor is left to notice that nobody answers.
const MOST_ATTEMPTS_TO_END: u32 = 40;

impl Ingest {
    /// Calls the vendor, unless somebody else is at it.
    pub(super) async fn attempt(
        &self,
        apps: &Apps,
        row: &SubscriptionRow,
        known: Known<'_>,
        what: Subscribing,
    ) -> Result<(), Error> {
        let until = self.store.now().plus_ms(TIMEOUT_MS + MARGIN_MS);
        let is_first = row.state == SubscriptionState::Creating;
        // A call that was cut short may have made one. Repeating a PUT, or what can be there once only, makes no second.
        let repeats = known.webhook.subscribe.as_ref().is_some_and(|spec| spec.method == "PUT") || known.is_only_one();
        let anew = is_first && row.busy_until.is_some() && !repeats;
        let Some(row) = self.store.begin_subscription_call(row.id, until, anew).await? else { return Ok(()) };
        let secret = match self.secret_for(&row, known, is_first && (anew || row.secret.is_none())).await? {
            Ok(secret) => secret,
            Err(failure) => return self.not_done(&row, until, failure, what).await,
        };
        let url = row.key.as_deref().map(|key| address::of_trigger(&self.public_url, key)).unwrap_or_default();
        let webhook = Webhook { input: &row.input, url: &url, secret: secret.as_deref(), state: &row.kept };
        let of = OfTrigger { connector: &row.connector, trigger: &row.app_trigger };
        let result = self.ask(apps, row.workspace, row.connection, of, Ask::Webhook(what, webhook)).await?;
        match (result, what) {
            (Ok(_), Subscribing::Unsubscribe) => Ok(self.store.drop_subscription(row.workflow, row.id).await?),
            (Ok(kept), _) => self.made(&row, until, known, kept.as_object().cloned().unwrap_or_default()).await,
            (Err(failure), _) => self.not_done(&row, until, failure, what).await,
        }
    }

    /// The secret the vendor is told. A new one is durable before the call.
    async fn secret_for(
        &self,
        row: &SubscriptionRow,
        known: Known<'_>,
        is_new: bool,
    ) -> Result<Result<Option<String>, Failure>, Error> {
        if known.webhook.secret != SecretFrom::Ours || row.state == SubscriptionState::Ending {
            return Ok(Ok(None));
        }
        let unusable = |error: vault::Error| {
            tracing::error!(error = %error, "the secret of a webhook cannot be kept");
            Failure::new(ErrorClass::Transient, "subscription.secret", "The secret of the webhook cannot be kept right now.")
        };
        if let (false, Some(id)) = (is_new, row.secret) {
            let revealed = self.vault.reveal(row.workspace, id).await;
            return Ok(revealed.map(|secret| Some(String::from_utf8_lossy(secret.as_bytes()).into_owned())).map_err(unusable));
        }
        let mut bytes = [0u8; 32];
        if rand::rngs::OsRng.try_fill_bytes(&mut bytes).is_err() {
            return Ok(Err(Failure::new(ErrorClass::Transient, "subscription.secret", "The machine gives no randomness.")));
        }
        let secret = hex::encode(bytes);
        match self.seal(row, &secret).await {
            Ok(id) => {
                self.store.set_subscription_secret(row.workflow, row.id, id).await?;
                Ok(Ok(Some(secret)))
            }
            Err(error) => Ok(Err(unusable(error))),
        }
    }

    async fn seal(&self, row: &SubscriptionRow, secret: &str) -> Result<SecretId, vault::Error> {
        self.vault.put_secret(row.workspace, &format!("subscription {}", row.id), "secret", secret).await
    }

    async fn made(
        &self,
        row: &SubscriptionRow,
        until: Timestamp,
        known: Known<'_>,
        mut given: Map<String, Value>,
    ) -> Result<(), Error> {
        let expires_at = given.remove("expires_at").as_ref().and_then(moment);
        let told = given.remove("secret").and_then(|secret| secret.as_str().map(str::to_owned)).filter(|text| !text.is_empty());
        let mut kept = row.kept.as_object().cloned().unwrap_or_default();
        kept.extend(given);
        let secret = match (known.webhook.secret, told, row.secret) {
            (SecretFrom::Answer, Some(secret), _) => match self.seal(row, &secret).await {
                Ok(id) => Some(id),
                Err(error) => {
                    tracing::error!(error = %error, "the secret of a webhook cannot be kept");
                    let message = "The secret of the webhook cannot be kept right now.";
                    let failure =
                        Failure { is_unknown: true, ..Failure::new(ErrorClass::Transient, "subscription.secret", message) };
                    return self.not_done(row, until, failure, Subscribing::Subscribe).await;
                }
            },
            (SecretFrom::Answer, None, None) => {
                let message = format!("{} gave no secret to check deliveries by.", known.connector.name);
                let failure =
                    Failure { is_unknown: true, ..Failure::new(ErrorClass::Permanent, "subscription.no_secret", &message) };
                return self.not_done(row, until, failure, Subscribing::Subscribe).await;
            }
            _ => None,
        };
        let made = Made { kept: Value::Object(kept), secret, expires_at };
        let outcome = CallOutcome::Made(made);
        if self.store.end_subscription_call(row, until, &outcome).await? {
            metrics::counter!("patchbay_subscriptions_total", "outcome" => "made").increment(1);
        } else if let Some(secret) = secret
            && let Err(error) = self.vault.delete(row.workspace, secret).await
        {
            tracing::warn!(error = %error, "a secret that is not used could not be deleted");
        }
        Ok(())
    }

    async fn not_done(&self, row: &SubscriptionRow, until: Timestamp, failure: Failure, what: Subscribing) -> Result<(), Error> {
        if what == Subscribing::Unsubscribe {
            let is_gone = matches!(failure.status, Some(404 | 410)) || failure.is_gone;
            if is_gone || row.failures + 1 >= MOST_ATTEMPTS_TO_END {
                if !matches!(failure.status, Some(404 | 410)) {
                    tracing::warn!(
                        workflow.id = %row.workflow, trigger.id = %row.trigger, connector.id = %row.connector, code = %failure.code,
                        "a webhook stays at its vendor, where it could not be taken away; what it sends is refused"
                    );
                }
                return Ok(self.store.drop_subscription(row.workflow, row.id).await?);
            }
        }
        metrics::counter!("patchbay_subscriptions_total", "outcome" => "failed").increment(1);
        tracing::info!(
            workflow.id = %row.workflow, trigger.id = %row.trigger, connector.id = %row.connector, code = %failure.code,
            "a vendor did not do what was asked about a webhook; it is tried again"
        );
        let now = self.store.now();
        // A person repairs a connection at any time: it must not wait long for the next look.
        let longest_ms = if failure.class == ErrorClass::Auth { LONGEST_PAUSE_AUTH_MS } else { LONGEST_PAUSE_MS };
        let pause_ms = (FIRST_PAUSE_MS << row.failures.min(12)).min(longest_ms);
        let asked_ms = failure.retry_after_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
        let retry_at = now.plus_ms(pause_ms.max(asked_ms.min(24 * 3_600_000)));
        let is_over = row.expires_at.is_some_and(|end| end <= now);
        let is_lost = row.state == SubscriptionState::Active && (is_over || matches!(failure.status, Some(404 | 410)));
        let Failure { code, message, is_unknown, .. } = failure;
        // Only a call that makes one can leave one behind.
        let outcome = if is_unknown && row.state == SubscriptionState::Creating {
            CallOutcome::Unknown { code, message, retry_at }
        } else {
            CallOutcome::Failed { code, message, retry_at }
        };
        self.store.end_subscription_call(row, until, &outcome).await?;
        // What the vendor does not know any more cannot be renewed: another one is made.
        if is_lost && what != Subscribing::Unsubscribe {
            self.store.end_subscriptions(row.workflow, &[row.id]).await?;
            self.store.add_subscription(again(row)).await?;
        }
        Ok(())
    }
}

/// The same once more, with an address of its own.
fn again(row: &SubscriptionRow) -> NewSubscription {
    NewSubscription {
        workspace: row.workspace,
        workflow: row.workflow,
        trigger: row.trigger.clone(),
        connector: row.connector.clone(),
        app_trigger: row.app_trigger.clone(),
        connection: row.connection,
        input: row.input.clone(),
        fingerprint: row.fingerprint.clone(),
        is_made: true,
    }
}

/// When a vendor says a webhook ends: RFC 3339, or seconds or milliseconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    /// Larger numbers are milliseconds.
    const SECONDS_END: i64 = 100_000_000_000;
    let of_number = |number: i64| Timestamp(if number >= SECONDS_END { number } else { number.saturating_mul(1_000) });
    match value {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64)).map(of_number),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(number) => Some(of_number(number)),
            Err(_) => text.trim().parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_millisecond())),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn ends_are_read_as_vendors_write_them() {
        for value in [json!("2026-03-01T12:00:00Z"), json!(1_772_366_400), json!("1772366400000"), json!(1_772_366_400.0)] {
            assert_eq!(moment(&value), Some(Timestamp(1_772_366_400_000)), "{value}");
        }
        for value in [json!("tomorrow"), json!(null), json!([1]), json!("")] {
            assert_eq!(moment(&value), None, "{value}");
        }
    }
}
