use model::{
    run::{Datum, ErrorClass, Hold, RunEventKind, RunKind, StepError, StepStatus},
    step::SubWorkflow,
};
use serde_json::{Map, Value};

use super::At;
use crate::{
    ChildCall, LocalWork,
    walk::{Flow, Walk},
};

/// Output: `{run}`, and where it waits `{output}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, other: &'a SubWorkflow) -> Flow {
    match walk.status(at.path) {
        StepStatus::Pending => {
            if !walk.loaded(at.path, at.step) {
                return Flow::Blocked;
            }
            let depth = depth(&walk.state.kind) + 1;
            if depth >= SubWorkflow::MAX_DEPTH {
                let message = format!(
                    "Workflows start one another more than {} deep; the last one was not started.",
                    SubWorkflow::MAX_DEPTH
                );
                let error = StepError::new(ErrorClass::Permanent, "sub_workflow.too_deep", message);
                return walk.fail(at.id, at.path, at.step, error);
            }
            let mut input = Map::new();
            let mut notes = Vec::new();
            for (key, mapped) in &other.input {
                let field = match walk.field(mapped, &format!("input.{key}")) {
                    Ok(field) => field,
                    Err(error) => return walk.fail(at.id, at.path, at.step, error),
                };
                input.extend(field.value.map(|value| (key.clone(), value)));
                notes.extend(field.notes);
            }
            let input = Datum::new(Value::Object(input));
            walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes });
            start(walk, at, other)
        }
        StepStatus::Ready => start(walk, at, other),
        // Until the other run has ended.
        StepStatus::Waiting => walk.wait(at.path, None, None),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

fn start(walk: &mut Walk<'_>, at: At<'_, '_>, other: &SubWorkflow) -> Flow {
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Null));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let depth = depth(&walk.state.kind) + 1;
    let call = ChildCall { workflow: other.workflow, input: input.as_ref().clone(), waits: other.wait, depth };
    walk.local(at.id, at.path, LocalWork::Child(call))
}

