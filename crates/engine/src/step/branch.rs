use model::{
    ids::ArmId,
    run::{Datum, RunEventKind, SkipReason, StepError},
    step::{Arm, Branch, BranchMode},
};
use serde_json::json;

use super::{At, Position, comparisons::comparisons, joining};
use crate::{
    cursor::Inner,
    walk::{Flow, Walk},
};

/// Chooses arms, carries them out one after the other and joins them. Output: the chosen arm's results, or those of all by arm id.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, branch: &'a Branch, inner: &mut Position) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    if walk.alone {
        return choose_only(walk, at, branch);
    }
    let chosen = match walk.step_state(at.path).and_then(|step| step.arms.clone()) {
        Some(chosen) => chosen,
        None => match choose(walk, branch) {
            Ok(chosen) => {
                walk.emit(RunEventKind::ArmChosen { path: at.path.clone(), arms: chosen.clone() });
                for arm in branch.arms.iter().filter(|arm| !chosen.contains(&arm.id)) {
                    walk.skip(&arm.body, SkipReason::ArmNotChosen);
                }
                chosen
            }
            Err(error) => return give_up(walk, at, branch, error),
        },
    };
    let mut children = Walk::bodies(inner, branch.arms.len());
    for (arm, child) in branch.arms.iter().zip(&mut children).filter(|(arm, child)| chosen.contains(&arm.id) && !child.done) {
        match walk.inner_body(at.id, &mut child.body, &arm.body) {
            Flow::Next | Flow::EndBody => child.done = true,
            Flow::Blocked => {
                *inner = Some(Box::new(Inner::Bodies(children)));
                return Flow::Blocked;
            }
            flow => return flow,
        }
    }
    *inner = Some(Box::new(Inner::Bodies(children)));
    // The arms' own steps may have left outputs in rows since.
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    joining::join(walk, at, &branch.arms, branch.mode == BranchMode::All, &chosen)
}

fn choose(walk: &Walk<'_>, branch: &Branch) -> Result<Vec<ArmId>, Box<StepError>> {
    let mut chosen = Vec::new();
    for (index, arm) in branch.arms.iter().enumerate() {
        let Some(condition) = &arm.condition else { continue };
        if walk.holds(condition, &format!("arms.{index}.condition"))? {
            chosen.push(arm.id.clone());
            if branch.mode == BranchMode::First {
                break;
            }
        }
    }
    if chosen.is_empty() {
        chosen.extend(branch.arms.iter().find(|arm| arm.condition.is_none()).map(|arm| arm.id.clone()));
    }
    Ok(chosen)
}

/// A test of the branch alone: which arms it would take, and what it looked at. Output: `{arms}`.
fn choose_only<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, branch: &'a Branch) -> Flow {
    let chosen = match choose(walk, branch) {
        Ok(chosen) => chosen,
        Err(error) => return walk.fail(at.id, at.path, at.step, error),
    };
    let mut looked_at = Vec::new();
    for (index, arm) in branch.arms.iter().enumerate() {
        let Some(condition) = &arm.condition else { continue };
        let Ok(result) = walk.holds(condition, &format!("arms.{index}.condition")) else { continue };
        looked_at.push(json!({ "arm": arm.id, "result": result, "tests": comparisons(walk, condition, result) }));
    }
    walk.emit(RunEventKind::ArmChosen { path: at.path.clone(), arms: chosen.clone() });
    walk.finish(at.id, at.path, Datum::new(json!({ "arms": chosen })), Vec::new(), Some(json!({ "arms": looked_at })));
    Flow::Next
}

/// No arm could be chosen: if the run goes on all the same, it goes on without any of them.
fn give_up<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, branch: &'a Branch, error: Box<StepError>) -> Flow {
    let flow = walk.fail(at.id, at.path, at.step, error);
    if flow == Flow::Next {
        let bodies = branch.arms.iter().map(|arm: &Arm| arm.body.as_slice());
        bodies.for_each(|body| walk.skip(body, SkipReason::ArmNotChosen));
    }
    flow
}

#[cfg(test)]
mod tests {
    use model::{
        ids::StepId,
        run::{Datum, RunKind, RunStatus, SkipReason, StepStatus},
    };
    use serde_json::{Value, json};

    use crate::fixture::{Run, from_step, http, pill, test, workflow};

    fn arm(id: &str, condition: Option<Value>, body: &[&str]) -> Value {
        let mut arm = json!({ "id": id, "label": id, "body": body, "output": { "from": { "literal": id } } });
        if let Some(condition) = condition {
            arm["condition"] = condition;
        }
        arm
    }

    fn at_least(n: i64) -> Option<Value> {
        Some(test(pill(&["n"]), "at_least", json!(n)))
    }

    fn set() -> Value {
        json!({ "type": "set", "fields": [{ "name": "n", "value": pill(&["n"]) }] })
    }

