//! Where a run stands, kept between decisions so that each costs what has changed and not what there is.
//!
//! Nothing in it is stored: a new one is brought to where the run stands by the first decision that uses it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use expr::{Data, Names};
use model::{
    Timestamp,
    ids::{StepId, StepPath},
    run::{Datum, RunEvent, RunEventKind, RunState, SignalKind},
};
use serde_json::Value;

use crate::{items::Items, links::Waits, walk::Wait};

/// Derived from a run's state; belongs to one state of one run. Every fact that is not decided with it has to go through
/// [`Cursor::apply`].
#[derive(Default)]
pub struct Cursor {
    /// The top level's position, once a decision was made.
    pub(crate) root: Option<Root>,
    /// Built when they are first asked for.
    pub(crate) names: Option<Names>,
    pub(crate) waits_of: Option<Waits>,
    /// Steps before the one that gathered the batch the run goes on with.
    pub(crate) left_out: Option<BTreeSet<StepId>>,
    /// Iterations something happened in since they were last looked at, by loop.
    pub(crate) dirty: HashMap<StepPath, BTreeSet<u32>>,
    /// What waits for a moment or for somebody.
    pub(crate) waits: BTreeMap<StepPath, Wait>,
    /// The moments among them.
    due: BTreeSet<(Timestamp, StepPath)>,
    /// Calls under way that a new cursor has not come across yet.
    pub(crate) unreached: BTreeSet<StepPath>,
    /// Calls under way whose arm or iteration the run has left: they end by themselves, and the run ends after them.
    pub(crate) orphans: BTreeSet<StepPath>,
    pub(crate) visited: u64,
    /// A test of one step alone sees what stands around the step.
    pub(crate) in_place: bool,
    /// Rows that were looked at and are not needed in memory any longer.
    pub(crate) spent: Vec<String>,
}

pub(crate) struct Root {
    pub body: Body,
    pub scope: Scope,
}

/// A position in a body.
#[derive(Default)]
pub(crate) struct Body {
    /// The first step that has not ended.
    pub at: usize,
    pub inner: Option<Box<Inner>>,
}

/// The position within a step that holds bodies.
pub(crate) enum Inner {
    /// By arm.
    Bodies(Vec<Child>),
    Loop(Loop),
    Round(Iteration),
}

#[derive(Default)]
pub(crate) struct Child {
    pub body: Body,
    pub done: bool,
}

pub(crate) struct Loop {
    pub items: Items,
    /// No iteration from here on has begun.
    pub next: u32,
    pub active: BTreeMap<u32, Iteration>,
    pub gathered: Gathered,
}

/// What the pages of a loop that has ended gave, as far as they were looked at: a long loop's are read one after the other.
#[derive(Default)]
pub(crate) struct Gathered {
    pub pages: usize,
    pub items: Vec<Value>,
    pub errors: Vec<Value>,
}

pub(crate) struct Iteration {
    pub scope: Scope,
    pub body: Body,
}

/// What expressions see, and the paths of the steps that see it.
#[derive(Default)]
pub(crate) struct Scope {
    /// `loop_a[3].`; empty at the top.
    pub prefix: String,
    pub data: Data,
    /// Outputs that stand in rows not loaded, by step.
    pub unloaded: BTreeMap<StepId, String>,
    /// Those of the waits it sees.
    pub links: Option<Arc<Value>>,
}

impl Cursor {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a fact into the state, and notes what has to be looked at again.
    pub fn apply(&mut self, state: &mut RunState, event: &RunEvent) {
        state.apply(event);
        match (&event.kind, event.kind.path()) {
            (_, Some(path)) => {
                self.forget_wait(path);
                self.mark(path);
            }
            (RunEventKind::SignalTaken { kind: SignalKind::Reconnected, .. }, None) => {
                let waiting: Vec<StepPath> = self.waits.keys().cloned().collect();
                waiting.iter().for_each(|path| self.mark(path));
            }
            _ => {}
        }
    }

    /// The hashes of payload rows that need not be kept in memory any longer; one that is needed again is asked for again.
    pub fn take_spent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.spent)
    }

    /// A value was looked at for the last time.
    pub(crate) fn spend(&mut self, datum: &Datum) {
        if let Datum::Stored { hash, .. } = datum {
            self.spent.push(hash.clone());
        }
    }

    /// How many steps all decisions so far have looked at.
    pub fn visited(&self) -> u64 {
        self.visited
    }

    /// The step at `path` is to be looked at by the next decision.
    pub(crate) fn mark(&mut self, path: &StepPath) {
        for (around, index) in path.iterations() {
            self.mark_iteration(around, index);
        }
    }

    pub(crate) fn mark_iteration(&mut self, around: StepPath, index: u32) {
        self.dirty.entry(around).or_default().insert(index);
    }

    /// Marks what waited for a moment that has come.
    pub(crate) fn mark_due(&mut self, now: Timestamp) {
        while self.due.first().is_some_and(|(at, _)| *at <= now) {
            if let Some((_, path)) = self.due.pop_first() {
                self.mark(&path);
            }
        }
    }

    pub(crate) fn wait(&mut self, path: &StepPath, wait: Wait) {
        if let Some(until) = wait.until {
            self.due.insert((until, path.clone()));
        }
        self.waits.insert(path.clone(), wait);
    }

    pub(crate) fn forget_wait(&mut self, path: &StepPath) {
        if self.waits.is_empty() {
            return;
        }
        if let Some(Wait { until: Some(until), .. }) = self.waits.remove(path) {
            self.due.remove(&(until, path.clone()));
        }
    }
}
