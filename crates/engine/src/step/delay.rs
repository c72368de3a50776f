use model::{
    Timestamp,
    run::{Datum, RunEventKind, StepError, StepStatus},
    step::Delay,
};
use serde_json::{Value, json};

use super::At;
use crate::{
    moment,
    values::{bad_input, required},
    walk::{Flow, Walk},
    wall,
};

/// Output: `{until}`.
pub(super) fn advance<'a>(walk: &mut Walk<'a>, at: At<'_, 'a>, delay: &'a Delay) -> Flow {
    let now = walk.ctx.now;
    let (until, begun) =
        match walk.step_state(at.path).filter(|step| step.status == StepStatus::Waiting).and_then(|step| step.until) {
            Some(until) => (until, true),
            None => {
                if !walk.loaded(at.path, at.step) {
                    return Flow::Blocked;
                }
                match end_of(walk, delay) {
                    Ok(until) => (until, false),
                    Err(error) => return walk.fail(at.id, at.path, at.step, error),
                }
            }
        };
    // A test of the delay alone shows when it would end, and does not wait for it.
    if until <= now || walk.alone {
        walk.finish(at.id, at.path, Datum::new(json!({ "until": until.rfc3339() })), Vec::new(), None);
        return Flow::Next;
    }
    if !begun {
        walk.emit(RunEventKind::StepWaiting { path: at.path.clone(), until: Some(until) });
    }
    walk.wait(at.path, Some(until), None)
}

fn end_of(walk: &Walk<'_>, delay: &Delay) -> Result<Timestamp, Box<StepError>> {
    match delay {
        Delay::For { ms } => Ok(walk.ctx.now.plus_ms(i64::try_from(*ms).unwrap_or(i64::MAX)).min(moment::LAST)),
        Delay::Next(next) => {
            let time_zone = next.time_zone.as_deref().unwrap_or(&walk.ctx.def.settings.time_zone);
            wall::next(next, time_zone, walk.ctx.now)
        }
        Delay::Until(mapped) => {
            let field = walk.field(mapped, "until")?;
            match field.value {
                None | Some(Value::Null) => Err(Box::new(required("until", "until", &field.notes))),
                Some(Value::String(text)) if text.is_empty() => Err(Box::new(required("until", "until", &field.notes))),
                Some(value) => read(&value).ok_or_else(|| {
                    let shown: String = value.to_string().chars().take(80).collect();
                    let message =
                        format!("{shown} is no moment: use date and time with an offset, such as 2026-01-31T09:00:00+01:00.");
                    Box::new(bad_input("until", "delay.moment", message))
                }),
            }
        }
    }
}

fn read(value: &Value) -> Option<Timestamp> {
    let moment = match value {
        Value::String(text) => moment::parse(text.trim())?,
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers within the bound below only")]
        Value::Number(ms) => {
            Timestamp(ms.as_i64().or_else(|| ms.as_f64().filter(|ms| ms.fract() == 0.0 && ms.abs() < 1e15).map(|ms| ms as i64))?)
        }
        _ => return None,
    };
    (moment <= moment::LAST && moment.0 >= -moment::LAST.0).then_some(moment)
}

#[cfg(test)]
mod tests {
    use model::{
        Timestamp,
        run::{ErrorClass, RunStatus, StepStatus},
    };
    use serde_json::json;

    use crate::{
        Next,
        fixture::{Run, pill, workflow},
    };

