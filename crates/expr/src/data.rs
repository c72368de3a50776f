//! What expressions can see: the event, steps, variables, the run and local names. Nothing else is reachable.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Gap;
use crate::mapped::Source;
use crate::reserved::ROOTS;
use crate::suggest::suggest;

/// What expressions can see. Cloning is cheap; values are shared, never copied by an evaluation that only looks at them.
#[derive(Debug, Clone, Default)]
pub struct Data {
    event: Option<Arc<Value>>,
    vars: Option<Arc<Value>>,
    run: Option<Arc<Value>>,
    steps: Arc<Steps>,
    /// Steps of one iteration, which hide those of the same id.
    layer: Option<Arc<Layer>>,
    local: Option<Arc<Local>>,
}

/// What a step left behind.
#[derive(Debug, Clone, PartialEq)]
pub enum StepData {
    Output(Arc<Value>),
    /// The step's path was not taken, or the step is switched off.
    Skipped,
    /// The step has not been reached.
    NotRun,
}

#[derive(Debug, Clone, Default)]
struct Steps {
    by_id: HashMap<String, Step>,
    ids: HashMap<String, String>,
}

#[derive(Debug, Clone)]
struct Step {
    slug: String,
    data: StepData,
}

#[derive(Debug, Clone, Default)]
struct Layer {
    by_id: HashMap<String, Step>,
    outer: Option<Arc<Layer>>,
}

#[derive(Debug)]
struct Local {
    name: String,
    value: Arc<Value>,
    outer: Option<Arc<Local>>,
}

impl Data {
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds `event`.
    pub fn set_event(&mut self, value: Arc<Value>) {
        self.event = Some(value);
    }

    /// The same data, for one iteration of a loop: steps that are bound from now on stand beside those there are and hide them. Costs the
    /// same however many steps there are; their names must be bound before.
    pub fn layer(&self) -> Data {
        Data { layer: Some(Arc::new(Layer { by_id: HashMap::new(), outer: self.layer.clone() })), ..self.clone() }
    }

    /// Binds a step: pills find it by id, raw expressions by slug.
    pub fn set_step(&mut self, id: &str, slug: &str, output: StepData) {
        if let Some(layer) = &mut self.layer {
            Arc::make_mut(layer).by_id.insert(id.to_owned(), Step { slug: slug.to_owned(), data: output });
            return;
        }
        let steps = Arc::make_mut(&mut self.steps);
        if let Some(before) = steps.by_id.insert(id.to_owned(), Step { slug: slug.to_owned(), data: output })
            && before.slug != slug
        {
            steps.ids.remove(&before.slug);
        }
        steps.ids.insert(slug.to_owned(), id.to_owned());
    }

    /// Binds `vars`.
    pub fn set_vars(&mut self, value: Arc<Value>) {
        self.vars = Some(value);
    }

    /// Binds `run`: `id`, `now` (RFC 3339 text), `workflow` ...
    pub fn set_run(&mut self, value: Arc<Value>) {
        self.run = Some(value);
    }

    /// The same data with one more name, which hides an outer one of the same name.
    pub fn with_local(&self, name: &str, value: Arc<Value>) -> Data {
        let local = Local { name: name.to_owned(), value, outer: self.local.clone() };
        Data { local: Some(Arc::new(local)), ..self.clone() }
    }

    /// Binds one more name, until it is taken back.
    pub fn push_local(&mut self, name: &str, value: Arc<Value>) {
        self.local = Some(Arc::new(Local { name: name.to_owned(), value, outer: self.local.take() }));
    }

    /// Takes back the name bound last.
    pub fn pop_local(&mut self) {
        self.local = self.local.take().and_then(|local| local.outer.clone());
    }

    fn local(&self, name: &str) -> Option<&Value> {
        let mut next = self.local.as_deref();
        while let Some(local) = next {
            if local.name == name {
                return Some(&local.value);
            }
            next = local.outer.as_deref();
        }
        None
    }

    fn bound_step(&self, id: &str) -> Option<&Step> {
        let mut next = self.layer.as_deref();
        while let Some(layer) = next {
            if let Some(step) = layer.by_id.get(id) {
                return Some(step);
            }
            next = layer.outer.as_deref();
        }
        self.steps.by_id.get(id)
    }

    fn step(&self, id: &str) -> Result<&Value, Gap> {
        let Some(step) = self.bound_step(id) else {
            return Err(Gap { not_run: true, ..Gap::new(id, format!("The step `{id}` did not run in this run.")) });
        };
        match &step.data {
            StepData::Output(value) => Ok(value),
            StepData::Skipped => {
                let message = format!("`{}` was skipped in this run.", step.slug);
                Err(Gap { not_run: true, ..Gap::new(&step.slug, message) })
            }
            StepData::NotRun => {
                let message = format!("`{}` did not run in this run.", step.slug);
                Err(Gap { not_run: true, ..Gap::new(&step.slug, message) })
            }
        }
    }

