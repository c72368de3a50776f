//! The other workflows of the workspace, and what those take and give that can be started by a step. Read when a form asks.

use std::collections::{BTreeMap, BTreeSet};

use leptos::{prelude::*, task::spawn_local};
use model::{
    WorkflowDefinition,
    api::{Empty, GetVersion, GetWorkflow, ListWorkflows, WorkflowState, WorkflowSummary, WorkflowsQuery},
    definition::{FormField, TriggerKind},
    ids::WorkflowId,
};

use crate::api::{Problem, call};

/// So many are offered, in pages of the largest size there is.
const PAGES: usize = 5;
const PAGE: u32 = 200;

/// How another workflow is started.
#[derive(Debug, Clone, PartialEq)]
pub struct Callable {
    pub name: String,
    pub live: bool,
    pub on: bool,
    /// Absent: it cannot be started by a step.
    pub takes: Option<Vec<FormField>>,
    /// The keys of what it gives back.
    pub returns: Vec<String>,
}

#[derive(Clone, Copy)]
pub struct Others {
    pub all: RwSignal<Option<Vec<WorkflowSummary>>>,
    asked: StoredValue<bool>,
    asking: StoredValue<BTreeSet<WorkflowId>>,
    /// Absent: not asked for; `None` within: there is no such workflow.
    callable: RwSignal<BTreeMap<WorkflowId, Option<Callable>>>,
}

impl Others {
    pub fn new() -> Self {
        Others {
            all: RwSignal::new(None),
            asked: StoredValue::new(false),
            asking: StoredValue::default(),
            callable: RwSignal::new(BTreeMap::new()),
        }
    }

    /// Reads the list, once.
    pub fn load(self) {
        if self.asked.get_value() {
            return;
        }
        self.asked.set_value(true);
        spawn_local(async move {
            let mut all = Vec::new();
            let mut query = WorkflowsQuery { limit: Some(PAGE), ..WorkflowsQuery::default() };
            for _ in 0..PAGES {
                let Ok(page) = call::<ListWorkflows>((), &query, &Empty {}).await else { break };
                all.extend(page.items);
                match page.next {
                    Some(next) => query.cursor = Some(next),
                    None => break,
                }
            }
            self.all.try_set(Some(all));
        });
    }

    /// What is known of a workflow's way in; asks for it the first time. `None`: not known yet.
    pub fn callable(self, id: WorkflowId) -> Option<Option<Callable>> {
        let known = self.callable.with(|known| known.get(&id).cloned());
        if known.is_none() && self.asking.try_update_value(|asking| asking.insert(id)) == Some(true) {
            spawn_local(async move {
                let answer = read(id).await;
                self.asking.try_update_value(|asking| asking.remove(&id));
                match answer {
                    Ok(found) => {
                        self.callable.try_update(|known| known.insert(id, Some(found)));
                    }
                    Err(problem) if problem.is_not_found() => {
                        self.callable.try_update(|known| known.insert(id, None));
                    }
                    // Asked again when the form is opened again.
                    Err(_) => {}
                }
            });
        }
        known
    }

    pub fn name(self, id: WorkflowId) -> Option<String> {
        let listed = self.all.with(|all| all.as_ref()?.iter().find(|one| one.id == id).map(|one| one.name.clone()));
        listed.or_else(|| self.callable.with(|known| known.get(&id)?.as_ref().map(|found| found.name.clone())))
    }
}

async fn read(id: WorkflowId) -> Result<Callable, Problem> {
    let workflow = call::<GetWorkflow>((id,), &Empty {}, &Empty {}).await?;
    // What is live is what a run will meet; a draft only says what is meant.
    let definition = match workflow.live_version {
        Some(version) => call::<GetVersion>((id, version), &Empty {}, &Empty {}).await?.definition,
        None => workflow.draft,
    };
    let (takes, returns) = way_in(&definition).unzip();
    Ok(Callable {
        name: workflow.name,
        live: workflow.live_version.is_some(),
        on: workflow.state != WorkflowState::Off,
        takes,
        returns: returns.unwrap_or_default(),
    })
}

fn way_in(definition: &WorkflowDefinition) -> Option<(Vec<FormField>, Vec<String>)> {
    definition.triggers.iter().find_map(|trigger| match &trigger.kind {
        TriggerKind::Workflow(way) => Some((way.fields.clone(), way.returns.iter().map(|value| value.key.clone()).collect())),
        _ => None,
    })
}
