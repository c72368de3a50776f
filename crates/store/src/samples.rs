use std::{borrow::Cow, sync::Arc};

use crate::store::transaction;
use model::{
    Role, Timestamp,
    api::{Pin, Samples, StepSample, TriggerSample},
    ids::{SampleId, StepId, TriggerId, WorkflowId, WorkspaceId},
};
use sea_orm::{ConnectionTrait, Value as Bound};
use serde_json::Value;

use crate::{Error, Scope, Store, payload, sql, store::Shared};

/// Samples kept per trigger.
const PER_TRIGGER: usize = 20;

/// Where a trigger's sample comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Sent to the test URL.
    Captured,
    Live,
    Edited,
    /// Found by looking at the trigger's list.
    Polled,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Captured => "captured",
            Origin::Live => "live",
            Origin::Edited => "edited",
            Origin::Polled => "polled",
        }
    }
}

/// What a run leaves for the editor.
#[derive(Debug, Clone, Default)]
pub struct RunSamples {
    /// Its event, as one of this trigger.
    pub event: Option<(TriggerId, Arc<Value>)>,
    pub outputs: Vec<(StepId, Arc<Value>)>,
}

impl Store {
    /// Keeps what a run left as the newest samples, all in one commit. Gives back the event's.
    pub async fn keep_run_samples(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        samples: &RunSamples,
    ) -> Result<Option<SampleId>, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        let masked = self.masked_samples(workflow, samples).await?;
        let samples = masked.as_ref().unwrap_or(samples);
        transaction!(shared, |tx| {
            belongs(tx, scope.workspace, workflow).await?;
            let event = match &samples.event {
                Some((trigger, event)) => Some(put_event(tx, shared, scope.workspace, workflow, trigger, event).await?),
                None => None,
            };
            for (step, output) in &samples.outputs {
                let id = SampleId(shared.next_id());
                replace(tx, shared, id, scope.workspace, workflow, step, output, Origin::Live.as_str()).await?;
            }
            Ok(event)
        })
    }

    /// Keeps an event as a sample; the oldest ones beyond 20 per trigger go. Checks no role: the caller is a hook or has
    /// checked its own.
    pub async fn add_trigger_sample(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        trigger: &TriggerId,
        event: &Value,
        origin: Origin,
    ) -> Result<TriggerSample, Error> {
        let shared = &self.shared;
        let (id, at) = (SampleId(shared.next_id()), shared.now());
        let mut event = Cow::Borrowed(event);
        if let Some(mut masking) = self.masking(workflow).await? {
            masking.event(event.to_mut());
        }
        let event = &*event;
        transaction!(shared, |tx| {
            belongs(tx, workspace, workflow).await?;
            insert(tx, shared, id, workspace, workflow, "trigger", trigger.as_str(), event, origin.as_str()).await?;
            trim(tx, workflow, trigger).await
        })?;
        Ok(TriggerSample { id, trigger: trigger.clone(), origin: origin.as_str().to_owned(), at, event: event.clone() })
    }

    /// The last output of a tested step; a pinned one stays beside it.
    pub async fn put_step_sample(
        &self,
        workspace: WorkspaceId,
        workflow: WorkflowId,
        step: &StepId,
        output: &Value,
    ) -> Result<SampleId, Error> {
        let shared = &self.shared;
        let id = SampleId(shared.next_id());
        let output = &*self.masked_output(workflow, step, output).await?;
        transaction!(shared, |tx| {
            belongs(tx, workspace, workflow).await?;
            replace(tx, shared, id, workspace, workflow, step, output, "test").await
        })?;
        Ok(id)
    }

    /// As it may be kept.
    async fn masked_output<'a>(&self, workflow: WorkflowId, step: &StepId, output: &'a Value) -> Result<Cow<'a, Value>, Error> {
        let mut output = Cow::Borrowed(output);
        if let Some(mut masking) = self.masking(workflow).await? {
            masking.learn_output(step, &output);
            masking.output(step, output.to_mut());
        }
        Ok(output)
    }

    /// As they may be kept; nothing where the workflow masks nothing.
    async fn masked_samples(&self, workflow: WorkflowId, samples: &RunSamples) -> Result<Option<RunSamples>, Error> {
        let Some(mut masking) = self.masking(workflow).await? else { return Ok(None) };
        let mut masked = samples.clone();
        samples.outputs.iter().for_each(|(step, output)| masking.learn_output(step, output));
        if let Some((_, event)) = &mut masked.event {
            masking.event(Arc::make_mut(event));
        }
        for (step, output) in &mut masked.outputs {
            masking.output(step, Arc::make_mut(output));
        }
        Ok(Some(masked))
    }

    /// Newest first.
    pub async fn samples(&self, scope: &Scope, workflow: WorkflowId) -> Result<Samples, Error> {
        scope.require(Role::Viewer)?;
        belongs(&self.shared.read, scope.workspace, workflow).await?;
        let sql = "SELECT id, kind, ref_id, body, origin, created_at, pinned, setup FROM sample WHERE workflow_id = $1 ORDER BY id DESC";
        let mut samples = Samples { triggers: Vec::new(), steps: Vec::new(), pins: Vec::new() };
        let masking = self.masking(workflow).await?;
        for row in sql::all(&self.shared.read, sql, vec![workflow.0.into()]).await? {
            let (kind, of, body): (String, String, Vec<u8>) = (sql::get(&row, 1)?, sql::get(&row, 2)?, sql::get(&row, 3)?);
            let (id, at) = (SampleId(sql::get(&row, 0)?), Timestamp(sql::get(&row, 5)?));
            if kind == "trigger" {
                let mut event = payload::from_json(&body)?;
                if let Some(mut masking) = masking.clone() {
                    masking.event(&mut event);
                }
                samples.triggers.push(TriggerSample { id, trigger: TriggerId(of), origin: sql::get(&row, 4)?, at, event });
                continue;
            }
            let is_pin = sql::get::<i64>(&row, 6)? != 0;
            if !is_pin && samples.steps.iter().any(|sample| sample.step.0 == of) {
                continue;
            }
            let (step, mut output) = (StepId(of), payload::from_json(&body)?);
            if let Some(mut masking) = masking.clone() {
                masking.learn_output(&step, &output);
                masking.output(&step, &mut output);
            }
            if is_pin {
                let setup = sql::get::<Option<String>>(&row, 7)?.unwrap_or_default();
                samples.pins.push(Pin { step, at, output, setup });
            } else {
                samples.steps.push(StepSample { id, step, at, output });
            }
        }
        Ok(samples)
    }

    pub async fn delete_sample(&self, scope: &Scope, workflow: WorkflowId, id: SampleId) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let sql = "DELETE FROM sample WHERE id = $1 AND workflow_id = $2 AND workspace_id = $3";
        let values = vec![id.0.into(), workflow.0.into(), scope.workspace.0.into()];
        let done = sql::exec(&self.shared.write, sql, values).await?;
        if done.rows_affected() == 0 { Err(Error::NotFound("the sample")) } else { Ok(()) }
    }

    /// Lets tests take an output instead of running its step; it replaces the one that was pinned, and is not forgotten.
    pub async fn pin_output(
        &self,
        scope: &Scope,
        workflow: WorkflowId,
        step: &StepId,
        output: &Value,
        setup: String,
    ) -> Result<Pin, Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        let (id, at) = (SampleId(shared.next_id()), shared.now());
        let output = &*self.masked_output(workflow, step, output).await?;
        transaction!(shared, |tx| {
            belongs(tx, scope.workspace, workflow).await?;
            unpin(tx, workflow, step).await?;
            insert(tx, shared, id, scope.workspace, workflow, "step", step.as_str(), output, "pinned").await?;
            let sql = "UPDATE sample SET pinned = 1, setup = $2 WHERE id = $1";
            sql::exec(tx, sql, vec![id.0.into(), setup.as_str().into()]).await?;
            Ok(())
        })?;
        Ok(Pin { step: step.clone(), at, output: output.clone(), setup })
    }

    pub async fn unpin_output(&self, scope: &Scope, workflow: WorkflowId, step: &StepId) -> Result<(), Error> {
        scope.require(Role::Maker)?;
        let shared = &self.shared;
        transaction!(shared, |tx| {
            belongs(tx, scope.workspace, workflow).await?;
            unpin(tx, workflow, step).await
        })
    }
}

