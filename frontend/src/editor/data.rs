//! What the fields of a step can see while it is being built: the chosen sample event and the outputs of the steps.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use expr::{Data, Limits, Outcome, StepData, evaluate};
use model::{
    Timestamp, WorkflowDefinition,
    api::{Pin, StepSample},
    ids::StepId,
    step::{BODY, Set, Step, StepKind, Wait, WaitFor},
};
use serde_json::{Map, Value};

use super::{
    pins,
    scope::{self, Local},
};
use crate::text::editor as t;

/// Sample data, ready for expressions. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    pub data: Data,
    pub event: Option<Arc<Value>>,
    pub outputs: Arc<BTreeMap<StepId, Output>>,
    /// Names that are known here beside the event and the steps: of loops and error bodies around, from the outside in.
    pub here: Vec<Local>,
    /// By step.
    pub around: Arc<BTreeMap<StepId, Vec<Local>>>,
}

impl Seen {
    /// What the fields of one step see.
    pub fn at(&self, step: &StepId) -> Seen {
        let locals = self.around.get(step).map(Vec::as_slice).unwrap_or_default();
        locals.iter().fold(self.clone(), |seen, local| seen.with(local.clone()))
    }

    /// What those fields of a step see that are evaluated after its body, within an iteration.
    pub fn after(&self, def: &WorkflowDefinition, id: &StepId) -> Seen {
        let seen = self.at(id);
        let inner = def.step(id).map(|step| scope::of_body(def, id, step, &BODY.into(), &seen.data)).unwrap_or_default();
        inner.into_iter().fold(seen, Seen::with)
    }

    /// The same with one more name.
    pub fn with(mut self, local: Local) -> Seen {
        if let Some(value) = &local.value {
            self.data.push_local(&local.name, value.clone());
        }
        self.here.push(local);
        self
    }
}

/// What a step gave, or would give.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub value: Arc<Value>,
    /// When it was tested; absent: worked out here, which is the same for steps that only rearrange data.
    pub tested_at: Option<Timestamp>,
    /// Nobody has answered yet: this is what an answer looks like.
    pub made_up: bool,
}

/// Bounds for everything evaluated while somebody types.
pub fn limits() -> Limits {
    Limits { fuel: 400_000, depth: 64, output_bytes: 2 * 1024 * 1024 }
}

/// Gathers what is known: pinned outputs as they are, steps that only look at data as worked out from the sample, the others as their
/// last test gave.
/// Inside loops that is done with the first element of the list.
pub fn see(def: &WorkflowDefinition, event: Option<Arc<Value>>, samples: &[StepSample], pins: &[Pin]) -> Seen {
    let mut data = Data::new();
    if let Some(event) = &event {
        data.set_event(event.clone());
    }
    for (id, step) in &def.steps {
        data.set_step(id.as_str(), &step.slug, StepData::NotRun);
    }
    let mut gather = Gather {
        def,
        has_event: event.is_some(),
        samples: samples.iter().map(|sample| (&sample.step, sample)).collect(),
        pins: pins::holding(def, pins).map(|pin| (&pin.step, pin)).collect(),
        data,
        outputs: BTreeMap::new(),
        around: BTreeMap::new(),
        locals: Vec::new(),
    };
    gather.bind(scope::links(def, &[&def.body]));
    gather.body(&def.body, 0);
    Seen { data: gather.data, event, outputs: Arc::new(gather.outputs), here: Vec::new(), around: Arc::new(gather.around) }
}

struct Gather<'a> {
    def: &'a WorkflowDefinition,
    has_event: bool,
    samples: HashMap<&'a StepId, &'a StepSample>,
    pins: HashMap<&'a StepId, &'a Pin>,
    data: Data,
    outputs: BTreeMap<StepId, Output>,
    around: BTreeMap<StepId, Vec<Local>>,
    locals: Vec<Local>,
}

impl<'a> Gather<'a> {
    fn body(&mut self, body: &'a [StepId], depth: usize) {
        // A broken definition may contain a cycle.
        if depth > self.def.steps.len() {
            return;
        }
        for id in body {
            let Some(step) = self.def.steps.get(id) else { continue };
            if !self.locals.is_empty() {
                self.around.insert(id.clone(), self.locals.clone());
            }
            for (arm, inner) in step.kind.named_bodies() {
                let names = scope::of_body(self.def, id, step, &arm, &self.data);
                let count = names.len();
                names.into_iter().for_each(|name| self.bind(Some(name)));
                self.body(inner, depth + 1);
                (0..count).for_each(|_| self.unbind());
            }
            if step.disabled {
                self.data.set_step(id.as_str(), &step.slug, StepData::Skipped);
            } else if let Some(output) = self.output_of(id, step) {
                self.data.set_step(id.as_str(), &step.slug, StepData::Output(output.value.clone()));
                self.outputs.insert(id.clone(), output);
            }
        }
    }

    fn bind(&mut self, local: Option<Local>) {
        if let Some(local) = local {
            if let Some(value) = &local.value {
                self.data.push_local(&local.name, value.clone());
            }
            self.locals.push(local);
        }
    }

