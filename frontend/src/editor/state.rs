//! What an open editor knows: one definition with its history, what is selected, the samples, the last test.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use leptos::prelude::*;
use manifest::check;
use model::{
    Problem, Role, Timestamp, WorkflowDefinition,
    api::{Connection, Hook, RunStep, Samples, Workflow, WorkflowState},
    compare::Merge,
    definition::{EditError, EditOp, Slot, StepPatch, Trigger, TriggerPatch},
    ids::{SampleId, StepId, TriggerId, WorkflowId},
    run::RunStatus,
    step::{Policy, Step, StepKind},
};
use serde_json::Value;

use super::{
    data::{Seen, see},
    history::History,
    others::Others,
    save::Saver,
    steps::fresh,
};
use crate::{
    connectors,
    session::use_session,
    standing::Standing,
    text::editor as t,
    ui::{Toasts, use_toasts},
};

/// What the inspector shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Selected {
    Trigger(TriggerId),
    Step(StepId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    SetUp,
    Test,
    Failure,
    /// Of a trigger with an address.
    Requests,
}

/// What the picker is open for.
#[derive(Debug, Clone, PartialEq)]
pub enum Picking {
    Step(Slot),
    Trigger,
}

/// Of the workflow, what is not its definition.
#[derive(Debug, Clone, PartialEq)]
pub struct Meta {
    pub name: String,
    pub state: WorkflowState,
    pub live_version: Option<u32>,
    pub draft_changed: bool,
    pub hooks: Vec<Hook>,
    pub held: u64,
}

/// The last test.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tested {
    /// Just this step; absent: the whole workflow.
    pub only: Option<StepId>,
    /// As it was tested; it may have changed since.
    pub definition: WorkflowDefinition,
    /// What it was tested with.
    pub event: Option<Arc<Value>>,
    /// What steps had given in the test before.
    pub before: BTreeMap<StepId, Value>,
    pub run: Option<model::ids::RunId>,
    pub status: Option<RunStatus>,
    /// Each step whose data is at hand; in a loop its worst iteration.
    pub steps: BTreeMap<StepId, RunStep>,
    /// How each step stands, over all iterations.
    pub standings: BTreeMap<StepId, Standing>,
    pub message: Option<String>,
    pub error: Option<String>,
    pub finished_at: Option<Timestamp>,
}

impl Tested {
    /// What each step gave, where it stands in place; of steps this test left out, what they had given before.
    pub fn outputs(&self) -> BTreeMap<StepId, Value> {
        let now =
            self.steps.iter().filter_map(|(id, state)| Some((id.clone(), (**state.state.output.as_ref()?.inline()?).clone())));
        let mut all = self.before.clone();
        all.extend(now);
        all
    }

    pub fn is_running(&self) -> bool {
        self.error.is_none() && self.status.is_some_and(|status| !status.is_final())
    }
}