    #[test]
    fn waits_for_its_time() {
        let mut run = Run::new(workflow(&["d"], json!({ "d": { "type": "delay", "for": { "ms": 5000 } } })), json!({}));
        let until = run.now.plus_ms(5000);
        assert_eq!(run.decide().next, Next::Park { until: Some(until), hold: None });
        assert_eq!((run.state.status, run.step("d").status), (RunStatus::Waiting, StepStatus::Waiting));

        run.now = run.now.plus_ms(4999);
        let early = run.decide();
        assert!(early.events.is_empty(), "woken too soon, nothing happens: {early:?}");
        assert_eq!(early.next, Next::Park { until: Some(until), hold: None });

        run.now = until;
        assert_eq!(run.decide().next, Next::Done);
        assert_eq!(run.output("d"), &json!({ "until": until.rfc3339() }));
        assert_eq!(run.names()[1..], ["run_started", "step_waiting", "parked", "resumed", "step_finished", "run_finished"]);
    }

    #[test]
    fn waits_for_a_time_of_day_in_the_workflows_zone() {
        for (zone, hours) in [(None, 7 * 24), (Some("America/New_York"), 14)] {
            // It is Thursday: midnight in London, exactly nine in Tokyo.
            let mut next = json!({ "days": [4], "at": "09:00" });
            if let Some(zone) = zone {
                next["time_zone"] = json!(zone);
            }
            let mut def = workflow(&["d"], json!({ "d": { "type": "delay", "next": next } }));
            def.settings.time_zone = "Asia/Tokyo".into();
            let mut run = Run::new(def, json!({}));
            let until = run.now.plus_ms(hours * 3_600_000);
            assert_eq!(run.decide().next, Next::Park { until: Some(until), hold: None });
            run.crash();
            run.now = until;
            assert_eq!(run.decide().next, Next::Done);
            assert_eq!(run.output("d"), &json!({ "until": until.rfc3339() }));
        }
        let next = json!({ "days": [4], "at": "09:00", "time_zone": "Nowhere" });
        let mut run = Run::new(workflow(&["d"], json!({ "d": { "type": "delay", "next": next } })), json!({}));
        run.decide();
        assert_eq!(
            run.step("d").error.as_ref().map(|error| (error.class, error.code.as_str())),
            Some((ErrorClass::Input, "delay.time_zone"))
        );
    }

    #[test]
    fn reads_moments() {
        let at = 1_767_225_600_000_i64 + 60_000;
        for (value, until) in [
            (json!(Timestamp(at).rfc3339()), Some(at)),
            (json!(at), Some(at)),
            (json!(at as f64), Some(at)),
            (json!("2026-01-01T01:01:00+01:00"), Some(at)),
            (json!("2020-01-01T00:00:00Z"), None),
        ] {
            let mut run =
                Run::new(workflow(&["d"], json!({ "d": { "type": "delay", "until": pill(&["at"]) } })), json!({ "at": value }));
            match until {
                Some(until) => assert_eq!(run.decide().next, Next::Park { until: Some(Timestamp(until)), hold: None }, "{value}"),
                None => assert_eq!(run.decide().next, Next::Done, "{value}: what has passed does not wait"),
            }
        }
    }

    #[test]
    fn refuses_what_is_no_moment() {
        for (value, code) in [
            (json!("tomorrow"), "delay.moment"),
            (json!("2026-01-01"), "delay.moment"),
            (json!(true), "delay.moment"),
            (json!(1e300), "delay.moment"),
            (json!(""), "input.required"),
            (json!(null), "input.required"),
        ] {
            let mut run =
                Run::new(workflow(&["d"], json!({ "d": { "type": "delay", "until": pill(&["at"]) } })), json!({ "at": value }));
            run.decide();
            let error = run.step("d").error.as_ref().map(|e| (e.class, e.code.as_str()));
            assert_eq!(error, Some((ErrorClass::Input, code)), "{value}");
        }
    }

    #[test]
    fn the_longest_wait_is_still_a_date() {
        let mut run = Run::new(workflow(&["d"], json!({ "d": { "type": "delay", "for": { "ms": u64::MAX } } })), json!({}));
        let Next::Park { until: Some(until), .. } = run.decide().next else { panic!("not parked") };
        assert_eq!(until.rfc3339(), "9999-12-31T23:59:59.999Z");
    }
}
