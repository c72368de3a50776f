//! Makes something happen in a sandbox, so that a live trigger is seen to notice: as a delivery of the simulated vendor
//! (`app_webhook::simulated`), as something new in its list, or, for triggers without a vendor, as a start with their sample.

use std::{sync::Arc, time::Duration};

use connect::{Happening as Wanted, Occurred};
use model::{
    Role, WorkflowDefinition,
    api::{Came, Happened, Happening, HappeningWay, HookOutcome, Noticed, WantedHappening, WorkflowState},
    definition::{AppTrigger, Trigger, TriggerKind},
    ids::{ConnectionId, TriggerId, WorkflowId},
    step::StepKind,
};
use serde_json::Value;
use store::{LiveHook, PollPhase, Scope};

use crate::{
    Error, Ingest,
    app_webhook::Apps,
    ingest::{Incoming, Source, Taken, off},
    nesting,
};

/// What was made up by a person, in bytes of JSON.
const MOST_BYTES: usize = 96 * 1024;
/// What is late happened so long ago, in milliseconds: longer than signatures and the overlap of looks bear.
pub(crate) const LATE_MS: i64 = 3_600_000;
/// A trigger that was published a moment ago is waited for.
const WAIT: Duration = Duration::from_millis(250);
const WAITS: u32 = 60;

/// A live trigger of a connector, with its sandbox.
pub(crate) struct Simulated<'a> {
    pub hook: Arc<LiveHook>,
    pub app: AppTrigger,
    pub apps: &'a Apps,
    pub manifest: &'a manifest::Trigger,
    pub connection: ConnectionId,
    /// The account's id, as the connection keeps it.
    pub account: String,
}

impl Ingest {
    /// What would happen; nothing happens yet.
    pub async fn happening(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<Happening, Error> {
        let hook = self.started(scope, workflow, trigger).await?;
        let Some(of) = self.simulated(scope, &hook).await? else {
            let event = self.sample(scope, &hook).await?;
            let mut ways = vec![HappeningWay::Usual];
            ways.extend(hook.live_trigger().and_then(|trigger| trigger.dedupe.as_ref()).map(|_| HappeningWay::Doubled));
            return Ok(Happening { noticed: Noticed::Start, ways, event });
        };
        let event = match self.occur(&of, None, HappeningWay::Usual, true).await? {
            Occurred::Sent { event, .. } | Occurred::Listed { event } => event,
        };
        Ok(Happening { noticed: noticed(of.manifest), ways: ways(of.manifest), event })
    }

    /// Makes it happen. Waits a while for a trigger that was published a moment ago.
    pub async fn happen(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        trigger: &TriggerId,
        wanted: WantedHappening,
    ) -> Result<Happened, Error> {
        // It starts live runs, as starting one by hand does.
        scope.require(Role::Operator)?;
        let hook = self.started(scope, workflow, trigger).await?;
        let WantedHappening { way, event } = wanted;
        if let Some(event) = &event {
            nesting::check("the event", event)?;
            if event.to_string().len() > MOST_BYTES {
                return Err(Error::Invalid(format!("A sandbox takes events of at most {MOST_BYTES} bytes.")));
            }
        }
        if let Some(live) = &hook.live {
            self.only_sandboxes(scope, live).await?;
        }
        match self.simulated(scope, &hook).await? {
            None => self.start(scope, hook, way, event).await,
            Some(of) if !ways(of.manifest).contains(&way) => {
                Err(Error::Invalid("What this trigger is told cannot happen in this way.".into()))
            }
            Some(of) if of.manifest.webhook.is_some() => self.deliver(scope, &of, way, event).await,
            Some(of) => self.list(scope, &of, way, event).await,
        }
    }

    /// The trigger, as it is live and takes events.
    async fn started(&self, scope: &Scope, workflow: WorkflowId, trigger: &TriggerId) -> Result<Arc<LiveHook>, Error> {
        scope.require(Role::Maker)?;
        // Also proves that the workflow belongs to the caller's workspace.
        self.store.workflow(scope, workflow).await?;
        let hook = self.resolve(&Source::Trigger(workflow, trigger)).await?;
        if hook.live_trigger().is_none() {
            return Err(off(&hook));
        }
        match hook.state {
            WorkflowState::Off => Err(Error::Gone("The workflow is off: turn it on, and then make it happen.".into())),
            WorkflowState::On | WorkflowState::Paused => Ok(hook),
        }
    }

    /// Nothing for a trigger without a vendor. One of a real account is refused.
    async fn simulated(&self, scope: &Scope, hook: &Arc<LiveHook>) -> Result<Option<Simulated<'_>>, Error> {
        let Some(Trigger { kind: TriggerKind::App(app), .. }) = hook.live_trigger() else { return Ok(None) };
        let gone = || Error::Gone("The connector has no such trigger any more. Choose another one, and publish again.".into());
        let apps = self.apps.as_ref().ok_or_else(gone)?;
        let connector = apps.connectors.iter().find(|known| known.id == app.connector).ok_or_else(gone)?;
        let manifest = connector.trigger(&app.trigger).ok_or_else(gone)?;
        let real = || Error::Invalid("Things can be made to happen in sandboxes only, and this trigger has none.".into());
        let connection = app.connection.ok_or_else(real)?;
        let row = self.store.connection_to_use(scope, connection).await?;
        if !row.connection.sandbox || row.connection.connector != app.connector {
            return Err(real());
        }
        let account = row.account_id.unwrap_or_default();
        Ok(Some(Simulated { hook: Arc::clone(hook), app: app.clone(), apps, manifest, connection, account }))
    }