    fn branching(mode: &str) -> model::WorkflowDefinition {
        let arms = [arm("else", None, &["e"]), arm("ten", at_least(10), &["t"]), arm("five", at_least(5), &["f", "g"])];
        let steps = json!({
            "b": { "type": "branch", "mode": mode, "arms": arms },
            "e": set(), "t": set(), "f": set(), "g": set(),
            "after": { "type": "set", "fields": [{ "name": "joined", "value": from_step("b", &[]) }] },
        });
        workflow(&["b", "after"], steps)
    }

    #[test]
    fn takes_the_first_or_all() {
        for (mode, n, ran, joined) in [
            ("first", 20, "t", json!({ "from": "ten" })),
            ("first", 7, "fg", json!({ "from": "five" })),
            ("first", 1, "e", json!({ "from": "else" })),
            ("all", 20, "tfg", json!({ "ten": { "from": "ten" }, "five": { "from": "five" } })),
            ("all", 1, "e", json!({ "else": { "from": "else" } })),
        ] {
            let mut run = Run::new(branching(mode), json!({ "n": n }));
            run.decide();
            assert_eq!(run.state.status, RunStatus::Succeeded);
            for id in ["e", "t", "f", "g"] {
                let expected = if ran.contains(id) { StepStatus::Succeeded } else { StepStatus::Skipped };
                assert_eq!(run.step(id).status, expected, "{mode} {n} {id}");
                assert_eq!(run.step(id).skipped, (!ran.contains(id)).then_some(SkipReason::ArmNotChosen));
            }
            assert_eq!(run.output("after")["joined"], joined);
        }
    }

    #[test]
    fn no_arm_fits() {
        for (mode, n) in [("first", 1), ("all", 1)] {
            let arms = [arm("ten", at_least(10), &["t"])];
            let mut run = Run::new(
                workflow(&["b"], json!({ "b": { "type": "branch", "mode": mode, "arms": arms }, "t": set() })),
                json!({ "n": n }),
            );
            run.decide();
            assert_eq!(run.step("b").arms, Some(vec![]));
            assert_eq!(run.output("b"), &json!({}));
            assert_eq!(run.state.status, RunStatus::Succeeded);
        }
    }

    #[test]
    fn goes_on_inside_an_arm_after_a_call() {
        let steps = json!({ "b": { "type": "branch", "mode": "all", "arms": [arm("x", None, &["call", "s"])] }, "call": http(), "s": set() });
        let mut run = Run::new(workflow(&["b"], steps), json!({ "n": 1 }));
        let call = run.call();
        run.start(&call, model::run::EffectClass::Safe);
        run.end(&call, model::run::CallOutcome::Succeeded { output: json!({}), response: None });
        run.decide();
        assert_eq!(run.state.status, RunStatus::Succeeded);
        assert_eq!(run.names().iter().filter(|name| **name == "arm_chosen").count(), 1, "chosen once and for all");
    }

    #[test]
    fn a_test_of_the_branch_alone_only_chooses() {
        let kind = RunKind::Test { only: Some("b".into()) };
        let mut run = Run::of_kind(branching("first"), json!({ "n": 6 }), kind, vec![]);
        run.decide();
        assert_eq!(run.state.status, RunStatus::Succeeded);
        assert_eq!(run.output("b"), &json!({ "arms": ["five"] }));
        assert_eq!(run.state.steps.len(), 1);
    }

    #[test]
    fn a_given_branch_is_not_chosen_again() {
        let given = vec![
            (StepId::from("b"), Datum::new(json!({ "from": "before" }))),
            (StepId::from("f"), Datum::new(json!({ "n": 6 }))),
        ];
        let mut run = Run::of_kind(branching("first"), json!({ "n": 20 }), RunKind::Test { only: None }, given);
        run.decide();
        assert_eq!(run.output("after")["joined"], json!({ "from": "before" }));
        assert_eq!(run.output("f"), &json!({ "n": 6 }));
        assert_eq!(run.step("t").status, StepStatus::Skipped);
    }

    #[test]
    fn a_filtered_arm_leaves_out_what_it_did_not_reach() {
        let mut x = arm("x", None, &["f", "s"]);
        x["output"] = json!({ "passed": from_step("f", &["passed"]), "n": from_step("s", &["n"]) });
        let steps = json!({ "b": { "type": "branch", "mode": "first", "arms": [x] }, "f": { "type": "filter", "condition": { "any": [] } }, "s": set() });
        let mut run = Run::new(workflow(&["b"], steps), json!({}));
        run.decide();
        assert_eq!(run.output("b"), &json!({ "passed": false }));
        assert_eq!(run.step("b").notes.len(), 1);
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn a_condition_that_fails_takes_no_arm() {
        let arms = [arm("x", Some(json!({ "expr": "1 +" })), &["s"])];
        let steps = json!({ "b": { "type": "branch", "mode": "first", "arms": arms, "policy": { "on_error": "continue" } }, "s": set(), "z": set() });
        let mut run = Run::new(workflow(&["b", "z"], steps), json!({ "n": 1 }));
        run.decide();
        assert_eq!(
            (run.step("b").status, run.step("s").status, run.step("z").status),
            (StepStatus::Failed, StepStatus::Skipped, StepStatus::Succeeded)
        );
    }
}
