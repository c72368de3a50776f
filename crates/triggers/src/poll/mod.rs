//! Triggers that look at lists: what is new since the last look becomes events, in one commit with where the next one begins.

mod form;
mod keys;
mod next;
mod outcome;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use connect::{AuthMethod, CallError, Connect, Credential, Polled, Since, Want};
use manifest::{Connector, Poll};
use model::{
    Timestamp,
    api::WorkflowState,
    definition::{AppTrigger, Trigger, TriggerKind},
    ids::{ConnectionId, TriggerId, WorkspaceId},
    run::ErrorClass,
};
use serde_json::Value;
use store::{ClaimedJob, LiveHook, PollPhase, PollState, Untrusted};
use tokio::time::Instant;
use vault::{OpenError, Opened, Tokens};

use self::{keys::Keys, next::Rhythm};
use crate::{Error, Ingest, ingest::Source};

pub use form::input;

/// The kind of job that looks at a list.
pub const JOB: &str = store::POLL;

/// Looks at the same time in one process.
pub const AT_ONCE: usize = 8;

/// So many new items at once are taken; more wait until a person says that they are meant.
pub const MOST_AT_ONCE: usize = 100;

/// One look, in milliseconds; its job is leased for a minute.
const LOOK_MS: u64 = 40_000;
/// A held trigger is looked after so often, in milliseconds; a person's word comes sooner.
const HELD_MS: i64 = 3_600_000;
/// After somebody else changed where the trigger stands, in milliseconds.
const AGAIN_MS: i64 = 1_000;

/// The rate budgets of connections, which looks share with steps.
#[async_trait]
pub trait Permits: Send + Sync + 'static {
    /// Takes a permit for one call; the error says when to come again.
    async fn take(&self, connector: &str, connection: ConnectionId) -> Result<(), Timestamp>;

    /// Learns from what a call came to.
    async fn heed(&self, connection: ConnectionId, error: &CallError);
}

/// Looks at lists. Cheap to clone.
#[derive(Clone)]
pub struct Polls {
    ingest: Ingest,
    tokens: Tokens,
    connect: Connect,
    connectors: Arc<Vec<Connector>>,
    permits: Arc<dyn Permits>,
}

/// One look at one list.
struct Look<'a> {
    hook: Arc<LiveHook>,
    trigger: &'a Trigger,
    app: &'a AppTrigger,
    poll: &'a Poll,
    input: Value,
    rhythm: Rhythm,
    due: Timestamp,
    /// Of the row it begins with.
    seq: Option<i64>,
    before: PollState,
}

/// Why a look failed.
struct Failure {
    class: ErrorClass,
    code: String,
    message: String,
    retry_after_ms: Option<u64>,
}

impl Polls {
    pub fn new(
        ingest: Ingest,
        tokens: Tokens,
        connect: Connect,
        connectors: Arc<Vec<Connector>>,
        permits: Arc<dyn Permits>,
    ) -> Self {
        Polls { ingest, tokens, connect, connectors, permits }
    }

