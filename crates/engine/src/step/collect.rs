use model::{
    run::{Datum, Ending, Hold, RunEventKind, RunKind, RunStatus, StepStatus},
    step::Collect,
};
use serde_json::{Value, json};

use super::{At, respond::text};
use crate::{
    CollectCall, LocalWork,
    values::{bad_input, required},
    walk::{Flow, Walk},
};

/// Characters of a key.
const MOST_KEY: usize = 200;

/// Output: `{batch, position}`, and the run ends; in a run that goes on with a batch the step's output is given.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, collect: &'a Collect) -> Flow {
    if walk.loops > 0 {
        let message = format!("“{}” stands in a loop; runs are gathered at the top level only.", at.step.label);
        return walk.contradiction(at.path, "definition.collect_inside", message);
    }
    match walk.status(at.path) {
        StepStatus::Pending => begin(walk, at, collect),
        StepStatus::Ready => join(walk, at, collect),
        _ => walk.wait(at.path, None, Some(Hold::System)),
    }
}

fn begin<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, collect: &'a Collect) -> Flow {
    if !walk.loaded(at.path, at.step) {
        return Flow::Blocked;
    }
    let item = match walk.field(&collect.item, "item") {
        Ok(field) => field,
        Err(error) => return walk.fail(at.id, at.path, at.step, error),
    };
    let mut notes = item.notes;
    let Some(item) = item.value else {
        let error = required("item", "item", &notes);
        return walk.fail(at.id, at.path, at.step, error);
    };
    // Absent: all items go into one batch.
    let mut key: Option<String> = None;
    if let Some(mapped) = &collect.key {
        match walk.field(mapped, "key") {
            Ok(field) => {
                notes.extend(field.notes);
                key = field.value.as_ref().and_then(text).filter(|key| !key.is_empty());
            }
            Err(error) => return walk.fail(at.id, at.path, at.step, error),
        }
    }
    let length = key.as_ref().map_or(0, |key| key.chars().count());
    if length > MOST_KEY {
        let message = format!("A batch's key has at most {MOST_KEY} characters; this one has {length}.");
        return walk.fail(at.id, at.path, at.step, bad_input("key", "collect.key", message));
    }
    if matches!(walk.state.kind, RunKind::Test { .. }) {
        let output = json!({ "items": [item], "count": 1, "key": key, "closed_by": "test" });
        walk.finish(at.id, at.path, Datum::new(output), notes, None);
        return Flow::Next;
    }
    let input = Datum::new(json!({ "item": item, "key": key }));
    walk.emit(RunEventKind::StepReady { path: at.path.clone(), input, notes });
    join(walk, at, collect)
}

fn join(walk: &mut Walk<'_>, at: At<'_, '_>, collect: &Collect) -> Flow {
    let input = walk.step_state(at.path).and_then(|step| step.input.clone()).unwrap_or_else(|| Datum::new(Value::Null));
    let Some(input) = walk.value(at.path, &input) else { return Flow::Blocked };
    let call = CollectCall {
        step: at.id.clone(),
        item: input["item"].clone(),
        key: input["key"].as_str().unwrap_or_default().to_owned(),
        count: collect.count.map(|count| count.clamp(1, Collect::MAX_ITEMS)),
        after_ms: collect.after_ms,
        schedule: collect.schedule.clone(),
        time_zone: walk.ctx.def.settings.time_zone.clone(),
    };
    walk.local(at.id, at.path, LocalWork::Collect(call))
}

/// What follows a collect step that has ended: the run, unless it goes on with a batch.
pub(super) fn gathered(walk: &mut Walk<'_>, at: At<'_, '_>) -> Option<Flow> {
    let goes_on = walk.alone || matches!(walk.state.kind, RunKind::Test { .. }) || walk.state.given.contains_key(at.id);
    (!goes_on).then(|| walk.stopped(Ending { status: RunStatus::Succeeded, error: None, message: Some("Collected".to_owned()) }))
}

#[cfg(test)]
mod tests {
    use model::{
        ids::RunId,
        run::{Datum, ErrorClass, RunKind, RunStatus, SkipReason, StepError},
    };
    use serde_json::{Value, json};

    use crate::{
        LocalWork, Next,
        fixture::{Run, http, pill, with, workflow},
    };

    fn collect() -> Value {
        json!({ "type": "collect", "item": pill(&["item"]), "key": pill(&["key"]), "count": 50_000, "after_ms": 9_000 })
    }

    fn steps(collect: Value) -> Value {
        json!({ "before": http(), "c": collect, "after": { "type": "set", "fields": [{ "name": "n", "value": { "expr": "c.count" } }] } })
    }

    fn batch() -> Value {
        json!({ "items": [1, 2], "count": 2, "key": "k", "closed_by": "count" })
    }