async fn unpin(tx: &impl ConnectionTrait, workflow: WorkflowId, step: &StepId) -> Result<(), Error> {
    let sql = "DELETE FROM sample WHERE workflow_id = $1 AND kind = 'step' AND ref_id = $2 AND pinned = 1";
    sql::exec(tx, sql, vec![workflow.0.into(), step.as_str().into()]).await?;
    Ok(())
}

/// Keeps a live event; one that is known already is the same sample.
async fn put_event(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    trigger: &TriggerId,
    event: &Value,
) -> Result<SampleId, Error> {
    let sql = "SELECT MAX(id) FROM sample WHERE workflow_id = $1 AND kind = 'trigger' AND ref_id = $2 AND body = $3";
    let values: Vec<Bound> = vec![workflow.0.into(), trigger.as_str().into(), payload::json(event)?.into()];
    let known = sql::one(tx, sql, values).await?.map(|row| sql::get::<Option<i64>>(&row, 0)).transpose()?.flatten();
    if let Some(known) = known {
        return Ok(SampleId(known));
    }
    let id = SampleId(shared.next_id());
    insert(tx, shared, id, workspace, workflow, "trigger", trigger.as_str(), event, Origin::Live.as_str()).await?;
    trim(tx, workflow, trigger).await?;
    Ok(id)
}