    fn root(&self, name: &str) -> Option<&Value> {
        let value = match name {
            "event" => &self.event,
            "vars" => &self.vars,
            "run" => &self.run,
            _ => return None,
        };
        value.as_deref()
    }
}

/// The data plus the names bound by enclosing [`Each`](crate::Each)es, which borrow their elements.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    data: &'a Data,
    binding: Option<&'a Binding<'a>>,
}

pub(crate) struct Binding<'a> {
    pub name: &'a str,
    pub value: &'a Value,
    pub outer: Option<&'a Binding<'a>>,
}

impl<'a> Scope<'a> {
    pub(crate) fn new(data: &'a Data) -> Self {
        Scope { data, binding: None }
    }

    pub(crate) fn bindings(&self) -> Option<&'a Binding<'a>> {
        self.binding
    }

    pub(crate) fn bound<'b>(&self, binding: &'b Binding<'b>) -> Scope<'b>
    where
        'a: 'b,
    {
        Scope { data: self.data, binding: Some(binding) }
    }

    fn local(&self, name: &str) -> Option<&'a Value> {
        let mut next = self.binding;
        while let Some(binding) = next {
            if binding.name == name {
                return Some(binding.value);
            }
            next = binding.outer;
        }
        self.data.local(name)
    }

    /// How the source is spelled in an expression.
    pub(crate) fn spelled(&self, source: &Source) -> String {
        match source {
            Source::Event => "event".into(),
            Source::Var => "vars".into(),
            Source::Run => "run".into(),
            Source::Local(name) => name.clone(),
            Source::Step(id) => self.data.bound_step(id).map_or_else(|| id.clone(), |step| step.slug.clone()),
        }
    }

    pub(crate) fn source(&self, source: &Source) -> Result<&'a Value, Gap> {
        match source {
            Source::Event => self.data.root("event").ok_or_else(|| absent("event")),
            Source::Var => self.data.root("vars").ok_or_else(|| absent("vars")),
            Source::Run => self.data.root("run").ok_or_else(|| absent("run")),
            Source::Step(id) => self.data.step(id),
            Source::Local(name) => self.local(name).ok_or_else(|| self.unknown(name)),
        }
    }

    /// A root name of a raw expression.
    pub(crate) fn name(&self, name: &str) -> Result<&'a Value, Gap> {
        if let Some(value) = self.local(name) {
            return Ok(value);
        }
        if ROOTS.contains(&name) {
            return self.data.root(name).ok_or_else(|| absent(name));
        }
        match self.data.steps.ids.get(name) {
            Some(id) => self.data.step(id),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &str) -> Gap {
        let mut known: Vec<&str> = ROOTS.to_vec();
        let mut next = self.binding;
        while let Some(binding) = next {
            known.push(binding.name);
            next = binding.outer;
        }
        let mut next = self.data.local.as_deref();
        while let Some(local) = next {
            known.push(&local.name);
            next = local.outer.as_deref();
        }
        let mut slugs: Vec<&str> = self.data.steps.ids.keys().map(String::as_str).collect();
        slugs.sort_unstable();
        known.extend(slugs);
        Gap::new(name, format!("There is nothing called `{name}` here")).suggesting(suggest(name, known))
    }
}

fn absent(name: &str) -> Gap {
    Gap::new(name, format!("There is no `{name}` here."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Limits, Mapped, Outcome, evaluate};

    fn read(data: &Data, source: &str) -> Outcome {
        evaluate(&Mapped::Expr(source.into()), data, &Limits::default()).map(|found| found.outcome).unwrap_or(Outcome::Missing)
    }

    #[test]
    fn iterations_see_their_own_steps() {
        let mut base = Data::new();
        base.set_step("a", "first", StepData::Output(Arc::new(json!(1))));
        base.set_step("b", "inner", StepData::NotRun);
        let mut one = base.layer().with_local("item", Arc::new(json!("x")));
        let mut two = base.layer();
        one.set_step("b", "inner", StepData::Output(Arc::new(json!(2))));
        two.set_step("b", "inner", StepData::Output(Arc::new(json!(3))));
        assert_eq!(read(&one, "first + inner"), Outcome::Value(json!(3)));
        assert_eq!(read(&one.layer(), "inner"), Outcome::Value(json!(2)));
        assert_eq!(read(&two, "inner"), Outcome::Value(json!(3)));
        assert_eq!(read(&base, "inner"), Outcome::Missing);
        one.push_local("item", Arc::new(json!("y")));
        assert_eq!(read(&one, "item"), Outcome::Value(json!("y")));
        one.pop_local();
        assert_eq!(read(&one, "item"), Outcome::Value(json!("x")));
    }
}
