//! Going through a past event again, as a new run that names its origin.

use std::sync::Arc;

use model::{
    Role, WorkflowDefinition,
    api::{Receipt, Replay},
    ids::{RunId, StepId, StepPath},
    run::{Datum, RunKind, RunState},
    step::StepKind,
};
use store::{Accepted, DedupeKey, Disposition, NewEvent, Scope};

use crate::{Error, Ingest};

impl Ingest {
    /// A new run of the same event, from the start or from a step on. Under the live version's publication, where it is the run's own
    /// version; else it needs somebody who may use the connections the version acts through.
    pub async fn replay(&self, scope: &Scope, run: RunId, request: Replay) -> Result<Receipt, Error> {
        self.replay_once(scope, run, request, None).await
    }

    /// The same at most once per duplicate key: with one that came before, the first one's ids.
    pub(crate) async fn replay_once(
        &self,
        scope: &Scope,
        run: RunId,
        request: Replay,
        dedupe: Option<DedupeKey>,
    ) -> Result<Receipt, Error> {
        scope.require(Role::Operator)?;
        let past = self.store.run(scope, run).await?;
        if past.kind == "test" {
            return Err(Error::Invalid("A test cannot be replayed; test the draft again.".into()));
        }
        let (payload, files) = match past.event {
            Some(event) => (self.store.whole_event(scope, event).await?.payload, self.store.event_files(scope, event).await?),
            // What goes on with a batch has none.
            None => (Arc::default(), Vec::new()),
        };
        let live = match self.store.workflow(scope, past.workflow).await {
            Ok(workflow) => workflow.live_version,
            // Deleted: nothing stands behind its versions any more.
            Err(store::Error::NotFound(_)) if !request.newest => None,
            Err(error) => return Err(error.into()),
        };
        let version = if request.newest {
            live.ok_or_else(|| Error::Gone("The workflow has no published version.".into()))?
        } else {
            past.version
        };
        let definition = self.store.definition(past.workflow, version).await?;
        if live != Some(past.version) || version != past.version {
            self.store.may_use(scope, &definition.steps_through().collect::<Vec<_>>()).await?;
        }
        let mut given = match &request.from {
            // What was gathered is not gathered again: the run goes on with it.
            None if payload.is_null() => self.store.folded(scope, run).await?.given.into_iter().collect(),
            None => Vec::new(),
            Some(from) if definition.step(from).is_none() => {
                return Err(Error::NotFound("That version of the workflow has no such step.".into()));
            }
            Some(from) => {
                let state = self.store.folded(scope, run).await?;
                given(&definition, &state, from)
            }
        };
        self.store.put_back(run, given.iter_mut().map(|(_, output)| output).collect()).await?;
        if payload.is_null() && !holds_batch(&definition, &given) {
            return Err(Error::Gone("The data of this event is no longer kept.".into()));
        }
        if store::is_masked(&payload)
            || given.iter().any(|(_, output)| output.inline().is_some_and(|value| store::is_masked(value)))
        {
            return Err(Error::Gone("Fields of this event are masked, and their values were erased when the run ended.".into()));
        }
        // One that is part of a bulk action is told of with it.
        let is_own = dedupe.is_none();
        let new = NewEvent {
            workspace: scope.workspace,
            workflow: past.workflow,
            trigger: past.trigger,
            version,
            kind: RunKind::Replay { of: run, from: request.from },
            dedupe,
            order_key: store::order_key(&definition.settings, &payload),
            payload,
            files,
            received_at: self.store.now(),
            disposition: Disposition::Run,
            definition: None,
            given,
            lease_ms: None,
            reply: false,
        };
        let accepted = if is_own { self.store.accept_as(scope, new).await? } else { self.store.accept(new).await? };
        match accepted {
            Accepted::Run { event, run, .. } => Ok(Receipt { event: Some(event), run: Some(run), duplicate: false }),
            Accepted::Duplicate { event, run } => Ok(Receipt { event, run, duplicate: true }),
            _ => Err(Error::Gone("The workflow changed at the same moment; try again.".into())),
        }
    }
}

/// Whether a run that is given this goes on with a batch, and what was gathered is still kept.
fn holds_batch(definition: &WorkflowDefinition, given: &[(StepId, Datum)]) -> bool {
    let gathers = |id: &StepId| definition.step(id).is_some_and(|step| matches!(step.kind, StepKind::Collect(_)));
    given.iter().any(|(id, output)| gathers(id) && output.inline().is_some())
}

/// What calls, waits, other runs, stored values, loops and sections before `from` gave; pure steps are computed again. Loops and sections as a whole: what ran
/// inside them is not carried out again either.
fn given(definition: &WorkflowDefinition, state: &RunState, from: &StepId) -> Vec<(StepId, Datum)> {
    let is_kept = |kind: &StepKind| {
        matches!(
            kind,
            StepKind::Action(_)
                | StepKind::Delay(_)
                | StepKind::ForEach(_)
                | StepKind::RepeatUntil(_)
                | StepKind::Section(_)
                | StepKind::Parallel(_)
                | StepKind::Wait(_)
                | StepKind::SubWorkflow(_)
                | StepKind::Collect(_)
                | StepKind::Store(_)
        )
    };
    definition
        .before(from)
        .into_iter()
        .filter(|id| definition.step(id).is_some_and(|step| is_kept(&step.kind)))
        .filter_map(|id| {
            let output = state.step(&StepPath::from(&id))?.output.clone()?;
            Some((id, output))
        })
        .collect()
}