    /// Has the simulated account do it.
    pub(crate) async fn occur(
        &self,
        of: &Simulated<'_>,
        event: Option<Value>,
        way: HappeningWay,
        is_trial: bool,
    ) -> Result<Occurred, Error> {
        let input = crate::poll::input(&of.app)?;
        let input = connect::trigger_input(of.manifest, &input).map_err(|error| Error::Invalid(error.message))?;
        let wanted = Wanted {
            trigger: of.app.trigger.clone(),
            input,
            account: of.account.clone(),
            event,
            late_ms: if way == HappeningWay::Late { LATE_MS } else { 0 },
            doubled: way == HappeningWay::Doubled,
            is_trial,
        };
        let unknown = || Error::Invalid("The sandbox of this service does not know what happens for this trigger.".into());
        let sandbox = of.apps.connect.sandbox().ok_or_else(unknown)?;
        let occurred = sandbox.happen(&of.app.connector, of.connection, &wanted).await;
        occurred.map_err(|why| Error::Store(store::Error::Unavailable(why)))?.ok_or_else(unknown)
    }

    /// Puts it into the list, and has the trigger look.
    async fn list(&self, scope: &Scope, of: &Simulated<'_>, way: HappeningWay, event: Option<Value>) -> Result<Happened, Error> {
        self.has_looked(of).await?;
        let occurred = self.occur(of, event, way, false).await?;
        // One that looks just now may have passed it by.
        let woken = self.await_some(|| async {
            let is_woken = self.store.look_now(scope, of.hook.workflow, &of.hook.trigger).await?;
            Ok(is_woken.then_some(()))
        });
        woken.await?;
        let (Occurred::Sent { event, .. } | Occurred::Listed { event }) = occurred;
        Ok(Happened { noticed: Noticed::Look, event, came: Vec::new() })
    }

    /// What is there before the first look makes no event.
    async fn has_looked(&self, of: &Simulated<'_>) -> Result<(), Error> {
        for _ in 0..WAITS {
            let state = self.store.poll(of.hook.workflow, &of.hook.trigger).await?.map(|row| row.state);
            match state.filter(|state| state.connection == Some(of.connection)) {
                Some(state) if state.phase == PollPhase::Held => {
                    return Err(Error::Invalid("What this trigger found waits for your word; give it first.".into()));
                }
                Some(state) if state.error.is_some() => {
                    let why = state.error.map(|error| error.message).unwrap_or_default();
                    return Err(Error::Invalid(format!("The trigger cannot look at its list: {why}")));
                }
                Some(state) if state.phase != PollPhase::First => return Ok(()),
                _ => tokio::time::sleep(WAIT).await,
            }
        }
        Err(Error::Invalid("The trigger has not looked at its list for the first time yet. Try again in a moment.".into()))
    }

