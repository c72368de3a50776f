//! What a run gives back to the step of another run that started it.

use expr::ErrorKind;
use model::{
    definition::{ReturnField, TriggerKind},
    ids::StepPath,
    run::{Datum, Ending, RunError, RunEventKind, RunKind, RunStatus, StepError},
};
use serde_json::{Map, Value};

use crate::{
    values::{bounded, required},
    walk::{Flow, Walk},
};

impl Walk<'_> {
    /// Evaluates it, once the run is to succeed and while it still sees its steps. A flow: something has to be loaded first, or what has
    /// to be given back is not there, and the run fails.
    pub(crate) fn give_back(&mut self) -> Option<Flow> {
        let ctx = self.ctx;
        if self.state.returned.is_some() || matches!(self.state.kind, RunKind::Test { only: Some(_) } | RunKind::Collected { .. })
        {
            return None;
        }
        let trigger = self.state.trigger.as_ref().and_then(|trigger| ctx.def.trigger(trigger));
        let Some(TriggerKind::Workflow(workflow)) = trigger.map(|trigger| &trigger.kind) else { return None };
        if !self.loaded_for(&workflow.returns) {
            return Some(Flow::Blocked);
        }
        match self.returned(&workflow.returns) {
            Ok(output) => {
                self.emit(RunEventKind::Returned { output: Datum::new(output) });
                None
            }
            Err(error) => {
                let StepError { class, code, message, .. } = *error;
                let message = format!("What this run is to give back is not there. {message}");
                let error = RunError { path: None, class, code, message };
                Some(self.stopped(Ending { status: RunStatus::Failed, error: Some(error), message: None }))
            }
        }
    }

    fn returned(&self, fields: &[ReturnField]) -> Result<Value, Box<StepError>> {
        let mut output = Map::new();
        for field in fields {
            let place = format!("returns.{}", field.key);
            let (value, notes) = match self.field(&field.value, &place) {
                Ok(found) => (found.value, found.notes),
                // A filter or an arm kept the step from running whose output it names.
                Err(error) if error.code == ErrorKind::NotRun.code() && !field.required => (None, Vec::new()),
                Err(error) => return Err(error),
            };
            match value {
                Some(value) => drop(output.insert(field.key.clone(), value)),
                None if field.required => return Err(Box::new(required(&place, &field.key, &notes))),
                None => {}
            }
        }
        bounded(Value::Object(output), &StepPath::from("returns"))
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ids::RunId,
        run::{CallOutcome, Datum, EffectClass, ErrorClass, RunEventKind, RunKind, RunStatus},
    };
    use serde_json::{Value, json};

    use crate::{
        Next,
        fixture::{Run, from_step, http, pill, workflow},
    };

    fn child(body: &[&str], steps: Value, returns: Value, event: Value) -> Run {
        let mut def = workflow(body, steps);
        let trigger = json!({ "id": "t", "label": "Called", "kind": { "type": "workflow", "returns": returns } });
        def.triggers.push(serde_json::from_value(trigger).unwrap());
        let kind = RunKind::Child { parent: RunId(1), path: "start".into(), waits: true, depth: 1 };
        Run::of_kind(def, event, kind, vec![])
    }

    fn returned(run: &Run) -> Option<Value> {
        run.state.returned.as_ref().and_then(Datum::inline).map(|value| value.as_ref().clone())
    }

    #[test]
    fn gives_back_what_its_steps_found() {
        let steps = json!({ "s": { "type": "set", "fields": [{ "name": "v", "value": pill(&["v"]) }] } });
        let returns = json!([{ "key": "found", "value": from_step("s", &["v"]), "required": true }, { "key": "more", "value": pill(&["more"]) }]);
        let mut run = child(&["s"], steps, returns, json!({ "v": 7 }));
        run.decide();
        assert_eq!((run.state.status, returned(&run)), (RunStatus::Succeeded, Some(json!({ "found": 7 }))));
        assert_eq!(run.names()[run.names().len() - 2..], ["returned", "run_finished"]);
    }

    #[test]
    fn what_has_to_be_given_back_and_is_not_there_fails_the_run() {
        for value in [pill(&["nope"]), from_step("never", &["x"])] {
            let steps = json!({
                "b": { "type": "branch", "mode": "first", "arms": [{ "id": "x", "label": "x", "condition": { "expr": "false" }, "body": ["never"] }] },
                "never": { "type": "set", "fields": [] },
            });
            for (required, status) in [(true, RunStatus::Failed), (false, RunStatus::Succeeded)] {
                let returns = json!([{ "key": "found", "value": value, "required": required }]);
                let mut run = child(&["b"], steps.clone(), returns, json!({}));
                assert_eq!(run.decide().next, Next::Done);
                assert_eq!((run.state.status, returned(&run)), (status, (!required).then(|| json!({}))), "{value}");
                assert_eq!(run.state.error.is_some(), required);
            }
        }
    }

    #[test]
    fn gives_nothing_back_unless_it_succeeds() {
        let returns = json!([{ "key": "v", "value": { "literal": 1 }, "required": true }]);
        for (result, given) in [("success", Some(json!({ "v": 1 }))), ("filtered", None), ("failure", None)] {
            let mut run = child(&["stop"], json!({ "stop": { "type": "stop", "result": result } }), returns.clone(), json!({}));
            run.decide();
            assert_eq!(returned(&run), given, "{result}");
        }
        let fails = json!({ "s": { "type": "set", "fields": [{ "name": "v", "value": pill(&["v"]), "required": true }] } });
        let mut run = child(&["s"], fails, returns, json!({}));
        run.decide();
        assert_eq!((run.state.status, returned(&run)), (RunStatus::Failed, None));
        assert_eq!(run.state.error.as_ref().map(|error| error.class), Some(ErrorClass::Input));
    }

    #[test]
    fn large_outputs_are_loaded_first_and_it_is_said_once() {
        let returns = json!([{ "key": "v", "value": from_step("a", &["big"]) }]);
        let mut run = child(&["a"], json!({ "a": http() }), returns, json!({}));
        let call = run.call();
        run.start(&call, EffectClass::Safe);
        let output = CallOutcome::Succeeded { output: json!({ "big": 1 }), response: None };
        let mut facts = run.with(|ctx, state| crate::outcome(ctx, state, &call.path, 1, output));
        for fact in &mut facts {
            if let RunEventKind::StepFinished { output, .. } = fact {
                *output = Datum::Stored { hash: "big".into(), bytes: 9000 };
            }
        }
        run.take(facts);
        assert_eq!(run.decide().next, Next::Need(vec!["big".into()]));
        run.payloads.insert("big".into(), std::sync::Arc::new(json!({ "big": "loaded" })));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(returned(&run), Some(json!({ "v": "loaded" })));
        assert_eq!(run.names().iter().filter(|name| **name == "returned").count(), 1);
    }
}