    fn unbind(&mut self) {
        if self.locals.pop().is_some_and(|local| local.value.is_some()) {
            self.data.pop_local();
        }
    }

    fn output_of(&self, id: &StepId, step: &Step) -> Option<Output> {
        if let Some(pin) = self.pins.get(id) {
            return Some(Output { value: Arc::new(pin.output.clone()), tested_at: Some(pin.at), made_up: false });
        }
        if self.has_event
            && let Some(value) = computed(step, &self.data, &self.def.settings.time_zone)
        {
            return Some(Output { value: Arc::new(value), tested_at: None, made_up: false });
        }
        let sample = self.samples.get(id);
        if let StepKind::Wait(wait) = &step.kind {
            let value = Arc::new(answer_to(wait, sample.map(|sample| &sample.output)));
            return Some(Output { value, tested_at: sample.map(|sample| sample.at), made_up: sample.is_none() });
        }
        let sample = sample?;
        Some(Output { value: Arc::new(sample.output.clone()), tested_at: Some(sample.at), made_up: false })
    }
}

/// What a step gives that only rearranges data; nothing where that cannot be worked out.
fn computed(step: &Step, data: &Data, zone: &str) -> Option<Value> {
    match &step.kind {
        StepKind::Set(set) => set_output(set, data),
        StepKind::Filter(filter) => {
            let passed = expr::test(&filter.condition, data, &limits()).ok()?;
            Some(serde_json::json!({ "passed": passed }))
        }
        StepKind::Collect(collect) => {
            let Outcome::Value(item) = evaluate(&collect.item, data, &limits()).ok()?.outcome else { return None };
            let key = collect.key.as_ref().and_then(|key| evaluate(key, data, &limits()).ok());
            let key = key.and_then(|found| match found.outcome {
                Outcome::Value(Value::String(text)) => Some(text),
                Outcome::Value(value) => Some(value.to_string()),
                Outcome::Missing => None,
            });
            Some(serde_json::json!({ "items": [item], "count": 1, "key": key.unwrap_or_default(), "closed_by": "count" }))
        }
        StepKind::Lookup(lookup) => super::lookup::found(lookup, data),
        StepKind::Transform(transform) => super::transform::output(transform, data, zone),
        _ => None,
    }
}

/// An answer to a wait: an example, with what a test has shown.
fn answer_to(wait: &Wait, tested: Option<&Value>) -> Value {
    let mut answer = match &wait.until {
        WaitFor::Approval(approval) => {
            let by = approval.people.first().cloned().unwrap_or_else(|| t::PEOPLE_EXAMPLE.to_owned());
            serde_json::json!({ "approved": true, "comment": "", "by": by, "timed_out": false, "at": t::MOMENT_EXAMPLE })
        }
        WaitFor::Callback => serde_json::json!({
            "method": "POST", "query": {}, "headers": {}, "body": {}, "timed_out": false, "at": t::MOMENT_EXAMPLE,
        }),
    };
    if let (Value::Object(answer), Some(Value::Object(tested))) = (&mut answer, tested) {
        answer.extend(tested.clone());
    }
    answer
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
    use crate::editor::steps::fresh;

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
        let seen = see(&def, Some(Arc::new(json!({"body": {"n": 5}}))), &[], &[]);
        assert_eq!(*seen.outputs[&StepId::from("two")].value, json!({"a": "5!"}));
        assert!(see(&def, None, &[], &[]).outputs.is_empty());
    }

    #[test]
    fn inside_a_loop_the_first_element_is_known() {
        let mut def = WorkflowDefinition::default();
        let mut each = fresh::step("for_each", &def).unwrap();
        if let StepKind::ForEach(each) = &mut each.kind {
            each.over = expr::parse_text("{{ event.body.orders }}", &def.names());
            each.body = vec!["inner".into()];
        }
        def.steps.insert("all".into(), each);
        let mut inner = fresh::step("set", &def).unwrap();
        if let StepKind::Set(set) = &mut inner.kind {
            let value = expr::parse_text("{{ loop.index }} of {{ loop.count }}: {{ item.sku }}", &def.names());
            set.fields = vec![SetField { name: "a".into(), value, required: false }];
        }
        def.steps.insert("inner".into(), inner);
        def.body.push("all".into());
        let seen = see(&def, Some(Arc::new(json!({"body": {"orders": [{"sku": "x1"}, {"sku": "x2"}]}}))), &[], &[]);
        assert_eq!(*seen.outputs[&StepId::from("inner")].value, json!({"a": "0 of 2: x1"}));
        let names = |seen: Seen| seen.here.into_iter().map(|local| local.name).collect::<Vec<_>>();
        assert_eq!(names(seen.at(&"inner".into())), ["item", "loop"]);
        assert_eq!(names(seen.at(&"all".into())), [""; 0]);
        assert_eq!(names(seen.after(&def, &"all".into())), ["item", "loop"]);
    }
}
