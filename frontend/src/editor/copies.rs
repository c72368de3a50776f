//! What this browser keeps of a draft until the server has it: one copy for each open page, so that two tabs do not take each other's.

use leptos::prelude::*;
use model::{WorkflowDefinition, ids::WorkflowId};
use serde::{Deserialize, Serialize};

use crate::dom;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copy {
    pub rev: i64,
    /// The draft of that revision, before the edits.
    #[serde(default)]
    pub base: Option<WorkflowDefinition>,
    pub definition: WorkflowDefinition,
}

/// The copies of one open page.
#[derive(Clone, Copy)]
pub struct Copies {
    /// Under which its own is kept, and those of earlier pages that it has taken over.
    keys: StoredValue<(String, Vec<String>)>,
}

/// The same for when the page is gone.
pub struct Detached {
    own: String,
    taken: Vec<String>,
}

impl Copies {
    pub fn new(id: WorkflowId) -> Self {
        // Chance enough to tell the tabs of one browser apart.
        let page = (js_sys::Math::random() * 1e9) as u32;
        Copies { keys: StoredValue::new((format!("{}-{page}", prefix(id)), Vec::new())) }
    }

    pub fn keep(self, copy: &Copy) {
        self.keys.with_value(|(own, _)| write(own, copy));
    }

    /// The server has it.
    pub fn forget(self) {
        self.keys.update_value(|(own, taken)| {
            remove(own);
            taken.drain(..).for_each(|key| remove(&key));
        });
    }

    /// What earlier pages left behind.
    pub fn left(id: WorkflowId) -> Vec<(String, Copy)> {
        let prefix = prefix(id);
        let Ok(Some(storage)) = window().local_storage() else { return Vec::new() };
        let keys = (0..storage.length().unwrap_or(0)).filter_map(|at| storage.key(at).ok().flatten());
        let keys = keys.filter(|key| key.strip_prefix(&prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
        let mut found: Vec<(String, Copy)> = keys
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(|key| {
                let copy = serde_json::from_str(&dom::stored(&key)?).ok()?;
                Some((key, copy))
            })
            .collect();
        // The oldest first.
        found.sort_by_key(|(_, copy)| copy.rev);
        found
    }

    /// From now on forgotten together with this page's own.
    pub fn takes_over(self, key: String) {
        self.keys.update_value(|(_, taken)| taken.push(key));
    }

    pub fn detached(self) -> Detached {
        let (own, taken) = self.keys.get_value();
        Detached { own, taken }
    }
}

impl Detached {
    pub fn keep(&self, copy: &Copy) {
        write(&self.own, copy);
    }

    pub fn forget(self) {
        remove(&self.own);
        self.taken.iter().for_each(|key| remove(key));
    }
}

fn prefix(id: WorkflowId) -> String {
    format!("patchbay-draft-{id}")
}

fn write(key: &str, copy: &Copy) {
    if let Ok(text) = serde_json::to_string(copy) {
        dom::store(key, &text);
    }
}

pub fn remove(key: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(key);
    }
}
