use model::{
    Timestamp,
    run::{Control, Ending, ErrorClass, Hold, RunError, RunEventKind, RunKind, RunState, RunStatus},
};

use crate::{
    Context, Cursor,
    decision::{Decision, Next},
    step,
    walk::{Flow, Wait, Walk, run_error},
};

/// What happens next. Total: any definition with any state gives an answer, and the same one every time. The decision's events are
/// applied to `state` already. `cursor` belongs to this state: a new one, or the one of the decisions before.
pub fn decide(ctx: &Context<'_>, state: &mut RunState, cursor: &mut Cursor) -> Decision {
    if state.status.is_final() {
        return Decision { events: Vec::new(), effects: Vec::new(), next: Next::Done };
    }
    let mut walk = Walk::new(ctx, state, cursor);
    if walk.state.status == RunStatus::Queued {
        walk.emit(RunEventKind::RunStarted);
    }
    let idle = walk.state.running == 0;
    let overdue_now = deadline(ctx, walk.state).is_some_and(|at| at <= ctx.now);
    match walk.state.control {
        Control::Cancelling if idle => walk.end(Ending { status: RunStatus::Cancelled, error: None, message: None }),
        Control::Active if idle && overdue_now => {
            walk.end(Ending { status: RunStatus::Failed, error: Some(overdue(ctx)), message: None });
        }
        Control::Active if !overdue_now => carry_out(&mut walk),
        // Nothing new is started; what is under way ends first.
        Control::Active | Control::Paused | Control::Cancelling => {}
    }
    conclude(walk)
}

fn carry_out(walk: &mut Walk<'_>) {
    if walk.state.ending.is_none() {
        let Some(ending) = walk_on(walk) else {
            if walk.needed.is_empty() && !walk.again {
                walk.visit_orphans();
            }
            return;
        };
        // Whatever else was to be done no longer is.
        walk.needed.clear();
        walk.again = false;
        walk.abandon_run();
        if walk.is_idle() {
            return walk.end(ending);
        }
        walk.emit(RunEventKind::RunEnding(ending));
    } else if walk.cursor.root.is_none() {
        walk.gather_orphans();
    }
    walk.visit_orphans();
    // Calls that are under way finish first.
    if walk.is_idle()
        && let Some(ending) = walk.state.ending.clone()
    {
        walk.end(ending);
    }
}

/// Brings the run as far as it comes; how it ends, if it does.
fn walk_on(walk: &mut Walk<'_>) -> Option<Ending> {
    let ctx = walk.ctx;
    let mut root = walk.open();
    let flow = match &walk.state.kind {
        RunKind::Test { only: Some(id) } => {
            let id = id.clone();
            step::advance_alone(walk, &id)
        }
        _ => match walk.lost_batch() {
            Some(flow) => flow,
            None => walk.body(&mut root, &ctx.def.body, false),
        },
    };
    let succeeds = match flow {
        Flow::Next => true,
        Flow::Stopped => walk.stop.as_ref().is_some_and(|end| end.status == RunStatus::Succeeded) && !walk.gathered,
        _ => false,
    };
    let flow = if succeeds { walk.give_back().unwrap_or(flow) } else { flow };
    walk.close(root);
    let ended = |status| Some(Ending { status, error: None, message: None });
    match flow {
        Flow::Next => ended(RunStatus::Succeeded),
        Flow::EndBody | Flow::Break | Flow::Continue => ended(RunStatus::Filtered),
        Flow::Failed => {
            let error = walk.take_failure();
            let path = error.at.clone().unwrap_or_else(|| "".into());
            Some(Ending { status: RunStatus::Failed, error: Some(run_error(&path, &error)), message: None })
        }
        Flow::Stopped => walk.stop.take(),
        Flow::Blocked => None,
    }
}

fn conclude(mut walk: Walk<'_>) -> Decision {
    let needed = std::mem::take(&mut walk.needed);
    let next = if !needed.is_empty() {
        // The calls are asked for again when the rows are there.
        walk.effects.clear();
        Next::Need(needed.into_iter().collect())
    } else if walk.state.status.is_final() {
        Next::Done
    } else if walk.again {
        Next::Again
    } else if walk.state.running > 0 || !walk.effects.is_empty() {
        Next::Continue
    } else {
        park(&mut walk)
    };
    Decision { events: walk.events, effects: walk.effects, next }
}

