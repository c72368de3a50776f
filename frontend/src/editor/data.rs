//! What the fields of a step can see while it is being built: the chosen sample event and the outputs of the steps.

use std::{collections::BTreeMap, sync::Arc};

use expr::{Data, Limits, Outcome, StepData, evaluate};
use model::{
    Timestamp, WorkflowDefinition,
    api::StepSample,
    ids::StepId,
    step::{Set, Step, StepKind},
};
use serde_json::{Map, Value};

/// Sample data, ready for expressions.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub data: Data,
    pub event: Option<Arc<Value>>,
    pub outputs: BTreeMap<StepId, Output>,
}

/// What a step gave, or would give.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub value: Arc<Value>,
    /// When it was tested; absent: worked out here, which is the same for steps that only rearrange data.
    pub tested_at: Option<Timestamp>,
}

/// Bounds for everything evaluated while somebody types.
pub fn limits() -> Limits {
    Limits { fuel: 400_000, depth: 64, output_bytes: 2 * 1024 * 1024 }
}

/// Gathers what is known: steps that only look at data are worked out from the sample, the others show what their last test gave.
pub fn see(def: &WorkflowDefinition, event: Option<Arc<Value>>, samples: &[StepSample]) -> Seen {
    let mut seen = Seen { event: event.clone(), ..Seen::default() };
    if let Some(event) = event {
        seen.data.set_event(event);
    }
    for (id, step) in &def.steps {
        seen.data.set_step(id.as_str(), &step.slug, StepData::NotRun);
    }
    for id in def.in_order() {
        let Some(step) = def.steps.get(&id) else { continue };
        if step.disabled {
            seen.data.set_step(id.as_str(), &step.slug, StepData::Skipped);
            continue;
        }
        if let Some(output) = output_of(&id, step, &seen, samples) {
            seen.data.set_step(id.as_str(), &step.slug, StepData::Output(output.value.clone()));
            seen.outputs.insert(id, output);
        }
    }
    seen
}

fn output_of(id: &StepId, step: &Step, seen: &Seen, samples: &[StepSample]) -> Option<Output> {
    let computed = match &step.kind {
        StepKind::Set(set) if seen.event.is_some() => set_output(set, &seen.data).map(Arc::new),
        StepKind::Filter(filter) if seen.event.is_some() => expr::test(&filter.condition, &seen.data, &limits())
            .ok()
            .map(|passed| Arc::new(serde_json::json!({ "passed": passed }))),
        _ => None,
    };
    if let Some(value) = computed {
        return Some(Output { value, tested_at: None });
    }
    let sample = samples.iter().find(|sample| &sample.step == id)?;
    Some(Output { value: Arc::new(sample.output.clone()), tested_at: Some(sample.at) })
}

/// What a set step gives; nothing when one of its values cannot be worked out.
pub fn set_output(set: &Set, data: &Data) -> Option<Value> {
    let mut out = Map::new();
    for field in &set.fields {
        match evaluate(&field.value, data, &limits()).ok()?.outcome {
            Outcome::Value(value) => {
                out.insert(field.name.clone(), value);
            }
            Outcome::Missing if field.required => return None,
            Outcome::Missing => {}
        }
    }
    Some(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use expr::Mapped;
    use model::step::SetField;
    use serde_json::json;

    use super::*;

    #[test]
    fn set_steps_are_worked_out_one_after_the_other() {
        let set = |text: &str, def: &WorkflowDefinition| {
            let field = SetField { name: "a".into(), value: expr::parse_text(text, &def.names()), required: false };
            StepKind::Set(Set { fields: vec![field, SetField { name: "b".into(), value: Mapped::Omit, required: false }] })
        };
        let mut def = WorkflowDefinition::default();
        for (id, text) in [("one", "{{ event.body.n }}"), ("two", "{{ one.a }}!")] {
            let kind = set(text, &def);
            let step = Step {
                slug: id.into(),
                label: id.into(),
                kind,
                policy: model::step::Policy::default(),
                disabled: false,
                note: String::new(),
            };
            def.steps.insert(id.into(), step);
            def.body.push(id.into());
        }
        let seen = see(&def, Some(Arc::new(json!({"body": {"n": 5}}))), &[]);
        assert_eq!(*seen.outputs[&StepId::from("two")].value, json!({"a": "5!"}));
        assert!(see(&def, None, &[]).outputs.is_empty());
    }
}
