use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Datum, Iterations, Page, RunState};
use crate::ids::StepPath;

/// What the journal says up to a row, so that a fold need not begin at the first. The last one of a run is enough.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of this very form; a newer one is left to a newer release.
    pub format: u32,
    pub state: RunState,
    /// How the iterations of loops ended, which the state does not show.
    #[serde(default)]
    pub ends: BTreeMap<StepPath, Vec<Page>>,
}

impl Snapshot {
    /// The form this code writes.
    pub const FORMAT: u32 = 1;

    /// Of `state`, with every value as it stands there.
    pub fn of(state: &RunState) -> Self {
        Snapshot::from(state.clone())
    }

    /// The state, to go on from. The rows it was parted from are asked for when they are needed.
    pub fn restore(self) -> RunState {
        let Snapshot { mut state, ends, .. } = self;
        for (path, pages) in ends {
            if let Some(all) = state.steps.get_mut(&path).and_then(|step| step.iterations.as_mut()) {
                all.pages = pages;
            }
        }
        state
    }

    /// Shows `part` every value, so that it may put large ones into rows of their own: those within a page first, then each page whose
    /// iterations have all ended as one list.
    pub fn part(&mut self, mut part: impl FnMut(&mut Datum)) {
        let RunState { given, gave, answers, returned, responded, last_output, steps, .. } = &mut self.state;
        given.values_mut().chain(gave.values_mut()).chain(answers.values_mut()).for_each(&mut part);
        returned.iter_mut().chain(last_output).chain(responded.iter_mut().map(|(_, _, body)| body)).for_each(&mut part);
        steps.values_mut().for_each(|step| step.data_mut().for_each(&mut part));
        for page in self.ends.values_mut().flatten() {
            let Page::Open(ends) = page else { continue };
            ends.iter_mut().flatten().filter_map(|end| end.datum_mut()).for_each(&mut part);
            if ends.len() < Iterations::PAGE || ends.iter().any(Option::is_none) {
                continue;
            }
            let mut list = Datum::new(serde_json::to_value(&*ends).unwrap_or(Value::Null));
            part(&mut list);
            if matches!(list, Datum::Stored { .. }) {
                *page = Page::Packed(list);
            }
        }
    }
}

impl From<RunState> for Snapshot {
    fn from(mut state: RunState) -> Self {
        let loops = state.steps.iter_mut().filter_map(|(path, step)| {
            let pages = std::mem::take(&mut step.iterations.as_mut()?.pages);
            (!pages.is_empty()).then(|| (path.clone(), pages))
        });
        let ends = loops.collect();
        Snapshot { format: Snapshot::FORMAT, state, ends }
    }
}
