//! What is read far more often than it changes: webhooks, published definitions and their settings, who hears of failures.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use model::{
    WorkflowDefinition,
    definition::Settings,
    ids::{TriggerId, WorkflowId, WorkspaceId},
};

use crate::{FailureListener, LiveHook};

/// Published definitions kept in memory.
const MAX_DEFINITIONS: usize = 500;
const MAX_HOOKS: usize = 10_000;

pub(crate) struct Cache {
    inner: Mutex<Inner>,
    /// What is older than this is read again: another process may have changed them.
    max_age: Option<Duration>,
}

struct Kept<T>(Instant, Arc<T>);

#[derive(Default)]
struct Inner {
    /// By webhook key.
    hooks: HashMap<String, Kept<LiveHook>>,
    triggers: HashMap<(WorkflowId, TriggerId), Kept<LiveHook>>,
    definitions: HashMap<(WorkflowId, u32), Arc<WorkflowDefinition>>,
    /// Of live versions.
    settings: HashMap<WorkflowId, Kept<Settings>>,
    listeners: HashMap<WorkspaceId, Kept<Vec<FailureListener>>>,
    /// Rises with every `forget`: what was read before must not be put in after.
    generation: u64,
}

impl Cache {
    pub(crate) fn new(max_age: Option<Duration>) -> Self {
        Cache { inner: Mutex::default(), max_age }
    }

    fn fresh<T>(&self, kept: Option<&Kept<T>>) -> Option<Arc<T>> {
        kept.filter(|kept| self.max_age.is_none_or(|age| kept.0.elapsed() < age)).map(|kept| kept.1.clone())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        // A panic elsewhere leaves at worst an entry too few.
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn generation(&self) -> u64 {
        self.with(|inner| inner.generation)
    }

    pub(crate) fn hook(&self, key: &str) -> Option<Arc<LiveHook>> {
        self.with(|inner| self.fresh(inner.hooks.get(key)))
    }

    pub(crate) fn keep_hook(&self, generation: u64, key: &str, hook: Arc<LiveHook>) {
        self.with(|inner| {
            if inner.generation == generation {
                if inner.hooks.len() >= MAX_HOOKS {
                    inner.hooks.clear();
                }
                inner.hooks.insert(key.to_owned(), Kept(Instant::now(), hook));
            }
        });
    }

    pub(crate) fn trigger(&self, workflow: WorkflowId, trigger: &TriggerId) -> Option<Arc<LiveHook>> {
        self.with(|inner| self.fresh(inner.triggers.get(&(workflow, trigger.clone()))))
    }

    pub(crate) fn keep_trigger(&self, generation: u64, hook: Arc<LiveHook>) {
        self.with(|inner| {
            if inner.generation == generation {
                if inner.triggers.len() >= MAX_HOOKS {
                    inner.triggers.clear();
                }
                inner.triggers.insert((hook.workflow, hook.trigger.clone()), Kept(Instant::now(), hook));
            }
        });
    }

    pub(crate) fn definition(&self, workflow: WorkflowId, version: u32) -> Option<Arc<WorkflowDefinition>> {
        self.with(|inner| inner.definitions.get(&(workflow, version)).cloned())
    }

    pub(crate) fn keep_definition(&self, workflow: WorkflowId, version: u32, definition: Arc<WorkflowDefinition>) {
        self.with(|inner| {
            if inner.definitions.len() >= MAX_DEFINITIONS {
                inner.definitions.clear();
            }
            inner.definitions.insert((workflow, version), definition);
        });
    }

    pub(crate) fn settings(&self, workflow: WorkflowId) -> Option<Arc<Settings>> {
        self.with(|inner| self.fresh(inner.settings.get(&workflow)))
    }

    pub(crate) fn keep_settings(&self, generation: u64, workflow: WorkflowId, settings: Arc<Settings>) {
        self.with(|inner| {
            if inner.generation == generation {
                if inner.settings.len() >= MAX_HOOKS {
                    inner.settings.clear();
                }
                inner.settings.insert(workflow, Kept(Instant::now(), settings));
            }
        });
    }

    pub(crate) fn listeners(&self, workspace: WorkspaceId) -> Option<Arc<Vec<FailureListener>>> {
        self.with(|inner| self.fresh(inner.listeners.get(&workspace)))
    }

    pub(crate) fn keep_listeners(&self, generation: u64, workspace: WorkspaceId, listeners: Arc<Vec<FailureListener>>) {
        self.with(|inner| {
            if inner.generation == generation {
                inner.listeners.insert(workspace, Kept(Instant::now(), listeners));
            }
        });
    }

    /// The workflow's state, live version, draft or secrets changed.
    pub(crate) fn forget_workflow(&self, workflow: WorkflowId) {
        self.with(|inner| {
            inner.generation += 1;
            inner.hooks.retain(|_, kept| kept.1.workflow != workflow);
            inner.triggers.retain(|(of, _), _| *of != workflow);
            inner.settings.remove(&workflow);
            inner.listeners.clear();
        });
    }
}
