//! Runs of a draft on a sample event: they count nowhere and touch no duplicate memory.

use std::sync::Arc;

use model::{
    Role, Severity,
    api::{Receipt, TestRun},
    ids::{StepId, WorkflowId},
    run::{Datum, RunKind},
};
use store::{Accepted, Disposition, NewEvent, Scope};

use crate::{Error, Ingest, nesting};

impl Ingest {
    /// Runs the draft, or one step of it, as the editor has it, through connections that whoever tests may use.
    pub async fn test(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        request: TestRun,
        connectors: &[manifest::Connector],
    ) -> Result<Receipt, Error> {
        scope.require(Role::Maker)?;
        self.store.workflow(scope, workflow).await?;
        let only = request.only.clone();
        let problems: Vec<_> = manifest::check(&request.definition, connectors)
            .into_iter()
            .filter(|p| {
                p.severity == Severity::Broken || (p.severity == Severity::Error && only.is_some() && p.place.step == only)
            })
            .collect();
        if !problems.is_empty() {
            return Err(Error::Problems(problems));
        }
        if only.as_ref().is_some_and(|step| request.definition.step(step).is_none()) {
            return Err(Error::NotFound("The step is no longer part of the workflow.".into()));
        }
        let through = match &only {
            Some(step) => request.definition.step_through(step),
            None => request.definition.steps_through().collect(),
        };
        self.store.may_use(scope, &through).await?;
        nesting::check("the event", &request.event)?;
        request.given.values().try_for_each(|output| nesting::check("a given output", output))?;
        let reserved = self.handover.reserve();
        let accepted = self
            .store
            .accept(NewEvent {
                workspace: scope.workspace,
                workflow,
                trigger: request.trigger,
                version: 0,
                kind: RunKind::Test { only },
                dedupe: None,
                payload: Arc::new(request.event),
                files: Vec::new(),
                received_at: self.store.now(),
                order_key: None,
                disposition: Disposition::Run,
                definition: Some(Box::new(request.definition)),
                given: request.given.into_iter().map(|(step, output)| (StepId(step), Datum::new(output))).collect(),
                lease_ms: reserved.as_ref().map(|_| self.handover.lease_ms()),
                reply: false,
            })
            .await?;
        match accepted {
            Accepted::Run { event, run, lease } => {
                if let (Some(run), Some(reserved)) = (lease, reserved) {
                    reserved.start(run);
                }
                Ok(Receipt { event: Some(event), run: Some(run), duplicate: false })
            }
            _ => Err(Error::Gone("The test could not be started; try again.".into())),
        }
    }
}