/// Runs above this one.
fn depth(kind: &RunKind) -> u32 {
    match kind {
        RunKind::Child { depth, .. } => *depth,
        RunKind::Live | RunKind::Test { .. } | RunKind::Replay { .. } | RunKind::Collected { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ids::{RunId, WorkflowId},
        run::{Datum, ErrorClass, Hold, RunKind, RunStatus, SignalKind, SkipReason, StepError, StepStatus},
    };
    use serde_json::{Value, json};

    use crate::{
        LocalWork, Next, child_started,
        fixture::{Run, pill, with, workflow},
    };

    const CHILD: RunId = RunId(99);

    fn start(waits: bool) -> Value {
        json!({ "type": "sub_workflow", "workflow": WorkflowId(5).to_string(), "wait": waits, "input": { "name": pill(&["name"]), "gone": pill(&["gone"]) } })
    }

    fn after() -> Value {
        json!({ "type": "set", "fields": [{ "name": "v", "value": { "expr": "c.output.answer" } }] })
    }

    fn steps(policy: Value) -> Value {
        json!({ "c": with(start(true), "policy", policy), "after": after() })
    }

    fn started(run: &mut Run, waits: bool) -> Vec<&'static str> {
        let events = run.with(|ctx, state| child_started(ctx, state, &"c".into(), CHILD, waits));
        let names = events.iter().map(model::run::RunEventKind::name).collect();
        run.take(events);
        names
    }

    fn ended(run: &mut Run, status: &str, more: Value) -> Vec<&'static str> {
        let mut body = json!({ "run": CHILD, "status": status });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        run.signal(SignalKind::ChildEnded, "c", body)
    }

    /// A run that waits for the other one.
    fn waiting(policy: Value) -> Run {
        let mut run = Run::new(workflow(&["c", "after"], steps(policy)), json!({ "name": "Ada" }));
        run.local();
        started(&mut run, true);
        assert_eq!(run.decide().next, Next::Park { until: None, hold: None });
        run
    }

    #[test]
    fn waits_for_what_the_other_returns() {
        let mut run = Run::new(workflow(&["c", "after"], steps(json!({}))), json!({ "name": "Ada" }));
        let local = run.local();
        let LocalWork::Child(call) = &local.work else { panic!("{local:?}") };
        assert_eq!((call.workflow, call.waits, call.depth), (WorkflowId(5), true, 1));
        assert_eq!(call.input, json!({ "name": "Ada" }));
        run.crash();
        assert_eq!(run.local(), local, "nothing was started: asked for again");
        assert_eq!(started(&mut run, true), ["child_started"]);
        assert_eq!(started(&mut run, true), [""; 0], "started once");
        assert_eq!(run.decide().next, Next::Park { until: None, hold: None });
        run.crash();
        assert_eq!(run.decide().next, Next::Park { until: None, hold: None });
        assert_eq!(
            ended(&mut run, "succeeded", json!({ "output": { "answer": 42 } })),
            ["signal_taken", "child_finished", "step_finished"]
        );
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(
            (run.output("c"), run.output("after")),
            (&json!({ "run": CHILD, "output": { "answer": 42 } }), &json!({ "v": 42 }))
        );
        assert_eq!(ended(&mut run, "succeeded", json!({})), ["signal_taken"], "said twice");
    }

    #[test]
    fn does_not_wait_unless_asked_to() {
        let mut run = Run::new(workflow(&["c"], json!({ "c": start(false) })), json!({}));
        run.local();
        assert_eq!(started(&mut run, false), ["child_started", "step_finished"]);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("c"), &json!({ "run": CHILD }));
    }

    #[test]
    fn fails_as_the_other_did() {
        let error = json!({ "path": "send", "class": "rejected", "code": "http.status", "message": "No." });
        for (status, more, class, code) in [
            ("failed", json!({ "error": error }), ErrorClass::Rejected, "http.status"),
            ("failed", json!({}), ErrorClass::Permanent, "sub_workflow.failed"),
            ("failed", json!({ "error": 5 }), ErrorClass::Permanent, "sub_workflow.failed"),
            ("cancelled", json!({}), ErrorClass::Permanent, "sub_workflow.cancelled"),
            ("vanished", json!({}), ErrorClass::System, "sub_workflow.unreadable"),
            ("running", json!({}), ErrorClass::System, "sub_workflow.unreadable"),
        ] {
            for on_error in ["stop", "continue"] {
                let mut run = waiting(json!({ "on_error": on_error }));
                assert_eq!(ended(&mut run, status, more.clone()), ["signal_taken", "child_finished", "step_failed"], "{status}");
                run.decide();
                let found = run.step("c").error.clone().map(|error| (error.class, error.code));
                assert_eq!(found, Some((class, code.to_owned())));
                assert!(run.state.status.is_final());
            }
        }
    }

    #[test]
    fn one_that_was_filtered_gives_nothing() {
        let mut run = waiting(json!({}));
        ended(&mut run, "filtered", json!({}));
        run.decide();
        assert_eq!(run.output("c"), &json!({ "run": CHILD, "output": null }));
    }

    #[test]
    fn words_of_other_runs_are_not_heard() {
        let mut run = waiting(json!({}));
        assert_eq!(run.signal(SignalKind::ChildEnded, "c", json!({ "run": RunId(1), "status": "succeeded" })), ["signal_taken"]);
        assert_eq!(run.signal(SignalKind::ChildEnded, "after", json!({ "run": CHILD, "status": "succeeded" })), ["signal_taken"]);
        assert_eq!(run.step("c").status, StepStatus::Waiting);
    }

    #[test]
    fn a_workflow_that_cannot_be_started_fails_the_step() {
        let mut run = Run::new(workflow(&["c", "after"], steps(json!({}))), json!({}));
        run.local();
        let error = StepError::new(ErrorClass::Permanent, "sub_workflow.off", "It is switched off.");
        assert_eq!(run.local_ended("c", Err(error)), ["step_failed"]);
        run.decide();
        assert_eq!(run.state.error.as_ref().map(|error| error.code.as_str()), Some("sub_workflow.off"));
    }

    #[test]
    fn chains_of_runs_end() {
        for (depth, started) in [(0, true), (8, true), (9, false), (u32::MAX - 1, false)] {
            let kind = RunKind::Child { parent: RunId(1), path: "c".into(), waits: true, depth };
            let mut run = Run::of_kind(workflow(&["c"], json!({ "c": start(true) })), json!({}), kind, vec![]);
            let decision = run.decide();
            assert_eq!(decision.effects.len(), usize::from(started), "{depth}");
            let code = run.state.error.as_ref().map(|error| error.code.as_str());
            assert_eq!(code, (!started).then_some("sub_workflow.too_deep"));
        }
    }

    #[test]
    fn one_nobody_waits_for_any_more_is_not_started() {
        let arm = |id: &str, body: &str| json!({ "id": id, "label": id, "body": [body] });
        let steps = json!({ "p": { "type": "parallel", "join": "first", "arms": [arm("x", "c"), arm("y", "w")] },
            "c": start(true), "w": { "type": "wait", "until": { "type": "callback" } } });
        let mut run = Run::new(workflow(&["p"], steps), json!({}));
        run.local();
        run.signal(SignalKind::Answered, "w", json!({}));
        let decision = run.decide();
        assert_eq!((decision.effects, decision.next, run.state.status), (vec![], Next::Done, RunStatus::Succeeded));
        assert_eq!(run.step("c").skipped, Some(SkipReason::Abandoned));
        assert_eq!(started(&mut run, true), [""; 0]);
    }

    #[test]
    fn a_paused_run_starts_none() {
        let mut run = Run::new(workflow(&["c"], json!({ "c": start(true) })), json!({}));
        run.signal(SignalKind::Pause, "c", json!(null));
        let decision = run.decide();
        assert_eq!((decision.effects, decision.next), (vec![], Next::Park { until: None, hold: Some(Hold::Paused) }));
    }

    #[test]
    fn large_inputs_are_loaded_before_they_are_handed_on() {
        let mut run = Run::new(workflow(&["c"], json!({ "c": start(true) })), json!({ "name": "Ada" }));
        run.local();
        run.state.steps.get_mut(&"c".into()).unwrap().input = Some(Datum::Stored { hash: "in".into(), bytes: 9_000 });
        run.cursor = crate::Cursor::new();
        assert_eq!(run.decide().next, Next::Need(vec!["in".into()]));
        run.payloads.insert("in".into(), std::sync::Arc::new(json!({ "name": "loaded" })));
        let local = run.local();
        assert!(matches!(&local.work, LocalWork::Child(call) if call.input == json!({ "name": "loaded" })));
    }
}