    /// Looks at the list of the trigger a job names. Gives back when to look next; none: there is nothing to look at any more.
    pub async fn look(&self, job: &ClaimedJob) -> Result<Option<Timestamp>, Error> {
        let (Some(workflow), Some((_, trigger))) = (job.workflow, job.key.rsplit_once(':')) else { return Ok(None) };
        let id = TriggerId::from(trigger);
        let hook = match self.ingest.resolve(&Source::Trigger(workflow, &id)).await {
            Ok(hook) => hook,
            Err(Error::Gone(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(def) = hook.live.clone().filter(|_| hook.state != WorkflowState::Off) else { return Ok(None) };
        let Some(trigger) = def.trigger(&id) else { return Ok(None) };
        let TriggerKind::App(app) = &trigger.kind else { return Ok(None) };
        // A trigger of a connector that was taken away cannot look; it ends, as one without a list does, and comes back with a publish.
        let Some(manifest) = self.manifest(app) else { return Ok(None) };
        let Some(poll) = &manifest.poll else { return Ok(None) };
        let rhythm = Rhythm::new(app.every_s, poll.every_s, &job.key);
        let row = self.ingest.store.poll(workflow, &id).await?;
        let seq = row.as_ref().map(|row| row.seq);
        let input = input(app)?;
        let fingerprint = form::fingerprint(app, &input);
        let before = match row.map(|row| row.state).filter(|state| state.fingerprint == fingerprint) {
            Some(state) => PollState { connection: app.connection, ..state },
            None => PollState {
                phase: if app.history { PollPhase::GoingOn } else { PollPhase::First },
                fingerprint,
                connection: app.connection,
                is_whole: true,
                ..PollState::default()
            },
        };
        if before.phase == PollPhase::Held {
            return Ok(Some(self.ingest.store.now().plus_ms(HELD_MS)));
        }
        let look = Look { hook: Arc::clone(&hook), trigger, app, poll, input, rhythm, due: job.available_at, seq, before };
        let Some(connection) = app.connection else {
            let message = "The trigger has no connection. Choose one and publish the workflow again.";
            return self.failed(&look, Failure::new(ErrorClass::Permanent, "connection.missing", message)).await.map(Some);
        };
        if let Err(at) = self.permits.take(&app.connector, connection).await {
            return Ok(Some(at));
        }
        match self.ask(&look, connection).await {
            Ok(polled) => self.found(&look, polled).await.map(Some),
            Err(failure) => self.failed(&look, failure).await.map(Some),
        }
    }

    fn manifest(&self, app: &AppTrigger) -> Option<&manifest::Trigger> {
        self.connectors.iter().find(|connector| connector.id == app.connector)?.trigger(&app.trigger)
    }

    /// Asks the account. Values that are refused are renewed once; refused again, the connection needs its owner.
    async fn ask(&self, look: &Look<'_>, connection: ConnectionId) -> Result<Polled, Failure> {
        let deadline = Instant::now() + Duration::from_millis(LOOK_MS);
        let workspace = look.hook.workspace;
        let opened = self.tokens.open(workspace, connection).await?;
        let first = self.once(look, connection, &opened, deadline).await?;
        let error = match first {
            Ok(polled) => return Ok(polled),
            Err(error) if error.class == ErrorClass::Auth => error,
            Err(error) => return Err(error.into()),
        };
        let refused = match self.tokens.renew(workspace, connection, opened.secret).await {
            Ok(renewed) if renewed.secret != opened.secret => match self.once(look, connection, &renewed, deadline).await? {
                Ok(polled) => return Ok(polled),
                Err(error) if error.class == ErrorClass::Auth => renewed.secret,
                Err(error) => return Err(error.into()),
            },
            Err(later @ OpenError::Later { .. }) => return Err(later.into()),
            _ => opened.secret,
        };
        if let Err(error) = self.ingest.store.refused(connection, refused).await {
            tracing::warn!(connection.id = %connection, error = %error, "a connection could not be marked as needing its owner");
        }
        Err(error.into())
    }

    async fn once(
        &self,
        look: &Look<'_>,
        id: ConnectionId,
        opened: &Opened,
        deadline: Instant,
    ) -> Result<Result<Polled, CallError>, Failure> {
        let credential = self.credential(look.hook.workspace, id, look.app, opened).await?;
        let keys = Keys::of(&self.ingest.store, &look.hook, &look.before.fingerprint);
        let want = match look.before.phase {
            PollPhase::First | PollPhase::Held => Want::Nothing,
            PollPhase::Live => Want::New { at_most: Some(MOST_AT_ONCE) },
            PollPhase::GoingOn => Want::New { at_most: None },
        };
        let since = Since {
            connector: &look.app.connector,
            trigger: &look.app.trigger,
            input: &look.input,
            cursor: look.before.cursor.as_deref(),
            is_whole: look.before.is_whole,
            want,
        };
        let left = deadline.saturating_duration_since(Instant::now());
        let polled = self.connect.poll(since, &keys, &credential, left).await;
        if let Err(error) = &polled {
            self.permits.heed(id, error).await;
            self.distrust(look, error).await;
        }
        Ok(polled)
    }

    /// A look that met a certificate that is not accepted is counted, as a call of a run is.
    async fn distrust(&self, look: &Look<'_>, error: &CallError) {
        let Some(host) = &error.untrusted else { return };
        let refused = Untrusted {
            workspace: look.hook.workspace,
            host: host.clone(),
            message: error.message.clone(),
            workflow: Some(look.hook.workflow),
            run: None,
        };
        if let Err(error) = self.ingest.store.certificate_refused(&refused).await {
            tracing::warn!(workflow.id = %look.hook.workflow, host, error = %error, "that a certificate was refused could not be noted");
        }
    }

    async fn credential(
        &self,
        workspace: WorkspaceId,
        id: ConnectionId,
        app: &AppTrigger,
        opened: &Opened,
    ) -> Result<Credential, Failure> {
        let row = self.ingest.store.connection_for_call(workspace, id).await.map_err(OpenError::from)?;
        if row.connection.connector != app.connector {
            let message = "The connection of the trigger belongs to another service. Choose one that fits, and publish again.";
            return Err(Failure::new(ErrorClass::Permanent, "connection.other", message));
        }
        let method = AuthMethod::parse(&row.connection.method)
            .ok_or_else(|| Failure::new(ErrorClass::Permanent, "connection.method", "The connection is of an unknown kind."))?;
        Ok(Credential { method, values: opened.values.clone(), allowed_hosts: row.connection.hosts })
    }
}

impl Failure {
    fn new(class: ErrorClass, code: &str, message: impl Into<String>) -> Self {
        Failure { class, code: code.to_owned(), message: message.into(), retry_after_ms: None }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Failure { class: error.class, code: error.code, message: error.message, retry_after_ms: error.retry_after_ms }
    }
}

/// Nothing was sent.
impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let (class, code) = match &error {
            OpenError::NeedsReauth(_) => (ErrorClass::Auth, "connection.needs_reauth"),
            OpenError::Empty => (ErrorClass::Auth, "connection.empty"),
            OpenError::Source(inner) => (ErrorClass::Transient, inner.code()),
            OpenError::Gone => {
                let message = "The connection of the trigger was deleted. Choose another one, and publish the workflow again.";
                return Failure::new(ErrorClass::Permanent, "connection.gone", message);
            }
            OpenError::Later { message, retry_after_ms } => {
                let retry_after_ms = Some(*retry_after_ms);
                return Failure { retry_after_ms, ..Failure::new(ErrorClass::Transient, "connection.later", message) };
            }
            OpenError::Vault(inner) => {
                tracing::error!(error = %inner, "credentials cannot be read");
                let message = "The credentials of the connection cannot be read right now.";
                return Failure::new(ErrorClass::Transient, "connection.unreadable", message);
            }
        };
        Failure::new(class, code, error.to_string())
    }
}
