use std::sync::Arc;

use model::{
    ids::StepId,
    run::{Datum, RunEventKind, SkipReason, StepError, StepStatus},
    step::Section,
};
use serde_json::{Value, json};

use super::{At, Position};
use crate::{
    cursor::{Child, Inner},
    walk::{Flow, Walk},
};

/// Output: that of the last step that ran in the body, or in the error body.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, section: &'a Section, inner: &mut Position) -> Flow {
    if walk.alone {
        walk.finish(at.id, at.path, Datum::new(json!({})), Vec::new(), None);
        return Flow::Next;
    }
    if walk.status(at.path) == StepStatus::Pending {
        walk.emit(RunEventKind::StepEntered { path: at.path.clone() });
    }
    let mut children = Walk::bodies(inner, 2);
    let flow = attempt(walk, at, section, &mut children);
    if flow == Flow::Blocked {
        *inner = Some(Box::new(Inner::Bodies(children)));
    }
    flow
}

fn attempt<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, section: &'a Section, children: &mut [Child]) -> Flow {
    let [tried, caught] = children else { return Flow::Blocked };
    // The error it caught is its input.
    if walk.step_state(at.path).is_some_and(|step| step.input.is_none()) {
        match walk.inner_body(at.id, &mut tried.body, &section.body) {
            Flow::Next | Flow::EndBody => {
                section.error_body.iter().for_each(|body| walk.skip(body, SkipReason::ArmNotChosen));
                return finish(walk, at, &section.body);
            }
            Flow::Failed => {
                let error = walk.take_failure();
                walk.abandon(&section.body);
                if section.error_body.is_none() {
                    return walk.fail(at.id, at.path, at.step, error);
                }
                let input = Datum::new(seen(&error));
                walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes: Vec::new() });
            }
            flow => return flow,
        }
    }
    let Some(body) = &section.error_body else { return Flow::Blocked };
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(json!({})));
    let Some(error) = walk.value(at.path, &input) else { return Flow::Blocked };
    if caught.body.at == 0 && caught.body.inner.is_none() {
        // It sees what the body left behind, also in a process that did not carry the body out.
        section.body.iter().for_each(|id| walk.show_all(id, 0));
    }
    walk.scope.data.push_local("error", Arc::clone(&error));
    let flow = walk.inner_body(at.id, &mut caught.body, body);
    walk.scope.data.pop_local();
    match flow {
        Flow::Next | Flow::EndBody => finish(walk, at, body),
        Flow::Failed => {
            let error = walk.take_failure();
            walk.abandon(body);
            walk.fail(at.id, at.path, at.step, error)
        }
        flow => flow,
    }
}

/// What the error body sees under `error`. `step`: the name of the step that failed.
pub(super) fn seen(error: &StepError) -> Value {
    let step = error.at.as_ref().map(|at| at.step().0);
    json!({ "step": step, "class": error.class.as_str(), "code": error.code, "message": error.message })
}

fn finish(walk: &mut Walk<'_>, at: At<'_, '_>, body: &[StepId]) -> Flow {
    let output = walk.last_output(body).map_or_else(|| Datum::new(Value::Null), |(_, output)| output);
    walk.finish(at.id, at.path, output, Vec::new(), None);
    Flow::Next
}

#[cfg(test)]
mod tests {
    use model::run::{RunStatus, SkipReason, StepStatus};
    use serde_json::{Value, json};

    use crate::fixture::{Run, pill, with, workflow};

    fn steps(section: Value) -> Value {
        json!({
            "s": section,
            "risky": { "type": "set", "fields": [{ "name": "v", "value": pill(&["v"]), "required": true }] },
            "rest": { "type": "set", "fields": [{ "name": "rest", "value": { "literal": true } }] },
            "caught": { "type": "set", "fields": [{ "name": "why", "value": { "expr": "error.step ~ ' ' ~ error.class ~ ' ' ~ error.code" } }] },
            "after": { "type": "set", "fields": [{ "name": "got", "value": { "expr": "s" } }] },
        })
    }

    fn section() -> Value {
        json!({ "type": "section", "body": ["risky", "rest"], "error_body": ["caught"] })
    }

    #[test]
    fn catches_what_fails_inside() {
        let mut run = Run::new(workflow(&["s", "after"], steps(section())), json!({}));
        run.decide();
        assert_eq!(run.state.status, RunStatus::Succeeded);
        assert_eq!(run.output("s"), &json!({ "why": "risky input expr.missing" }));
        assert_eq!((run.step("risky").status, run.step("rest").skipped), (StepStatus::Failed, Some(SkipReason::Abandoned)));
        assert_eq!(run.output("after")["got"], *run.output("s"));
    }

    #[test]
    fn leaves_the_error_body_out_when_nothing_fails() {
        let mut run = Run::new(workflow(&["s", "after"], steps(section())), json!({ "v": 1 }));
        run.decide();
        assert_eq!((run.output("s"), run.step("caught").skipped), (&json!({ "rest": true }), Some(SkipReason::ArmNotChosen)));
    }

    #[test]
    fn without_an_error_body_it_fails_itself() {
        for (policy, status) in [(json!({}), RunStatus::Failed), (json!({ "on_error": "continue" }), RunStatus::Succeeded)] {
            let plain = with(json!({ "type": "section", "body": ["risky", "rest"] }), "policy", policy);
            let mut steps = steps(plain);
            steps.as_object_mut().unwrap().remove("caught");
            let mut run = Run::new(workflow(&["s", "after"], steps), json!({}));
            run.decide();
            assert_eq!((run.state.status, run.step("s").status), (status, StepStatus::Failed));
            if status == RunStatus::Succeeded {
                assert_eq!(run.output("after")["got"]["error"]["code"], json!("expr.missing"));
            } else {
                assert_eq!(run.state.error.as_ref().and_then(|e| e.path.clone()), Some("risky".into()));
            }
        }
    }
}