/// The open editor. Cheap to copy: everything in it is a signal.
#[derive(Clone, Copy)]
pub struct Editor {
    pub id: WorkflowId,
    pub meta: RwSignal<Meta>,
    pub def: RwSignal<WorkflowDefinition>,
    pub names: Memo<expr::Names>,
    pub history: RwSignal<History>,
    pub saver: Saver,
    pub selected: RwSignal<Option<Selected>>,
    /// Steps that are chosen together; empty: only what is selected.
    pub marked: RwSignal<BTreeSet<StepId>>,
    pub inspecting: RwSignal<bool>,
    pub tab: RwSignal<Tab>,
    pub picking: RwSignal<Option<Picking>>,
    pub publishing: RwSignal<bool>,
    /// Steps that are about to be pasted.
    pub pasting: RwSignal<Option<super::clipboard::Pasting>>,
    /// The note that is written, and where a new one goes.
    pub noting: RwSignal<Option<super::shelf::Noting>>,
    /// The shelf is open.
    pub shelf_open: RwSignal<bool>,
    /// The list of all steps is open.
    pub outline_open: RwSignal<bool>,
    pub settings_open: RwSignal<bool>,
    pub versions_open: RwSignal<bool>,
    pub samples: RwSignal<Samples>,
    /// The sample event that a person chose; otherwise the newest.
    pub chosen: RwSignal<Option<SampleId>>,
    pub seen: Memo<Known>,
    pub problems: Memo<Vec<Problem>>,
    /// Problems that only the server can find, as of the last save.
    pub found_by_server: RwSignal<Vec<Problem>>,
    pub tested: RwSignal<Tested>,
    /// A test that waits for a person's word: what it would send.
    pub asking: RwSignal<Option<super::testing::Asking>>,
    /// E-mail address of the person who edits; none for a token.
    pub address: StoredValue<Option<String>>,
    /// What a person agreed that tests of a step may do, until its setup, its address or its recipient is another.
    pub consents: RwSignal<BTreeMap<StepId, String>>,
    pub connections: RwSignal<Vec<Connection>>,
    pub others: Others,
    /// Steps whose bodies are not drawn; kept in this browser.
    pub folds: RwSignal<BTreeSet<StepId>>,
    /// Who works here: what this browser keeps is theirs.
    pub person: StoredValue<String>,
    /// Whether the person may change workflows at all.
    pub may_edit: Memo<bool>,
    pub toasts: Toasts,
    /// The last refusal of an edit.
    pub refused: RwSignal<Option<String>>,
    /// What has just been done, for those who do not see the canvas.
    pub said: RwSignal<String>,
}