    #[test]
    fn a_run_adds_its_item_and_ends() {
        for (key, text) in [(json!("k"), "k"), (json!(5), "5"), (json!(null), ""), (json!({ "a": 1 }), "{\"a\":1}")] {
            let mut run = Run::new(workflow(&["c", "after"], steps(collect())), json!({ "item": { "n": 1 }, "key": key }));
            let local = run.local();
            let LocalWork::Collect(call) = &local.work else { panic!("{local:?}") };
            assert_eq!(
                (call.key.as_str(), &call.item, call.count, call.after_ms),
                (text, &json!({ "n": 1 }), Some(10_000), Some(9_000))
            );
            assert_eq!((call.step.0.as_str(), call.time_zone.as_str()), ("c", "UTC"));
            run.crash();
            assert_eq!(run.local(), local, "asked for again");
            assert_eq!(run.local_ended("c", Ok(json!({ "batch": "b", "position": 0 }))), ["step_finished"]);
            assert_eq!(run.local_ended("c", Ok(json!({}))), [""; 0], "joined once");
            run.crash();
            assert_eq!(run.decide().next, Next::Done);
            assert_eq!((run.state.status, run.state.message.as_deref()), (RunStatus::Succeeded, Some("Collected")));
            assert!(!run.state.steps.contains_key(&"after".into()));
        }
    }

    #[test]
    fn the_run_that_goes_on_begins_after_it() {
        for kind in [RunKind::Collected { step: "c".into() }, RunKind::Replay { of: RunId(1), from: Some("after".into()) }] {
            let def = workflow(&["before", "c", "after"], steps(collect()));
            let mut run = Run::of_kind(def, json!({}), kind, vec![("c".into(), Datum::new(batch()))]);
            let decision = run.decide();
            assert_eq!((decision.effects, decision.next, run.state.status), (vec![], Next::Done, RunStatus::Succeeded));
            assert_eq!(run.step("before").skipped, Some(SkipReason::ArmNotChosen));
            assert_eq!((run.output("c"), run.output("after")), (&batch(), &json!({ "n": 2 })));
        }
    }

    #[test]
    fn one_batch_may_be_gathered_again_further_on() {
        let mut all = steps(collect());
        all["more"] = with(collect(), "item", json!({ "expr": "c.items" }));
        let kind = RunKind::Collected { step: "c".into() };
        let mut run = Run::of_kind(
            workflow(&["before", "c", "more", "after"], all),
            json!({}),
            kind,
            vec![("c".into(), Datum::new(batch()))],
        );
        let local = run.local();
        assert!(matches!(&local.work, LocalWork::Collect(call) if call.item == json!([1, 2]) && call.step.0 == "more"));
        run.local_ended("more", Ok(json!({ "batch": "b", "position": 0 })));
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.state.message.as_deref(), Some("Collected"));
    }

    #[test]
    fn a_batch_whose_step_is_gone_does_not_run_everything() {
        let kind = RunKind::Collected { step: "gone".into() };
        let mut run = Run::of_kind(workflow(&["before"], steps(collect())), json!({}), kind, vec![]);
        let decision = run.decide();
        assert_eq!((decision.effects, decision.next), (vec![], Next::Done));
        assert_eq!(run.state.error.as_ref().map(|error| error.code.as_str()), Some("definition.unknown_step"));
    }

    #[test]
    fn a_test_gathers_nothing() {
        let mut run =
            Run::of_kind(workflow(&["c", "after"], steps(collect())), json!({ "item": 1 }), RunKind::Test { only: None }, vec![]);
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(
            run.output("c"),
            &json!({ "items": [1], "count": 1, "key": null, "closed_by": "test" }),
            "no key is no empty text"
        );
        assert_eq!(run.output("after"), &json!({ "n": 1 }));
    }

    #[test]
    fn refuses_what_cannot_be_gathered() {
        for (body, code) in [(json!({}), "expr.missing"), (json!({ "item": 1, "key": "é".repeat(201) }), "collect.key")] {
            let mut run = Run::new(workflow(&["c"], steps(collect())), body);
            run.decide();
            assert_eq!(run.state.error.as_ref().map(|error| error.code.as_str()), Some(code));
        }
        let mut all = steps(collect());
        all["l"] = json!({ "type": "for_each", "over": { "literal": [1] }, "body": ["c"] });
        let mut run = Run::new(workflow(&["l"], all), json!({ "item": 1 }));
        run.decide();
        assert_eq!(run.state.error.as_ref().map(|error| error.code.as_str()), Some("definition.collect_inside"));

        let policy = json!({ "on_error": "continue" });
        let mut run = Run::new(workflow(&["c"], steps(with(collect(), "policy", policy))), json!({ "item": 1 }));
        run.local();
        run.local_ended("c", Err(StepError::new(ErrorClass::System, "collect.full", "No room.")));
        run.decide();
        assert_eq!((run.state.status, run.state.message.clone()), (RunStatus::Succeeded, None), "it goes on without the others");
    }
}
