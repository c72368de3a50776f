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