/// The oldest samples beyond those that are kept go.
async fn trim(tx: &impl ConnectionTrait, workflow: WorkflowId, trigger: &TriggerId) -> Result<(), Error> {
    let sql = format!(
        "DELETE FROM sample WHERE workflow_id = $1 AND kind = 'trigger' AND ref_id = $2 AND id NOT IN
             (SELECT s.id FROM sample s WHERE s.workflow_id = $1 AND s.kind = 'trigger' AND s.ref_id = $2
              ORDER BY s.id DESC LIMIT {PER_TRIGGER})"
    );
    sql::exec(tx, sql, vec![workflow.0.into(), trigger.as_str().into()]).await?;
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
async fn replace(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    id: SampleId,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    step: &StepId,
    output: &Value,
    origin: &str,
) -> Result<(), Error> {
    let sql = "DELETE FROM sample WHERE workflow_id = $1 AND kind = 'step' AND ref_id = $2 AND pinned = 0";
    sql::exec(tx, sql, vec![workflow.0.into(), step.as_str().into()]).await?;
    insert(tx, shared, id, workspace, workflow, "step", step.as_str(), output, origin).await
}

async fn belongs(db: &impl ConnectionTrait, workspace: WorkspaceId, workflow: WorkflowId) -> Result<(), Error> {
    let sql = "SELECT 1 FROM workflow WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL";
    let row = sql::one(db, sql, vec![workflow.0.into(), workspace.0.into()]).await?;
    row.map(|_| ()).ok_or(Error::NotFound("the workflow"))
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
async fn insert(
    tx: &impl ConnectionTrait,
    shared: &Shared,
    id: SampleId,
    workspace: WorkspaceId,
    workflow: WorkflowId,
    kind: &str,
    of: &str,
    body: &Value,
    origin: &str,
) -> Result<(), Error> {
    let values: Vec<Bound> = vec![
        id.0.into(),
        workspace.0.into(),
        workflow.0.into(),
        kind.into(),
        of.into(),
        payload::json(body)?.into(),
        origin.into(),
        shared.now().ms().into(),
    ];
    let sql = "INSERT INTO sample (id, workspace_id, workflow_id, kind, ref_id, body, origin, pinned, created_at, used_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8)";
    sql::exec(tx, sql, values).await?;
    Ok(())
}
