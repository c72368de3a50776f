//! Sends what is due, and tries again what did not go through.

use futures_util::{StreamExt, stream};
use model::{
    Timestamp,
    api::{AlertKind, ToldState},
};
use store::{DueTelling, Error, Raised, Scope};

use crate::{
    Message, Notify, message, quiet,
    send::{Event, Undelivered},
};

/// Messages of one round, and of those at once.
const MOST: u32 = 32;
const AT_ONCE: usize = 8;
/// The first pause before a message is tried again, in milliseconds; doubled up to the longest.
const FIRST_PAUSE_MS: i64 = 30_000;
const LONGEST_PAUSE_MS: i64 = 3_600_000;
/// After so long, in milliseconds, a message is given up.
const GIVE_UP_MS: i64 = 24 * 3_600_000;
/// So often a channel may fail before others hear of it.
const QUIETLY: u32 = 2;

impl Notify {
    /// Sends the messages whose time has come. Gives back how many there were.
    pub async fn tell(&self) -> Result<usize, Error> {
        let due = self.store.due_tellings(MOST).await?;
        let count = due.len();
        let results: Vec<Result<(), Error>> =
            stream::iter(due).map(|telling| self.tell_one(telling)).buffer_unordered(AT_ONCE).collect().await;
        results.into_iter().collect::<Result<(), Error>>()?;
        Ok(count)
    }

    async fn tell_one(&self, telling: DueTelling) -> Result<(), Error> {
        let now = self.store.now();
        let scope = Scope::system(telling.workspace);
        let row = match self.store.channel(&scope, telling.channel).await {
            Ok(row) if row.channel.enabled => row,
            Ok(_) | Err(Error::NotFound(_)) => return self.store.told(&telling, ToldState::Dropped, now, None).await,
            // The others are told all the same.
            Err(error @ Error::Database(_)) => {
                tracing::error!(channel.id = %telling.channel, error = %error, "a channel cannot be read; its message is given up");
                let why = Some("The channel cannot be read. Delete it, and add it anew.");
                return self.store.told(&telling, ToldState::Failed, now, why).await;
            }
            Err(error) => return Err(error),
        };
        if let Some(end) = row.channel.routing.quiet.as_ref().and_then(|hours| quiet::end(hours, now)) {
            return self.store.told(&telling, ToldState::Waiting, end, None).await;
        }
        let message = Message::of(&telling.alert, telling.what, &self.base);
        let event = Event {
            id: format!("{}.{}", telling.alert.id, telling.what.as_str()),
            body: message::event(&telling.alert, telling.what, &self.base, telling.first_at),
        };
        match self.send(telling.workspace, &row, &message, &event).await {
            Ok(()) => {
                self.store.told(&telling, ToldState::Sent, now, None).await?;
                self.works(&telling).await
            }
            Err(undelivered) => self.undelivered(&telling, &row.channel.name, undelivered, now).await,
        }
    }

    async fn works(&self, telling: &DueTelling) -> Result<(), Error> {
        let subject = telling.channel.to_string();
        for alert in self.store.open_alerts(telling.workspace, AlertKind::Undelivered).await? {
            if alert.subject == subject {
                self.store.resolve(alert.id, "The channel delivers again.").await?;
            }
        }
        Ok(())
    }

    async fn undelivered(
        &self,
        telling: &DueTelling,
        channel: &str,
        Undelivered { message, retry_after_ms }: Undelivered,
        now: Timestamp,
    ) -> Result<(), Error> {
        let pause = (FIRST_PAUSE_MS << telling.attempts.min(10)).min(LONGEST_PAUSE_MS);
        let asked = retry_after_ms.map_or(0, |ms| i64::try_from(ms).unwrap_or(i64::MAX)).min(LONGEST_PAUSE_MS);
        let is_late = now.since(telling.first_at) > GIVE_UP_MS;
        let (state, at) = if is_late { (ToldState::Failed, now) } else { (ToldState::Waiting, now.plus_ms(pause.max(asked))) };
        self.store.told(telling, state, at, Some(&message)).await?;
        // That this very alert could not be delivered is told in the pages alone, or it would go round for ever.
        if telling.attempts + 1 < QUIETLY || telling.alert.kind == AlertKind::Undelivered {
            return Ok(());
        }
        let raised = Raised {
            kind: AlertKind::Undelivered,
            subject: telling.channel.to_string(),
            title: format!("Alerts do not reach “{channel}”"),
            text: format!("{} It is tried again for a day. The last one: “{}”.", sentence(&message), telling.alert.title),
            workflow: None,
            connection: None,
            run: None,
            count: u64::from(telling.attempts) + 1,
            at: now,
        };
        self.store.raise(telling.workspace, &raised).await.map(drop)
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