/// Sample data that counts as new whenever it was gathered again.
#[derive(Clone, Default)]
pub struct Known(pub Arc<Seen>);

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Editor {
    pub fn new(workflow: Workflow, samples: Samples) -> Self {
        let session = use_session();
        let user = untrack(|| session.me()).and_then(|me| me.user);
        let address = StoredValue::new(user.as_ref().map(|user| user.email.clone()));
        let person = user.map(|user| user.id.to_string()).unwrap_or_default();
        let saver = Saver::new(&person, workflow.id, workflow.draft_rev, workflow.draft.clone());
        let def = RwSignal::new(workflow.draft);
        let samples = RwSignal::new(samples);
        let chosen = RwSignal::new(None);
        let event = Memo::new(move |_| {
            let chosen: Option<SampleId> = chosen.get();
            let triggers = def.with(|def| def.triggers.iter().map(|trigger| trigger.id.clone()).collect::<Vec<_>>());
            let kept = samples.with(|samples| {
                let mut known = samples.triggers.iter().filter(|sample| triggers.contains(&sample.trigger));
                let newest = known.clone().next();
                known.find(|sample| Some(sample.id) == chosen).or(newest).map(|sample| Arc::new(sample.event.clone()))
            });
            kept.or_else(|| {
                let first = def.with(|def| def.triggers.first().cloned())?;
                super::samples::stand_in(&first, crate::moment::now()).map(Arc::new)
            })
        });
        let seen = Memo::new(move |_| {
            Known(Arc::new(def.with(|def| samples.with(|samples| see(def, event.get(), &samples.steps, &samples.pins)))))
        });
        let found_by_server = RwSignal::new(def.with_untracked(|def| only_of_server(def, workflow.problems)));
        let meta = RwSignal::new(Meta {
            name: workflow.name,
            state: workflow.state,
            live_version: workflow.live_version,
            draft_changed: workflow.draft_changed,
            hooks: workflow.hooks,
            held: workflow.held,
        });
        Editor {
            id: workflow.id,
            meta,
            def,
            names: Memo::new(move |_| def.with(WorkflowDefinition::names)),
            history: RwSignal::default(),
            saver,
            selected: RwSignal::new(None),
            marked: RwSignal::default(),
            inspecting: RwSignal::new(false),
            tab: RwSignal::new(Tab::SetUp),
            picking: RwSignal::new(None),
            publishing: RwSignal::new(false),
            pasting: RwSignal::new(None),
            noting: RwSignal::new(None),
            shelf_open: RwSignal::new(false),
            outline_open: RwSignal::new(false),
            settings_open: RwSignal::new(false),
            versions_open: RwSignal::new(false),
            samples,
            chosen,
            seen,
            problems: Memo::new(move |_| {
                let mut all = def.with(|def| check(def, connectors::all()));
                all.extend(found_by_server.get());
                all
            }),
            found_by_server,
            tested: RwSignal::default(),
            asking: RwSignal::new(None),
            address,
            consents: RwSignal::default(),
            connections: RwSignal::new(Vec::new()),
            others: Others::new(),
            folds: RwSignal::new(super::folds::kept(&person, workflow.id)),
            person: StoredValue::new(person),
            toasts: use_toasts(),
            may_edit: Memo::new(move |_| session.may(Role::Maker)),
            refused: RwSignal::new(None),
            said: RwSignal::new(String::new()),
        }
    }

    /// Applies an edit. True when it could be.
    pub fn edit(self, op: EditOp) -> bool {
        self.edit_merged(op, None)
    }

    /// Applies an edit that is undone together with others of the same key right before it.
    pub fn edit_merged(self, op: EditOp, key: Option<&str>) -> bool {
        if !self.may_edit.get_untracked() {
            return false;
        }
        let now = js_sys::Date::now();
        let mut result: Result<(), EditError> = Ok(());
        self.def.update(|def| self.history.update(|history| result = history.apply(def, op, key, now)));
        match result {
            Ok(()) => {
                self.refused.set(None);
                self.saver.edited();
                true
            }
            Err(error) => {
                self.refused.set(Some(crate::text::editor::refused(&error)));
                false
            }
        }
    }

    pub fn undo(self) {
        let mut done = false;
        self.def.update(|def| self.history.update(|history| done = history.undo(def)));
        self.after_travel(done, t::UNDONE);
    }

    pub fn redo(self) {
        let mut done = false;
        self.def.update(|def| self.history.update(|history| done = history.redo(def)));
        self.after_travel(done, t::REDONE);
    }

    /// Takes over what the draft has become by somebody else's edits; what was done here can still be undone.
    pub fn join(self, merge: Merge) {
        let mine = self.def.get_untracked();
        if mine == merge.definition {
            return;
        }
        self.history.update(|history| history.rebase(&mine, &merge.definition, &merge.renamed));
        let (selected, marked, folds) = (self.selected.get_untracked(), self.marked.get_untracked(), self.folds.get_untracked());
        self.def.set(merge.definition.clone());
        if !merge.renamed.steps.is_empty() {
            // What was chosen or folded stays so, by its new name: its old one may be a step of theirs.
            let now = |ids: BTreeSet<StepId>| ids.iter().map(|id| merge.id_now(id).clone()).collect::<BTreeSet<_>>();
            if let Some(Selected::Step(id)) = &selected {
                self.selected.set(Some(Selected::Step(merge.id_now(id).clone())));
            }
            self.marked.set(now(marked));
            self.folds.set(now(folds));
        }
        self.drop_gone();
    }

    fn after_travel(self, done: bool, words: &str) {
        if done {
            self.say(words);
            self.drop_gone();
            self.saver.edited();
        }
    }

    /// Tells what has been done. Said twice in a row it is told twice: a screen reader passes over words that have not changed.
    pub fn say(self, words: &str) {
        self.said.update(|said| *said = if said == words { format!("{words}\u{a0}") } else { words.to_owned() });
    }

    /// Nothing stays selected that is not there any more.
    fn drop_gone(self) {
        let gone = self.def.with_untracked(|def| match self.selected.get_untracked() {
            Some(Selected::Step(id)) => def.step(&id).is_none(),
            Some(Selected::Trigger(id)) => def.trigger(&id).is_none(),
            None => false,
        });
        if gone {
            self.select(None);
        }
        let lost =
            self.def.with_untracked(|def| self.marked.with_untracked(|marked| marked.iter().any(|id| def.step(id).is_none())));
        if lost {
            self.marked.set(BTreeSet::new());
        }
    }

    /// Changes what a step does. `key` names the field, so that typing is undone as one.
    pub fn update_kind(self, id: &StepId, key: &str, change: impl FnOnce(&mut StepKind)) {
        let Some(mut kind) = self.def.with_untracked(|def| def.step(id).map(|step| step.kind.clone())) else { return };
        let before = kind.clone();
        change(&mut kind);
        if kind != before {
            let patch = StepPatch { kind: Some(kind), ..StepPatch::default() };
            self.edit_merged(EditOp::Update { id: id.clone(), patch }, Some(&format!("{id}/{key}")));
        }
    }

    pub fn update_policy(self, id: &StepId, key: &str, change: impl FnOnce(&mut Policy)) {
        let Some(mut policy) = self.def.with_untracked(|def| def.step(id).map(|step| step.policy.clone())) else { return };
        let before = policy.clone();
        change(&mut policy);
        if policy != before {
            let patch = StepPatch { policy: Some(policy), ..StepPatch::default() };
            self.edit_merged(EditOp::Update { id: id.clone(), patch }, Some(&format!("{id}/policy/{key}")));
        }
    }

    pub fn update_trigger(self, id: &TriggerId, key: &str, change: impl FnOnce(&mut Trigger)) {
        let Some(mut trigger) = self.def.with_untracked(|def| def.trigger(id).cloned()) else { return };
        let before = trigger.clone();
        change(&mut trigger);
        if trigger != before {
            let patch = TriggerPatch { trigger };
            self.edit_merged(EditOp::UpdateTrigger { id: id.clone(), patch }, Some(&format!("{id}/{key}")));
        }
    }

    /// Puts a new step of the picker's `choice` into a slot and selects it.
    pub fn insert(self, choice: &str, slot: Slot) {
        let made = self.def.with_untracked(|def| fresh::step(choice, def).map(|step| (fresh::step_id(def), step)));
        let Some((id, step)) = made else { return };
        if self.edit(EditOp::Insert { id: id.clone(), steps: vec![(id.clone(), step)], slot }) {
            self.inspect(Selected::Step(id));
        }
    }

    pub fn select(self, selected: Option<Selected>) {
        if selected.is_none() {
            self.inspecting.set(false);
        }
        if self.marked.with_untracked(|marked| !marked.is_empty()) {
            self.marked.set(BTreeSet::new());
        }
        if self.selected.get_untracked() != selected {
            self.tab.set(Tab::SetUp);
            self.selected.set(selected);
        }
    }

    /// Selects and opens the inspector.
    pub fn inspect(self, selected: Selected) {
        self.select(Some(selected));
        self.inspecting.set(true);
    }

    /// The selected step, when it is one.
    pub fn selected_step(self) -> Option<StepId> {
        match self.selected.get_untracked() {
            Some(Selected::Step(id)) => Some(id),
            _ => None,
        }
    }

    /// A step as it is now, tracked.
    pub fn step(self, id: &StepId) -> Option<Step> {
        self.def.with(|def| def.step(id).cloned())
    }

    pub fn trigger(self, id: &TriggerId) -> Option<Trigger> {
        self.def.with(|def| def.trigger(id).cloned())
    }

    /// Whether a step or trigger works on a simulated account.
    pub fn is_sandbox(self, of: &Selected) -> bool {
        let connection = super::fields::filled(self, of).connection;
        connection.is_some_and(|id| self.connections.with(|all| all.iter().any(|one| one.id == id && one.sandbox)))
    }

    /// The label of a step by its slug.
    pub fn label_of_slug(self, slug: &str) -> String {
        let found = self.def.with(|def| def.steps.values().find(|step| step.slug == slug).map(|step| step.label.clone()));
        found.unwrap_or_else(|| slug.to_owned())
    }

    /// The sample event in use.
    pub fn event(self) -> Option<Arc<Value>> {
        self.seen.with(|seen| seen.0.event.clone())
    }
}

/// What is left of the server's problems without those that are found here as well.
pub fn only_of_server(def: &WorkflowDefinition, mut problems: Vec<Problem>) -> Vec<Problem> {
    let own = check(def, connectors::all());
    problems.retain(|problem| !own.iter().any(|other| other.code == problem.code && other.place == problem.place));
    problems
}

pub fn use_editor() -> Editor {
    expect_context()
}
