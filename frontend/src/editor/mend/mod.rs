//! From a run that failed to a workflow that works: its data is the sample, and once the mended version is live what failed alike is
//! replayed. What has been begun stands in the page's address, so that loading the page again goes on with it.

mod bar;
mod replays;

use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};
use model::{
    api::{Empty, Mend, MendRun},
    ids::{JobId, RunId, StepId},
    step::StepKind,
};

use super::state::{Editor, Selected};
use crate::{
    api::{Problem, call},
    text::mend as t,
};

pub use bar::MendBar;

/// What the address says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Address {
    pub fix: Option<RunId>,
    /// The replay of that run.
    pub replay: Option<RunId>,
    /// The replays of all alike; without a run that is mended, the runs of a table.
    pub bulk: Option<JobId>,
}

impl Address {
    pub fn read() -> Self {
        use_query_map().with_untracked(|query| Address {
            fix: query.get_str("fix").and_then(|id| id.parse().ok()),
            replay: query.get_str("replay").and_then(|id| id.parse().ok()),
            bulk: query.get_str("bulk").and_then(|id| id.parse().ok()),
        })
    }

    fn text(self) -> String {
        let pair = |key: &str, id: Option<String>| id.map(|id| format!("{key}={id}"));
        let pairs = [
            pair("fix", self.fix.map(|id| id.to_string())),
            pair("replay", self.replay.map(|id| id.to_string())),
            pair("bulk", self.bulk.map(|id| id.to_string())),
        ];
        pairs.into_iter().flatten().collect::<Vec<_>>().join("&")
    }
}

/// Where a run is mended.
pub fn href(workflow: model::ids::WorkflowId, run: RunId) -> String {
    format!("/workflows/{workflow}?fix={run}")
}

/// The run as the server has prepared it for the editor.
pub async fn fetch(run: Option<RunId>) -> Option<Result<Mend, Problem>> {
    Some(call::<MendRun>((run?,), &Empty {}, &Empty {}).await)
}

/// Shows the step it failed at, with what came to it.
pub fn begin(editor: Editor, mend: &Mend) {
    editor.chosen.set(mend.sample);
    if let Some(step) = &mend.step {
        editor.inspect(Selected::Step(step.clone()));
    }
}

/// Puts another address into the browser's bar.
type Navigate = Box<dyn Fn(&str)>;

/// The address of the page, changed without leaving it.
#[derive(Clone, Copy)]
pub struct Place {
    editor: Editor,
    pub address: RwSignal<Address>,
    navigate: StoredValue<Navigate, LocalStorage>,
}

impl Place {
    pub fn new(editor: Editor) -> Self {
        let navigate = use_navigate();
        let options = || leptos_router::NavigateOptions { replace: true, scroll: false, ..Default::default() };
        let go: Box<dyn Fn(&str)> = Box::new(move |to| navigate(to, options()));
        Place { editor, address: RwSignal::new(Address::read()), navigate: StoredValue::new_local(go) }
    }

    pub fn change(self, change: impl FnOnce(&mut Address)) {
        if self.address.try_update(change).is_none() {
            return;
        }
        let query = self.address.get_untracked().text();
        let path = format!("/workflows/{}{}{query}", self.editor.id, if query.is_empty() { "" } else { "?" });
        self.navigate.try_with_value(|go| go(&path));
    }
}

/// Where a replay begins: at the step it failed at, or at the outermost loop around that. Its id, and words for it.
fn begins_at(editor: Editor, failed: Option<&StepId>) -> (Option<StepId>, String) {
    editor.def.with(|def| {
        let Some(id) = failed.filter(|id| def.step(id).is_some()) else { return (None, t::FROM_START.to_owned()) };
        let is_loop =
            |id: &StepId| def.step(id).is_some_and(|step| matches!(step.kind, StepKind::ForEach(_) | StepKind::RepeatUntil(_)));
        let outermost = def.around(id).into_iter().rfind(is_loop);
        let label = |id: &StepId| def.step(id).map(|step| step.label.clone()).unwrap_or_default();
        match outermost {
            Some(around) => {
                let words = t::from_loop(&label(&around));
                (Some(around), words)
            }
            None => (Some(id.clone()), t::from_step(&label(id))),
        }
    })
}
