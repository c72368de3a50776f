//! Work inside Patchbay. What changes something beside the run is written in one commit with its outcome; a test changes nothing.

mod child;
mod collect;
mod kept;
mod script;

use engine::{Local, LocalWork};
use futures_util::future::BoxFuture;
use model::run::RunKind;

use super::{Drive, Finished, Stop};

/// What became of local work.
pub(super) enum Carried<'a> {
    /// It is done, and what follows from it is noted.
    Out,
    UnderWay(BoxFuture<'a, Finished>),
}

impl<'a> Drive<'a> {
    pub(super) async fn local(&mut self, local: Local) -> Result<Carried<'a>, Stop> {
        let Local { path, work, .. } = local;
        match work {
            LocalWork::Script { source, input, timeout_ms } => {
                self.busy.insert(path.clone());
                return Ok(Carried::UnderWay(self.script(path, source, input, timeout_ms)));
            }
            LocalWork::Store(call) if self.is_test() => self.kept_in_test(path, call).await?,
            LocalWork::Store(call) => self.kept_value(path, call).await?,
            LocalWork::Child(call) => self.child(path, call).await?,
            LocalWork::Collect(call) => self.collect(path, call).await?,
        }
        Ok(Carried::Out)
    }

    pub(super) fn is_test(&self) -> bool {
        matches!(self.state.kind, RunKind::Test { .. })
    }

    /// Notes the outcome of work that changed nothing.
    fn out(&mut self, path: &model::ids::StepPath, outcome: Result<serde_json::Value, model::run::StepError>) {
        let facts = engine::local_ended(&self.context(), &self.state, path, outcome);
        self.push(facts);
    }
}