    /// Waits until something is there, which a job makes.
    pub(crate) async fn await_some<T, F>(&self, look: impl Fn() -> F) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<Option<T>, Error>>,
    {
        for _ in 0..WAITS {
            if let Some(found) = look().await? {
                return Ok(Some(found));
            }
            tokio::time::sleep(WAIT).await;
        }
        Ok(None)
    }

    /// Starts the workflow as if its trigger's sample had come.
    async fn start(
        &self,
        scope: &Scope,
        hook: Arc<LiveHook>,
        way: HappeningWay,
        event: Option<Value>,
    ) -> Result<Happened, Error> {
        if !matches!(way, HappeningWay::Usual | HappeningWay::Doubled) {
            return Err(Error::Invalid("What this trigger is told cannot happen in this way.".into()));
        }
        let event = match event {
            Some(event) => event,
            None => self.sample(scope, &hook).await?,
        };
        let source = Source::Trigger(hook.workflow, &hook.trigger);
        let mut came = Vec::new();
        for _ in 0..if way == HappeningWay::Doubled { 2 } else { 1 } {
            let payload = Arc::new(event.clone());
            let incoming = Incoming { payload, files: Vec::new(), received_at: self.store.now(), dedupe: None, reply: false };
            let taken = self.accept(Arc::clone(&hook), vec![incoming], &source).await?;
            came.extend(taken.iter().map(|taken| told(taken, None)));
        }
        Ok(Happened { noticed: Noticed::Start, event, came })
    }

    async fn sample(&self, scope: &Scope, hook: &LiveHook) -> Result<Value, Error> {
        let samples = self.store.samples(scope, hook.workflow).await?.triggers;
        let of = samples.into_iter().find(|sample| sample.trigger == hook.trigger);
        of.map(|sample| sample.event).ok_or_else(|| Error::Invalid("The trigger has no sample to start with.".into()))
    }

    /// Made-up events must not reach real accounts, nor addresses of the world.
    async fn only_sandboxes(&self, scope: &Scope, definition: &WorkflowDefinition) -> Result<(), Error> {
        let refused = |label: &str| {
            let words = format!("“{label}” would act outside the sandbox. Give it a sandbox connection, or send a real event.");
            Err(Error::Invalid(words))
        };
        for (_, step) in definition.running() {
            let connection = match &step.kind {
                StepKind::Action(action) => action.connection,
                StepKind::SubWorkflow(_) => None,
                _ => continue,
            };
            match connection {
                Some(connection) if self.store.connection_to_use(scope, connection).await?.connection.sandbox => {}
                _ => return refused(&step.label),
            }
        }
        Ok(())
    }
}

fn noticed(trigger: &manifest::Trigger) -> Noticed {
    if trigger.webhook.is_some() { Noticed::Delivery } else { Noticed::Look }
}

/// What can be shown of a trigger.
pub(crate) fn ways(trigger: &manifest::Trigger) -> Vec<HappeningWay> {
    let signature = trigger.webhook.as_ref().map(|webhook| webhook.signature.as_ref());
    let is_dated = |recipe: Option<&manifest::Signature>| recipe.is_some_and(|recipe| recipe.timestamp.is_some());
    let fits = |way: &HappeningWay| match way {
        HappeningWay::Usual | HappeningWay::Doubled => true,
        HappeningWay::Late => signature.is_none_or(is_dated),
        HappeningWay::Forged => signature.is_some_and(|recipe| recipe.is_some()),
    };
    let all = [HappeningWay::Usual, HappeningWay::Doubled, HappeningWay::Late, HappeningWay::Forged];
    all.into_iter().filter(fits).collect()
}

pub(crate) fn told(taken: &Taken, status: Option<u16>) -> Came {
    let (outcome, run, reason) = match taken {
        Taken::Run { run, .. } => (HookOutcome::Accepted, Some(*run), ""),
        Taken::Duplicate { run, .. } => (HookOutcome::Duplicate, *run, ""),
        Taken::Held { .. } => (HookOutcome::Held, None, ""),
        Taken::Filtered { .. } => (HookOutcome::Filtered, None, "The trigger's filter did not let it pass."),
        Taken::Refused { reason } => (HookOutcome::Refused, None, reason.as_str()),
    };
    Came { outcome, status, reason: reason.to_owned(), run }
}
