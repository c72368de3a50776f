//! Runs of other workflows, started by a step.

use std::sync::Arc;

use engine::ChildCall;
use model::{
    api::WorkflowState,
    definition::{TriggerKind, WorkflowTrigger, fill_form},
    ids::{StepPath, TriggerId, WorkflowId, WorkspaceId},
    run::{ErrorClass, RunKind, StepError},
    step::SubWorkflow,
};
use serde_json::{Map, Value, json};
use store::NewChild;

use crate::{
    drive::{
        Drive, Stop,
        commit::{Riders, Written},
    },
    worker::Inner,
};

/// The live version of another workflow, and the trigger such runs begin with.
struct Target {
    version: u32,
    trigger: TriggerId,
    form: WorkflowTrigger,
    settings: model::definition::Settings,
}

impl Drive<'_> {
    pub(super) async fn child(&mut self, path: StepPath, call: ChildCall) -> Result<(), Stop> {
        let workspace = self.lease.workspace;
        loop {
            let begun = match self.inner.target(workspace, call.workflow).await.map_err(Stop::Store)? {
                Ok(target) => begin(&target, &call).map(|body| (target, body)),
                Err(error) => Err(Box::new(error)),
            };
            let (target, body) = match begun {
                Ok(begun) => begun,
                Err(error) => {
                    self.out(&path, Err(*error));
                    return Ok(());
                }
            };
            if self.is_test() {
                // Nothing outside a test comes of it.
                self.out(&path, Ok(json!({ "run": null, "output": null, "simulated": true, "input": body })));
                return Ok(());
            }
            let now = self.inner.store.now();
            let trace = self.inner.traces.next(&self.event, self.lease.run, self.lease.workflow, now);
            let mut event = json!({ "method": "WORKFLOW", "body": body });
            if let (Some(trace), Some(event)) = (trace, event.as_object_mut()) {
                event.insert("trace".into(), Value::String(trace));
            }
            let (payload, run) = (Arc::new(event), self.inner.store.next_run_id());
            let facts = engine::child_started(&self.context(), &self.state, &path, run, call.waits);
            if facts.is_empty() {
                return Ok(());
            }
            let kind = RunKind::Child { parent: self.lease.run, path: path.clone(), waits: call.waits, depth: call.depth };
            let child = NewChild {
                run,
                workflow: call.workflow,
                version: target.version,
                trigger: target.trigger,
                order_key: store::order_key(&target.settings, &payload),
                payload,
                kind,
            };
            // A conflict: another version was published meanwhile.
            if self.commit_with(facts, Riders { children: vec![child], ..Riders::default() }).await? == Written::Yes {
                return Ok(());
            }
        }
    }
}

impl Inner {
    async fn target(&self, workspace: WorkspaceId, id: WorkflowId) -> Result<Result<Target, StepError>, store::Error> {
        let no = |code: &str, message: String| Ok(Err(StepError::new(ErrorClass::Permanent, code, message)));
        let hook = self.store.live_trigger(id, &TriggerId::from("")).await?;
        let Some(hook) = hook.filter(|hook| hook.workspace == workspace) else {
            let message = "The workflow this step starts was deleted. Choose another one in the editor.";
            return no("sub_workflow.gone", message.to_owned());
        };
        let (name, live) = (&hook.workflow_name, hook.live.as_ref().zip(hook.version));
        let Some((live, version)) = live.filter(|_| hook.state != WorkflowState::Off) else {
            return no("sub_workflow.off", format!("The workflow “{name}” is off. Switch it on, then run this again."));
        };
        let trigger = live.triggers.iter().find_map(|trigger| match &trigger.kind {
            TriggerKind::Workflow(form) => Some((trigger.id.clone(), form.clone())),
            _ => None,
        });
        let Some((trigger, form)) = trigger else {
            let message = format!("The live version of “{name}” has no trigger that other workflows can use. Add one there.");
            return no("sub_workflow.no_trigger", message);
        };
        Ok(Ok(Target { version, trigger, form, settings: live.settings.clone() }))
    }
}

/// The body of the child's event: what was given, with the trigger's defaults for what was not.
fn begin(target: &Target, call: &ChildCall) -> Result<Value, Box<StepError>> {
    if call.depth >= SubWorkflow::MAX_DEPTH {
        let message = format!(
            "Workflows start each other more than {} deep here. Let one of them do the work itself.",
            SubWorkflow::MAX_DEPTH
        );
        return Err(Box::new(StepError::new(ErrorClass::Permanent, "sub_workflow.too_deep", message)));
    }
    let nothing = Map::new();
    let given = call.input.as_object().unwrap_or(&nothing);
    let filled = fill_form(&target.form.fields, given).map_err(|error| StepError {
        field: Some(format!("input.{}", error.key)),
        ..StepError::new(ErrorClass::Input, "sub_workflow.input", error.message)
    })?;
    // What no field asks for goes along: the trigger of the other workflow may ask for it in its next version.
    let mut body = given.clone();
    body.extend(filled);
    Ok(Value::Object(body))
}
