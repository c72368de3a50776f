use expr::ErrorKind;
use model::{
    run::{Datum, IterationEnd, Iterations, RunEventKind, StepStatus},
    step::RepeatUntil,
};
use serde_json::{Value, json};

use super::{At, Position};
use crate::{
    cursor::{Inner, Iteration},
    walk::{Flow, Walk},
};

/// Output: `{rounds, met, output}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, repeat: &'a RepeatUntil, inner: &mut Position) -> Flow {
    if walk.alone {
        walk.finish(at.id, at.path, Datum::new(json!({ "rounds": 0, "met": false, "output": null })), Vec::new(), None);
        return Flow::Next;
    }
    if walk.status(at.path) == StepStatus::Pending {
        walk.emit(RunEventKind::LoopStarted { path: at.path.clone(), count: None });
    }
    let mut round = match inner.take().map(|inner| *inner) {
        Some(Inner::Round(round)) => Some(round),
        _ => None,
    };
    loop {
        walk.cursor.dirty.remove(at.path);
        let Some(state) = walk.step_state(at.path).and_then(|step| step.iterations.as_ref()) else { return Flow::Blocked };
        let index = state.finished;
        if state.stopped || index >= repeat.max.clamp(1, RepeatUntil::MAX_ROUNDS) {
            return finish(walk, at);
        }
        let mut current = match round.take() {
            Some(current) => current,
            None => {
                if let Some(until) = pause(state, repeat).filter(|until| *until > walk.ctx.now) {
                    return walk.wait(at.path, Some(until), None);
                }
                if walk.is_full(at.path) {
                    return Flow::Blocked;
                }
                let scope = walk.iteration_scope(at.path, index, json!({ "index": index }));
                Iteration { scope, body: Default::default() }
            }
        };
        let Iteration { scope, body } = &mut current;
        let end = walk.within(at.id, scope, |walk| one(walk, at, repeat, index, body));
        match end {
            Ok(end) => {
                let (from, to) = (index, index + 1);
                walk.emit(RunEventKind::IterationsFinished { path: at.path.clone(), from, to, outputs: vec![end] });
            }
            Err(flow) => {
                *inner = Some(Box::new(Inner::Round(current)));
                return flow;
            }
        }
    }
}

fn pause(state: &Iterations, repeat: &RepeatUntil) -> Option<model::Timestamp> {
    Some(state.last_at?.plus_ms(i64::try_from(repeat.pause_ms).unwrap_or(i64::MAX)))
}

fn one<'a>(
    walk: &mut Walk<'a>,
    at: At<'_, 'a>,
    repeat: &'a RepeatUntil,
    index: u32,
    body: &mut crate::cursor::Body,
) -> Result<IterationEnd, Flow> {
    let flow = walk.body(body, &repeat.body, false);
    let last = match flow {
        Flow::Next | Flow::Break => walk.last_output(&repeat.body),
        Flow::EndBody | Flow::Continue => None,
        Flow::Failed => return Ok(IterationEnd::Failed(walk.take_failure())),
        Flow::Stopped | Flow::Blocked => return Err(flow),
    };
    if flow == Flow::Break {
        return Ok(IterationEnd::Broke(last.map(|(_, output)| output)));
    }
    if !walk.loaded(at.path, at.step) {
        walk.cursor.mark_iteration(at.path.clone(), index);
        return Err(Flow::Blocked);
    }
    let met = match walk.holds(&repeat.until, "until") {
        Ok(met) => met,
        // What it asks about did not run in this round.
        Err(error) if error.code == ErrorKind::NotRun.code() => false,
        Err(mut error) => {
            error.at = Some(at.path.clone());
            return Ok(IterationEnd::Failed(error));
        }
    };
    Ok(match last {
        _ if met => IterationEnd::Met(last.map(|(_, output)| output)),
        Some((path, _)) if walk.status(&path) == StepStatus::Succeeded => IterationEnd::Step(path),
        Some((_, output)) => IterationEnd::Value(output),
        None => IterationEnd::Nothing,
    })
}

fn finish(walk: &mut Walk<'_>, at: At<'_, '_>) -> Flow {
    let Some(state) = walk.step_state(at.path).and_then(|step| step.iterations.clone()) else { return Flow::Blocked };
    if let Some(error) = state.failure {
        return walk.fail(at.id, at.path, at.step, error);
    }
    let ends = match state.pages.last().map(|page| walk.page(at.path, page)) {
        Some(Ok(Some(ends))) => ends,
        Some(Ok(None)) => return Flow::Blocked,
        Some(Err(error)) => return walk.fail(at.id, at.path, at.step, error),
        None => Vec::new().into(),
    };
    let last = ends.last().cloned().flatten().unwrap_or(IterationEnd::Nothing);
    let output = match last.datum() {
        Some(value) => match walk.value(at.path, value) {
            Some(value) => value.as_ref().clone(),
            None => return Flow::Blocked,
        },
        None => Value::Null,
    };
    let met = matches!(last, IterationEnd::Met(_));
    let output = json!({ "rounds": state.finished, "met": met, "output": output });
    walk.conclude(at, output)
}

#[cfg(test)]
mod tests {
    use model::run::RunStatus;
    use serde_json::json;

    use crate::{
        Next,
        fixture::{Run, workflow},
    };

    fn run(until: &str, max: u32, pause_ms: u64) -> Run {
        let steps = json!({
            "r": { "type": "repeat_until", "body": ["s"], "until": { "expr": until }, "max": max, "pause_ms": pause_ms },
            "s": { "type": "set", "fields": [{ "name": "v", "value": { "expr": "loop.index * 2" } }] },
        });
        Run::new(workflow(&["r"], steps), json!({}))
    }

    #[test]
    fn repeats_until_it_holds_or_the_rounds_are_used_up() {
        for (until, output) in [
            ("s.v == 4", json!({ "rounds": 3, "met": true, "output": { "v": 4 } })),
            ("s.v >= 0", json!({ "rounds": 1, "met": true, "output": { "v": 0 } })),
            ("s.v < 0", json!({ "rounds": 5, "met": false, "output": { "v": 8 } })),
        ] {
            let mut run = run(until, 5, 0);
            assert_eq!(run.decide().next, Next::Done);
            assert_eq!(run.output("r"), &output, "{until}");
        }
    }

    #[test]
    fn pauses_between_rounds() {
        let mut run = run("s.v == 4", 9, 60_000);
        for _ in 0..2 {
            let until = run.now.plus_ms(60_000);
            assert_eq!(run.decide().next, Next::Park { until: Some(until), hold: None });
            run.now = run.now.plus_ms(100);
            assert!(run.decide().events.is_empty(), "woken too soon");
            run.cursor = crate::Cursor::new();
            run.now = until;
        }
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.status, RunStatus::Succeeded);
    }

    #[test]
    fn a_condition_that_cannot_be_read_fails_the_step() {
        let mut run = run("1 +", 3, 0);
        run.decide();
        assert_eq!(run.step("r").error.as_ref().map(|e| e.code.as_str()), Some("expr.syntax"));
        assert_eq!(run.state.error.as_ref().and_then(|e| e.path.clone()), Some("r".into()));
    }
}
