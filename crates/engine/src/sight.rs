//! What expressions see: outputs of steps, as far as they are loaded.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use expr::StepData;
use model::{
    definition::ReturnField,
    ids::{StepId, StepPath},
    run::{Datum, ErrorClass, IterationEnd, Page, StepError, StepStatus},
    step::Step,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    needs::{steps_returned, steps_seen},
    walk::{MOST_NESTED, Walk},
};

/// How iterations ended, by their place in a page.
type Ends<'p> = Cow<'p, [Option<IterationEnd>]>;

impl Walk<'_> {
    /// Lets expressions see what a step left behind.
    pub(crate) fn show(&mut self, id: &StepId, step: &Step) {
        match self.left_behind(id) {
            Ok(data) => self.scope.data.set_step(id.as_str(), &step.slug, data),
            Err(hash) => {
                self.scope.data.set_step(id.as_str(), &step.slug, StepData::NotRun);
                self.scope.unloaded.insert(id.clone(), hash);
            }
        }
    }

    /// The same with the steps in its bodies; those of a loop are seen by nobody outside.
    pub(crate) fn show_all(&mut self, id: &StepId, depth: usize) {
        let ctx = self.ctx;
        let Some(step) = ctx.def.steps.get(id).filter(|_| depth <= MOST_NESTED) else { return };
        self.show(id, step);
        if !step.kind.is_loop() {
            step.kind.bodies().flatten().for_each(|inner| self.show_all(inner, depth + 1));
        }
    }

    /// What a step left behind, or the row that has to be loaded for it.
    fn left_behind(&self, id: &StepId) -> Result<StepData, String> {
        let known = self.state.steps.get(&self.path(id));
        let output = match known.map(|known| (known.status, known)) {
            Some((StepStatus::Succeeded, known)) => known.output.as_ref(),
            Some((StepStatus::Skipped, _)) => return Ok(StepData::Skipped),
            Some((StepStatus::Failed, known)) => {
                let error = known.error.as_ref().filter(|_| known.continued);
                return Ok(error.map_or(StepData::NotRun, |error| StepData::Output(Arc::new(error_output(error)))));
            }
            // A test of one step alone sees the given outputs; other runs carry given steps out as they reach them.
            _ if self.alone => self.state.given.get(id),
            _ => None,
        };
        output.map_or(Ok(StepData::NotRun), |output| self.ctx.resolve(output).map(StepData::Output))
    }

    /// Whether every output the step may look at is loaded; otherwise notes which rows are needed.
    pub(crate) fn loaded(&mut self, path: &StepPath, step: &Step) -> bool {
        if self.scope.unloaded.is_empty() {
            return true;
        }
        let ctx = self.ctx;
        let names = self.cursor.names.get_or_insert_with(|| ctx.def.names());
        let seen = steps_seen(step, names);
        let complete = self.find(seen);
        if !complete {
            self.cursor.mark(path);
        }
        complete
    }

    /// The same for what the run gives back.
    pub(crate) fn loaded_for(&mut self, returns: &[ReturnField]) -> bool {
        let ctx = self.ctx;
        let names = self.cursor.names.get_or_insert_with(|| ctx.def.names());
        let seen = steps_returned(returns, names);
        self.find(seen)
    }

    fn find(&mut self, steps: BTreeSet<String>) -> bool {
        let ctx = self.ctx;
        let mut complete = true;
        for id in steps {
            let id = StepId(id);
            let Some(hash) = self.scope.unloaded.get(&id) else { continue };
            match (ctx.payloads.get(hash), ctx.def.steps.get(&id)) {
                (Some(value), Some(step)) => {
                    self.scope.data.set_step(id.as_str(), &step.slug, StepData::Output(Arc::clone(value)));
                    self.scope.unloaded.remove(&id);
                }
                _ => {
                    self.needed.insert(hash.clone());
                    complete = false;
                }
            }
        }
        complete
    }

    /// A value of the journal, if it is loaded; otherwise notes that it is needed.
    pub(crate) fn value(&mut self, path: &StepPath, datum: &Datum) -> Option<Arc<Value>> {
        match self.ctx.resolve(datum) {
            Ok(value) => Some(value),
            Err(hash) => {
                self.needed.insert(hash);
                self.cursor.mark(path);
                None
            }
        }
    }

    /// How the iterations of a page ended, if it is loaded; otherwise notes that it is needed.
    pub(crate) fn page<'p>(&mut self, path: &StepPath, page: &'p Page) -> Result<Option<Ends<'p>>, Box<StepError>> {
        let list = match page {
            Page::Open(ends) => return Ok(Some(Cow::Borrowed(ends))),
            Page::Packed(list) => list,
        };
        let Some(list) = self.value(path, list) else { return Ok(None) };
        let ends: Result<Vec<Option<IterationEnd>>, _> = Vec::deserialize(list.as_ref());
        ends.map(|ends| Some(Cow::Owned(ends))).map_err(|_| {
            let message = "What earlier elements of this loop gave is stored but cannot be read; look at the database.";
            Box::new(StepError::new(ErrorClass::System, "journal.unreadable", message))
        })
    }

    pub(crate) fn refresh(&mut self, id: &StepId) {
        let ctx = self.ctx;
        if let Some(step) = ctx.def.steps.get(id) {
            self.show(id, step);
        }
    }

    /// The output of the last step of a body that ran.
    pub(crate) fn last_output(&self, body: &[StepId]) -> Option<(StepPath, Datum)> {
        body.iter().rev().find_map(|id| {
            let path = self.path(id);
            let step = self.step_state(&path)?;
            let output = match step.status {
                StepStatus::Succeeded => step.output.clone()?,
                StepStatus::Failed => Datum::new(error_output(step.error.as_ref().filter(|_| step.continued)?)),
                _ => return None,
            };
            Some((path, output))
        })
    }
}

/// What expressions see of a step that failed while the run went on.
fn error_output(error: &StepError) -> Value {
    json!({ "error": { "class": error.class.as_str(), "code": error.code, "message": error.message } })
}