fn park(walk: &mut Walk<'_>) -> Next {
    // A paused run is nobody's fault: its time limit is looked at when it goes on.
    let (wait, limit) = if walk.state.control == Control::Active {
        let waits = walk.cursor.waits.values().copied().reduce(Wait::and);
        (waits.unwrap_or(Wait { until: None, hold: Some(Hold::System) }), deadline(walk.ctx, walk.state))
    } else {
        (Wait { until: None, hold: Some(Hold::Paused) }, None)
    };
    let until = match (wait.until, limit) {
        (Some(until), Some(limit)) => Some(until.min(limit)),
        (until, limit) => until.or(limit),
    };
    let hold = wait.hold;
    if !walk.still_parked() {
        walk.emit(RunEventKind::Parked { until, hold });
    } else if (walk.state.wake_at, walk.state.hold) != (until, hold) {
        // Parked already, for another reason: it did not run in between, so it did not resume.
        walk.park_again(until, hold);
    }
    Next::Park { until, hold }
}

fn deadline(ctx: &Context<'_>, state: &RunState) -> Option<Timestamp> {
    let limit = ctx.def.settings.run_timeout_ms?;
    Some(state.started_at?.plus_ms(i64::try_from(limit).unwrap_or(i64::MAX)))
}

fn overdue(ctx: &Context<'_>) -> RunError {
    let seconds = ctx.def.settings.run_timeout_ms.unwrap_or_default() / 1000;
    RunError {
        path: None,
        class: ErrorClass::TimedOut,
        code: "run.timed_out".into(),
        message: format!("The run took longer than the {seconds} s its workflow allows."),
    }
}

#[cfg(test)]
mod tests {
    use model::{
        ids::StepId,
        run::{CallOutcome, Datum, EffectClass, SkipReason},
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::fixture::{Run, from_step, http, pill, with, workflow};

    fn set() -> Value {
        json!({ "type": "set", "fields": [{ "name": "v", "value": { "literal": 1 } }] })
    }

    #[test]
    fn an_empty_workflow_succeeds() {
        let mut run = Run::new(workflow(&[], json!({})), json!({}));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.names(), ["run_created", "run_started", "run_finished"]);
        assert_eq!(run.decide(), Decision { events: vec![], effects: vec![], next: Next::Done }, "an ended run stays as it is");
    }

    #[test]
    fn what_is_switched_off_is_passed_over() {
        let arms = json!([{ "id": "x", "label": "x", "body": ["in"] }]);
        let steps = json!({
            "off": with(set(), "disabled", json!(true)),
            "b": { "type": "branch", "mode": "first", "arms": arms, "disabled": true },
            "in": set(),
            "s": { "type": "set", "fields": [{ "name": "v", "value": { "expr": "off.v | default(0)" } }] },
        });
        let mut run = Run::new(workflow(&["off", "b", "s"], steps), json!({}));
        run.decide();
        for id in ["off", "b", "in"] {
            assert_eq!(run.step(id).skipped, Some(SkipReason::SwitchedOff), "{id}");
        }
        assert_eq!(run.state.status, RunStatus::Succeeded);
        assert_eq!(run.output("s"), &json!({ "v": 0 }));
    }

    #[test]
    fn definitions_that_contradict_themselves_fail_the_run() {
        let arms = |body: &[&str]| json!([{ "id": "x", "label": "x", "body": body }]);
        let branch = |body: &[&str]| json!({ "type": "branch", "mode": "first", "arms": arms(body), "policy": { "on_error": "continue" } });
        for (body, steps, code) in [
            (vec!["ghost"], json!({}), "definition.unknown_step"),
            (vec!["b"], json!({ "b": branch(&["ghost"]) }), "definition.unknown_step"),
            (vec!["b"], json!({ "b": branch(&["b"]) }), "definition.cycle"),
            (vec!["b"], json!({ "b": branch(&["c"]), "c": branch(&["b"]) }), "definition.cycle"),
        ] {
            let mut run = Run::new(workflow(&body, steps), json!({}));
            assert_eq!(run.decide().next, Next::Done);
            let error = run.state.error.clone();
            assert_eq!(error.map(|e| (e.class, e.code)), Some((ErrorClass::System, code.into())));
        }
        let mut run = Run::new(workflow(&["s", "s"], json!({ "s": set() })), json!({}));
        run.decide();
        assert_eq!(run.state.status, RunStatus::Succeeded, "named twice, carried out once");
    }

