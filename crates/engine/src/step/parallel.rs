use model::{
    run::{Datum, RunEventKind, StepStatus},
    step::{Join, Parallel},
};
use serde_json::json;

use super::{At, Position, joining};
use crate::{
    cursor::Inner,
    walk::{Flow, Walk},
};

/// Carries the arms out side by side. Output: the winner's results, or those of all by arm id.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, parallel: &'a Parallel, inner: &mut Position) -> Flow {
    if walk.alone {
        // There is nothing to look at but what the arms do.
        walk.finish(at.id, at.path, Datum::new(json!({})), Vec::new(), None);
        return Flow::Next;
    }
    if walk.status(at.path) == StepStatus::Pending {
        walk.emit(RunEventKind::StepEntered { path: at.path.clone() });
    }
    let chosen = match walk.step_state(at.path).and_then(|step| step.arms.clone()) {
        Some(chosen) => chosen,
        None => {
            let mut children = Walk::bodies(inner, parallel.arms.len());
            let flow = side_by_side(walk, at, parallel, &mut children);
            *inner = Some(Box::new(Inner::Bodies(children)));
            match (flow, walk.step_state(at.path).and_then(|step| step.arms.clone())) {
                (Flow::Next, Some(chosen)) => chosen,
                // Also when it failed, and by its policy the body goes on.
                (flow, _) => return flow,
            }
        }
    };
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    joining::join(walk, at, &parallel.arms, parallel.join == Join::All, &chosen)
}

/// `Next`: the arms that count are chosen.
fn side_by_side<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, parallel: &'a Parallel, children: &mut [crate::cursor::Child]) -> Flow {
    let first = parallel.join == Join::First;
    for (arm, child) in parallel.arms.iter().zip(children.iter_mut()).filter(|(_, child)| !child.done) {
        let flow = walk.inner_body(at.id, &mut child.body, &arm.body);
        match flow {
            Flow::Next | Flow::EndBody => child.done = true,
            Flow::Blocked => {}
            Flow::Failed => {
                let error = walk.take_failure();
                leave(walk, parallel);
                return walk.fail(at.id, at.path, at.step, error);
            }
            flow => {
                leave(walk, parallel);
                return flow;
            }
        }
        if first && flow == Flow::Next {
            walk.emit(RunEventKind::ArmChosen { path: at.path.clone(), arms: vec![arm.id.clone()] });
            leave(walk, parallel);
            return Flow::Next;
        }
    }
    if children.iter().any(|child| !child.done) {
        return Flow::Blocked;
    }
    let all = if first { Vec::new() } else { parallel.arms.iter().map(|arm| arm.id.clone()).collect() };
    walk.emit(RunEventKind::ArmChosen { path: at.path.clone(), arms: all });
    Flow::Next
}

fn leave(walk: &mut Walk<'_>, parallel: &Parallel) {
    parallel.arms.iter().for_each(|arm| walk.abandon(&arm.body));
}

#[cfg(test)]
mod tests {
    use model::run::{CallOutcome, EffectClass, RunStatus, SkipReason, StepStatus};
    use serde_json::{Value, json};

    use crate::{
        Call, Next,
        fixture::{Run, call_of, from_step, http, workflow},
    };

    fn parallel(join: &str) -> Value {
        json!({ "type": "parallel", "join": join, "arms": [
            { "id": "one", "label": "One", "body": ["a", "then"], "output": { "id": from_step("a", &["id"]) } },
            { "id": "two", "label": "Two", "body": ["b"], "output": { "id": from_step("b", &["id"]) } }] })
    }

    fn begin(join: &str) -> (Run, Vec<Call>) {
        let steps = json!({ "p": parallel(join), "a": http(), "then": { "type": "set", "fields": [] }, "b": http(), "after": { "type": "set", "fields": [] } });
        let mut run = Run::new(workflow(&["p", "after"], steps), json!({}));
        let calls: Vec<Call> = run.decide().effects.into_iter().filter_map(call_of).collect();
        assert_eq!(calls.iter().map(|call| call.path.0.as_str()).collect::<Vec<_>>(), ["a", "b"], "at the same time");
        calls.iter().for_each(|call| run.start(call, EffectClass::Unsafe));
        (run, calls)
    }

    fn ok(id: u32) -> CallOutcome {
        CallOutcome::Succeeded { output: json!({ "id": id }), response: None }
    }

    #[test]
    fn joins_all() {
        let (mut run, calls) = begin("all");
        run.end(&calls[1], ok(2));
        assert_eq!(run.decide().next, Next::Continue);
        run.end(&calls[0], ok(1));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("p"), &json!({ "one": { "id": 1 }, "two": { "id": 2 } }));
    }

    #[test]
    fn the_first_wins_and_the_other_call_is_noted() {
        let (mut run, calls) = begin("first");
        run.end(&calls[1], ok(2));
        assert_eq!(run.decide().next, Next::Continue, "the run waits for the call before it ends");
        assert_eq!(run.output("p"), &json!({ "id": 2 }));
        assert_eq!(run.step("then").skipped, Some(SkipReason::Abandoned));
        assert_eq!(run.step("after").status, StepStatus::Succeeded, "but goes on at once");
        run.end(&calls[0], ok(1));
        assert_eq!((run.decide().next, run.step("a").status), (Next::Done, StepStatus::Succeeded));
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn an_arm_that_fails_fails_the_step() {
        let (mut run, calls) = begin("all");
        let error = model::run::StepError::new(model::run::ErrorClass::Rejected, "test", "No.");
        run.end(&calls[0], CallOutcome::Failed { error, indeterminate: false, retry_after_ms: None });
        assert_eq!(run.decide().next, Next::Continue);
        assert_eq!(run.step("p").error.as_ref().and_then(|e| e.at.clone()), Some("a".into()));
        assert_eq!(run.state.status, RunStatus::Running, "until the other call has ended");
        run.end(&calls[1], ok(2));
        assert_eq!((run.decide().next, run.state.status), (Next::Done, RunStatus::Failed));
    }
}