    #[test]
    fn deep_nesting_ends_in_words() {
        let mut steps = serde_json::Map::new();
        for n in 0..500 {
            let inner = format!("b{}", n + 1);
            steps.insert(
                format!("b{n}"),
                json!({ "type": "branch", "mode": "first", "arms": [{ "id": "x", "label": "x", "body": [inner] }] }),
            );
        }
        let mut run = Run::new(workflow(&["b0"], Value::Object(steps)), json!({}));
        run.decide();
        assert_eq!(run.state.error.as_ref().map(|e| e.code.as_str()), Some("definition.too_deep"));
    }

    #[test]
    fn a_run_may_take_too_long() {
        let mut def = workflow(&["d", "a"], json!({ "d": { "type": "delay", "for": { "ms": 60_000 } }, "a": http() }));
        def.settings.run_timeout_ms = Some(10_000);
        let mut run = Run::new(def, json!({}));
        let limit = run.now.plus_ms(10_000);
        assert_eq!(run.decide().next, Next::Park { until: Some(limit), hold: None }, "woken in time to be ended");
        run.now = limit;
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.error.as_ref().map(|e| (e.class, e.code.as_str())), Some((ErrorClass::TimedOut, "run.timed_out")));
        assert_eq!(run.state.status, RunStatus::Failed);
    }

    #[test]
    fn asks_for_payloads_that_are_looked_at() {
        let steps = json!({
            "a": http(),
            "unused": http(),
            "s": { "type": "set", "fields": [{ "name": "v", "value": { "expr": "a.big" } }] },
            "last": { "type": "set", "fields": [{ "name": "v", "value": from_step("a", &["big"]) }] },
        });
        let mut run = Run::new(workflow(&["a", "unused", "s", "last"], steps), json!({}));
        for id in ["a", "unused"] {
            let call = run.call();
            run.start(&call, EffectClass::Safe);
            let mut facts = run.with(|ctx, state| {
                crate::outcome(ctx, state, &call.path, 1, CallOutcome::Succeeded { output: json!({ "big": id }), response: None })
            });
            // As the store keeps it: long values by their hash.
            for fact in &mut facts {
                if let RunEventKind::StepFinished { output, .. } = fact {
                    *output = Datum::Stored { hash: format!("hash of {id}"), bytes: 9000 };
                }
            }
            run.take(facts);
        }
        let decision = run.decide();
        assert_eq!(decision, Decision { events: vec![], effects: vec![], next: Next::Need(vec!["hash of a".into()]) });
        run.payloads.insert("hash of a".into(), std::sync::Arc::new(json!({ "big": "loaded" })));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!((run.output("s"), run.output("last")), (&json!({ "v": "loaded" }), &json!({ "v": "loaded" })));
    }

    #[test]
    fn a_test_of_one_step_sees_what_it_is_given() {
        let steps = json!({
            "a": http(),
            "s": { "type": "set", "fields": [{ "name": "v", "value": from_step("a", &["id"]) }], "disabled": true },
            "after": set(),
        });
        let given = vec![(StepId::from("a"), Datum::new(json!({ "id": 9 })))];
        let mut run =
            Run::of_kind(workflow(&["a", "s", "after"], steps), json!({}), RunKind::Test { only: Some("s".into()) }, given);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("s"), &json!({ "v": 9 }));
        assert_eq!((run.state.status, run.state.steps.len()), (RunStatus::Succeeded, 1));
    }

    #[test]
    fn given_steps_are_not_carried_out_again() {
        let steps = json!({ "a": http(), "f": { "type": "filter", "condition": { "any": [] } }, "s": {
            "type": "set", "fields": [{ "name": "v", "value": from_step("a", &["id"]) }, { "name": "w", "value": pill(&["w"]) }] } });
        let given =
            vec![(StepId::from("a"), Datum::new(json!({ "id": 9 }))), (StepId::from("f"), Datum::new(json!({ "passed": true })))];
        let kind = RunKind::Replay { of: model::ids::RunId(1), from: Some("s".into()) };
        let mut run = Run::of_kind(workflow(&["a", "f", "s"], steps), json!({ "w": 1 }), kind, given);
        let decision = run.decide();
        assert_eq!((decision.effects, decision.next), (vec![], Next::Done));
        assert_eq!(run.output("s"), &json!({ "v": 9, "w": 1 }));
    }

    #[test]
    fn expressions_see_the_run() {
        let steps = json!({ "s": { "type": "set", "fields": [{ "name": "id", "value": { "expr": "run.id" } }, { "name": "now", "value": { "expr": "run.now" } }] } });
        let mut run = Run::new(workflow(&["s"], steps), json!({}));
        run.decide();
        assert_eq!(run.output("s"), &json!({ "id": model::ids::RunId(7).to_string(), "now": run.now.rfc3339() }));
    }
}
